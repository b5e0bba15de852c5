// `strongroom keys match`: which key opens which backup. What is known already is not tried again.

import type { Command } from 'commander';

import type { BackupKeys, MatchReport } from '../../../shared/keys.ts';
import { reportError } from '../../batch.ts';
import {
  fileCommand,
  type Start,
  type VaultArguments,
  withExamples,
  withVault,
} from '../../command-options.ts';
import { EXIT, type ExitCode, exitCodeFor, worstExitCode } from '../../exit-code.ts';
import { openVault } from '../../keys/vault-access.ts';
import { matchLines } from '../../reports/keys.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { findTargets, type FoundTarget, isMissing, presentOnes } from '../../targets.ts';

export function registerMatch(keys: Command, start: Start): void {
  const command = fileCommand(
    keys,
    'match',
    'find out which key opens which backup',
    'Tries the keys of the vault on backups, the likeliest first, and remembers the answer until the file changes. A v3 backup costs about 0.2 seconds, older ones next to nothing.',
  );
  withExamples(withVault(command), [
    { run: 'keys match ~/backups', does: 'Tells for each backup its key, and for each key what it opens.' },
    { run: 'keys match --json -r /mnt/nas', does: 'The same for a script, with the folders inside.' },
  ]).action((paths: string[], args: VaultArguments) =>
    start('keys match', args, (session) => match(session, paths, args)),
  );
}

async function match(session: Session, paths: readonly string[], args: VaultArguments): Promise<ExitCode> {
  const { host, screen, formats } = session;
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const targets = await findTargets(paths, { cwd: host.cwd, recursive: args.recursive === true });
  const present = presentOnes(targets);
  const report = await library.matchKeys(
    present.map(({ path }) => path),
    {
      signal: host.signal,
      onProgress: (done, total) => screen.live(`Trying the keys (${done} of ${total})`),
    },
  );
  screen.live(null);
  const missing = targets.filter(isMissing);
  for (const target of missing) reportError(session, 'keys match', target, target.error);
  sayUnreadable(session, targets, report);
  const exitCode = worstExitCode([
    ...missing.map(({ error }) => exitCodeFor(error.code)),
    ...report.backups.map(exitCodeOfMatch),
  ]);
  const shownAs = new Map(present.map((target) => [target.path, target.shownAs]));
  const { path } = await vault.status();
  return await printReport(session, path, report, matchLines(report, shownAs, formats), exitCode);
}

function sayUnreadable(session: Session, targets: readonly FoundTarget[], report: MatchReport): void {
  for (const { path, error } of report.backups) {
    const target = targets.find((found) => found.path === path);
    if (error !== null && target !== undefined) reportError(session, 'keys match', target, error);
  }
}

function exitCodeOfMatch({ outcome, error }: BackupKeys): ExitCode {
  if (error !== null) return exitCodeFor(error.code);
  return outcome === 'locked' || outcome === 'opens-part' ? EXIT.noKeyFits : EXIT.good;
}
