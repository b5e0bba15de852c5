// `strongroom library copy`: backups into another folder, each compared and verified after it was written. First the plan, then a
// yes, then the work, then the report.

import { resolve } from 'node:path';

import type { Command } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import type { CopyPlan, CopyReport } from '../../../shared/places.ts';
import { copyLines, copyPlanLines, copyPlanSummary } from '../../../shared/reports/copies.ts';
import {
  positiveInteger,
  type Start,
  type VaultArguments,
  withExamples,
  withVault,
} from '../../command-options.ts';
import type { LibraryDesk } from '../../engine.ts';
import { EXIT, type ExitCode, exitCodeFor, worstExitCode } from '../../exit-code.ts';
import type { Session } from '../../session.ts';
import { agreeToPlan, SHOWN_BEFORE_CONSENT } from '../../consent.ts';
import { withProgress } from '../jobs/job-progress.ts';
import { openDesk, openVaultToRead } from './access.ts';
import { type FilterArguments, readFilter, requireChoice, withFilter } from './filter.ts';

interface CopyArguments extends VaultArguments, FilterArguments {
  readonly to: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function registerCopying(library: Command, start: Start): void {
  const copy = withFilter(
    library
      .command('copy')
      .summary('copy backups into another folder, and verify the copies')
      .description(
        'Copies backups of the library into another folder: one file of each content that is not there already. Nothing is overwritten, and the originals are only read. Each copy is read back and compared byte for byte, and read to its end where a key of the vault opens it, before it gets its name. The folder becomes one of the library.',
      ),
  )
    .requiredOption('--to <folder>', 'the folder that is copied to; it has to be there')
    .option('-n, --dry-run', 'only say what would be copied')
    .option('-y, --yes', 'do not ask after the plan (for scripts)');
  withVault(copy).option('-j, --jobs <number>', 'threads (default: one for each core)', positiveInteger);
  withExamples(
    copy,
    [
      {
        run: 'library copy --places goal-missed --to /media/usb/backups',
        does: 'What is not in two places yet, one of them elsewhere, onto a drive.',
      },
      {
        run: 'library copy --all --to /mnt/nas/backups --yes',
        does: 'For a script: everything onto a share.',
      },
    ],
    ['Ctrl-C stops in good order; “strongroom jobs resume” goes on. Where backups are: library places.'],
  ).action((paths: string[], args: CopyArguments) =>
    start('library copy', args, (session) => copyBackups(session, paths, args)),
  );
}

async function copyBackups(
  session: Session,
  paths: readonly string[],
  args: CopyArguments,
): Promise<ExitCode> {
  requireChoice(paths, args);
  const isDry = args.dryRun === true;
  if (!isDry && args.yes !== true && session.prompter === null)
    throw new StrongroomError('USAGE', 'This would copy backups, and there is no terminal to ask you.', {
      hint: 'See what it would do with --dry-run. Then add --yes to agree beforehand.',
    });
  if (!isDry || args.openedBy !== undefined) await openVaultToRead(session, args);
  const desk = await openDesk(session);
  const plan = await makePlan(session, desk, paths, args);
  const hasWork = !isDry && plan.items.some(({ state }) => state === 'do');
  if (hasWork)
    await agreeToPlan(session, {
      yes: args.yes,
      lines: () => copyPlanLines(plan, session.formats, SHOWN_BEFORE_CONSENT),
      summary: copyPlanSummary(plan, session.formats),
      afterNo: 'Nothing was copied.',
    });
  const report = hasWork ? await withProgress(session, (running) => desk.runCopies(plan, running)) : null;
  const exitCode = worstExitCode([...codesOfPlan(plan), ...(report === null ? [] : codesOfCopies(report))]);
  await tell(session, plan, report, exitCode);
  return exitCode;
}

async function makePlan(
  session: Session,
  desk: LibraryDesk,
  paths: readonly string[],
  args: CopyArguments,
): Promise<CopyPlan> {
  const { screen, formats, host } = session;
  const filter = await readFilter(session, desk, paths, args);
  const plan = await desk.planCopies(resolve(host.cwd, args.to), filter, {
    signal: host.signal,
    onProgress: (done, total) =>
      screen.live(`Making the plan (${formats.count(done)} of ${formats.count(total)})`),
  });
  screen.live(null);
  return plan;
}

async function tell(
  session: Session,
  plan: CopyPlan,
  report: CopyReport | null,
  exitCode: ExitCode,
): Promise<void> {
  const { document, screen, formats } = session;
  if (document === null) {
    const lines = report === null ? copyPlanLines(plan, formats) : copyLines(report, plan, formats);
    await screen.write(`${lines.join('\n')}\n`);
  } else {
    const error = report?.error ?? null;
    await document.addResult({ path: plan.to, report: { plan, report }, error, exitCode });
  }
  if (report === null) return;
  sayWhyCopyingEnded(session, report);
  if (!plan.isInLibrary)
    screen.note(
      `${plan.to} is a folder of your library now. What lies there besides: strongroom library scan`,
    );
}

/** What ended it before its time, and how it goes on. Also said of a job that was resumed. */
export function sayWhyCopyingEnded({ screen }: Session, { state, error, jobId }: CopyReport): void {
  if (state === 'done') return;
  if (state === 'failed' && error !== null) screen.plainError(error, null);
  else screen.note(state === 'paused' ? `Job ${jobId} has not ended.` : 'Stopped at your request.');
  screen.hint(`Go on with the rest: strongroom jobs resume ${jobId}`);
}

/** What the plan says cannot be copied counts as not done. */
function codesOfPlan({ items }: CopyPlan): ExitCode[] {
  return items.flatMap(({ state, error }) => {
    if (state === 'no-room') return [EXIT.refused];
    return state === 'blocked' ? [error === null ? EXIT.other : exitCodeFor(error.code)] : [];
  });
}

/** Also of a job that was resumed or is looked up. */
export function codesOfCopies({ state, error, items }: CopyReport): ExitCode[] {
  return [
    ...(state === 'cancelled' || state === 'paused' ? [EXIT.cancelled] : []),
    ...(error === null ? [] : [exitCodeFor(error.code)]),
    ...items.flatMap((item) =>
      item.outcome === 'failed' ? [item.error === null ? EXIT.other : exitCodeFor(item.error.code)] : [],
    ),
  ];
}
