// `strongroom scheme undo`: what schemes put into quarantine, and bringing it back.

import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import type { Command } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import { removedLines, undoLines } from '../../../shared/reports/scheme.ts';
import type { RemovedFile } from '../../../shared/scheme.ts';
import { type CommonArguments, type Start, withExamples } from '../../command-options.ts';
import { type ExitCode, exitCodeFor, worstExitCode } from '../../exit-code.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { openDesk } from '../library/access.ts';

interface UndoArguments extends CommonArguments {
  readonly all?: boolean;
  readonly run?: boolean;
}

export function registerUndo(scheme: Command, start: Start): void {
  const undo = scheme
    .command('undo')
    .summary('bring back what a scheme put into quarantine')
    .description(
      'Brings files back to where they were and into the library again; nothing is overwritten. Without files and options it lists what can be brought back. What went to the trash is brought back from there.',
    )
    .argument('[file...]', 'files as they were called, or as they are called in quarantine')
    .option('--run', 'all that went last, together')
    .option('--all', 'everything that is in quarantine')
    .option('--json', 'print one JSON document on stdout (docs/json.md)');
  withExamples(undo, [
    { run: 'scheme undo', does: 'Lists what can be brought back, and until when.' },
    { run: 'scheme undo --run', does: 'Takes the last run back.' },
  ]).action((files: string[], args: UndoArguments) =>
    start('scheme undo', args, (session) => bringBack(session, files, args)),
  );
}

async function bringBack(session: Session, files: readonly string[], args: UndoArguments): Promise<ExitCode> {
  const choices = [files.length > 0, args.all === true, args.run === true].filter(Boolean).length;
  if (choices > 1)
    throw new StrongroomError('USAGE', 'Name files, or give --run or --all, not several of them.');
  const desk = await openDesk(session);
  const { host, formats } = session;
  const removed = await desk.removedFiles();
  const chosen = await choose(session, removed, files, args);
  if (choices === 0 || chosen.length === 0)
    return await printReport(session, host.dataFolder, { removed }, removedLines(removed, formats));
  const report = await desk.undoRemoval(chosen.map(({ keptAt }) => keptAt));
  const exitCode = worstExitCode(report.problems.map(({ error }) => exitCodeFor(error.code)));
  return await printReport(session, host.dataFolder, report, undoLines(report, formats), exitCode);
}

async function choose(
  { host }: Session,
  removed: readonly RemovedFile[],
  files: readonly string[],
  { all, run }: UndoArguments,
): Promise<readonly RemovedFile[]> {
  if (all === true) return removed;
  if (run === true) return removed.filter(({ runId }) => runId === removed[0]?.runId);
  const chosen: RemovedFile[] = [];
  for (const given of files) {
    const path = resolve(host.cwd, given);
    const truePath = join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
    const names = [path, truePath];
    // Of several that were called so, the one that went last.
    const found = removed.find((file) => names.includes(file.path) || names.includes(file.keptAt));
    if (found === undefined)
      throw new StrongroomError('USAGE', `No scheme put “${given}” into quarantine.`, {
        hint: 'What can be brought back: strongroom scheme undo',
      });
    chosen.push(found);
  }
  return chosen;
}
