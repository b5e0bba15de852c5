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

/** The files come from a backup that may be encrypted: nobody else shall read them. */
const PRIVATE = 0o700;

export function registerExtract(program: Command, start: Start): void {
  const command = fileCommand(
    program,
    'extract',
    'take files out of a backup',
    'Takes files out of a backup, each part into a folder of its own below --to. Names that lead outside the folder are never followed, and nothing is overwritten; if anything is left out, the exit code is 8. Of several backups each gets a folder named after it.',
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
  await using folder = await openOutputFolder(session.host.cwd, args.to, PRIVATE);
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
    goodWord: 'without an error',
    atATime: session.jobs,
    showProgress: args.dryRun !== true,
    run: async (target, task) => {
      await using own = await openOutputFolder(session.host.cwd, folderOf(resolve(target.path)), PRIVATE);
      return await engine.extract(target.path, {
        keys: await session.keysFor(target.path),
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
      describeExtraction(report, session.reportContext(shownAs), { dryRun: args.dryRun === true }),
  });
  return exitCodeOf(results);
}

/** What keeps an extraction from being all that was asked for: damage first, then what was left out. */
export function worstFailure(report: ExtractReport): PlainError | null {
  const worst = worstExitCode(report.failures.map(({ error }) => exitCodeFor(error.code)));
  const failure = report.failures.find(({ error }) => exitCodeFor(error.code) === worst);
  if (failure !== undefined) return failure.error;
  const leftOut = report.skipped.filter(({ member }) => member !== '').length;
  if (leftOut > 0) {
    const entries = leftOut === 1 ? '1 entry was' : `${leftOut} entries were`;
    return { code: 'OUTPUT_REFUSED', message: `${entries} left out; the report says which and why.` };
  }
  const [unmatched] = report.skipped;
  if (unmatched === undefined) return null;
  return {
    code: 'USAGE',
    message: `Nothing in this backup matches “${unmatched.name}”.`,
    hint: '“strongroom ls” shows the names; * stops at a slash, ** does not.',
  };
}
