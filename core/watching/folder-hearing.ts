// How it becomes known that something happened in a folder: the system tells (notices), or it is looked through again and
// again, because it lies on a share, because notices failed, or for a while because they come too often.

import { relative, join } from 'node:path';

import type { StrongroomError } from '../../shared/errors.ts';
import type { FileSystem } from './file-system.ts';
import { canBeHeard, FolderNotices } from './folder-notices.ts';
import type { FolderRoot } from './folder-root.ts';
import { noMoreNotices } from './watching-errors.ts';

/** A folder that is too loud is looked through instead for so long. */
const LOUD_REST_MS = 30_000;

export interface HearingOptions {
  readonly path: string;
  readonly polling: 'auto' | 'always' | 'never';
  readonly pollMs: number;
  readonly answerMs: number;
  readonly isWanted: (name: string) => boolean;
  readonly isFolderWanted: (path: string, name: string) => boolean;
  readonly entryCount: () => number;
  /** All paths as the folder was given, whatever symbolic links are in it. */
  readonly onFile: (path: string) => void;
  readonly onFolders: () => void;
  /** It is time for a heartbeat. */
  readonly onDoubt: () => void;
  /** Another way than before: see `way`. */
  readonly onOtherWay: () => void;
  readonly onProblem: (error: StrongroomError) => void;
}

export class FolderHearing {
  readonly #options: HearingOptions;
  #root: FolderRoot | null = null;
  #polled = false;
  #notices: FolderNotices | null = null;
  #restsUntil: number | null = null;
  /** The system said something of the folder itself: notices may come from another one now, or no more. */
  #inDoubt = false;

  constructor(options: HearingOptions) {
    this.#options = options;
  }

  /** resting: too loud for the moment. */
  get way(): 'notices' | 'polling' | 'resting' {
    if (this.#polled) return 'polling';
    return this.#restsUntil === null ? 'notices' : 'resting';
  }

  /** Resolves once everything that happens is heard, or it is clear that it will be looked for. */
  async open(root: FolderRoot, fileSystem: FileSystem): Promise<void> {
    const { polling } = this.#options;
    this.#root = root;
    this.#polled =
      polling === 'always' ||
      (polling === 'auto' && fileSystem.kind === 'share') ||
      !canBeHeard(root.realPath);
    this.#restsUntil = null;
    this.#inDoubt = false;
    await this.#listen(root);
  }

  async close(): Promise<void> {
    this.#root = null;
    await this.#hush();
  }

  /** Listens anew where that is due; true where something may have been missed. */
  async renew(): Promise<boolean> {
    const isDue = this.#inDoubt || (this.#restsUntil !== null && performance.now() >= this.#restsUntil);
    if (!isDue || this.#root === null) return false;
    this.#inDoubt = false;
    this.#restsUntil = null;
    await this.#hush();
    await this.#listen(this.#root);
    return true;
  }

  async #hush(): Promise<void> {
    const notices = this.#notices;
    this.#notices = null;
    await notices?.close();
  }

  async #listen(root: FolderRoot): Promise<void> {
    if (this.#polled) return;
    const { isWanted, isFolderWanted, entryCount, onFile, onFolders, onDoubt, answerMs } = this.#options;
    const asGiven = (path: string): string => join(this.#options.path, relative(root.realPath, path));
    const notices: FolderNotices = new FolderNotices({
      root: root.realPath,
      isWanted,
      isFolderWanted: (path, name) => isFolderWanted(asGiven(path), name),
      entryCount,
      onFile: (path) => onFile(asGiven(path)),
      onFolders,
      onRoot: () => {
        this.#inDoubt = true;
        onDoubt();
      },
      onLoud: () => {
        this.#restsUntil = performance.now() + LOUD_REST_MS;
        void this.#hush();
        this.#options.onOtherWay();
      },
      onFailure: (error) => this.#fail(notices, error),
    });
    this.#notices = notices;
    const timer = setTimeout(() => this.#fail(notices, new Error('no answer')), answerMs);
    await notices.ready;
    clearTimeout(timer);
  }

  #fail(notices: FolderNotices, error: NodeJS.ErrnoException): void {
    if (this.#notices !== notices) return;
    this.#polled = true;
    void this.#hush();
    this.#options.onProblem(noMoreNotices(this.#options.path, error, this.#options.pollMs));
    this.#options.onOtherWay();
  }
}
