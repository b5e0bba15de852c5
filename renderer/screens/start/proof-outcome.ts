// What came of the first verification, by its job. Pure.

import type { Job, JobState } from '../../../shared/jobs.ts';

export type ProofOutcome = 'running' | 'good' | 'bad' | 'stopped' | 'failed';

const OVER: readonly JobState[] = ['done', 'cancelled', 'failed', 'paused', 'interrupted'];

/** null where there is no job. */
export function outcomeOf(job: Pick<Job, 'state' | 'counts'> | null): ProofOutcome | null {
  if (job === null) return null;
  if (!OVER.includes(job.state)) return 'running';
  if (job.state === 'failed') return 'failed';
  if (job.state !== 'done') return 'stopped';
  return job.counts.failed === 0 ? 'good' : 'bad';
}
