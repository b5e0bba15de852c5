// A rotation of keys: backups that old keys open get a new one, over days where it has to be. Never a key: keys appear by their ids and
// labels. Times are ISO 8601 in UTC.

import type { OriginalsPolicy } from './backup.ts';
import type { PlainError } from './errors.ts';
import type { KeyState } from './keys.ts';
import type { BatchPlan, LibraryFilter } from './library.ts';

/** What a rotation was asked to do, as it is stored: which keys, and none of them. */
export interface RotationRequest {
  /** Ids in the vault; at least one, and not the new one. */
  readonly oldKeyIds: readonly string[];
  readonly newKeyId: string;
  /** Among which backups; empty: the whole library, and then the old keys are retired at the end. */
  readonly filter: LibraryFilter;
  readonly originals: OriginalsPolicy;
  readonly quarantineDays: number;
}

/** A key as plans and reports name it. */
export interface RotationKey {
  readonly id: string;
  readonly label: string;
  /** null where it is not in the vault any more. */
  readonly state: KeyState | null;
}

/** A file that is still under an old key, or may be: nobody has tried it with one yet. */
export interface RotationCopy {
  readonly path: string;
  readonly name: string;
  readonly date: string | null;
  /**
   * away: its drive or share is not there; failed: see `error`; kept: an original that was set aside, or what a scheme moved into
   * quarantine; waiting: its turn comes.
   */
  readonly why: 'away' | 'failed' | 'kept' | 'waiting';
  readonly error: PlainError | null;
}

export interface RotationPlan {
  readonly request: RotationRequest;
  readonly oldKeys: readonly RotationKey[];
  readonly newKey: RotationKey;
  /** Why nothing may begin yet: the new key is only in this vault. null where a copy of it was saved or it came from one. */
  readonly unsaved: PlainError | null;
  /** What the run does, file by file, those that are there now. */
  readonly batch: BatchPlan;
  /** Files that it cannot reach now and that an old key opens or may open; they stay as they are until they come back. */
  readonly away: readonly RotationCopy[];
  /** Ids of the old keys that are retired at the end. */
  readonly retires: readonly string[];
  /** What to do besides, in Home Assistant above all, in order; full sentences. */
  readonly advice: readonly string[];
}

/**
 * running, paused, interrupted: its job; open: files are left under an old key, and no job works on them; done: none is left that
 * could be reached; ended: a person has set it aside.
 */
export type RotationState = 'running' | 'paused' | 'interrupted' | 'open' | 'done' | 'ended';

/** A rotation as it stands. */
export interface RotationStatus {
  readonly id: number;
  readonly request: RotationRequest;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly state: RotationState;
  /** Of its last run; null where that is forgotten. */
  readonly jobId: number | null;
  readonly oldKeys: readonly RotationKey[];
  readonly newKey: RotationKey;
  /** Files that got the new key in its runs. */
  readonly doneCount: number;
  /** Files that are still under an old key or may be, those that were set aside on purpose among them. */
  readonly left: readonly RotationCopy[];
  /** Backups whose copies were alike and are two now, by name: one of them could not be taken over from the other. */
  readonly apart: readonly string[];
  readonly advice: readonly string[];
}
