// `strongroom watch`: takes care of backups as they arrive, until it is told to stop. What happens is told line by line on
// stdout, in words or with `--json` one JSON object a line. Fit to be run by systemd.

import { type Command } from 'commander';

import { errorCode, StrongroomError } from '../../shared/errors.ts';
import type { LibraryFolder, WatchEvent } from '../../shared/library.ts';
import {
  positiveInteger,
  type Start,
  type VaultArguments,
  withExamples,
  withPassphrase,
} from '../command-options.ts';
import type { LibraryDesk } from '../engine.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openVault } from '../keys/vault-access.ts';
import { watchLine } from '../reports/watch.ts';
import type { Session } from '../session.ts';
import { openDesk, openVaultToRead } from './library/access.ts';
import { findFolder } from './library/filter.ts';

export function registerWatch(program: Command, start: Start): void {
  const watch = program
    .command('watch')
    .summary('take care of backups as they arrive')
    .description(
      'Watches folders of the library until it is stopped (Ctrl-C, or SIGTERM as systemd sends it; exit code 0). A backup that has arrived whole is taken in, then verified and brought to v3 if the rule of its folder says so. Drives that are away and come back are waited for.',
    )
    .argument('[folder...]', 'watched folders of the library (default: all of them)')
    .option('--json', 'print one JSON object a line for everything that happens (docs/json.md)')
    .option('-j, --jobs <number>', 'threads (default: one for each core)', positiveInteger);
  withExamples(
    withPassphrase(watch),
    [
      { run: 'library add ~/Downloads --watch --verify full', does: 'First the rule: what is done there.' },
      { run: 'watch', does: 'Then this, for as long as it shall be done.' },
      {
        run: "watch --json | jq -r 'select(.error) | .message'",
        does: 'For a script: only what went wrong.',
      },
    ],
    ['A unit for systemd is in docs/systemd; docs/library.md says how it is used.'],
  ).action((folders: string[], args: VaultArguments) =>
    // The lines take the place of the one document that other commands print.
    start('watch', { ...args, json: false }, (session) =>
      watchFolders(session, folders, args, args.json === true ? 'json' : 'words'),
    ),
  );
}

/** To be told to stop is how watching ends well, at whatever moment. */
async function watchFolders(
  session: Session,
  given: readonly string[],
  args: VaultArguments,
  form: 'json' | 'words',
): Promise<ExitCode> {
  const { screen, formats, host } = session;
  let written = Promise.resolve();
  const tell = (event: WatchEvent): void => {
    const line = form === 'json' ? JSON.stringify(event) : watchLine(event, formats);
    written = written.then(() => screen.write(`${line}\n`));
  };
  try {
    const desk = await openDesk(session);
    const watched = await findWatched(session, desk, given);
    await openVaultFor(session, watched, args);
    await desk.watch({
      ...(given.length === 0 ? {} : { folders: watched.map(({ path }) => path) }),
      signal: host.signal,
      onEvent: tell,
    });
  } catch (error) {
    if (!host.signal.aborted || errorCode(error) !== 'CANCELLED') throw error;
  } finally {
    await written;
  }
  return EXIT.good;
}

/** @throws USAGE where there is nothing to watch */
async function findWatched(
  session: Session,
  desk: LibraryDesk,
  given: readonly string[],
): Promise<LibraryFolder[]> {
  const paths = new Set<string>();
  for (const folder of given) paths.add(await findFolder(session, desk, folder));
  const folders = await desk.folders();
  const without = folders.find(({ path, watch }) => paths.has(path) && watch === null);
  if (without !== undefined) {
    throw new StrongroomError('USAGE', `There is no rule yet for what is done in “${without.path}”.`, {
      hint: 'Set one: strongroom library add FOLDER --watch --verify full',
    });
  }
  const watched = folders.filter(
    ({ path, watch }) => watch !== null && (given.length === 0 || paths.has(path)),
  );
  if (watched.length > 0) return watched;
  throw new StrongroomError('USAGE', 'No folder of your library is to be watched yet.', {
    hint: 'Say which, and what is done there: strongroom library add FOLDER --watch --verify full',
  });
}

/** Before it starts, while somebody may be there to type a passphrase. */
async function openVaultFor(
  session: Session,
  folders: readonly LibraryFolder[],
  args: VaultArguments,
): Promise<void> {
  if (folders.some(({ watch }) => watch !== null && watch.migrate !== null)) await openVault(session, args);
  else if (folders.some(({ watch }) => watch?.verify !== 'none')) await openVaultToRead(session, args);
}
