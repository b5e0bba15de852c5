// `strongroom library scan`: what is new, changed, moved or gone in the folders since the last time.

import type { Command } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import type { ScanReport } from '../../../shared/library.ts';
import { type CommonArguments, positiveInteger, type Start, withExamples } from '../../command-options.ts';
import type { LibraryDesk } from '../../engine.ts';
import { type ExitCode, exitCodeFor, worstExitCode } from '../../exit-code.ts';
import { scanLines } from '../../reports/library-status.ts';
import { openQuietly } from '../../keys/vault-access.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { openDesk } from './access.ts';
import { findFolder } from './filter.ts';

export function registerScan(library: Command, start: Start): void {
  const scan = library
    .command('scan')
    .summary('see what is new, changed, moved or gone')
    .description(
      'Looks through the folders of the library. Files that did not change since the last scan are not read again. No key is needed; where your vault opens without a question, its keys are tried on what is new.',
    )
    .argument('[folder...]', 'folders of the library (default: all of them)')
    .option('--json', 'print one JSON document on stdout (docs/json.md)')
    .option('-j, --jobs <number>', 'threads (default: one for each core)', positiveInteger);
  withExamples(scan, [
    { run: 'library scan', does: 'Looks through everything.' },
    { run: 'library scan /mnt/nas/backups --json', does: 'One folder, for a script.' },
  ]).action((folders: string[], args: CommonArguments) =>
    start('library scan', args, (session) => scanAndReport(session, folders)),
  );
}

async function scanAndReport(session: Session, given: readonly string[]): Promise<ExitCode> {
  const desk = await openDesk(session);
  const folders: string[] = [];
  for (const folder of given) folders.push(await findFolder(session, desk, folder));
  if ((await desk.folders()).length === 0) {
    throw new StrongroomError('USAGE', 'There is no folder in your library yet.', {
      hint: 'Take one in: strongroom library add FOLDER',
    });
  }
  const { report, exitCode } = await scanFolders(session, desk, folders);
  const lines = scanLines(report, session.formats);
  return await printReport(session, session.host.dataFolder, report, lines, exitCode);
}

/** Scans, all folders when none is given, and says on stderr what could not be read. */
export async function scanFolders(
  session: Session,
  desk: LibraryDesk,
  folders: readonly string[],
): Promise<{ readonly report: ScanReport; readonly exitCode: ExitCode }> {
  const { screen, formats, host } = session;
  const report = await desk.scan({
    ...(folders.length === 0 ? {} : { folders }),
    signal: host.signal,
    onProgress: ({ seen, toInspect, inspected }) => {
      const found = `Looking through your folders: ${formats.countOf(seen, 'file', 'files')}`;
      const read = `, ${formats.count(inspected)} of ${formats.count(toInspect)} new ones read`;
      screen.live(toInspect === 0 ? found : found + read);
    },
  });
  await matchNew(session, desk);
  screen.live(null);
  const problems = [
    ...report.folders.flatMap(({ path, problem }) => (problem === null ? [] : [{ path, error: problem }])),
    ...report.unreadable,
  ];
  for (const { path, error } of problems) screen.plainError(error, path);
  return { report, exitCode: worstExitCode(problems.map(({ error }) => exitCodeFor(error.code))) };
}

/** Which key opens what is new, as far as the vault opens without a question. */
async function matchNew(session: Session, desk: LibraryDesk): Promise<void> {
  const { screen, formats, host } = session;
  if (session.vaultUse !== 'open') await openQuietly(session);
  if (session.vaultUse !== 'open') return;
  await desk.matchUntried({
    signal: host.signal,
    onProgress: (done, total) =>
      screen.live(
        `Finding out which key opens what: ${formats.count(done)} of ${formats.countOf(total, 'backup', 'backups')}`,
      ),
  });
}
