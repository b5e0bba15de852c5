// Which backups are listed by where they are, and what is said of each. Pure.

import type { LibraryBackup } from '../../../shared/library.ts';
import type { BackupPlaces, LibraryPlace, PlaceFinding, PlacesOverview } from '../../../shared/places.ts';

export const FINDINGS: readonly PlaceFinding[] = ['one-place', 'this-disk-only', 'cloud-only'];
export type PlaceFilter = PlaceFinding | 'good' | 'all';

export interface PlacedBackup {
  readonly backup: LibraryBackup;
  readonly where: BackupPlaces;
  readonly places: readonly LibraryPlace[];
}

/** The newest first; those that the library still has. */
export function placedBackups(
  { backups, places }: Pick<PlacesOverview, 'backups' | 'places'>,
  known: (identity: string) => LibraryBackup | null,
): readonly PlacedBackup[] {
  const byId = new Map(places.map((place) => [place.id, place]));
  return backups
    .flatMap((where): PlacedBackup[] => {
      const backup = known(where.identity);
      if (backup === null) return [];
      return [{ backup, where, places: where.placeIds.flatMap((id) => byId.get(id) ?? []) }];
    })
    .sort((a, b) => (b.backup.date ?? '').localeCompare(a.backup.date ?? ''));
}

export function placedShown(
  all: readonly PlacedBackup[],
  filter: PlaceFilter,
  text: string,
): readonly PlacedBackup[] {
  const wanted = text.trim().toLocaleLowerCase();
  return all.filter(
    ({ backup, where }) => fits(where, filter) && backup.name.toLocaleLowerCase().includes(wanted),
  );
}

/** The worst that is to be said of a backup; null where it meets the goal. */
export function findingOf({ findings, meetsGoal }: BackupPlaces): PlaceFinding | null {
  if (meetsGoal) return null;
  return (
    (['this-disk-only', 'cloud-only', 'one-place'] as const).find((one) => findings.includes(one)) ?? null
  );
}

function fits({ findings, meetsGoal }: BackupPlaces, filter: PlaceFilter): boolean {
  if (filter === 'all') return true;
  return filter === 'good' ? meetsGoal : findings.includes(filter);
}
