// `strongroom library plan`, `migrate`, `encrypt` and `rekey`: many backups in one go. First the plan, then a yes, then the
// work, then the report.

import { type Command, Option } from 'commander';

import type { OriginalsPolicy, SecureTarVersion } from '../../../shared/backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import type { BatchOperation, BatchPlan, BatchReport, BatchRequest } from '../../../shared/library.ts';
import {
  positiveInteger,
  type Start,
  type VaultArguments,
  withExamples,
  withVault,
} from '../../command-options.ts';
import { agreeToPlan, requireSensibleOriginals, SHOWN_BEFORE_CONSENT } from '../../consent.ts';
import type { LibraryDesk } from '../../engine.ts';
import { EXIT, type ExitCode, exitCodeFor, worstExitCode } from '../../exit-code.ts';
import { openVault } from '../../keys/vault-access.ts';
import { batchLines, planLines, planSummary } from '../../../shared/reports/batch-plan.ts';
import type { Session } from '../../session.ts';
import { withProgress } from '../jobs/job-progress.ts';
import { openDesk } from './access.ts';
import { chooseKey } from './choose-key.ts';
import { type FilterArguments, readFilter, requireChoice, withFilter } from './filter.ts';

interface BatchArguments extends VaultArguments, FilterArguments {
  readonly originals?: OriginalsPolicy;
  readonly quarantineDays?: number;
  readonly format: SecureTarVersion;
  readonly newVaultKey?: string;
  readonly yes?: boolean;
}

const OPERATIONS = ['migrate', 'encrypt', 'rekey'] as const;
export const QUARANTINE_DAYS = 30;

const SYNTAX: Readonly<Record<BatchOperation, { summary: string; description: string; example: string }>> = {
  migrate: {
    summary: 'bring every backup of an old format to v3, with the same key',
    description:
      'Brings backups of the old formats (v1, v2) to the current one (v3), each with the key it has. Home Assistant older than 2026.3 cannot restore v3.',
    example: 'Shows the plan, asks, and brings everything forward.',
  },
  encrypt: {
    summary: 'encrypt the backups that lie open',
    description:
      'Encrypts the backups that are not encrypted, with a key of the vault: the only one in use, or the one you name.',
    example: 'Shows the plan, asks, and encrypts what is not encrypted.',
  },
  rekey: {
    summary: 'give the backups another key',
    description:
      'Encrypts the backups anew with another key of the vault. The content stays the same; the old keys no longer open the new files.',
    example: 'Shows the plan, asks, and encrypts everything with this key.',
  },
};

export function registerBatch(library: Command, start: Start): void {
  const plan = withBatchOptions(
    library
      .command('plan')
      .summary('say what migrate, encrypt or rekey would do')
      .description(
        'Says for each backup what would be done or why it cannot be, how much room that needs, and how long it takes. Nothing is changed. Exit code 0: all of it can be done, or there is nothing to do.',
      )
      .argument('<operation>', OPERATIONS.join(', '), operationNamed),
    ['encrypt', 'rekey'],
  );
  withExamples(plan, [
    { run: 'library plan migrate --all', does: 'What a migration of everything would do.' },
    { run: 'library plan migrate --all --originals trash', does: 'The same without keeping the originals.' },
  ]).action((operation: BatchOperation, paths: string[], args: BatchArguments) =>
    start('library plan', args, (session) => showPlan(session, operation, paths, args)),
  );

  for (const operation of OPERATIONS) {
    const { summary, description, example } = SYNTAX[operation];
    const command = withBatchOptions(library.command(operation).summary(summary).description(description), [
      operation,
    ]).option('-y, --yes', 'do not ask after the plan (for scripts)');
    const named = operation === 'rekey' ? ' --new-vault-key "Home 2027"' : '';
    withExamples(
      command,
      [
        { run: `library ${operation} --all${named}`, does: example },
        {
          run: `library ${operation} --folder ~/backups${named} --originals quarantine --yes`,
          does: 'For a script: one folder; the originals are kept for 30 days.',
        },
      ],
      [
        'Each new file is read back and compared before it takes the place of its original. Ctrl-C stops',
        'in good order; “strongroom jobs resume” goes on.',
      ],
    ).action((paths: string[], args: BatchArguments) =>
      start(`library ${operation}`, args, (session) => runBatch(session, operation, paths, args)),
    );
  }
}

function withBatchOptions(command: Command, operations: readonly BatchOperation[]): Command {
  withFilter(command)
    .addOption(
      new Option('--originals <policy>', 'keep the originals beside, in quarantine, or in the trash')
        .choices(['keep', 'quarantine', 'trash'])
        .default('keep'),
    )
    .option(
      '--quarantine-days <days>',
      `how long quarantined originals are kept (default: ${QUARANTINE_DAYS})`,
      positiveInteger,
    )
    .addOption(
      new Option('--format <version>', 'write v3, or v2 for Home Assistant older than 2026.3')
        .choices(['v2', 'v3'])
        .default('v3'),
    );
  if (operations.some((operation) => operation !== 'migrate'))
    command.option('--new-vault-key <key>', 'label, fingerprint or id of the new key in the vault');
  return withVault(command).option(
    '-j, --jobs <number>',
    'threads (default: one for each core)',
    positiveInteger,
  );
}

