// Watching with what the library has: the steps of a rule are the same use cases and jobs that a person would start, so what
// they did is found in the same places.

import { StrongroomError } from '../../shared/errors.ts';
import type { BatchRequest, LibraryFolder, WatchEvent } from '../../shared/library.ts';
import type { JobQueue } from '../jobs/index.ts';
import type { Vault } from '../vault/index.ts';
import { watchFolders } from '../watching/index.ts';
import { batchReport, candidatesAt, createBatch, planBatch } from './batch/index.ts';
import { folderAt } from './folders.ts';
import { scanFolders } from './scan-folders.ts';
import type { LibraryServices } from './services.ts';
import { takeIn } from './take-in.ts';
import { createVerification, verificationReport } from './verification/index.ts';
import { watchLibrary, type WatchLibraryDeps } from './watch-library.ts';

const QUARANTINE_DAYS = 30;

export interface WatchRooms {
  readonly services: LibraryServices;
  readonly vault: Pick<Vault, 'onChange'>;
  readonly queue: JobQueue;
}

export interface WatchCall {
  readonly folders: readonly LibraryFolder[];
  readonly signal: AbortSignal;
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
export function watchFor(rooms: WatchRooms, { folders, signal, onEvent }: WatchCall): Promise<void> {
  return watchLibrary(stepsOf(rooms), { folders, signal, onEvent });
}

function stepsOf({ services, vault, queue }: WatchRooms): WatchLibraryDeps {
  const { catalog } = services;
  return {
    watch: watchFolders,
    scan: (folder, signal) => scanFolders(services, { folders: [folder], signal }),
    takeIn: async (path, signal) => {
      const { outcome, identity, error } = await takeIn(services, path, { signal });
      const stamp = catalog.copies.find(path)?.stamp;
      // With the stamp: damage does not show in the identity, and a second download of the same backup has to be looked at.
      const contentKey =
        identity === null || stamp === undefined
          ? null
          : [identity, stamp.sizeBytes, stamp.mtimeNs, stamp.ctimeNs].join(':');
      return { state: outcome === 'missing' ? 'vanished' : outcome, contentKey, error };
    },
    verify: async (path, level, signal) => {
      const sizeBytes = catalog.copies.find(path)?.stamp.sizeBytes ?? 0;
      const job = createVerification(queue, { level, origin: 'person' }, [{ path, sizeBytes }]);
      await queue.run(job.id, { signal });
      return onlyOne(verificationReport(catalog, job.id).results);
    },
    migrate: async (path, originals, signal) => {
      const plan = await planBatch(services, migrationTo(originals), candidatesAt([path]), { signal });
      const item = onlyOne(plan.items);
      if (item.state !== 'do') {
        const { message, error, inputBytes } = item;
        const outcome = item.state === 'nothing-to-do' ? 'nothing-to-do' : 'failed';
        return { path, outcome, message, error, originalPath: null, inputBytes, outputBytes: 0 };
      }
      const job = createBatch(queue, plan);
      await queue.run(job.id, { signal });
      return onlyOne(batchReport(catalog, job.id).items);
    },
    noteGone: async (path) => {
      await takeIn(services, path);
    },
    noteUnreachable: (path) => {
      const folder = catalog.folders.find(path);
      if (folder !== null)
        catalog.folders.setScan(folder.id, { state: 'unreachable', problem: folder.problem });
    },
    onVaultChange: (listener) => vault.onChange(listener),
  };
}

function migrationTo(originals: BatchRequest['originals']): BatchRequest {
  return { operation: 'migrate', originals, quarantineDays: QUARANTINE_DAYS, newKeyId: null, format: 'v3' };
}

function onlyOne<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new StrongroomError('INTERNAL', 'a plan of one file has no item');
  return item;
}
