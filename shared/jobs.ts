// Jobs as every layer sees them: long work on many files, item by item, that can be paused, cancelled and taken up again.
// Plain data, safe to print and to store: never a key.

import type { PlainError } from './errors.ts';

export type JobKind = 'scan' | 'verify' | 'migrate' | 'encrypt' | 'rekey' | 'scheme' | 'copy';

/**
 * waiting: not begun; running; paused: by the person; interrupted: the program that ran it ended before the job did, and it
 * can be taken up again; done: every item was worked on, with whatever result; cancelled: by the person; failed: it could not
 * go on, see `error`.
 */
export type JobState = 'waiting' | 'running' | 'paused' | 'interrupted' | 'done' | 'cancelled' | 'failed';

/** skipped: nothing had to be done. */
export type JobItemState = 'waiting' | 'running' | 'done' | 'skipped' | 'failed' | 'cancelled';

/** What a job works on, one file each unless its kind says otherwise. */
export interface JobItem {
  /** From 0, in the order in which they are taken. */
  readonly position: number;
  readonly path: string;
  readonly sizeBytes: number;
  readonly state: JobItemState;
  /** How often it was begun. */
  readonly attempts: number;
  /** What came of it in one sentence; null until it has ended. */
  readonly message: string | null;
  readonly error: PlainError | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

export interface JobCounts {
  readonly total: number;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Waiting or running. */
  readonly left: number;
}

export interface Job {
  /** A number, counted up: the newest is the largest. */
  readonly id: number;
  readonly kind: JobKind;
  /** In words for people: "Migrate 12 backups". */
  readonly title: string;
  readonly state: JobState;
  /** Higher goes first; 0 unless told. */
  readonly priority: number;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly counts: JobCounts;
  readonly totalBytes: number;
  /** Of items that have ended. */
  readonly doneBytes: number;
  /** Why it could not go on. */
  readonly error: PlainError | null;
}

export interface JobDetails extends Job {
  readonly items: readonly JobItem[];
}

/** Where a running job stands; told at most ten times a second. */
export interface JobProgress {
  readonly jobId: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly doneItems: number;
  readonly totalItems: number;
  /** null until there is enough to tell. */
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** Files in work, each with its own share. */
  readonly current: readonly {
    readonly path: string;
    readonly doneBytes: number;
    readonly totalBytes: number;
  }[];
}

export type JobEvent =
  | { readonly kind: 'job'; readonly job: Job }
  | { readonly kind: 'item'; readonly jobId: number; readonly item: JobItem }
  | { readonly kind: 'progress'; readonly progress: JobProgress };
