// Which key most likely opens a backup: each wrong guess on a v3 backup costs 0.2 s. A key is in force for a time, in one
// installation, so what opens the backups before and after this one is the best guess by far.

import type { KeyInfo } from '../../shared/keys.ts';
import type { BackupFacts, Opening } from '../catalog/index.ts';

export type DatedBackup = Pick<BackupFacts, 'date' | 'instanceId'>;

/**
 * Ids of all `keys`, the likeliest first: what opens the nearest backups of the same installation before and after this
 * one, its keys of which nothing is known yet, its other keys by the distance of what they open, then keys of other
 * installations in the same way. Among equals active keys come first, then the newest.
 */
export function rankKeys(
  backup: DatedBackup,
  keys: readonly KeyInfo[],
  openings: readonly Opening[],
): string[] {
  const own = openings.filter(({ instanceId }) => instanceId === backup.instanceId);
  const ownDistances = nearestByKey(backup, own);
  const distances = nearestByKey(backup, openings);
  const neighbours = neighbourKeys(backup, own);
  const instances = new Set(
    keys.flatMap(({ id, instance }) => (instance !== null && ownDistances.has(id) ? [instance] : [])),
  );
  const belongsHere = ({ instance, instanceId }: KeyInfo): boolean =>
    (instanceId !== null && instanceId === backup.instanceId) ||
    (instance !== null && instances.has(instance));
  const scored = keys.map((key) => {
    const { id } = key;
    const distance = distances.get(id) ?? Infinity;
    if (neighbours.has(id)) return { key, group: 0, distance: ownDistances.get(id) ?? Infinity };
    if (distance === Infinity && belongsHere(key)) return { key, group: 1, distance: 0 };
    const ownDistance = ownDistances.get(id);
    if (ownDistance !== undefined) return { key, group: 2, distance: ownDistance };
    return { key, group: distances.has(id) ? 3 : 4, distance };
  });
  return scored
    .sort(
      (a, b) =>
        a.group - b.group ||
        compare(a.distance, b.distance) ||
        stateOf(a.key) - stateOf(b.key) ||
        byAge(a.key, b.key),
    )
    .map(({ key }) => key.id);
}

/** Only what is opened by keys that are still there. */
export function openingsBy(keyIds: ReadonlySet<string>, openings: readonly Opening[]): Opening[] {
  return openings.flatMap((opening) => {
    const present = opening.keyIds.filter((id) => keyIds.has(id));
    return present.length === 0 ? [] : [{ ...opening, keyIds: present }];
  });
}

/** Milliseconds between two backups; Infinity where one has no date. */
export function timeBetween(a: DatedBackup, b: DatedBackup): number {
  if (a.date === null || b.date === null) return Infinity;
  return Math.abs(Date.parse(a.date) - Date.parse(b.date));
}

/** Keys of the nearest opening on either side. */
function neighbourKeys(backup: DatedBackup, openings: readonly Opening[]): Set<string> {
  let before: Opening | null = null;
  let after: Opening | null = null;
  for (const opening of openings) {
    if (opening.date === null || backup.date === null) continue;
    if (opening.date <= backup.date && opening.date >= (before?.date ?? '')) before = opening;
    if (opening.date >= backup.date && (after?.date == null || opening.date <= after.date)) after = opening;
  }
  return new Set([...(before?.keyIds ?? []), ...(after?.keyIds ?? [])]);
}

function nearestByKey(backup: DatedBackup, openings: readonly Opening[]): Map<string, number> {
  const nearest = new Map<string, number>();
  for (const opening of openings) {
    const distance = timeBetween(backup, opening);
    for (const id of opening.keyIds) nearest.set(id, Math.min(distance, nearest.get(id) ?? Infinity));
  }
  return nearest;
}

function stateOf({ state }: KeyInfo): number {
  return state === 'active' ? 0 : 1;
}

function byAge(a: KeyInfo, b: KeyInfo): number {
  return a.addedAt < b.addedAt ? 1 : a.addedAt > b.addedAt ? -1 : 0;
}

/** For distances, which may both be infinite. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
