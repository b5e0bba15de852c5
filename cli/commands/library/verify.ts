// `strongroom library verify`: proof that the backups of the library can be restored; unless told otherwise of those that
// the verification plan names for today.

import { type Command, Option } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import type { VerificationPlan, VerificationReport } from '../../../shared/library.ts';
import {
  positiveInteger,
  type Start,
  type VaultArguments,
  withExamples,
  withVault,
} from '../../command-options.ts';
import type { LibraryDesk, VerificationChoice } from '../../engine.ts';
import { EXIT, type ExitCode, exitCodeFor, worstExitCode } from '../../exit-code.ts';
import { nothingDueLines, verificationLines } from '../../../shared/reports/library-verification.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { withProgress } from '../jobs/job-progress.ts';
import { DEEP_NOTICE } from '../verify.ts';
import { openDesk, openVaultToRead } from './access.ts';
import { type FilterArguments, isChosen, readFilter, refuseContradiction, withFilter } from './filter.ts';

type Level = 'quick' | 'full' | 'deep';

interface VerifyArguments extends VaultArguments, FilterArguments {
  readonly due?: boolean;
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly deep?: boolean;
  readonly everyCopy?: boolean;
}

const NOTHING_DONE: VerificationReport = { jobId: null, results: [], bytes: 0, durationMs: 0 };

const EXIT_CODES: Readonly<Record<VerificationReport['results'][number]['status'], ExitCode>> = {
  good: EXIT.good,
  locked: EXIT.noKeyFits,
  damaged: EXIT.damaged,
  truncated: EXIT.cutOff,
  unsupported: EXIT.unsupported,
  unreadable: EXIT.other,
  'not-started': EXIT.cancelled,
};

export function registerVerification(library: Command, start: Start): void {
  const verify = withFilter(
    library
      .command('verify')
      .summary('prove that the backups can be restored')
      .description(
        'Verifies backups of the library. Without a choice: those that are due, as far as the budget of the day and the quiet hours allow (see “library policy”). Every result is remembered.',
      ),
  )
    .option('--due', 'those that are due today (this is done unless told otherwise)')
    .addOption(new Option('--quick', 'structure, description and keys only').conflicts(['full', 'deep']))
    .addOption(new Option('--full', 'read and check every byte').conflicts('deep'))
    .option(
      '--deep',
      'also check databases, JSON and YAML; writes each database decrypted to a private temporary file meanwhile',
    )
    .option('--every-copy', 'all files of a backup, not only one of them');
  withVault(verify).option('-j, --jobs <number>', 'threads (default: one for each core)', positiveInteger);
  withExamples(verify, [
    { run: 'library verify', does: 'What is due today. Fit for a daily timer.' },
    { run: 'library verify --all --full', does: 'Everything, every byte.' },
    { run: 'library verify --failed --every-copy', does: 'Is another copy of a damaged backup whole?' },
  ]).action((paths: string[], args: VerifyArguments) =>
    start('library verify', args, (session) => verifyLibrary(session, paths, args)),
  );
}

async function verifyLibrary(
  session: Session,
  paths: readonly string[],
  args: VerifyArguments,
): Promise<ExitCode> {
  refuseContradiction(paths, args);
  const chosen = isChosen(paths, args);
  if (args.due === true && chosen) {
    throw new StrongroomError('USAGE', '--due is a choice by itself.', {
      hint: 'Give --due alone, or choose backups without it.',
    });
  }
  if (!chosen && args.everyCopy === true) {
    throw new StrongroomError('USAGE', '--every-copy needs a choice of backups.', {
      hint: 'Add --all, or choose some of them.',
    });
  }
  if (chosen) await openVaultToRead(session, args);
  const desk = await openDesk(session);
  if (!chosen) return await verifyDue(session, desk, args);
  const filter = await readFilter(session, desk, paths, args);
  const chosenBackups = await desk.listBackups(filter);
  if (!chosenBackups.some(({ copies }) => copies.some(({ state }) => state === 'present')))
    return await report(session, NOTHING_DONE, []);
  const what = { kind: 'filter', filter, copies: args.everyCopy === true ? 'every' : 'one' } as const;
  const { level } = await desk.verificationPolicy();
  return await report(session, await runVerification(session, desk, what, levelOf(args) ?? level), []);
}

async function verifyDue(session: Session, desk: LibraryDesk, args: VerifyArguments): Promise<ExitCode> {
  const plan = await desk.verificationPlan();
  if (!hasWork(plan)) return await report(session, NOTHING_DONE, nothingDueLines(plan, session.formats));
  await openVaultToRead(session, args);
  const level = levelOf(args) ?? plan.policy.level;
  return await report(session, await runVerification(session, desk, { kind: 'due' }, level), []);
}

function hasWork({ due, quietUntil }: VerificationPlan): boolean {
  return quietUntil === null && due.some(({ today }) => today);
}

async function runVerification(
  session: Session,
  desk: LibraryDesk,
  what: VerificationChoice,
  level: Level,
): Promise<VerificationReport> {
  if (level === 'deep') session.screen.note(DEEP_NOTICE);
  return withProgress(session, (running) => desk.verifyBackups(what, { level, ...running }));
}

async function report(
  session: Session,
  result: VerificationReport,
  insteadOfResults: readonly string[],
): Promise<ExitCode> {
  const lines = insteadOfResults.length > 0 ? insteadOfResults : verificationLines(result, session.formats);
  const exitCode = worstExitCode(codesOfVerification(result));
  await printReport(session, session.host.dataFolder, result, lines, exitCode);
  sayWhatIsLeft(session, result);
  return exitCode;
}

/** How a verification that was stopped goes on. Also said of one that was resumed. */
export function sayWhatIsLeft({ screen, formats }: Session, { jobId, results }: VerificationReport): void {
  const left = results.filter(({ status }) => status === 'not-started').length;
  if (left === 0) return;
  screen.note(`${formats.countOf(left, 'file was', 'files were')} not verified.`);
  if (jobId !== null) screen.hint(`Go on with the rest: strongroom jobs resume ${jobId}`);
}

/** Also of a verification that was resumed or is looked up. */
export function codesOfVerification({ results }: VerificationReport): ExitCode[] {
  return results.map(({ status, error }) =>
    status === 'good' || error === null ? EXIT_CODES[status] : exitCodeFor(error.code),
  );
}

function levelOf({ quick, full, deep }: VerifyArguments): Level | null {
  if (deep === true) return 'deep';
  if (full === true) return 'full';
  return quick === true ? 'quick' : null;
}
