// Watched folders of the library: each is scanned, then every backup that comes is taken in and what the folder's rule says is done
// with it, one file after another. Knows how none of it is done: all is handed in. Nothing that goes wrong ends the watching.

import { basename } from 'node:path';

import { isBackupName } from '../../shared/backup-names.ts';
import type { OriginalsPolicy } from '../../shared/backup.ts';
import { errorCode, toPlainError, type PlainError, type StrongroomError } from '../../shared/errors.ts';
import type {
  BatchReport,
  LibraryFolder,
  ScanReport,
  VerificationReport,
  WatchEvent,
  WatchRule,
} from '../../shared/library.ts';
import type { SchemeRule } from '../../shared/scheme.ts';
import { isBelow } from '../catalog/index.ts';
import { fileOfJournal, QUARANTINE_FOLDER } from '../files/index.ts';
import type { FolderState, Watcher, WatchOptions } from '../watching/index.ts';
import type { Thinning } from './thin-folder.ts';
import type { WatchArrivals } from './watch-arrivals.ts';
import { FailureLog } from './watch-library-failures.ts';
import { WatchQueue, type WatchTask } from './watch-library-queue.ts';
import { RuleRun } from './watch-library-rule.ts';

/** What a look at one file was: see ScanReport. vanished: it is not there any more. */
export interface TakenIn {
  readonly state:
    'added' | 'changed' | 'copy' | 'moved' | 'returned' | 'unchanged' | 'unreadable' | 'vanished';
  /** Of what the file holds now: another one once it was written again. null where that is not known. */
  readonly contentKey: string | null;
  /** Why it is unreadable. */
  readonly error: PlainError | null;
}

export type WatchVerification = VerificationReport['results'][number];
export type WatchMigration = BatchReport['items'][number];

/** All of them may throw; CANCELLED once `signal` is aborted. */
export interface WatchLibraryDeps {
  readonly watch: (options: WatchOptions) => Watcher;
  readonly scan: (folder: string, signal: AbortSignal) => Promise<ScanReport>;
  readonly takeIn: (path: string, signal: AbortSignal) => Promise<TakenIn>;
  readonly verify: (
    path: string,
    level: Exclude<WatchRule['verify'], 'none'>,
    signal: AbortSignal,
  ) => Promise<WatchVerification>;
  readonly migrate: (
    path: string,
    originals: OriginalsPolicy,
    signal: AbortSignal,
  ) => Promise<WatchMigration>;
  /** Carries out the folder's scheme; null where there is nothing to tell of. */
  readonly thin: (folder: string, rule: SchemeRule, signal: AbortSignal) => Promise<Thinning | null>;
  /** The file is not there, and its folder is. */
  readonly noteGone: (path: string) => void | Promise<void>;
  readonly noteUnreachable: (folder: string) => void | Promise<void>;
  /** Where the files are kept in mind with which the rule is not through; nowhere unless given. */
  readonly arrivals?: Pick<WatchArrivals, 'in' | 'add' | 'remove'>;
  /** Keys came or went, or it was locked or unlocked. Returns what ends the listening. */
  readonly onVaultChange: (listener: () => void) => () => void;
  readonly now?: () => Date;
}

export interface WatchLibraryOptions {
  /** Those without a rule are left alone. */
  readonly folders: readonly LibraryFolder[];
  /** What is in work is cancelled. */
  readonly signal: AbortSignal;
  /** The step that is in work is finished, and nothing else is begun. */
  readonly finishing?: AbortSignal | undefined;
  /** Must not throw. */
  readonly onEvent: (event: WatchEvent) => void;
  /** What is passing is tried again after so long; 30,000 unless told. */
  readonly retryMs?: number;
  /** Files that wait for their turn; what comes on top of them is found by a scan. 10,000 unless told. */
  readonly queueLength?: number;
  readonly watching?: Pick<WatchOptions, 'settleMs' | 'pollMs' | 'heartbeatMs'>;
}

/**
 * Watches until `signal` or `finishing` is aborted; then every folder is told of as stopped. Backups that
 * were in a folder before its first scan are taken in and nothing else: they did not come while it was watched.
 */
export async function watchLibrary(deps: WatchLibraryDeps, options: WatchLibraryOptions): Promise<void> {
  await new LibraryWatch(deps, options).run();
}

