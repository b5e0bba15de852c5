// A batch from the plan to its report. The report is read from the journal, so it can be had of a job of last week.

import { StrongroomError } from '../../../shared/errors.ts';
import type { Job, JobDetails, JobItem } from '../../../shared/jobs.ts';
import type { BatchOperation, BatchPlan, BatchReport } from '../../../shared/library.ts';
import type { Catalog } from '../../catalog/index.ts';
import type { JobQueue, RunJobOptions } from '../../jobs/index.ts';
import { BATCH_OPERATIONS, parseRequest } from './batch-request.ts';
import { decodeResult } from './batch-result.ts';

const TITLES: Readonly<Record<BatchOperation, string>> = {
  migrate: 'Migrate',
  encrypt: 'Encrypt',
  rekey: 'Re-encrypt',
};

export interface CreateBatchOptions {
  readonly priority?: number | undefined;
}

/** Makes the job of what the plan says can be done. @throws USAGE where that is nothing; DAMAGED_CATALOG, BUSY, NO_SPACE */
export function createBatch(queue: JobQueue, plan: BatchPlan, options: CreateBatchOptions = {}): Job {
  const items = plan.items
    .filter(({ state }) => state === 'do')
    .map(({ path, inputBytes }) => ({ path, sizeBytes: inputBytes }));
  const { operation } = plan.request;
  if (items.length === 0)
    throw new StrongroomError('USAGE', 'There is nothing in this plan that can be done.', {
      hint: 'The plan says of each backup why.',
    });
  const title = `${TITLES[operation]} ${items.length} ${items.length === 1 ? 'backup' : 'backups'}`;
  return queue.create(operation, title, plan.request, items, options);
}

/** Makes the job and runs it, until it has ended or stands still. @throws as `createBatch` */
export function runBatch(
  queue: JobQueue,
  plan: BatchPlan,
  options: RunJobOptions & CreateBatchOptions = {},
): Promise<Job> {
  const { priority, ...running } = options;
  return queue.run(createBatch(queue, plan, { priority }).id, running);
}

/** @throws USAGE where there is no such job, or one that is no batch; DAMAGED_CATALOG, BUSY */
export function batchReport({ jobs }: Pick<Catalog, 'jobs'>, jobId: number): BatchReport {
  const job = jobs.get(jobId);
  if (job === null || !BATCH_OPERATIONS.some((operation) => operation === job.kind)) throw noSuchJob(jobId);
  const items = job.items.map((item) => reportItem(item, jobs.resultOf(jobId, item.position)));
  const done = items.filter(({ outcome }) => outcome === 'done');
  return {
    jobId,
    request: parseRequest(jobs.requestOf(jobId)),
    state: stateOf(job),
    error: job.error,
    items,
    inputBytes: done.reduce((sum, { inputBytes }) => sum + inputBytes, 0),
    outputBytes: done.reduce((sum, { outputBytes }) => sum + outputBytes, 0),
    durationMs: durationOf(job),
  };
}

/** From the first item to the last; a clock that was set back in between makes it 0. */
export function durationOf({ startedAt, endedAt, items }: JobDetails): number {
  if (startedAt === null) return 0;
  const ends = items.flatMap((item) => (item.endedAt === null ? [] : [Date.parse(item.endedAt)]));
  const end = endedAt === null ? Math.max(Date.parse(startedAt), ...ends) : Date.parse(endedAt);
  return Math.max(0, end - Date.parse(startedAt));
}

function reportItem(item: JobItem, resultJson: string | null): BatchReport['items'][number] {
  const { path, sizeBytes, state, error } = item;
  const result = decodeResult(resultJson);
  const outcome =
    state === 'done'
      ? 'done'
      : state === 'skipped'
        ? 'nothing-to-do'
        : state === 'failed'
          ? 'failed'
          : 'not-started';
  return {
    path,
    outcome,
    message: item.message ?? error?.message ?? 'Not begun.',
    error,
    originalPath: result?.originalPath ?? null,
    inputBytes: result?.inputBytes ?? sizeBytes,
    outputBytes: result?.outputBytes ?? 0,
  };
}

export function stateOf({ state }: Job): BatchReport['state'] {
  return state === 'done' || state === 'cancelled' || state === 'failed' ? state : 'paused';
}

export function noSuchJob(jobId: number): StrongroomError {
  return new StrongroomError('USAGE', `There is no job ${jobId} of this kind.`, {
    hint: 'Look at the list of jobs.',
  });
}
