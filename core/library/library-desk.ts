// What every host asks of a library of many backups: folders, scans, lists, plans, batches, verification, jobs, watching. Each
// call is a use case of its own file; here they are given the queue, the catalogue and the vault that they share.

import type { VerifyLevel } from '../../shared/backup.ts';
import { StrongroomError, type PlainError } from '../../shared/errors.ts';
import type { Job, JobDetails, JobEvent } from '../../shared/jobs.ts';
import type {
  BatchPlan,
  BatchReport,
  BatchRequest,
  FoundContent,
  LibraryBackup,
  LibraryFilter,
  LibraryFolder,
  LibraryStatus,
  ScanReport,
  VerificationPlan,
  VerificationPolicy,
  VerificationReport,
  WatchEvent,
  WatchRule,
} from '../../shared/library.ts';
import { JobQueue } from '../jobs/index.ts';
import { endOwner, mayBeAlive, newOwner } from '../files/index.ts';
import type { Vault } from '../vault/index.ts';
import { batchHandlers, batchReport, candidatesOf, createBatch, planBatch } from './batch/index.ts';
import { findContents } from './find-contents.ts';
import { addFolder, folderAt, listFolders, removeFolder } from './folders.ts';
import { libraryStatus } from './library-status.ts';
import { listBackups } from './list-backups.ts';
import { matchKeys, type MatchOptions } from './match-keys.ts';
import type { RebuiltCatalog } from './rebuild-catalog.ts';
import { scanFolders, type ScanProgress } from './scan-folders.ts';
import type { LibraryServices } from './services.ts';
import { chooseFiles, type VerificationChoice } from './choose-files.ts';
import {
  createDueVerification,
  createVerification,
  planDue,
  readPolicy,
  storePolicy,
  verificationReport,
  verifyHandler,
} from './verification/index.ts';
import { watchedFolders, watchFor } from './watch-for.ts';

export interface DeskOptions {
  readonly services: LibraryServices;
  readonly vault: Vault;
  /** Opens the catalogue, or says why it cannot be opened; null where it is open. */
  readonly catalogProblem: () => PlainError | null;
  /** Puts a new catalogue in the place of a damaged one. */
  readonly rebuildCatalog: () => RebuiltCatalog;
}

export interface RunOptions {
  /** Cancels the job. */
  readonly signal: AbortSignal;
  /** Of this job alone. */
  readonly onEvent?: (event: JobEvent) => void;
}

