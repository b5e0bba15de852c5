// What the system tells of a folder and those inside it, by chokidar. Only folders are watched, not each file in them: one watch
// per folder, however many files, and the system tells of the files all the same. What is told is a hint, never a fact: it may
// come twice, late, for the wrong name or not at all.

import { watch, type FSWatcher } from 'chokidar';
import { basename, join, sep } from 'node:path';

/** chokidar reads a whole folder again for each thing it hears of, about so many entries in a second. */
const AFFORDABLE_ENTRIES_PER_SECOND = 50_000;
const LOUDNESS_WINDOW_MS = 1000;

export interface NoticesOptions {
  /** The real path: no symbolic link in it. */
  readonly root: string;
  readonly isWanted: (name: string) => boolean;
  readonly isFolderWanted: (path: string, name: string) => boolean;
  /** How many files and folders there are, about. */
  readonly entryCount: () => number;
  /** Something about the file at `path`, below the root. */
  readonly onFile: (path: string) => void;
  /** A folder came or went: what lies in it was perhaps not told. */
  readonly onFolders: () => void;
  /** The root itself was moved, removed or unmounted, or it seems so: it may not be the watched one any more. */
  readonly onRoot: () => void;
  /** Hearing all of it would cost more than looking. Told once. */
  readonly onLoud: () => void;
  /** It cannot go on. Told once. */
  readonly onFailure: (error: NodeJS.ErrnoException) => void;
}

export class FolderNotices {
  readonly #options: NoticesOptions;
  readonly #watcher: FSWatcher;
  /** Resolves once everything from then on is heard; false where it failed or was closed before. */
  readonly ready: Promise<boolean>;
  readonly #setReady: (ready: boolean) => void;
  #closed = false;
  #windowStart = performance.now();
  #heardInWindow = 0;

  constructor(options: NoticesOptions) {
    this.#options = options;
    let setReady: ((ready: boolean) => void) | undefined;
    this.ready = new Promise((resolve) => (setReady = resolve));
    this.#setReady = setReady!;
    const { root, isFolderWanted } = options;
    this.#watcher = watch(root, {
      ignoreInitial: true,
      followSymlinks: false,
      atomic: false,
      ignorePermissionErrors: true,
      usePolling: false,
      ignored: (path, stats) =>
        stats !== undefined &&
        (!stats.isDirectory() || (path !== root && !isFolderWanted(path, basename(path)))),
    });
    this.#watcher
      .on('ready', () => this.#setReady(true))
      .on('error', (error) => this.#fail(error as NodeJS.ErrnoException))
      .on('addDir', () => this.#ifOpen(options.onFolders))
      .on('unlinkDir', (path) => this.#ifOpen(path === root ? options.onRoot : options.onFolders))
      .on('raw', (event, name, details) => {
        const folder = (details as { watchedPath?: unknown }).watchedPath;
        this.#hear(event, name, typeof folder === 'string' ? folder : root);
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#setReady(false);
    await this.#watcher.close();
  }

  #hear(event: string, name: string | null, folder: string): void {
    if (this.#closed) return;
    const { root, isWanted, onFile, onFolders, onRoot } = this.#options;
    if (name === null) onFolders();
    else if (isWanted(name)) onFile(join(folder, name));
    // The system tells of the folder itself under its own name, and of a file of that name just so.
    if (event === 'rename' && folder === root && name === basename(root)) onRoot();
    this.#measure();
  }

  #measure(): void {
    const now = performance.now();
    if (now - this.#windowStart > LOUDNESS_WINDOW_MS) {
      this.#windowStart = now;
      this.#heardInWindow = 0;
    }
    this.#heardInWindow++;
    if (this.#heardInWindow * this.#options.entryCount() <= AFFORDABLE_ENTRIES_PER_SECOND) return;
    // One more notice in the same window must not tell it again.
    this.#heardInWindow = Number.NEGATIVE_INFINITY;
    this.#options.onLoud();
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#setReady(false);
    this.#options.onFailure(error);
  }

  #ifOpen(tell: () => void): void {
    if (!this.#closed) tell();
  }
}

/** chokidar makes slashes of the backslashes in a path, which elsewhere than on Windows are letters of a name. */
export function canBeHeard(root: string): boolean {
  return sep === '\\' || !root.includes('\\');
}
