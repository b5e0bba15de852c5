// What trying keys tells: from the answer for one backup to trials that can be remembered, and from remembered trials to
// who opens it. Two keys of a vault are never the same password, so a part that one opens is closed to the others.

import type { KeyMatch } from '../../shared/backup.ts';
import type { BackupFacts, KeyTrial } from '../catalog/index.ts';

/** Who opens a backup, as far as the trials of some keys tell. */
export interface Coverage {
  /** The one that opens most first. */
  readonly keyIds: readonly string[];
  /** Names of the parts that none of them opens. */
  readonly lockedParts: readonly string[];
}

/**
 * What is to be remembered of an answer.
 * @param idOf id of the key behind a label of the answer; null for a key that is in no vault
 * @param triedIds the keys that were tried, for the answer “none”
 */
export function trialsFromMatch(
  match: KeyMatch,
  { encryptedParts }: Pick<BackupFacts, 'encryptedParts'>,
  triedIds: readonly string[],
  idOf: (label: string) => string | null,
): KeyTrial[] {
  const settled = new Map<string, number[]>();
  const damaged: number[] = [];
  let lockedCount = 0;
  for (const { position } of encryptedParts) {
    const member = match.members[position];
    if (member === undefined) continue;
    if (member.status === 'unreadable') damaged.push(position);
    const keyId = member.status === 'opens' && member.keyLabel !== null ? idOf(member.keyLabel) : null;
    if (keyId !== null) settled.set(keyId, [...(settled.get(keyId) ?? []), position]);
    else if (member.status !== 'unreadable') lockedCount++;
  }
  const opensAll = settled.size === 1 && lockedCount === 0;
  const openers = [...settled].map(([keyId, positions]): KeyTrial => ({
    keyId,
    outcome: opensAll ? 'all' : 'some',
    settledPositions: [...positions, ...damaged],
  }));
  // Where a part stayed locked every key was tried on it. Where none did, the ones that open it say everything.
  if (lockedCount === 0) return openers;
  const others = triedIds.filter((id) => !settled.has(id));
  return [...openers, ...others.map((keyId): KeyTrial => ({ keyId, outcome: 'none', settledPositions: [] }))];
}

/** Who of `keyIds` opens the backup. */
export function coverageOf(
  { encryptedParts }: Pick<BackupFacts, 'encryptedParts'>,
  trials: readonly KeyTrial[],
  keyIds: ReadonlySet<string>,
): Coverage {
  const openers = trials
    .filter(({ keyId, outcome }) => outcome !== 'none' && keyIds.has(keyId))
    .sort((a, b) => rank(a) - rank(b));
  const opensAll = openers.some(({ outcome }) => outcome === 'all');
  const settled = new Set(openers.flatMap(({ settledPositions }) => settledPositions));
  const locked = opensAll ? [] : encryptedParts.filter(({ position }) => !settled.has(position));
  return { keyIds: openers.map(({ keyId }) => keyId), lockedParts: locked.map(({ name }) => name) };
}

/** Keys of which it is not known whether they open anything of it. */
export function untriedKeys(trials: readonly KeyTrial[], keyIds: Iterable<string>): string[] {
  const tried = new Set(trials.map(({ keyId }) => keyId));
  return [...keyIds].filter((id) => !tried.has(id));
}

function rank({ outcome, settledPositions }: KeyTrial): number {
  return outcome === 'all' ? -Infinity : -settledPositions.length;
}
