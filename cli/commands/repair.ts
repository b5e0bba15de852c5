// `strongroom repair` and `strongroom salvage`: a corrected copy of an odd backup, and what can still be had
// from a damaged one. Both write a new file and leave the original as it is.

import type { Command } from 'commander';

import type { RecodeReport, SalvageReport } from '../../shared/backup.ts';
import type { PlainError } from '../../shared/errors.ts';
import { loadRoomCheck } from '../engine.ts';
import { exitCodeOf, runBatch, type Task } from '../batch.ts';
import {
  dryRunOption,
  fileCommand,
  type KeyedArguments,
  type Start,
  withExamples,
  withKeys,
} from '../command-options.ts';
import { type ExitCode, exitCodeFor, worstExitCode } from '../exit-code.ts';
import { gatherKeys } from '../keys/key-sources.ts';
import { unlockTargets } from '../keys/unlock.ts';
import { openOutputFolder } from '../output-folder.ts';
import { describeSalvage } from '../reports/extraction.ts';
import { describeRecode } from '../reports/recode.ts';
import type { Session } from '../session.ts';
import { findTargets, presentOnes, refuseSameNames } from '../targets.ts';

interface CopyArguments extends KeyedArguments {
  readonly out: string;
  readonly dryRun?: boolean;
}

export function registerRepair(program: Command, start: Start): void {
  const repair = fileCommand(
    program,
    'repair',
    'write a corrected copy of a backup that Home Assistant left in an odd state',
    'Corrects what Home Assistant itself leaves behind: wrong sizes, a missing end mark, a wrong encryption flag, parts left encrypted, cut gzip ends. Writes a corrected copy; the original is untouched.',
  );
  withExamples(withCopyOptions(repair), [
    { run: 'repair --kit kit.txt --out repaired/ odd.tar', does: 'Writes repaired/odd.tar.' },
    { run: 'repair --dry-run --out repaired/ odd.tar', does: 'Only says what would be corrected.' },
  ]).action((paths: string[], args: CopyArguments) =>
    start('repair', args, (session) =>
      writeCopies<RecodeReport>(session, paths, args, async (folder) => {
        const engine = await session.engine();
        return {
          command: 'repair',
          run: async (target, task) =>
            engine.repair(target.path, {
              keys: await session.keysFor(target.path),
              folder,
              dryRun: args.dryRun === true,
              ...task,
            }),
          judge: () => null,
          describe: (report, { shownAs }) => describeRecode(report, session.reportContext(shownAs)),
        };
      }),
    ),
  );

  const salvage = fileCommand(
    program,
    'salvage',
    'save what can still be read from a damaged backup',
    'Saves everything that can still be decrypted and read from a damaged or cut-off backup into a new one, with a list of what is missing. The original is untouched. The exit code tells what was wrong with the backup; 0 means that nothing is missing.',
  );
  withExamples(withCopyOptions(salvage), [
    {
      run: 'salvage --kit kit.txt --out saved/ broken.tar',
      does: 'Writes saved/broken.tar with everything that could be saved.',
    },
  ]).action((paths: string[], args: CopyArguments) =>
    start('salvage', args, (session) =>
      writeCopies<SalvageReport>(session, paths, args, async (folder) => {
        const engine = await session.engine();
        return {
          command: 'salvage',
          run: async (target, task) =>
            engine.salvage(target.path, {
              keys: await session.keysFor(target.path),
              folder,
              dryRun: args.dryRun === true,
              ...task,
            }),
          judge: worstLoss,
          describe: (report, { shownAs }) => describeSalvage(report, session.reportContext(shownAs)),
        };
      }),
    ),
  );
}

/** The gravest reason why something is missing; null when all was saved. */
export function worstLoss(report: SalvageReport): PlainError | null {
  const errors = report.members.flatMap(({ error }) => (error === null ? [] : [error]));
  const worst = worstExitCode(errors.map(({ code }) => exitCodeFor(code)));
  const found = errors.find(({ code }) => exitCodeFor(code) === worst);
  if (found !== undefined) return found;
  const lost = report.missing.length + report.members.filter(({ status }) => status !== 'complete').length;
  return lost === 0
    ? null
    : { code: 'TRUNCATED', message: 'Parts that the backup lists are not in the file.' };
}

function withCopyOptions(command: Command): Command {
  return withKeys(command)
    .requiredOption('-o, --out <folder>', 'folder for the new file, which gets the same name')
    .addOption(dryRunOption());
}

async function writeCopies<Report>(
  session: Session,
  paths: readonly string[],
  args: CopyArguments,
  makeTask: (folder: string) => Promise<Omit<Task<Report>, 'goodWord' | 'atATime' | 'showProgress'>>,
): Promise<ExitCode> {
  await using folder = await openOutputFolder(session.host.cwd, args.out);
  const targets = refuseSameNames(
    await findTargets(paths, { cwd: session.host.cwd, recursive: args.recursive === true }),
  );
  await gatherKeys(session, args);
  await unlockTargets(session, presentOnes(targets));
  const results = await runBatch<Report>(session, targets, {
    ...(await makeTask(folder.path)),
    goodWord: 'without an error',
    atATime: await (await loadRoomCheck())(session.jobs, presentOnes(targets), folder.path),
    showProgress: args.dryRun !== true,
  });
  return exitCodeOf(results);
}
