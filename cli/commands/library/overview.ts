// `strongroom library status`, `backups` and `find`: what is known, without touching a backup.

import type { Command } from 'commander';

import type { LibraryStatus } from '../../../shared/library.ts';
import {
  type CommonArguments,
  positiveInteger,
  type Start,
  type VaultArguments,
  withExamples,
  withVault,
} from '../../command-options.ts';
import { EXIT, type ExitCode, exitCodeFor, worstExitCode } from '../../exit-code.ts';
import { openVault } from '../../keys/vault-access.ts';
import { statusLines } from '../../reports/library-status.ts';
import { backupTable, foundTable } from '../../reports/library.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { keyLabels, lookIntoVault, openDesk } from './access.ts';
import { type FilterArguments, readFilter, refuseContradiction, withFilter } from './filter.ts';

type BackupsArguments = VaultArguments & FilterArguments;

interface FindArguments extends CommonArguments {
  readonly limit?: number;
}

const FOUND_AT_MOST = 200;

export function registerOverview(library: Command, start: Start): void {
  const status = library
    .command('status')
    .summary('say in one line how the library is')
    .description(
      'Says how many backups there are, how many are verified, and what is wrong with which. Reads no backup, so it answers at once. Exit code 0: nothing is known to be wrong. Else the code of the worst: 1 a folder or file that cannot be read, 4 damaged, 5 cut off, 6 unknown format, 7 not a backup, 3 without a key. What is only old, not encrypted, not yet verified or gone does not count.',
    );
  withExamples(withVault(status), [
    { run: 'library status', does: 'The line, the folders, and what to do about each problem.' },
    { run: 'library status --json', does: 'For a monitor: all figures, and the exit code.' },
  ]).action((args: VaultArguments) => start('library status', args, (session) => showStatus(session, args)));

  const backups = withFilter(
    library
      .command('backups')
      .summary('list the backups, all or some')
      .description('Lists the backups of the library: each content once, in however many files it lies.'),
  );
  withExamples(withVault(backups), [
    { run: 'library backups --failed', does: 'Those whose last verification failed.' },
    { run: 'library backups --in-format old --folder ~/backups', does: 'What a migration would be about.' },
    { run: 'library backups --opened-by "Home 2024" --before 2025-01-01', does: 'By key and day.' },
  ]).action((paths: string[], args: BackupsArguments) =>
    start('library backups', args, (session) => listBackups(session, paths, args)),
  );

  const find = library
    .command('find')
    .summary('find a file inside the backups by its name')
    .description(
      'Finds files inside the backups by a part of their names. Known are the names in backups that were verified in full or deep.',
    )
    .argument('<text>', 'a part of the name, three characters or more')
    .option('--limit <number>', `at most so many (default: ${FOUND_AT_MOST})`, positiveInteger)
    .option('--json', 'print one JSON document on stdout (docs/json.md)');
  withExamples(find, [
    {
      run: 'library find automations.yaml',
      does: 'In which backups it is; “strongroom extract” gets it out.',
    },
  ]).action((text: string, args: FindArguments) =>
    start('library find', args, (session) => findContents(session, text, args)),
  );
}

async function showStatus(session: Session, args: VaultArguments): Promise<ExitCode> {
  await lookIntoVault(session, args);
  const desk = await openDesk(session);
  const status = await desk.status();
  const lines = statusLines(status, session.formats);
  return await printReport(session, session.host.dataFolder, status, lines, exitCodeOfStatus(status));
}

/** What has to be seen to; what could merely be better is no reason for an alarm. */
function exitCodeOfStatus({ folders, unreadable, damaged, withoutKey }: LibraryStatus): ExitCode {
  return worstExitCode([
    ...folders.flatMap(({ problem }) => (problem === null ? [] : [exitCodeFor(problem.code)])),
    ...folders.flatMap(({ state }) => (state === 'unreachable' ? [EXIT.other] : [])),
    ...unreadable.map(({ error }) => exitCodeFor(error.code)),
    ...(damaged > 0 ? [EXIT.damaged] : []),
    ...(withoutKey > 0 ? [EXIT.noKeyFits] : []),
  ]);
}

async function listBackups(
  session: Session,
  paths: readonly string[],
  args: BackupsArguments,
): Promise<ExitCode> {
  refuseContradiction(paths, args);
  if (args.openedBy === undefined) await lookIntoVault(session, args);
  else await openVault(session, args);
  const desk = await openDesk(session);
  const backups = await desk.listBackups(await readFilter(session, desk, paths, args));
  const lines = backupTable(backups, await keyLabels(session), session.formats);
  return await printReport(session, session.host.dataFolder, { backups }, lines);
}

async function findContents(session: Session, text: string, args: FindArguments): Promise<ExitCode> {
  const desk = await openDesk(session);
  const limit = args.limit ?? FOUND_AT_MOST;
  const found = await desk.findContents(text, limit);
  if (found.length >= limit)
    session.screen.note(`Only the first ${limit} are shown. A longer part of the name finds fewer.`);
  const lines = foundTable(found, text, session.formats);
  return await printReport(session, session.host.dataFolder, { found }, lines);
}
