// Which backups of the library a batch is about, and what is in the way of each, as far as it is known without looking at a file. Pure:
// what the plan finds out is the engine's.

import type { WhichBackups } from '../../../shared/contract/index.ts';
import type { LibraryBackup } from '../../../shared/library.ts';
import type { MigrateOperation } from '../../app/app.svelte.ts';

/**
 * ready: nothing; untried: not all keys were tried on it; no-key: none opens it; part-key: some of it; damaged: it did not read
 * completely; unreachable: none of its files is there now.
 */
export type Obstacle = 'ready' | 'untried' | 'no-key' | 'part-key' | 'damaged' | 'unreachable';

/** As they are shown. */
export const OBSTACLES: readonly Obstacle[] = [
  'ready',
  'untried',
  'no-key',
  'part-key',
  'damaged',
  'unreachable',
];

export interface Candidate {
  readonly backup: LibraryBackup;
  readonly obstacle: Obstacle;
}

/** Encrypted in a format that is not the current one, or in parts. */
export function isOld({ format }: Pick<LibraryBackup, 'format'>): boolean {
  return format === 'v1' || format === 'v2' || format === 'mixed';
}

/** What of the library an operation is for when nobody chose. */
export function isFor(operation: MigrateOperation, backup: Pick<LibraryBackup, 'format'>): boolean {
  switch (operation) {
    case 'migrate':
      return isOld(backup);
    case 'encrypt':
      return backup.format === 'plain';
  }
}

export function obstacleOf(
  backup: Pick<LibraryBackup, 'copies' | 'lastVerification' | 'keyState'>,
): Obstacle {
  if (!backup.copies.some(({ state, folderId }) => state === 'present' && folderId !== null))
    return 'unreachable';
  const verdict = backup.lastVerification?.status;
  if (verdict === 'damaged' || verdict === 'truncated') return 'damaged';
  switch (backup.keyState) {
    case 'locked':
      return 'no-key';
    case 'opens-part':
      return 'part-key';
    case 'untried':
      return 'untried';
    case 'opens':
    case 'plain':
      return 'ready';
  }
}

/** @param chosen identities; null: all that the operation is for */
export function candidatesFor(
  operation: MigrateOperation,
  backups: readonly LibraryBackup[],
  chosen: ReadonlySet<string> | null,
): readonly Candidate[] {
  return backups
    .filter((backup) => (chosen === null ? isFor(operation, backup) : chosen.has(backup.identity)))
    .map((backup) => ({ backup, obstacle: obstacleOf(backup) }));
}

export function countObstacles(candidates: readonly Candidate[]): Readonly<Record<Obstacle, number>> {
  const counts = { ready: 0, untried: 0, 'no-key': 0, 'part-key': 0, damaged: 0, unreachable: 0 };
  for (const { obstacle } of candidates) counts[obstacle]++;
  return counts;
}

/** Nothing is planned for it: it is known to be damaged. */
export function isLeftOut({ obstacle }: Pick<Candidate, 'obstacle'>): boolean {
  return obstacle === 'damaged';
}

/**
 * What the engine is asked to plan. What is known to be damaged is left out: its rewrite would end at the damage. Where nothing is
 * left out, a filter says it shorter and is quicker than each backup by its name.
 * @param chosen on another screen; null: all that the operation is for
 */
export function whichToPlan(
  operation: MigrateOperation,
  chosen: WhichBackups | null,
  candidates: readonly Candidate[],
): WhichBackups {
  if (chosen?.kind === 'filter') return chosen;
  const whole = candidates.filter((candidate) => !isLeftOut(candidate));
  if (chosen === null && whole.length === candidates.length)
    return { kind: 'filter', filter: { format: operation === 'encrypt' ? 'plain' : 'old' } };
  return { kind: 'backups', identities: whole.map(({ backup }) => backup.identity) };
}