function operationNamed(text: string): BatchOperation {
  const operation = OPERATIONS.find((one) => one === text);
  if (operation !== undefined) return operation;
  throw new StrongroomError('USAGE', `There is no plan for “${text}”.`, {
    hint: `Plans are made for: ${OPERATIONS.join(', ')}.`,
  });
}

async function showPlan(
  session: Session,
  operation: BatchOperation,
  paths: readonly string[],
  args: BatchArguments,
): Promise<ExitCode> {
  requireSense(operation, paths, args);
  const { plan } = await makePlan(session, operation, paths, args);
  const exitCode = worstExitCode(codesOfPlan(plan));
  if (session.document === null)
    await session.screen.write(`${planLines(plan, session.formats).join('\n')}\n`);
  else
    await session.document.addResult({ path: session.host.dataFolder, report: plan, error: null, exitCode });
  return exitCode;
}

async function runBatch(
  session: Session,
  operation: BatchOperation,
  paths: readonly string[],
  args: BatchArguments,
): Promise<ExitCode> {
  requireSense(operation, paths, args);
  if (args.yes !== true && session.prompter === null) {
    throw new StrongroomError(
      'USAGE',
      `This ${operation} would replace your backups, and there is no terminal to ask you.`,
      {
        hint: `See what it would do: strongroom library plan ${operation}. Then add --yes to agree beforehand.`,
      },
    );
  }
  const { desk, plan } = await makePlan(session, operation, paths, args);
  const hasWork = plan.items.some(({ state }) => state === 'do');
  if (hasWork)
    await agreeToPlan(session, {
      yes: args.yes,
      lines: () => planLines(plan, session.formats, SHOWN_BEFORE_CONSENT),
      summary: planSummary(plan, session.formats),
      afterNo: 'Nothing was changed.',
    });
  const report = hasWork ? await withProgress(session, (running) => desk.runBatch(plan, running)) : null;
  const exitCode = worstExitCode([...codesOfPlan(plan), ...(report === null ? [] : codesOfBatch(report))]);
  if (session.document === null) {
    const lines =
      report === null ? planLines(plan, session.formats) : batchLines(report, plan, session.formats);
    await session.screen.write(`${lines.join('\n')}\n`);
  } else {
    const error = report?.error ?? null;
    await session.document.addResult({
      path: session.host.dataFolder,
      report: { plan, report },
      error,
      exitCode,
    });
  }
  if (report !== null) sayWhyItEnded(session, report);
  return exitCode;
}

async function makePlan(
  session: Session,
  operation: BatchOperation,
  paths: readonly string[],
  args: BatchArguments,
): Promise<{ readonly desk: LibraryDesk; readonly plan: BatchPlan }> {
  await openVault(session, args);
  const desk = await openDesk(session);
  const filter = await readFilter(session, desk, paths, args);
  const request: BatchRequest = {
    operation,
    originals: args.originals ?? 'keep',
    quarantineDays: args.quarantineDays ?? QUARANTINE_DAYS,
    newKeyId: operation === 'migrate' ? null : await chooseKey(session, operation, args.newVaultKey),
    format: args.format,
  };
  const { screen, formats, host } = session;
  const plan = await desk.planBatch(request, filter, {
    signal: host.signal,
    onProgress: (done, total) =>
      screen.live(`Making the plan (${formats.count(done)} of ${formats.count(total)})`),
  });
  screen.live(null);
  return { desk, plan };
}

/** What the arguments alone tell, before the vault is opened. @throws USAGE */
function requireSense(operation: BatchOperation, paths: readonly string[], args: BatchArguments): void {
  requireChoice(paths, args);
  requireSensibleOriginals(args);
  if (operation === 'migrate' && args.newVaultKey !== undefined) {
    throw new StrongroomError('USAGE', 'A migration leaves each backup its key.', {
      hint: 'For another key there is “rekey”.',
    });
  }
}

/** What ended a batch before its time, and how it goes on. Also said of one that was resumed. */
export function sayWhyItEnded({ screen }: Session, { state, error, jobId }: BatchReport): void {
  if (state === 'done') return;
  if (state === 'failed' && error !== null) screen.plainError(error, null);
  else screen.note(state === 'paused' ? `Job ${jobId} has not ended.` : 'Stopped at your request.');
  screen.hint(`Go on with the rest: strongroom jobs resume ${jobId}`);
}

/** What the plan says cannot be done counts as not done. */
export function codesOfPlan({ items }: BatchPlan): ExitCode[] {
  return items.flatMap(({ state, error }) => {
    if (state === 'no-room') return [EXIT.refused];
    return state === 'blocked' ? [error === null ? EXIT.other : exitCodeFor(error.code)] : [];
  });
}

/** Also of a batch that was resumed or is looked up. */
export function codesOfBatch({ state, error, items }: BatchReport): ExitCode[] {
  return [
    ...(state === 'cancelled' || state === 'paused' ? [EXIT.cancelled] : []),
    ...(error === null ? [] : [exitCodeFor(error.code)]),
    ...items.flatMap((item) =>
      item.outcome === 'failed' ? [item.error === null ? EXIT.other : exitCodeFor(item.error.code)] : [],
    ),
  ];
}
