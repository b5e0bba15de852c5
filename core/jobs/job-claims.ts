// Taking over what a dead process left of a job, and giving a job up so that no wish of another process gets lost.

import { toPlainError, type PlainError } from '../../shared/errors.ts';
import type { Job, JobState } from '../../shared/jobs.ts';
import type { JobHandler } from './job-handler.ts';
import type { JobJournal, JobWish } from './job-journal.ts';

/**
 * Takes a job from an owner that is gone, hands each item that was in work to the handler, and gives the job up as
 * `interrupted`, or as what the person had asked for. null when another process was faster.
 * @throws what the journal throws
 */
export async function recoverJob(
  journal: JobJournal,
  handler: JobHandler,
  id: number,
  owner: string,
  previousOwner: string | null,
): Promise<Job | null> {
  const wish = journal.wishOf(id);
  if (!journal.claim(id, owner, previousOwner)) return null;
  try {
    const job = journal.get(id);
    if (job === null) return null;
    const requestJson = journal.requestOf(id);
    for (const item of job.items) {
      if (item.state !== 'running') continue;
      let error: PlainError | null = null;
      try {
        await handler.recover?.(item, requestJson);
      } catch (thrown) {
        error = toPlainError(thrown); // told with the item; the next run looks at what is there once more
      }
      journal.endItem(id, item.position, { state: 'waiting', message: null, error, resultJson: null });
    }
    const state = stateAfterCrash(job.state, wish);
    if (state !== job.state) journal.setState(id, state, job.error);
  } finally {
    releaseJob(journal, id, owner);
  }
  return journal.job(id);
}

/** Gives a job up and carries out a cancel that was asked for in the last moment. @throws what the journal throws */
export function releaseJob(journal: JobJournal, id: number, owner: string): void {
  journal.release(id);
  if (journal.wishOf(id) === 'cancel') changeUnheld(journal, id, owner, 'cancel');
}

/**
 * Carries out a wish on a job that nobody runs: only what waits is paused, only what is done is not cancelled. null when
 * somebody took it meanwhile. @throws what the journal throws
 */
export function changeUnheld(journal: JobJournal, id: number, owner: string, wish: JobWish): Job | null {
  if (!journal.claim(id, owner, null)) return null;
  try {
    const job = journal.job(id);
    if (job === null) return null;
    const state = wish === 'cancel' ? cancelledState(job.state) : pausedState(job.state);
    if (state === job.state) return job;
    journal.setState(id, state);
    return journal.job(id);
  } finally {
    journal.release(id);
  }
}

function stateAfterCrash(state: JobState, wish: JobWish | null): JobState {
  if (wish === 'cancel') return cancelledState(state);
  if (state !== 'running' && state !== 'waiting') return state;
  return wish === 'pause' ? 'paused' : 'interrupted';
}

function cancelledState(state: JobState): JobState {
  return state === 'done' ? 'done' : 'cancelled';
}

function pausedState(state: JobState): JobState {
  return state === 'waiting' ? 'paused' : state;
}
