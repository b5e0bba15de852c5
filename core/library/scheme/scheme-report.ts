// A scheme from its plan to its reports: one job for each folder that loses something. A report is read from the journal, so it can be
// had of a job of last week.

import { randomUUID } from 'node:crypto';

import { StrongroomError } from '../../../shared/errors.ts';
import type { Job, JobItem } from '../../../shared/jobs.ts';
import type { FolderScheme, SchemePlan, SchemeReport } from '../../../shared/scheme.ts';
import type { Catalog } from '../../catalog/index.ts';
import type { JobQueue } from '../../jobs/index.ts';
import { decodeSchemeResult, parseSchemeRequest, type SchemeRequest } from './scheme-request.ts';

/** Jobs that wait, in the order of the plan's folders; none where nothing would be removed. @throws DAMAGED_CATALOG, BUSY, NO_SPACE */
export function createSchemeJobs(
  queue: JobQueue,
  plan: SchemePlan,
  options: { readonly priority?: number } = {},
): { readonly job: Job; readonly folder: FolderScheme }[] {
  const runId = randomUUID();
  return plan.folders
    .filter(({ removedCount }) => removedCount > 0)
    .map((folder) => {
      const request = requestOf(plan, folder, runId);
      const sizes = new Map(
        folder.items.flatMap(({ paths, sizeBytes }) => paths.map((path) => [path, sizeBytes / paths.length])),
      );
      const items = request.goes.map(({ path }) => ({ path, sizeBytes: Math.round(sizes.get(path) ?? 0) }));
      const count = items.length === 1 ? '1 file' : `${items.length} files`;
      const title = `Remove ${count} by the scheme`;
      return { job: queue.create('scheme', title, request, items, options), folder };
    });
}

function requestOf(
  { rule, timeZone }: SchemePlan,
  { folder, items }: FolderScheme,
  runId: string,
): SchemeRequest {
  return {
    ...{ folder, rule, timeZone, runId },
    stays: items.flatMap(({ identity, paths, decision }) =>
      decision.keeps ? [{ identity, paths: [...paths] }] : [],
    ),
    goes: items.flatMap(({ identity, paths, decision }) =>
      decision.keeps ? [] : paths.map((path) => ({ identity, path })),
    ),
  };
}

/** @throws USAGE where there is no such job, or one of another kind; DAMAGED_CATALOG, BUSY */
export function schemeReport({ jobs }: Pick<Catalog, 'jobs'>, jobId: number): SchemeReport {
  const job = jobs.get(jobId);
  if (job === null || job.kind !== 'scheme')
    throw new StrongroomError('USAGE', `There is no job ${jobId} of this kind.`, {
      hint: 'Look at the list of jobs.',
    });
  const { folder, rule } = parseSchemeRequest(jobs.requestOf(jobId));
  const results = job.items.map((item) => ({
    item,
    result: decodeSchemeResult(jobs.resultOf(jobId, item.position)),
  }));
  const ends = results.flatMap(({ result }) => result?.deletedAfter ?? []).sort();
  const items = results.map(({ item, result }) => reportItem(item, result?.keptAt ?? null));
  const { state } = job;
  return {
    ...{ jobId, folder, rule, items },
    state: state === 'done' || state === 'cancelled' || state === 'failed' ? state : 'paused',
    error: job.error,
    freedBytes: items.reduce(
      (sum, { outcome, sizeBytes }) => sum + (outcome === 'removed' ? sizeBytes : 0),
      0,
    ),
    undoUntil: ends[0] ?? null,
  };
}

function reportItem(
  { path, sizeBytes, state, message, error }: JobItem,
  keptAt: string | null,
): SchemeReport['items'][number] {
  const outcomes = { done: 'removed', skipped: 'stayed', failed: 'failed' } as const;
  const outcome =
    state === 'done' || state === 'skipped' || state === 'failed' ? outcomes[state] : 'not-started';
  return { path, outcome, message: message ?? error?.message ?? 'Not begun.', error, sizeBytes, keptAt };
}
