// Two policies on the same backups: what only one of them keeps. Pure.

import type { PlannedFolder } from '../../../shared/retention/index.ts';
import type { SchemeItem } from '../../../shared/scheme.ts';

export interface Differences {
  /** Kept by the first and removed by the second; the newest first. */
  readonly onlyFirst: readonly SchemeItem[];
  readonly onlySecond: readonly SchemeItem[];
  /** Of both, by identity. */
  readonly all: ReadonlySet<string>;
}

/** Both of the same folder, at the same moment. */
export function differencesOf(first: PlannedFolder, second: PlannedFolder): Differences {
  const keptBySecond = keptOf(second);
  const keptByFirst = keptOf(first);
  const onlyFirst = first.items.filter(
    ({ identity, decision }) => decision.keeps && !keptBySecond.has(identity),
  );
  const onlySecond = second.items.filter(
    ({ identity, decision }) => decision.keeps && !keptByFirst.has(identity),
  );
  const all = new Set([...onlyFirst, ...onlySecond].map(({ identity }) => identity));
  return { onlyFirst, onlySecond, all };
}

function keptOf({ items }: PlannedFolder): ReadonlySet<string> {
  return new Set(items.filter(({ decision }) => decision.keeps).map(({ identity }) => identity));
}