interface WatchedOne extends LibraryFolder {
  readonly watch: WatchRule;
}

class LibraryWatch {
  readonly #deps: WatchLibraryDeps;
  readonly #options: WatchLibraryOptions;
  /** Nothing else is begun. */
  readonly #ending: AbortSignal;
  readonly #folders: ReadonlyMap<string, WatchedOne>;
  readonly #queue: WatchQueue;
  readonly #failures: FailureLog;
  readonly #rule: RuleRun;
  /** Folders whose first scan is behind them. */
  readonly #scanned: Set<string>;
  readonly #watched = new Set<string>();

  constructor(deps: WatchLibraryDeps, options: WatchLibraryOptions) {
    this.#deps = deps;
    this.#options = options;
    const { signal, finishing } = options;
    this.#ending = finishing === undefined ? signal : AbortSignal.any([signal, finishing]);
    const folders = options.folders.filter((folder): folder is WatchedOne => folder.watch !== null);
    this.#folders = new Map(folders.map((folder) => [folder.path, folder]));
    this.#scanned = new Set(folders.filter(({ scannedAt }) => scannedAt !== null).map(({ path }) => path));
    this.#queue = new WatchQueue(options.queueLength ?? 10_000);
    this.#failures = new FailureLog({
      retryMs: options.retryMs ?? 30_000,
      tell: (kind, folder, path, message, error) => this.#tell(kind, folder, path, message, error),
      tryAgain: (path, folder) => this.#queue.addFile(path, folder),
      scanAgain: (folder) => this.#queue.addScan(folder),
    });
    this.#rule = new RuleRun(deps, this.#failures, this.#ending, (kind, folder, path, message) =>
      this.#tell(kind, folder, path, message),
    );
  }

  async run(): Promise<void> {
    if (this.#folders.size === 0) return;
    const ending = this.#ending;
    const stop = (): void => this.#queue.close();
    ending.addEventListener('abort', stop);
    if (ending.aborted) stop();
    const unsubscribe = this.#deps.onVaultChange(() => this.#failures.retryWithoutKey());
    const watcher = this.#startWatching();
    try {
      for (let task = await this.#queue.next(); task !== null; task = await this.#queue.next())
        await this.#carryOut(task);
    } finally {
      ending.removeEventListener('abort', stop);
      unsubscribe();
      this.#failures.close();
      await watcher.close();
      for (const folder of this.#folders.keys())
        this.#tell('stopped', folder, null, `“${folder}” is not watched any more.`);
    }
  }

  #startWatching(): Watcher {
    return this.#deps.watch({
      ...this.#options.watching,
      folders: [...this.#folders.keys()].map((path) => ({ path, polling: 'auto' })),
      isWanted: isBackupName,
      isFolderWanted: (name) => name !== QUARANTINE_FOLDER && fileOfJournal(name) === null,
      signal: this.#ending,
      onFile: (path, folder) => {
        this.#failures.forget(path);
        this.#queue.addFile(path, folder, 'bounded');
      },
      onGone: (path, folder) => this.#queue.addGone(path, folder),
      onFolder: (folder, state) => this.#noteFolder(folder, state),
      onProblem: (folder, error) => this.#tellProblem(folder, error),
    });
  }

  #noteFolder(folder: string, state: FolderState): void {
    if (state === 'unreachable') {
      this.#tell('unreachable', folder, null, `“${folder}” is not there now. Its backups are kept in mind.`);
      this.#queue.addUnreachable(folder);
      return;
    }
    if (state === 'back') this.#tell('back', folder, null, `“${folder}” is there again.`);
    this.#queue.addScan(folder);
  }

  #tellProblem(folder: string, error: StrongroomError): void {
    const plain = toPlainError(error);
    this.#tell('failed', folder, null, plain.message, plain);
  }

  async #carryOut(task: WatchTask): Promise<void> {
    const { folder } = task;
    try {
      if (task.kind === 'scan') await this.#scan(folder);
      else if (task.kind === 'unreachable') await this.#deps.noteUnreachable(folder);
      else if (task.kind === 'gone') await this.#noteGone(task.path, folder);
      else if (task.kind === 'thin') await this.#thin(folder);
      else await this.#carryOutRule(task.path, folder);
    } catch (error) {
      // What could not be noted of a folder or a file that is gone is found by a scan.
      if (!this.#isEndOf(error)) this.#failures.add(folder, task.kind === 'file' ? task.path : null, error);
    }
  }

  /** Not a failure: what was in work was cut short, because the watching ends. */
  #isEndOf(error: unknown): boolean {
    return this.#options.signal.aborted || (this.#ending.aborted && errorCode(error) === 'CANCELLED');
  }

  async #carryOutRule(path: string, folder: string): Promise<void> {
    const { arrivals } = this.#deps;
    const { signal } = this.#options;
    arrivals?.add([path]);
    try {
      const outcome = await this.#rule.run(path, folder, this.#folders.get(folder)!.watch, signal);
      if (outcome !== 'left') arrivals?.remove(path);
      if (outcome === 'well') this.#queue.addThin(folder);
    } catch (error) {
      // A person has cancelled its job, and does not want to see it begun again.
      if (errorCode(error) === 'CANCELLED' && !this.#ending.aborted) arrivals?.remove(path);
      throw error;
    }
  }

  async #thin(folder: string): Promise<void> {
    const { scheme } = this.#folders.get(folder)!.watch;
    if (scheme === null) return;
    const thinning = await this.#deps.thin(folder, scheme, this.#options.signal);
    if (thinning !== null) this.#tell(thinning.kind, folder, null, thinning.message, thinning.error);
  }

  async #noteGone(path: string, folder: string): Promise<void> {
    this.#failures.forget(path);
    this.#tell('gone', folder, path, `“${basename(path)}” is not there any more.`);
    await this.#deps.noteGone(path);
    this.#deps.arrivals?.remove(path);
  }

  async #scan(folder: string): Promise<void> {
    const report = await this.#deps.scan(folder, this.#options.signal);
    const isFirst = !this.#scanned.has(folder);
    const problem = report.folders.find(({ path }) => path === folder)?.problem ?? null;
    if (problem === null) {
      this.#scanned.add(folder);
      this.#failures.forget(folder);
    } else this.#failures.add(folder, null, problem);
    for (const path of report.missing)
      this.#tell('gone', folder, path, `“${basename(path)}” is not there any more.`);
    for (const { path, error } of report.unreadable) this.#failures.add(folder, path, error, 'unreadable');
    const arrived = isFirst ? [] : [...report.added, ...report.changed, ...report.copies];
    this.#deps.arrivals?.add(arrived);
    for (const path of [...arrived, ...(problem === null ? this.#leftFromBefore(folder) : [])])
      this.#queue.addFile(path, folder);
    this.#failures.retryAfterReturn(folder);
    if (this.#watched.has(folder)) return;
    this.#watched.add(folder);
    this.#tell(
      'watching',
      folder,
      null,
      `“${folder}” is watched. ${inWords(this.#folders.get(folder)!.watch)}`,
    );
  }

  /** Once for each folder, when it is sure that it is there. */
  #leftFromBefore(folder: string): string[] {
    if (this.#watched.has(folder)) return [];
    const deeper = [...this.#folders.keys()].filter((other) => isBelow(other, folder));
    const left = this.#deps.arrivals?.in(folder) ?? [];
    return left.filter((path) => !deeper.some((other) => isBelow(path, other)));
  }

  #tell(
    kind: WatchEvent['kind'],
    folder: string,
    path: string | null,
    message: string,
    error: PlainError | null = null,
  ): void {
    const at = (this.#deps.now?.() ?? new Date()).toISOString();
    this.#options.onEvent({ at, kind, folder, path, message, error });
  }
}

function inWords({ verify, migrate, scheme }: WatchRule): string {
  const verified = {
    none: 'Backups that come are taken in',
    quick: 'Backups that come are taken in and verified quickly',
    full: 'Backups that come are taken in and verified in full',
    deep: 'Backups that come are taken in and verified to the last file',
  }[verify];
  const more = [
    ...(migrate === null ? [] : ['old formats are brought to the current one']),
    ...(scheme === null
      ? []
      : [`what the scheme ${scheme.policy} does not keep goes to ${PLACES[scheme.to]}`]),
  ];
  return `${[verified, ...more].join('; ')}.`;
}

const PLACES = { quarantine: 'quarantine', trash: 'the trash' };
