// Which keys were tried on a content with what result, and what that tells: who opens it, and what stays locked. Two keys
// of a vault are never the same password, so a part that one opens is closed to the others.

import * as v from 'valibot';

import type { BackupFacts } from './backup-facts.ts';
import { parsed, text } from './columns.ts';
import type { Row } from './database.ts';

/** all: it opens every encrypted part; some: the ones it settles; none: none of them. */
export type TrialOutcome = 'all' | 'some' | 'none';

export interface KeyTrial {
  readonly keyId: string;
  readonly outcome: TrialOutcome;
  /** Positions of the parts that need no other key: it opens them, or proves that they are damaged. */
  readonly settledPositions: readonly number[];
}

/** Who opens a backup, as far as the trials of some keys tell. */
export interface Coverage {
  /** The one that opens most first. */
  readonly keyIds: readonly string[];
  /** Names of the parts that none of them opens. */
  readonly lockedParts: readonly string[];
}

export function trialOf(row: Row): KeyTrial {
  return {
    keyId: text(row, 'key_id'),
    outcome: text(row, 'outcome') as TrialOutcome, // the table's own CHECK
    settledPositions: parsed(row, 'settled_positions', POSITIONS),
  };
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

const POSITIONS = v.array(v.pipe(v.number(), v.integer(), v.minValue(0)));
