// The place of each folder of the library: what a person said, else what was found out when the folder was last there, so that a
// drive that is away keeps its place.

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

import { StrongroomError } from '../../../shared/errors.ts';
import type { LibraryFolder } from '../../../shared/library.ts';
import type { PlaceKind } from '../../../shared/places.ts';
import type { Catalog, FolderPlace } from '../../catalog/index.ts';
import { findPlace, THIS_DISK_ID, THIS_DISK_LABEL } from './find-place.ts';
import { thisSystem, type SystemView } from './system-view.ts';

type PlaceServices = { readonly catalog: Pick<Catalog, 'folders' | 'folder'> };

/** Looks where a folder of the library is, which is there now, and keeps it. @throws DAMAGED_CATALOG, BUSY, NO_SPACE */
export async function notePlace(
  { catalog }: PlaceServices,
  { id, path }: Pick<LibraryFolder, 'id' | 'path'>,
  view: SystemView = thisSystem(catalog.folder),
): Promise<FolderPlace> {
  const place = await findPlace(path, view);
  catalog.folders.setPlace(id, place);
  return place;
}

/** Looks for those that were never looked at and are there now. @throws as `notePlace` */
export async function notePlacesOfAll(
  services: PlaceServices,
  view: SystemView = thisSystem(services.catalog.folder),
): Promise<void> {
  const { folders } = services.catalog;
  for (const folder of folders.list()) {
    if (folders.placeOf(folder.id) !== null || folder.state === 'unreachable') continue;
    const isThere = await stat(folder.path).then(
      (found) => found.isDirectory(),
      () => false, // away, and found out once it is back
    );
    if (isThere) await notePlace(services, folder, view);
  }
}

/**
 * The place of a folder that is there now, in the library or not, and of the folder of the library that holds it what a person said
 * of that. Nothing is noted.
 * @throws OUTPUT_REFUSED it stands empty where a drive or share was; DAMAGED_CATALOG, BUSY
 */
export async function placeNow(
  { catalog }: PlaceServices,
  path: string,
  view: SystemView = thisSystem(catalog.folder),
): Promise<FolderPlace> {
  const found = await findPlace(path, view);
  const folder = catalog.folders.find(path);
  const known = folder === null ? null : catalog.folders.placeOf(folder.id);
  if (known !== null && known.id !== found.id && (await view.names(path)).length === 0)
    throw new StrongroomError(
      'OUTPUT_REFUSED',
      `“${path}” is empty, and “${known.label}” seems not to be connected.`,
      {
        hint: 'Connect its drive or share first.',
      },
    );
  const holder = folder?.id ?? catalog.folders.holding(path);
  const chosen = holder === null ? null : catalog.folders.placeKindOf(holder);
  return chosen === null ? found : asChosen(found, chosen, path);
}

export interface PlacedFolder extends FolderPlace {
  readonly folder: LibraryFolder;
  /** A person said what kind of place it is. */
  readonly isChosen: boolean;
}

/** Of every folder, by its id. @throws DAMAGED_CATALOG, BUSY */
export function placedFolders({ catalog }: PlaceServices): Map<number, PlacedFolder> {
  const { folders } = catalog;
  return new Map(
    folders.list().map((folder) => {
      const found = folders.placeOf(folder.id) ?? NEVER_SEEN;
      const chosen = folders.placeKindOf(folder.id);
      const place = chosen === null ? found : asChosen(found, chosen, folder.path);
      return [folder.id, { ...place, folder, isChosen: chosen !== null }];
    }),
  );
}

/**
 * What is on one disk stays one place, whatever it is called: two places that are one would promise what does not hold.
 */
function asChosen(found: FolderPlace, kind: PlaceKind, path: string): FolderPlace {
  const reason = 'You said so.';
  if (kind === found.kind) return { ...found, reason };
  if (kind === 'this-disk') return { id: THIS_DISK_ID, kind, label: THIS_DISK_LABEL, reason };
  const label = found.kind === 'this-disk' ? basename(path) : found.label;
  return { id: `${kind}:${found.id}`, kind, label, reason };
}

const NEVER_SEEN: FolderPlace = {
  id: THIS_DISK_ID,
  kind: 'this-disk',
  label: THIS_DISK_LABEL,
  reason: 'It has not been there yet, so it counts as this disk until it is scanned.',
};
