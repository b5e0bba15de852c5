// Jobs and their items as they stand in rows.

import type { Job, JobCounts, JobItem, JobItemState, JobKind, JobState } from '../../shared/jobs.ts';
import { errorOrNull, number, text, textOrNull } from './columns.ts';
import type { Row } from './database.ts';

interface Tally {
  readonly counts: Record<Exclude<keyof JobCounts, 'total'>, number>;
  totalBytes: number;
  doneBytes: number;
}

/** By job, from rows of how many items are in which state. */
export function talliesBy(rows: readonly Row[]): Map<number, Tally> {
  const tallies = new Map<number, Tally>();
  for (const row of rows) {
    const jobId = number(row, 'job_id');
    const tally = tallies.get(jobId) ?? emptyTally();
    tallies.set(jobId, tally);
    const state = text(row, 'state') as JobItemState; // the table's own CHECK
    const isLeft = state === 'waiting' || state === 'running';
    const bytes = number(row, 'bytes');
    tally.counts[isLeft ? 'left' : state] += number(row, 'item_count');
    tally.totalBytes += bytes;
    if (!isLeft) tally.doneBytes += bytes;
  }
  return tallies;
}

function emptyTally(): Tally {
  return { counts: { done: 0, skipped: 0, failed: 0, cancelled: 0, left: 0 }, totalBytes: 0, doneBytes: 0 };
}

export function jobOf(row: Row, { counts, totalBytes, doneBytes } = emptyTally()): Job {
  const { done, skipped, failed, cancelled, left } = counts;
  return {
    id: number(row, 'id'),
    kind: text(row, 'kind') as JobKind,
    title: text(row, 'title'),
    state: text(row, 'state') as JobState, // the table's own CHECK
    priority: number(row, 'priority'),
    createdAt: text(row, 'created_at'),
    startedAt: textOrNull(row, 'started_at'),
    endedAt: textOrNull(row, 'ended_at'),
    counts: { total: done + skipped + failed + cancelled + left, ...counts },
    totalBytes,
    doneBytes,
    error: errorOrNull(row, 'error'),
  };
}

export function itemOf(row: Row): JobItem {
  return {
    position: number(row, 'position'),
    path: text(row, 'path'),
    sizeBytes: number(row, 'size_bytes'),
    state: text(row, 'state') as JobItemState, // the table's own CHECK
    attempts: number(row, 'attempts'),
    message: textOrNull(row, 'message'),
    error: errorOrNull(row, 'error'),
    startedAt: textOrNull(row, 'started_at'),
    endedAt: textOrNull(row, 'ended_at'),
  };
}
