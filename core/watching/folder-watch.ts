// One watched folder. A heartbeat says whether it is there; FolderHearing says which files to look at; SettlingFiles says when
// one stands still. Looking through it all (a sweep) is what counts: it also finds whatever was never heard of.

import { AwayParts } from './away-parts.ts';
import { lookAt, type FileStamp } from './file-stamp.ts';
import { fileSystemOf, type FileSystem } from './file-system.ts';
import { FolderHearing } from './folder-hearing.ts';
import { findRoot, isSameRoot, type FolderRoot } from './folder-root.ts';
import { listFiles, type FileList } from './list-files.ts';
import { SettlingFiles } from './settling-files.ts';
import { sideBySide } from '../streams/index.ts';
import { WakefulSleep } from './wakeful-sleep.ts';
import type { FolderState, WatchedFolder, WatchOptions } from './watch-folders.ts';
import { unreadableName } from './watching-errors.ts';

const PARALLEL_LOOKS = 16;
/** A sweep so long after a folder inside came or went, and one more when notices surely come from it. */
const FOLDERS_SWEEP_MS = 250;

type Times = Required<Pick<WatchOptions, 'settleMs' | 'pollMs' | 'heartbeatMs' | 'sweepMs' | 'answerMs'>>;

const DEFAULT_TIMES: Times = {
  settleMs: 3000,
  pollMs: 10_000,
  heartbeatMs: 2000,
  sweepMs: 300_000,
  answerMs: 30_000,
};

export class FolderWatch {
  readonly ready: Promise<void>;
  readonly #path: string;
  readonly #options: WatchOptions;
  /** All watched folders: one inside another is left to itself. */
  readonly #roots: ReadonlySet<string>;
  readonly #times: Times;
  readonly #hearing: FolderHearing;
  readonly #settling: SettlingFiles;
  readonly #sleep = new WakefulSleep();
  readonly #awayParts = new AwayParts();
  readonly #known = new Map<string, FileStamp>();
  readonly #toldNames = new Set<string>();
  readonly #closing = new AbortController();
  #first = true;
  /** What is watched now; null while it is not there. */
  #root: FolderRoot | null = null;
  #lastRoot: FolderRoot | null = null;
  #fileSystem: FileSystem = { kind: 'local', inodes: 'trusted' };
  #asking: Promise<FolderRoot | null> | null = null;
  #links: readonly string[] = [];
  #linksAt = 0;
  #hasLinkedFolders = false;
  #entryCount = 0;
  #sweepAt = 0;
  #sweepAgain = false;
  #sweeping = false;

