// `strongroom extract`: files of a backup into a folder.

import { basename, join, resolve } from 'node:path';

import type { Command } from 'commander';

import type { ExtractReport } from '../../shared/backup.ts';
import type { PlainError } from '../../shared/errors.ts';
import { exitCodeOf, runBatch } from '../batch.ts';
import {
  dryRunOption,
  fileCommand,
  type KeyedArguments,
  type Start,
  wholeNumber,
  withExamples,
  withKeys,
  withSelection,
} from '../command-options.ts';
import { type ExitCode, exitCodeFor, worstExitCode } from '../exit-code.ts';
import { gatherKeys } from '../keys/key-sources.ts';
import { unlockTargets } from '../keys/unlock.ts';
import { openOutputFolder } from '../output-folder.ts';
import { describeExtraction } from '../reports/extraction.ts';
import { summaryLines } from '../reports/summary.ts';
import type { Session } from '../session.ts';
import { findTargets, presentOnes, refuseSameNames } from '../targets.ts';

interface ExtractArguments extends KeyedArguments {
  readonly to: string;
  readonly part?: readonly string[];
  readonly only?: readonly string[];
  readonly strip?: number;
  readonly links?: boolean;
  readonly dryRun?: boolean;
}

export function registerExtract(program: Command, start: Start): void {
  const command = fileCommand(
    program,
    'extract',
    'take files out of a backup',
    'Takes files out of a backup, each part into a folder of its own below --to. Names that lead outside the folder are never followed. Of several backups each gets a folder named after it.',
  ).requiredOption('-t, --to <folder>', 'where the files go');
  withSelection(withKeys(command))
    .option('--strip <number>', 'leave out this many leading folders of each name', wholeNumber)
    .option('--links', 'create symbolic links, too, where they stay inside the folder')
    .addOption(dryRunOption());
  withExamples(command, [
    { run: 'extract --kit kit.txt --to files/ home.tar', does: 'Takes everything out.' },
    {
      run: "extract --to files/ --part homeassistant --only 'data/*.yaml' home.tar",
      does: 'Only the YAML files of the configuration.',
    },
  ]).action((paths: string[], args: ExtractArguments) =>
    start('extract', args, (session) => extract(session, paths, args)),
  );
}

async function extract(
  session: Session,
  paths: readonly string[],
  args: ExtractArguments,
): Promise<ExitCode> {
  await using folder = await openOutputFolder(session.host.cwd, args.to);
  const targets = refuseSameNames(
    await findTargets(paths, { cwd: session.host.cwd, recursive: args.recursive === true }),
  );
  await gatherKeys(session, args);
  await unlockTargets(session, presentOnes(targets));
  const engine = await session.engine();
  const folderOf = (path: string): string =>
    targets.length === 1 ? folder.path : join(folder.path, basename(path).replace(/\.tar$/i, ''));
  const results = await runBatch(session, targets, {
    command: 'extract',
    atATime: session.jobs,
    showProgress: args.dryRun !== true,
    run: async (target, task) => {
      await using own = await openOutputFolder(session.host.cwd, folderOf(resolve(target.path)));
      return await engine.extract(target.path, {
        keys: session.keys.keys,
        folder: own.path,
        members: args.part,
        patterns: args.only,
        dryRun: args.dryRun === true,
        createLinks: args.links === true,
        strip: args.strip ?? 0,
        ...task,
      });
    },
    judge: worstFailure,
    describe: (report, { shownAs }) =>
      describeExtraction(report, { formats: session.formats, shownAs, keyLabels: session.keys.labels }),
  });
  if (session.document === null)
    await session.screen.write(summaryLines(results, session.formats, 'without an error'));
  return exitCodeOf(results);
}

/** The gravest reason why a part could not be read to its end. */
export function worstFailure(report: ExtractReport): PlainError | null {
  const worst = worstExitCode(report.failures.map(({ error }) => exitCodeFor(error.code)));
  return report.failures.find(({ error }) => exitCodeFor(error.code) === worst)?.error ?? null;
}
