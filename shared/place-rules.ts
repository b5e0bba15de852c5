// When a backup is safe enough by where it is: the goal of two places, one of them elsewhere, and what is short of it. Pure, and the
// only place that says so, for the engine, the command line and the window.

import type { LibraryPlace, PlaceFinding } from './places.ts';

export const PLACE_FINDINGS = [
  'one-place',
  'this-disk-only',
  'cloud-only',
] as const satisfies readonly PlaceFinding[];

export interface PlaceVerdict {
  readonly findings: readonly PlaceFinding[];
  /** Two places, one of them elsewhere: not this disk. */
  readonly meetsGoal: boolean;
}

/**
 * What the places of one backup mean; a place that is named twice counts once. Two synced services meet the goal and are a
 * finding all the same, because a sync carries deletions, too. In no place at all the goal is missed and nothing else is to be said.
 */
export function judgePlaces(places: readonly Pick<LibraryPlace, 'id' | 'kind'>[]): PlaceVerdict {
  const count = new Set(places.map(({ id }) => id)).size;
  const areAll = (kind: LibraryPlace['kind']): boolean =>
    count > 0 && places.every((place) => place.kind === kind);
  const holds: Readonly<Record<PlaceFinding, boolean>> = {
    'one-place': count === 1,
    'this-disk-only': areAll('this-disk'),
    'cloud-only': areAll('cloud'),
  };
  return {
    findings: PLACE_FINDINGS.filter((finding) => holds[finding]),
    meetsGoal: count >= 2 && !holds['this-disk-only'],
  };
}
