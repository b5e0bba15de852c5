// In which places each backup is, and what is short of the goal. Only files in folders of the library count, and only those that
// are not missing and not known to be damaged: a drive on the shelf is a place.

import type { LibraryBackup, LibraryFilter } from '../../../shared/library.ts';
import { judgePlaces, PLACE_FINDINGS, type PlaceVerdict } from '../../../shared/place-rules.ts';
import type { LibraryPlace, PlacesOverview } from '../../../shared/places.ts';
import type { Catalog } from '../../catalog/index.ts';
import { placedFolders, type PlacedFolder } from './folder-places.ts';

/** @throws DAMAGED_CATALOG, BUSY, IO_FAILED */
export function placesOverview(
  services: { readonly catalog: Catalog },
  backups: readonly LibraryBackup[],
): PlacesOverview {
  const placed = placedFolders(services);
  const judged = backups.flatMap((backup) => {
    const places = placesOf(backup, placed);
    const placeIds = [...new Set(places.map(({ id }) => id))];
    return placeIds.length === 0 ? [] : [{ identity: backup.identity, placeIds, ...judgePlaces(places) }];
  });
  const counts = Object.fromEntries(
    PLACE_FINDINGS.map((finding) => [
      finding,
      judged.filter(({ findings }) => findings.includes(finding)).length,
    ]),
  ) as PlacesOverview['counts']; // of all findings there are
  return {
    places: gathered([...placed.values()]),
    folders: [...placed.values()].map(({ folder, id, isChosen, reason }) => ({
      path: folder.path,
      placeId: id,
      isChosen,
      reason,
    })),
    backups: judged,
    goodCount: judged.filter(({ meetsGoal }) => meetsGoal).length,
    counts,
  };
}

/** Whether a backup is one that the filter means. @throws DAMAGED_CATALOG, BUSY */
export function placesTest(
  services: { readonly catalog: Catalog },
  wanted: NonNullable<LibraryFilter['places']>,
): (backup: LibraryBackup) => boolean {
  const placed = placedFolders(services);
  const isMeant = ({ findings, meetsGoal }: PlaceVerdict): boolean =>
    wanted === 'goal-missed' ? !meetsGoal : findings.includes(wanted);
  return (backup) => {
    const places = placesOf(backup, placed);
    return places.length > 0 && isMeant(judgePlaces(places));
  };
}

/** A file that was found damaged is no safety beside others; where all of them were, they are where they are. */
function placesOf({ copies }: LibraryBackup, placed: ReadonlyMap<number, PlacedFolder>): PlacedFolder[] {
  const kept = copies.filter(({ folderId, state }) => folderId !== null && state !== 'missing');
  const whole = kept.filter(({ verified }) => verified !== 'damaged' && verified !== 'truncated');
  return (whole.length > 0 ? whole : kept).flatMap(({ folderId }) => placed.get(folderId ?? -1) ?? []);
}

function gathered(placed: readonly PlacedFolder[]): LibraryPlace[] {
  return [...Map.groupBy(placed, ({ id }) => id)].flatMap(([id, folders]) => {
    const [first] = folders;
    if (first === undefined) return [];
    const isReachable = folders.some(({ folder }) => folder.state !== 'unreachable');
    const { kind, label } = first;
    return [{ id, kind, label, folders: folders.map(({ folder }) => folder.path), isReachable }];
  });
}
