// A copy job from its plan to its report, which is read from the journal.

import { StrongroomError } from '../../../shared/errors.ts';
import type { Job, JobItem } from '../../../shared/jobs.ts';
import type { CopyPlan, CopyReport } from '../../../shared/places.ts';
import type { Catalog } from '../../catalog/index.ts';
import type { JobQueue } from '../../jobs/index.ts';
import { durationOf, noSuchJob, stateOf } from '../batch/batch-report.ts';
import { addFolder } from '../folders.ts';
import { findPlace, placeNow, thisSystem, type SystemView } from '../places/index.ts';
import type { LibraryServices } from '../services.ts';
import { decodeCopyResult, parseCopyRequest, type CopyRequest } from './copy-request.ts';
import { targetFolder } from './target-folder.ts';

/**
 * Makes the job of what the plan says can be copied. The folder becomes one of the library, because only what is in those counts.
 * @throws USAGE where that is nothing, or the folder will not do any more; OUTPUT_REFUSED, IO_FAILED; DAMAGED_CATALOG, BUSY, NO_SPACE
 */
export async function createCopies(
  { catalog }: Pick<LibraryServices, 'catalog'>,
  queue: JobQueue,
  plan: CopyPlan,
  view: SystemView = thisSystem(catalog.folder),
): Promise<Job> {
  const todo = plan.items.filter(({ state }) => state === 'do');
  if (todo.length === 0)
    throw new StrongroomError('USAGE', 'There is nothing in this plan that can be copied.', {
      hint: 'The plan says of each backup why.',
    });
  const to = await targetFolder(plan.to, catalog.folder);
  if (to !== plan.to || (await placeNow({ catalog }, to, view)).id !== plan.place.id)
    throw new StrongroomError('USAGE', `“${plan.to}” is somewhere else than when this was planned.`, {
      hint: 'Is its drive or share connected? Then make the plan again.',
    });
  if (catalog.folders.find(to) === null && catalog.folders.holding(to) === null)
    await addFolder({ catalog }, to);
  const request: CopyRequest = {
    to,
    placeId: (await findPlace(to, view)).id,
    items: todo.map(({ target, identity }) => ({ target, identity })),
  };
  const items = todo.map(({ path, sizeBytes }) => ({ path, sizeBytes }));
  const what = `${items.length} ${items.length === 1 ? 'backup' : 'backups'}`;
  return queue.create('copy', `Copy ${what} to “${plan.place.label}”`, request, items, {});
}

/** @throws USAGE where there is no such job, or one of another kind; DAMAGED_CATALOG, BUSY */
export function copyReport({ jobs }: Pick<Catalog, 'jobs'>, jobId: number): CopyReport {
  const job = jobs.get(jobId);
  if (job?.kind !== 'copy') throw noSuchJob(jobId);
  const request = parseCopyRequest(jobs.requestOf(jobId));
  const items = job.items.map((item) => reportItem(item, request, jobs.resultOf(jobId, item.position)));
  const copied = items.filter(({ outcome }) => outcome === 'verified' || outcome === 'compared');
  return {
    jobId,
    to: request.to,
    state: stateOf(job),
    error: job.error,
    items,
    copiedBytes: copied.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    durationMs: durationOf(job),
  };
}

function reportItem(
  { path, position, sizeBytes, state, message, error }: JobItem,
  request: CopyRequest,
  resultJson: string | null,
): CopyReport['items'][number] {
  const result = decodeCopyResult(resultJson);
  const isOver = state === 'done' || state === 'skipped';
  return {
    path,
    target: result?.target ?? request.items[position]?.target ?? request.to,
    outcome: isOver ? (result?.outcome ?? 'compared') : state === 'failed' ? 'failed' : 'not-started',
    message: message ?? error?.message ?? 'Not begun.',
    error,
    sizeBytes,
  };
}
