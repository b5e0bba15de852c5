// Jobs that the program had begun by itself and an end of it left: they are gone on with instead of being begun a second time.

import type { Job, JobKind } from '../../shared/jobs.ts';
import type { LibraryServices } from './services.ts';
import { isOfProgram } from './library-jobs.ts';

type Services = Pick<LibraryServices, 'catalog'>;

/**
 * The newest one that stands still and was asked for just this.
 * @param request as it was given when the job was made
 * @param path its only file; null: whatever its files are
 */
export function leftOverJob(
  { catalog: { jobs } }: Services,
  kind: JobKind,
  request: unknown,
  path: string | null,
): Job | null {
  const asked = JSON.stringify(request);
  const left = jobs
    .list()
    .find(
      (job) =>
        job.kind === kind &&
        isOfProgram(job) &&
        (job.state === 'interrupted' || job.state === 'paused') &&
        jobs.requestOf(job.id) === asked &&
        (path === null || isAbout(jobs.get(job.id)?.items, path)),
    );
  return left ?? null;
}

function isAbout(items: readonly { readonly path: string }[] | undefined, path: string): boolean {
  return items?.length === 1 && items[0]?.path === path;
}
