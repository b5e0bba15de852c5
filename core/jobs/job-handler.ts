// What a kind of job has to be able to do, so that the queue can run it without knowing what it means.

import type { PlainError } from '../../shared/errors.ts';
import type { JobItem, JobKind } from '../../shared/jobs.ts';

/** What came of one item that did not fail. */
export interface JobItemResult {
  readonly state: 'done' | 'skipped';
  /** One sentence for the person. */
  readonly message: string;
  /** Kept in the journal; never a key. */
  readonly resultJson: string | null;
}

export interface JobItemContext {
  /** As it was given when the job was made. */
  readonly requestJson: string;
  /** Aborted when the job is cancelled or the queue is closed. The item ends then with CANCELLED, leaving nothing behind. */
  readonly signal: AbortSignal;
  /** Where this item stands, in whatever the handler counts; the job's own bytes go up by the same share of its size. */
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

export interface JobHandler {
  readonly kind: JobKind;
  /** Once before the items of each run. What it throws ends the job as `failed`, with every item still waiting. */
  prepare?(requestJson: string, signal: AbortSignal): Promise<void>;
  /** How many items of this job may be in work at once; asked after `prepare`, for the items that wait. At least 1. */
  atATime(requestJson: string, items: readonly JobItem[]): Promise<number> | number;
  /**
   * Works on one item. It may have been begun before, by this program or by one that crashed, so it starts by looking at
   * what is there.
   */
  run(item: JobItem, context: JobItemContext): Promise<JobItemResult>;
  /**
   * Finishes or undoes what a crash left of an item that was in work; it then waits again, also where this throws. May be
   * handed the same item twice.
   */
  recover?(item: JobItem, requestJson: string): Promise<void>;
  /** With this error no other item could do better: nothing else is begun, the rest waits, the job is `failed` with it. */
  endsJob?(error: PlainError): boolean;
  /** An error that passes by itself: the item is tried again after the others, three times at most. */
  isPassing?(error: PlainError): boolean;
}
