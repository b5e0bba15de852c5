// `strongroom library rebuild`: a new catalogue in the place of a damaged one. The damaged one is moved aside, never deleted.

import type { Command } from 'commander';

import { fromPlainError, StrongroomError } from '../../../shared/errors.ts';
import { type CommonArguments, type Start, withExamples } from '../../command-options.ts';
import { deskOf } from '../../engine.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { printable } from '../../../shared/reports/printable.ts';
import { scanFolders } from './scan.ts';

interface RebuildArguments extends CommonArguments {
  readonly yes?: boolean;
  readonly force?: boolean;
}

const WHAT_IS_LOST = [
  'The damaged catalogue is moved aside and a new one is made. No backup and no key is touched.',
  'What only the catalogue knew is gone: when each backup was verified, which key opens it, and unfinished jobs.',
].join('\n');

export function registerRebuild(library: Command, start: Start): void {
  const rebuild = library
    .command('rebuild')
    .summary('make the catalogue anew when it is damaged')
    .description(
      'Moves a damaged catalogue aside, makes a new one, and scans your folders again. Backups and keys are not touched. A catalogue that can be opened is left alone.',
    )
    .option('--force', 'although the catalogue can be opened')
    .option('-y, --yes', 'do not ask (for scripts)')
    .option('--json', 'print one JSON document on stdout (docs/json.md)');
  withExamples(rebuild, [
    { run: 'library rebuild', does: 'When other commands say that the catalogue is damaged.' },
  ]).action((args: RebuildArguments) =>
    start('library rebuild', args, (session) => rebuildCatalog(session, args)),
  );
}

async function rebuildCatalog(session: Session, args: RebuildArguments): Promise<ExitCode> {
  const desk = deskOf(await session.engine());
  const { dataFolder, signal } = session.host;
  const problem = desk.catalogProblem();
  if (problem !== null && problem.code !== 'DAMAGED_CATALOG') throw fromPlainError(problem);
  if (problem === null && args.force !== true) {
    return await printReport(session, dataFolder, { movedTo: null, folders: await desk.folders() }, [
      'Your catalogue can be opened, so there is nothing to make anew.',
      'If other commands say that it is damaged all the same: strongroom library rebuild --force',
    ]);
  }
  await requireConsent(session, args);
  const { movedTo } = await desk.rebuildCatalog();
  signal.throwIfAborted();
  const found = await desk.folders();
  const exitCode = found.length === 0 ? EXIT.good : (await scanFolders(session, desk, [])).exitCode;
  const folders = await desk.folders();
  const lines = [
    'The catalogue is made anew.',
    ...(movedTo === null ? [] : [`The damaged one is kept: ${printable(movedTo)}`]),
    ...(folders.length === 0
      ? ['It does not know your folders any more. Take them in again: strongroom library add FOLDER']
      : [
          `${session.formats.countOf(folders.length, 'folder was', 'folders were')} scanned again.`,
          'Find out again which key opens which backup: strongroom library verify --all --quick',
        ]),
  ];
  return await printReport(session, dataFolder, { movedTo, folders }, lines, exitCode);
}

/** @throws USAGE, CANCELLED */
async function requireConsent({ prompter }: Session, { yes }: RebuildArguments): Promise<void> {
  if (yes === true) return;
  if (prompter === null) {
    throw new StrongroomError(
      'USAGE',
      'There is no terminal to ask whether the catalogue may be made anew.',
      {
        hint: 'Add --yes to agree beforehand. The damaged catalogue is kept.',
      },
    );
  }
  prompter.say(WHAT_IS_LOST);
  if (await prompter.confirm('Make it anew?')) return;
  throw new StrongroomError('CANCELLED', 'The catalogue was left as it is.');
}