/** What each does, takes and throws is said where it is written. All may throw DAMAGED_CATALOG, BUSY, NO_SPACE, IO_FAILED. */
export class LibraryDesk {
  readonly #options: DeskOptions;
  readonly #owner = newOwner();
  #queue: JobQueue | null = null;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  catalogProblem(): PlainError | null {
    return this.#options.catalogProblem();
  }

  /** Finishes or undoes what crashed programs left; their jobs are `interrupted` then. */
  async recover(): Promise<Job[]> {
    return [...(await this.#jobs().recover())];
  }

  addFolder(path: string): Promise<LibraryFolder> {
    return addFolder(this.#services, path);
  }

  removeFolder(path: string): Promise<LibraryFolder> {
    return removeFolder(this.#services, path);
  }

  folders(): Promise<LibraryFolder[]> {
    return settled(() => listFolders(this.#services));
  }

  /** null: not watched any more. @throws USAGE it is none of the library */
  async setWatch(path: string, rule: WatchRule | null): Promise<LibraryFolder> {
    const { catalog } = this.#services;
    catalog.folders.setWatch((await folderAt(catalog, path)).id, rule);
    return folderAt(catalog, path);
  }

  scan(options: {
    readonly folders?: readonly string[];
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: ScanProgress) => void;
  }): Promise<ScanReport> {
    return scanFolders(this.#services, options);
  }

  /**
   * Finds out which key of the vault opens what, for the backups on which not all were tried yet. Nothing is done while the vault is
   * locked. How many were tried. @throws CANCELLED, DAMAGED_VAULT
   */
  async matchUntried(options: MatchOptions = {}): Promise<number> {
    if (!this.#options.vault.isUnlocked) return 0;
    const untried = await this.listBackups({ keyState: 'untried' });
    const paths = untried.flatMap(
      ({ copies }) => copies.find(({ state }) => state === 'present')?.path ?? [],
    );
    if (paths.length > 0) await matchKeys(this.#services, paths, options);
    return paths.length;
  }

  async status(): Promise<LibraryStatus> {
    return libraryStatus(this.#services, await this.#keyIds());
  }

  async listBackups(filter: LibraryFilter = {}): Promise<LibraryBackup[]> {
    return listBackups(this.#services, filter, await this.#keyIds());
  }

  findContents(text: string, limit: number): Promise<FoundContent[]> {
    return settled(() => findContents(this.#services, text, limit));
  }

  /** Of every file that the filter means. @throws USAGE the key is not one to encrypt with; VAULT_LOCKED, NO_VAULT, CANCELLED */
  async planBatch(
    request: BatchRequest,
    filter: LibraryFilter,
    options: {
      readonly signal?: AbortSignal;
      readonly onProgress?: (done: number, total: number) => void;
    } = {},
  ): Promise<BatchPlan> {
    const { signal, onProgress } = options;
    const chosen = chooseFiles(await this.listBackups(filter), filter);
    return planBatch(this.#services, request, candidatesOf(chosen), {
      signal,
      onProgress: ({ doneCount, totalCount }) => onProgress?.(doneCount, totalCount),
    });
  }

  /** @throws USAGE where nothing in the plan can be done */
  async runBatch(plan: BatchPlan, options: RunOptions): Promise<BatchReport> {
    const { id } = createBatch(this.#jobs(), plan);
    const { state, error } = await this.#run(id, options);
    const report = await this.batchReport(id);
    // A journal that could not be written any more does not know how it ended.
    return state === 'failed' ? { ...report, state, error } : report;
  }

  batchReport(jobId: number): Promise<BatchReport> {
    return settled(() => batchReport(this.#services.catalog, jobId));
  }

  verificationPolicy(): Promise<VerificationPolicy> {
    return settled(() => readPolicy(this.#services.catalog));
  }

  setVerificationPolicy(policy: VerificationPolicy): Promise<void> {
    return settled(() => storePolicy(this.#services.catalog, policy));
  }

  verificationPlan(): Promise<VerificationPlan> {
    return settled(() => planDue(this.#services));
  }

  /** Where the plan has nothing for now there is no job. @throws USAGE where the filter means no file */
  async verifyBackups(
    what: VerificationChoice,
    options: RunOptions & { readonly level?: VerifyLevel },
  ): Promise<VerificationReport> {
    const { level = readPolicy(this.#services.catalog).level, ...running } = options;
    const job = await this.#createVerification(what, level);
    if (job === null) return { jobId: null, results: [], bytes: 0, durationMs: 0 };
    await this.#run(job.id, running);
    return this.verificationReport(job.id);
  }

  verificationReport(jobId: number): Promise<VerificationReport> {
    return settled(() => verificationReport(this.#services.catalog, jobId));
  }

  /** The newest first. */
  jobs(limit?: number): Promise<Job[]> {
    return settled(() => [...this.#services.catalog.jobs.list(limit)]);
  }

  /** @throws USAGE where there is no such job */
  async job(id: number): Promise<JobDetails> {
    const job = await settled(() => this.#services.catalog.jobs.get(id));
    if (job !== null) return job;
    throw new StrongroomError('USAGE', `There is no job with the number ${id}.`, {
      hint: 'Look it up in the list of jobs.',
    });
  }

  async cancelJob(id: number): Promise<Job> {
    return this.#jobs().cancel(id);
  }

  async pauseJob(id: number): Promise<Job> {
    return this.#jobs().pause(id);
  }

  /** Takes a job up again, until it has ended or stands still. */
  async resumeJob(id: number, options: RunOptions & { readonly retryFailed: boolean }): Promise<Job> {
    return this.#run(id, options);
  }

  /**
   * Watches folders by their rules until the signal comes.
   * @param options.folders paths of folders of the library that have rules; all of those unless told
   * @throws USAGE where there is none
   */
  async watch(options: {
    readonly folders?: readonly string[];
    readonly signal: AbortSignal;
    readonly onEvent: (event: WatchEvent) => void;
  }): Promise<void> {
    const { folders, signal, onEvent } = options;
    await watchFor(
      { services: this.#services, vault: this.#options.vault, queue: this.#jobs() },
      { folders: await watchedFolders(this.#services, folders), signal, onEvent },
    );
  }

  /** The folders that were known are taken over as far as they can still be read; they have to be scanned again. */
  async rebuildCatalog(): Promise<RebuiltCatalog> {
    await this.#endQueue();
    return this.#options.rebuildCatalog();
  }

  /** Jobs that run become `interrupted`. */
  async close(): Promise<void> {
    await this.#endQueue();
    endOwner(this.#owner);
  }

  get #services(): LibraryServices {
    return this.#options.services;
  }

  #jobs(): JobQueue {
    const services = this.#services;
    return (this.#queue ??= new JobQueue({
      journal: services.catalog.jobs,
      handlers: [...batchHandlers(services), verifyHandler(services)],
      owner: this.#owner,
      mayBeAlive,
      atATime: services.threads,
    }));
  }

  async #endQueue(): Promise<void> {
    const queue = this.#queue;
    this.#queue = null;
    await queue?.close();
  }

  async #createVerification(what: VerificationChoice, level: VerifyLevel): Promise<Job | null> {
    if (what.kind === 'due') {
      const plan = planDue(this.#services);
      return createDueVerification(this.#jobs(), { ...plan, policy: { ...plan.policy, level } });
    }
    const chosen = chooseFiles(await this.listBackups(what.filter), what.filter, what.copies);
    const files = chosen.flatMap(({ copies }) => copies.filter(({ state }) => state === 'present'));
    return createVerification(this.#jobs(), { level, origin: 'person' }, files);
  }

  async #run(
    id: number,
    { signal, onEvent, retryFailed }: RunOptions & { readonly retryFailed?: boolean },
  ): Promise<Job> {
    const queue = this.#jobs();
    const unsubscribe = queue.subscribe((event) => {
      if (jobIdOf(event) === id) onEvent?.(event);
    });
    try {
      return await queue.resume(id, { signal, retryFailed });
    } finally {
      unsubscribe();
    }
  }

  /** null while the vault is locked, or there is none. */
  async #keyIds(): Promise<ReadonlySet<string> | null> {
    const { vault } = this.#options;
    if (!vault.isUnlocked) return null;
    return new Set((await vault.list()).map(({ id }) => id));
  }
}

function jobIdOf(event: JobEvent): number {
  switch (event.kind) {
    case 'job':
      return event.job.id;
    case 'item':
      return event.jobId;
    case 'progress':
      return event.progress.jobId;
  }
}

/** Work that needs no waiting, as a promise: what it throws is a rejection. */
function settled<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