  constructor({ path, polling }: WatchedFolder, roots: ReadonlySet<string>, options: WatchOptions) {
    this.#path = path;
    this.#options = options;
    this.#roots = roots;
    this.#times = timesOf(options);
    this.#hearing = new FolderHearing({
      path,
      polling,
      pollMs: this.#times.pollMs,
      answerMs: this.#times.answerMs,
      isWanted: (name) => options.isWanted(name),
      isFolderWanted: (folder, name) => this.#isFolderWanted(folder, name),
      entryCount: () => this.#entryCount,
      onFile: (file) => this.#hear(file),
      onFolders: () => this.#sweepSoon(),
      onDoubt: () => this.#sleep.wake(),
      onOtherWay: () => this.#planSweep(),
      onProblem: (error) => !this.#isClosed() && options.onProblem(path, error),
    });
    this.#settling = new SettlingFiles({
      settleMs: this.#times.settleMs,
      known: this.#known,
      inodes: () => this.#fileSystem.inodes,
      onStill: (file) => options.onFile(file, path),
      confirmGone: (file) => this.#isGone(file),
      onGone: (file) => options.onGone(file, path),
    });
    this.ready = new Promise((resolve) => {
      void this.#run(resolve);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#settling.clear();
    this.#sleep.wake();
    await this.#hearing.close();
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(setReady: () => void): Promise<void> {
    this.#closing.signal.addEventListener('abort', setReady);
    while (!this.#isClosed()) {
      await this.#beat();
      setReady();
      const untilSweepMs =
        this.#root === null || this.#sweeping ? Infinity : this.#sweepAt - performance.now();
      if (!this.#isClosed())
        await this.#sleep.upTo(Math.max(1, Math.min(this.#times.heartbeatMs, untilSweepMs)));
    }
  }

  async #beat(): Promise<void> {
    const found = await this.#askRoot();
    if (this.#isClosed()) return;
    if (this.#root !== null && (found === null || !isSameRoot(found, this.#root))) await this.#leave();
    if (this.#root === null) {
      const entered = found !== null && (await this.#enter(found));
      if (!entered && this.#first) this.#tell('unreachable');
      this.#first = false;
    }
    if (this.#root === null || this.#isClosed()) return;
    if (await this.#hearing.renew()) this.#sweepAt = 0;
    this.#lookAround(this.#root, performance.now());
  }

  /** A share that gives no answer keeps its one question open, and the folder counts as unreachable until it does. */
  async #askRoot(): Promise<FolderRoot | null> {
    this.#asking ??= findRoot(this.#path, this.#lastRoot).finally(() => (this.#asking = null));
    let timer: NodeJS.Timeout | undefined;
    let giveUp: (() => void) | undefined;
    const noAnswer = new Promise<null>((resolve) => {
      giveUp = () => resolve(null);
      timer = setTimeout(giveUp, this.#times.answerMs);
      this.#closing.signal.addEventListener('abort', giveUp);
    });
    try {
      return await Promise.race([this.#asking, noAnswer]);
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener('abort', giveUp!);
    }
  }

  async #leave(): Promise<void> {
    this.#root = null;
    this.#settling.clear();
    await this.#hearing.close();
    this.#tell('unreachable');
  }

  /** false: it vanished meanwhile. */
  async #enter(root: FolderRoot): Promise<boolean> {
    this.#known.clear();
    try {
      this.#fileSystem = await fileSystemOf(root.realPath);
    } catch {
      // The next heartbeat asks again.
      return false;
    }
    if (this.#isClosed()) return true;
    this.#root = root;
    this.#lastRoot = root;
    await this.#hearing.open(root, this.#fileSystem);
    const { files } = await this.#list(root);
    if (this.#first && this.#options.initial === 'report') for (const path of files) this.#hear(path);
    else await this.#takeAsKnown(files);
    this.#planSweep();
    this.#tell(this.#first ? 'ready' : 'back');
    return true;
  }

  /** What is due with this heartbeat. */
  #lookAround(root: FolderRoot, now: number): void {
    // Nobody tells of a change to what a link points to.
    if (now >= this.#linksAt) {
      this.#linksAt = now + this.#times.pollMs;
      for (const path of this.#links) this.#hear(path);
    }
    if (now >= this.#sweepAt && !this.#sweeping) void this.#sweep(root);
  }

  async #sweep(root: FolderRoot): Promise<void> {
    this.#sweeping = true;
    const again = this.#takeAgain();
    const { files } = await this.#list(root);
    this.#sweeping = false;
    if (this.#root !== root || this.#isClosed()) return;
    this.#planSweep();
    if (again) this.#sweepAt = Math.min(this.#sweepAt, performance.now() + this.#times.settleMs);
    if (this.#sweepAgain) this.#sweepSoon();
    const present = new Set(files);
    for (const path of present) this.#hear(path);
    for (const path of this.#known.keys()) if (!present.has(path)) this.#hear(path);
    await this.#tellNames(files);
  }

  #takeAgain(): boolean {
    const again = this.#sweepAgain;
    this.#sweepAgain = false;
    return again;
  }

  #planSweep(): void {
    const { settleMs, pollMs, sweepMs } = this.#times;
    // Nobody tells of what happens in a folder behind a link.
    const heardMs = this.#hasLinkedFolders ? Math.min(sweepMs, pollMs) : sweepMs;
    const everyMs = { notices: heardMs, polling: pollMs, resting: settleMs }[this.#hearing.way];
    this.#sweepAt = performance.now() + everyMs;
    this.#sleep.wake();
  }

  #sweepSoon(): void {
    this.#sweepAgain = true;
    this.#sweepAt = Math.min(this.#sweepAt, performance.now() + FOLDERS_SWEEP_MS);
    this.#sleep.wake();
  }

  async #list(root: FolderRoot): Promise<FileList> {
    const list = await listFiles(this.#path, {
      isWanted: (name) => this.#options.isWanted(name),
      isFolderWanted: (path, name) => this.#isFolderWanted(path, name),
      isCancelled: () => this.#isClosed() || this.#root !== root,
    });
    this.#links = list.links;
    this.#hasLinkedFolders = list.hasLinkedFolders;
    this.#entryCount = list.entryCount;
    await this.#awayParts.note(list.folders, root.device);
    return list;
  }

  async #takeAsKnown(paths: readonly string[]): Promise<void> {
    await sideBySide(PARALLEL_LOOKS, paths, async (path) => {
      const found = this.#isClosed() ? null : await lookAt(path, this.#fileSystem.inodes);
      if (found?.kind === 'file') this.#known.set(path, found.stamp);
      else this.#toldNames.add(path);
    });
  }

  /** Of those that came while it was watched; what was there before is told by whoever looks through it then. */
  async #tellNames(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      if (!path.includes('\uFFFD') || this.#toldNames.has(path)) continue;
      if ((await lookAt(path, this.#fileSystem.inodes)).kind !== 'absent' || this.#isClosed()) continue;
      this.#toldNames.add(path);
      this.#options.onProblem(this.#path, unreadableName(path));
    }
  }

  #hear(path: string): void {
    if (!this.#isClosed() && this.#root !== null) this.#settling.hear(path);
  }

  async #isGone(path: string): Promise<boolean> {
    if (!(await this.#isHere()) || (await this.#awayParts.holds(path))) {
      this.#sleep.wake();
      return false;
    }
    // It might have been away for a moment only, between the look and the question above.
    return (await lookAt(path, this.#fileSystem.inodes)).kind === 'absent' && (await this.#isHere());
  }

  async #isHere(): Promise<boolean> {
    const root = this.#root;
    const found = await findRoot(this.#path, this.#lastRoot);
    return root !== null && found !== null && isSameRoot(found, root) && this.#root === root;
  }

  #isFolderWanted(path: string, name: string): boolean {
    return !this.#roots.has(path) && (this.#options.isFolderWanted?.(name) ?? true);
  }

  #tell(state: FolderState): void {
    if (!this.#isClosed()) this.#options.onFolder(this.#path, state);
  }
}

function timesOf(options: WatchOptions): Times {
  const { settleMs, pollMs, heartbeatMs, sweepMs, answerMs } = { ...DEFAULT_TIMES, ...options };
  return { settleMs, pollMs, heartbeatMs, sweepMs, answerMs };
}
