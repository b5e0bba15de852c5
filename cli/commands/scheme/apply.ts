// `strongroom scheme plan`, `explain` and `apply`: what a scheme would do and why, and doing it after a yes.

import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

import type { Command } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import {
  explanationLines,
  schemeLines,
  schemePlanLines,
  schemeSummary,
} from '../../../shared/reports/scheme.ts';
import type { SchemeItem, SchemePlan } from '../../../shared/scheme.ts';
import { type Start, withExamples } from '../../command-options.ts';
import { EXIT, type ExitCode, exitCodeFor, worstExitCode } from '../../exit-code.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { agreeToPlan, SHOWN_BEFORE_CONSENT } from '../../consent.ts';
import { withProgress } from '../jobs/job-progress.ts';
import { codesOfScheme, sayWhatIsLeftOfScheme } from './outcome.ts';
import { planFor, type RuleArguments, withRule } from './rule.ts';

interface ApplyArguments extends RuleArguments {
  readonly yes?: boolean;
}

export function registerApply(scheme: Command, start: Start): void {
  const plan = withRule(
    scheme
      .command('plan')
      .summary('say what stays, what would go, and why')
      .description(
        'Says for each backup of each folder whether it stays or would go, and why, and how much room that frees. Nothing is changed.',
      ),
  );
  withExamples(
    plan,
    [
      { run: 'scheme plan', does: 'The scheme as it was used last, on every folder of the library.' },
      { run: 'scheme plan --policy daily=7,weekly=4,monthly=12,yearly=3', does: 'Other rules.' },
    ],
    [
      'Why, in full for one backup: strongroom scheme explain FILE. To do it: strongroom scheme apply.',
      'Both take the same options.',
    ],
  ).action((args: RuleArguments) => start('scheme plan', args, (session) => showPlan(session, args)));

  const explain = withRule(
    scheme
      .command('explain')
      .summary('say why one backup stays or goes')
      .description('Says why one backup stays or would go, in each folder that holds it.')
      .argument('<file>', 'a backup of the library'),
  );
  withExamples(explain, [
    { run: 'scheme explain ~/backups/tuesday.tar', does: 'Each reason, with the ones that stay instead.' },
  ]).action((file: string, args: RuleArguments) =>
    start('scheme explain', args, (session) => explainOne(session, file, args)),
  );

  const apply = withRule(
    scheme
      .command('apply')
      .summary('let go what the scheme does not keep')
      .description(
        'Shows the plan, asks, and moves what would go to quarantine or the trash, after a fresh look at what stays: where one of those cannot be read, nothing is removed from that folder.',
      ),
  ).option('-y, --yes', 'do not ask after the plan (for scripts)');
  withExamples(
    apply,
    [
      { run: 'scheme apply', does: 'Shows the plan, asks, and moves the rest into quarantine.' },
      {
        run: 'scheme apply --folder ~/backups --policy standard --undo-days 60 --yes',
        does: 'For a script: one folder; for 60 days everything can be brought back.',
      },
    ],
    ['Brought back: strongroom scheme undo --run. Never to go: strongroom scheme pin FILE.'],
  ).action((args: ApplyArguments) => start('scheme apply', args, (session) => applyScheme(session, args)));
}

async function showPlan(session: Session, args: RuleArguments): Promise<ExitCode> {
  const { plan } = await planFor(session, args);
  const exitCode = worstExitCode(codesOfPlan(plan));
  const lines = schemePlanLines(plan, session.formats);
  return await printReport(session, session.host.dataFolder, plan, lines, exitCode);
}

async function explainOne(session: Session, file: string, args: RuleArguments): Promise<ExitCode> {
  const { plan } = await planFor(session, args);
  const path = resolve(session.host.cwd, file);
  const truePath = await realpath(path).catch(() => path); // said below where it is none of the library
  const named = plan.folders
    .flatMap(({ items }) => items)
    .find(({ paths }) => paths.includes(path) || paths.includes(truePath));
  if (named === undefined)
    throw new StrongroomError(
      'USAGE',
      `“${basename(path)}” is no backup that is in one of these folders now.`,
      {
        hint: 'If the file is new: strongroom library scan. Your folders: strongroom library list',
      },
    );
  const isMeant = ({ identity }: SchemeItem): boolean => identity === named.identity;
  const folders = plan.folders.flatMap(({ folder, items }) =>
    items.filter(isMeant).map((item) => ({ folder, item })),
  );
  const lines = explanationLines(plan, isMeant, session.formats);
  return await printReport(session, path, { rule: plan.rule, folders }, lines);
}

async function applyScheme(session: Session, args: ApplyArguments): Promise<ExitCode> {
  if (args.yes !== true && session.prompter === null) {
    throw new StrongroomError('USAGE', 'This would remove backups, and there is no terminal to ask you.', {
      hint: 'See what it would do: strongroom scheme plan. Then add --yes to agree beforehand.',
    });
  }
  const { desk, plan } = await planFor(session, args);
  const hasWork = plan.folders.some(({ removedCount }) => removedCount > 0);
  if (hasWork)
    await agreeToPlan(session, {
      yes: args.yes,
      lines: () => schemePlanLines(plan, session.formats, SHOWN_BEFORE_CONSENT),
      summary: schemeSummary(plan, session.formats),
      afterNo: 'Nothing was changed.',
    });
  const reports = hasWork ? await withProgress(session, (running) => desk.runScheme(plan, running)) : [];
  const exitCode = worstExitCode([...codesOfPlan(plan), ...reports.flatMap(codesOfScheme)]);
  const lines = hasWork
    ? reports.flatMap((report, index) => [
        ...(index === 0 ? [] : ['']),
        ...schemeLines(report, session.formats),
      ])
    : [schemeSummary(plan, session.formats)];
  await printReport(session, session.host.dataFolder, { plan, reports }, lines, exitCode);
  for (const report of reports) sayWhatIsLeftOfScheme(session, report);
  for (const { folder, problem } of plan.left) session.screen.plainError(problem, folder);
  return exitCode;
}

/** A folder of which nothing can be said counts as not done. */
function codesOfPlan({ left }: SchemePlan): ExitCode[] {
  return left.map(({ problem }) => (problem.code === 'USAGE' ? EXIT.other : exitCodeFor(problem.code)));
}
