// Watches folders for files that have been written to their end. Every file is told of once it stands still, again when it
// has another content, and as gone only while its folder is truly there. Never reads what a file holds.

import type { StrongroomError } from '../../shared/errors.ts';
import { FolderWatch } from './folder-watch.ts';

export interface WatchedFolder {
  /** Absolute. It need not be there yet. */
  readonly path: string;
  /** auto: where the system cannot tell of changes made by other computers, it is looked through again and again. */
  readonly polling: 'auto' | 'always' | 'never';
}

/**
 * ready: it is there at the start. unreachable: it is not there, or only the empty place where a drive was. back: it is there
 * again or for the first time, or another folder has taken its name; what happened meanwhile is not told, the caller looks.
 */
export type FolderState = 'ready' | 'unreachable' | 'back';

/** The functions must not throw: nobody is there to catch it. */
export interface WatchOptions {
  readonly folders: readonly WatchedFolder[];
  /** Whether a file of this name is told of. */
  isWanted(name: string): boolean;
  /** Whether a folder of this name is looked into; every one unless told. */
  isFolderWanted?(name: string): boolean;
  /** So long size, time and inode must stay the same before a file is told of; 3,000 unless told. */
  readonly settleMs?: number;
  /** Whether files that are there at the start are told of; 'ignore' unless told. */
  readonly initial?: 'report' | 'ignore';
  /** A folder that is polled is looked through so often; 10,000 unless told. */
  readonly pollMs?: number;
  /** So often it is checked whether a folder is still there; 2,000 unless told. */
  readonly heartbeatMs?: number;
  /** So often a folder of which the system tells is looked through all the same, for what was not told; 300,000 unless told. */
  readonly sweepMs?: number;
  /** A folder that gives no answer for so long counts as unreachable; 30,000 unless told. */
  readonly answerMs?: number;
  /** A file stands still and can be opened. Where it returns a promise, the same path is not told of again before that ends. */
  onFile(path: string, folder: string): void | Promise<void>;
  onGone(path: string, folder: string): void;
  onFolder(folder: string, state: FolderState): void;
  /** Something that limits the watching of a folder without ending it. */
  onProblem(folder: string, error: StrongroomError): void;
  readonly signal?: AbortSignal;
}

export interface Watcher {
  /** Every folder is watched or was found unreachable: what changes from now on is told of. */
  readonly ready: Promise<void>;
  /** After it no function of the caller is called. */
  close(): Promise<void>;
}

/** Starts watching. A folder inside another watched one is told of by itself only. */
export function watchFolders(options: WatchOptions): Watcher {
  const { folders, signal } = options;
  const paths = new Set(folders.map(({ path }) => path));
  const watches = folders.map((folder) => new FolderWatch(folder, paths, options));
  const close = async (): Promise<void> => {
    signal?.removeEventListener('abort', abort);
    await Promise.all(watches.map((watch) => watch.close()));
  };
  const abort = (): void => void close();
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return { ready: Promise.all(watches.map((watch) => watch.ready)).then(() => undefined), close };
}
