// Where jobs are written down, so that they outlive the program: what the queue asks of the catalogue, and of nobody else.
// Every write is on the disk when the call returns, and is seen by other processes. Never holds a key.

import type { PlainError } from '../../shared/errors.ts';
import type { Job, JobDetails, JobItem, JobItemState, JobKind, JobState } from '../../shared/jobs.ts';

export interface NewJobItem {
  readonly path: string;
  readonly sizeBytes: number;
}

/** What the person asked of a job that another process runs. */
export type JobWish = 'pause' | 'cancel';

/** How an attempt at an item ended. `waiting`: it is to be begun again; the error then says why the last attempt ended. */
export interface JobItemEnd {
  readonly state: Exclude<JobItemState, 'running'>;
  readonly message: string | null;
  readonly error: PlainError | null;
  /** What the handler keeps of it; asked for by `resultOf`. */
  readonly resultJson: string | null;
}

/** A job that some process took, or that is said to run. */
export interface HeldJob {
  readonly id: number;
  /** null: nobody has it, and yet it says `running`: the program could not write down its end. */
  readonly owner: string | null;
}

/** All calls may throw what the catalogue throws: BUSY, NO_SPACE, DAMAGED_CATALOG, IO_FAILED, … */
export interface JobJournal {
  /** A job in state `waiting`, without an owner; its items wait, positions from 0 in the order given. */
  create(
    kind: JobKind,
    title: string,
    priority: number,
    requestJson: string,
    items: readonly NewJobItem[],
  ): Job;
  /** The newest first; all of them unless `limit` is given. */
  list(limit?: number): readonly Job[];
  /** Without the items, so it stays cheap however many there are. */
  job(id: number): Job | null;
  get(id: number): JobDetails | null;
  requestOf(id: number): string;
  /**
   * The error is stored, or cleared where there is none. `running` sets startedAt where it is null; `done`, `cancelled` and
   * `failed` set endedAt, the others clear it.
   */
  setState(id: number, state: JobState, error?: PlainError | null): void;
  /** The item is `running`, one attempt more, begun now; its last error, message and result are cleared. */
  startItem(id: number, position: number): JobItem;
  endItem(id: number, position: number, end: JobItemEnd): JobItem;
  /** Items in these states wait again, in one write: without a message, with their last error and result until they are begun. */
  reopenItems(id: number, states: readonly ('failed' | 'cancelled')[]): void;
  resultOf(id: number, position: number): string | null;
  /**
   * Compare and set, in one step among all processes: the job gets `owner` where its owner is `previous` (null: it has none),
   * and a wish that was left is cleared in the same step. Says whether it did.
   */
  claim(id: number, owner: string, previous: string | null): boolean;
  ownerOf(id: number): string | null;
  /** Every job that has an owner or is in state `running`. */
  held(): readonly HeldJob[];
  /** The job has no owner any more; a wish stays. */
  release(id: number): void;
  /** null takes a wish back. */
  ask(id: number, wish: JobWish | null): void;
  wishOf(id: number): JobWish | null;
  setPriority(id: number, priority: number): void;
}
