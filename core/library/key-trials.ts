// What trying keys tells: from the answer for one backup to trials that can be remembered. Two keys of a vault are never the
// same password, so a part that one opens is closed to the others.

import type { KeyMatch } from '../../shared/backup.ts';
import type { BackupFacts, KeyTrial } from '../catalog/index.ts';

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
