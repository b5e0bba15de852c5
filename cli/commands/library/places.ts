// `strongroom library places`: in which places the backups are, and which are not in two, one of them elsewhere.

import { type Command, Option } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import { PLACE_KINDS, type PlaceKind } from '../../../shared/places.ts';
import { type CommonArguments, type Start, withExamples } from '../../command-options.ts';
import type { ExitCode } from '../../exit-code.ts';
import { placesLines } from '../../reports/places.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { openDesk } from './access.ts';
import { findFolder } from './filter.ts';

interface PlacesArguments extends CommonArguments {
  readonly kind?: PlaceKind | 'auto';
}

export function registerPlaces(library: Command, start: Start): void {
  const places = library
    .command('places')
    .summary('say where the backups are, and which are in one place only')
    .description(
      'Says in which places the folders of the library are (this disk, another drive, another computer, a synced folder), and which backups are not in two places, one of them elsewhere. With a folder and --kind it sets what kind of place that is, where Strongroom took it for another.',
    )
    .argument('[folder]', 'folder of the library whose place is set')
    .addOption(
      new Option('--kind <kind>', 'what kind of place it is; auto: it is found out').choices([
        ...PLACE_KINDS,
        'auto',
      ]),
    )
    .option('--json', 'print one JSON document on stdout (docs/json.md)');
  withExamples(places, [
    { run: 'library places', does: 'Says where everything is, and what is short of the goal.' },
    { run: 'library places ~/Sync --kind cloud', does: 'This folder is synced; Strongroom did not see it.' },
    { run: 'library places ~/Sync --kind auto', does: 'Takes that back.' },
  ]).action((folder: string | undefined, args: PlacesArguments) =>
    start('library places', args, (session) => showOrSet(session, folder, args)),
  );
}

async function showOrSet(
  session: Session,
  folder: string | undefined,
  { kind }: PlacesArguments,
): Promise<ExitCode> {
  if ((folder === undefined) !== (kind === undefined))
    throw new StrongroomError('USAGE', 'To set the place of a folder, both it and --kind are needed.', {
      hint: 'For example: strongroom library places FOLDER --kind other-drive',
    });
  const desk = await openDesk(session);
  const overview =
    folder === undefined || kind === undefined
      ? await desk.placesOverview()
      : await desk.setPlaceKind(await findFolder(session, desk, folder), kind === 'auto' ? null : kind);
  const short = await desk.listBackups({ places: 'goal-missed' });
  return await printReport(
    session,
    session.host.dataFolder,
    overview,
    placesLines(overview, short, session.formats),
  );
}
