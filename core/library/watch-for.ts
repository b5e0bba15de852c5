// Watching with what the library has: the steps of a rule are the same use cases and jobs that a person would start, so what
// they did is found in the same places.

import { StrongroomError } from '../../shared/errors.ts';
import type { Job } from '../../shared/jobs.ts';
import type { BatchRequest, LibraryFolder, WatchEvent } from '../../shared/library.ts';
import type { JobQueue } from '../jobs/index.ts';
import type { Vault } from '../vault/index.ts';
import { watchFolders } from '../watching/index.ts';
import { batchReport, candidatesAt, createBatch, planBatch } from './batch/index.ts';
import { folderAt } from './folders.ts';
import { leftOverJob } from './left-over-jobs.ts';
import { BACKGROUND_PRIORITY } from './library-jobs.ts';
import { scanFolders } from './scan-folders.ts';
import type { LibraryServices } from './services.ts';
import { takeIn } from './take-in.ts';
import { thinFolder } from './thin-folder.ts';
import { createVerification, verificationReport, type VerifyRequest } from './verification/index.ts';
import type { WatchArrivals } from './watch-arrivals.ts';
import { watchLibrary, type WatchLibraryDeps } from './watch-library.ts';

const PRIORITY = { priority: BACKGROUND_PRIORITY };

export interface WatchRooms {
  readonly services: LibraryServices;
  readonly vault: Pick<Vault, 'onChange'>;
  /** The queue of now: it is another one after the catalogue was made anew. */
  readonly jobs: { readonly queue: JobQueue };
  readonly arrivals: WatchArrivals;
  readonly onLibraryChange: (identities: readonly string[] | null) => void;
}

export interface WatchCall {
  readonly folders: readonly LibraryFolder[];
  readonly signal: AbortSignal;
  readonly finishing: AbortSignal | undefined;
  readonly quarantineDays: number;
  readonly onEvent: (event: WatchEvent) => void;
}

/** Those of the folders, or of all, that have a rule. @throws USAGE where there is none, or one is none of the library */
export async function watchedFolders(
  { catalog }: Pick<LibraryServices, 'catalog'>,
  paths: readonly string[] | undefined,
): Promise<LibraryFolder[]> {
  const folders =
    paths === undefined
      ? catalog.folders.list().filter(({ watch }) => watch !== null)
      : await Promise.all(paths.map((path) => folderAt(catalog, path)));
  const without = folders.find(({ watch }) => watch === null);
  if (folders.length > 0 && without === undefined) return folders;
  const message =
    without === undefined ? 'No folder of your library is watched.' : `“${without.path}” is not watched.`;
  throw new StrongroomError('USAGE', message, { hint: 'Give the folder a rule first.' });
}

/** Until the signal comes. @throws what the catalogue throws before the watching has begun */
export function watchFor(rooms: WatchRooms, call: WatchCall): Promise<void> {
  const { folders, signal, finishing, onEvent } = call;
  return watchLibrary(stepsOf(rooms, call.quarantineDays), { folders, signal, finishing, onEvent });
}

function stepsOf(
  { services, vault, jobs, arrivals, onLibraryChange }: WatchRooms,
  quarantineDays: number,
): WatchLibraryDeps {
  return {
    watch: watchFolders,
    arrivals,
    scan: async (folder, signal) => {
      try {
        return await scanFolders(services, { folders: [folder], signal });
      } finally {
        onLibraryChange(null);
      }
    },
    takeIn: async (path, signal) => {
      const before = services.catalog.copies.find(path)?.identity;
      const { outcome, identity, error } = await takeIn(services, path, { signal });
      if (outcome !== 'unchanged')
        onLibraryChange([before, identity].filter((one) => typeof one === 'string'));
      const stamp = services.catalog.copies.find(path)?.stamp;
      // With the stamp: damage does not show in the identity, and a second download of the same backup has to be looked at.
      const contentKey =
        identity === null || stamp === undefined
          ? null
          : [identity, stamp.sizeBytes, stamp.mtimeNs, stamp.ctimeNs].join(':');
      return { state: outcome === 'missing' ? 'vanished' : outcome, contentKey, error };
    },
    verify: async (path, level, signal) => {
      const request: VerifyRequest = { level, origin: 'person' };
      const sizeBytes = services.catalog.copies.find(path)?.stamp.sizeBytes ?? 0;
      const job =
        leftOverJob(services, 'verify', request, path) ??
        createVerification(jobs.queue, request, [{ path, sizeBytes }], PRIORITY);
      await runToItsEnd(jobs.queue, job, signal);
      return onlyOne(verificationReport(services.catalog, job.id).results);
    },
    migrate: async (path, originals, signal) => {
      const request = migrationTo(originals, quarantineDays);
      let job = leftOverJob(services, 'migrate', request, path);
      if (job === null) {
        const plan = await planBatch(services, request, candidatesAt([path]), { signal });
        const item = onlyOne(plan.items);
        if (item.state !== 'do') {
          const { message, error, inputBytes } = item;
          const outcome = item.state === 'nothing-to-do' ? 'nothing-to-do' : 'failed';
          return { path, outcome, message, error, originalPath: null, inputBytes, outputBytes: 0 };
        }
        job = createBatch(jobs.queue, plan, PRIORITY);
      }
      await runToItsEnd(jobs.queue, job, signal);
      return onlyOne(batchReport(services.catalog, job.id).items);
    },
    thin: async (folder, rule, signal) => {
      try {
        return await thinFolder({ services, queue: jobs.queue }, folder, rule, signal);
      } finally {
        onLibraryChange(null);
      }
    },
    noteGone: async (path) => {
      const { identity } = await takeIn(services, path);
      if (identity !== null) onLibraryChange([identity]);
    },
    noteUnreachable: (path) => {
      const { folders } = services.catalog;
      const folder = folders.find(path);
      if (folder === null) return;
      folders.setScan(folder.id, { state: 'unreachable', problem: folder.problem });
      onLibraryChange(null);
    },
    onVaultChange: (listener) => vault.onChange(listener),
  };
}

/** @throws CANCELLED where a person has cancelled it, and not the end of the watching */
async function runToItsEnd(queue: JobQueue, { id }: Job, signal: AbortSignal): Promise<void> {
  const { state } = await queue.run(id, { signal });
  if (state === 'cancelled' && !signal.aborted)
    throw new StrongroomError('CANCELLED', 'Its job was cancelled. It is left as it is.');
}

function migrationTo(originals: BatchRequest['originals'], quarantineDays: number): BatchRequest {
  return { operation: 'migrate', originals, quarantineDays, newKeyId: null, format: 'v3' };
}

function onlyOne<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new StrongroomError('INTERNAL', 'a plan of one file has no item');
  return item;
}
