// `strongroom verify`: proof that a backup can be restored, or the reason why not.

import { type Command, Option } from 'commander';

import type { BackupVerification, VerifyLevel } from '../../shared/backup.ts';
import { exitCodeOf, type FileResult, runBatch } from '../batch.ts';
import { fileCommand, type KeyedArguments, type Start, withExamples, withKeys } from '../command-options.ts';
import type { ExitCode } from '../exit-code.ts';
import { gatherKeys } from '../keys/key-sources.ts';
import { unlockTargets } from '../keys/unlock.ts';
import { describeVerification } from '../reports/verification.ts';
import type { Session } from '../session.ts';
import { findTargets, type FoundTarget, presentOnes } from '../targets.ts';

interface VerifyArguments extends KeyedArguments {
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly deep?: boolean;
}

/** Said before a deep verification starts, because it is the one time when plaintext touches the disk unasked. */
export const DEEP_NOTICE =
  'Deep check: for the time of its check each database is written decrypted to a private temporary file, which is removed at once.';

export function registerVerify(program: Command, start: Start): void {
  const command = fileCommand(
    program,
    'verify',
    'prove that a backup can be restored',
    'Checks whether a backup opens with your keys and can be restored. A wrong key, damage, a file cut off, a newer format and a file that is no backup are told apart.',
  )
    .addOption(new Option('--quick', 'structure, description and keys only').conflicts(['full', 'deep']))
    .addOption(
      new Option('--full', 'read and check every byte (this is done unless told otherwise)').conflicts([
        'deep',
      ]),
    )
    .addOption(
      new Option(
        '--deep',
        'also check databases, JSON and YAML; writes each database decrypted to a private temporary file meanwhile',
      ),
    );
  withExamples(withKeys(command), [
    { run: 'verify home.tar', does: 'Checks one backup; asks for the key, hidden.' },
    { run: 'verify --kit emergency_kit.txt ~/backups', does: 'Checks all backups of a folder.' },
    {
      run: 'verify --quick --json --key-file key.txt *.tar',
      does: 'Tells a script which backups the key opens.',
    },
  ]).action((paths: string[], args: VerifyArguments) =>
    start('verify', args, (session) => verify(session, paths, args)),
  );
}

async function verify(session: Session, paths: readonly string[], args: VerifyArguments): Promise<ExitCode> {
  const level = levelOf(args);
  await gatherKeys(session, args);
  const targets = await findTargets(paths, { cwd: session.host.cwd, recursive: args.recursive === true });
  if (level === 'deep') session.screen.note(DEEP_NOTICE);
  await unlockTargets(session, presentOnes(targets));
  return exitCodeOf(await verifyTargets(session, targets, level));
}

/** Verifies with the session's keys and prints the reports. Also used by the guided start. */
export async function verifyTargets(
  session: Session,
  targets: readonly FoundTarget[],
  level: VerifyLevel,
): Promise<FileResult<BackupVerification>[]> {
  const engine = await session.engine();
  return await runBatch(session, targets, {
    command: 'verify',
    goodWord: 'good',
    atATime: session.jobs,
    showProgress: level !== 'quick',
    run: async (target, task) => {
      const keys = await session.keysFor(target.path);
      const report = await engine.verify(target.path, { keys, level, ...task });
      await session.rememberOpeners(report);
      return report;
    },
    judge: (report) => report.error,
    describe: (report, { shownAs }) => describeVerification(report, session.reportContext(shownAs)),
  });
}

function levelOf(args: VerifyArguments): VerifyLevel {
  if (args.deep === true) return 'deep';
  return args.quick === true ? 'quick' : 'full';
}
