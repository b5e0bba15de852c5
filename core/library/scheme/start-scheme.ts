// The start of a plan by a person: who carries a rule out in a folder agrees to it there, and a watched folder's rule may do the same by
// itself from then on.

import type { Job } from '../../../shared/jobs.ts';
import type { SchemePlan } from '../../../shared/scheme.ts';
import type { Catalog } from '../../catalog/index.ts';
import type { JobQueue, StartedJob } from '../../jobs/index.ts';
import { approve } from './approval.ts';
import { createSchemeJobs } from './scheme-report.ts';
import { storeSchemeRule } from './scheme-rule.ts';

export interface StartSchemeRooms {
  readonly catalog: Catalog;
  readonly queue: JobQueue;
  readonly start: (jobId: number) => Promise<StartedJob>;
}

/** One job for each folder that loses something; none where nothing does. @throws as JobQueue.start; DAMAGED_CATALOG, NO_SPACE */
export async function startScheme(
  { catalog, queue, start }: StartSchemeRooms,
  plan: SchemePlan,
): Promise<StartedJob[]> {
  storeSchemeRule(catalog, plan.rule);
  const made = createSchemeJobs(queue, plan);
  for (const { folder, removedCount } of plan.folders)
    if (removedCount === 0) approve(catalog, folder, plan.rule);
  const started: StartedJob[] = [];
  for (const { job, folder } of made) {
    const { job: begun, ended } = await start(job.id);
    const approved = ended.then((over) => approveIfDone(catalog, over, folder.folder, plan));
    started.push({ job: begun, ended: approved });
  }
  return started;
}

function approveIfDone(catalog: Catalog, job: Job, folder: string, { rule }: SchemePlan): Job {
  try {
    if (job.state === 'done') approve(catalog, folder, rule);
  } catch {
    // The catalogue was closed or cannot be written now: then a person is asked once more.
  }
  return job;
}
