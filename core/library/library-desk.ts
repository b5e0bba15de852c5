// What every host asks of a library of many backups: folders, scans, lists, plans, batches, verification, jobs, watching. Each
// call is a use case of its own file; here they are given the queue, the catalogue and the vault that they share.

import type { BackupVerification } from '../../shared/backup.ts';
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
import type { RemovedFile, SchemePlan, SchemeReport, SchemeRule, UndoReport } from '../../shared/scheme.ts';
import type { CopyPlan, CopyReport, PlaceKind, PlacesOverview } from '../../shared/places.ts';
import { DEFAULT_SETTINGS } from '../../shared/settings.ts';
import type { BackupPage, TakenIn, TrashReport } from '../../shared/window.ts';
import type { StartedJob } from '../jobs/index.ts';
import type { Vault } from '../vault/index.ts';
import { backupPage } from './backup-page.ts';
import { batchReport, candidatesOf, createBatch, planBatch } from './batch/index.ts';
import { copyReport, createCopies, planCopies } from './copying/index.ts';
import { findContents } from './find-contents.ts';
import { addFolder, folderAt, listFolders, removeFolder } from './folders.ts';
import { saveJobReport, type ReportForm } from './job-report.ts';
import { keyIdsOf } from './known-keys.ts';
import { LibraryJobs, type StartOptions } from './library-jobs.ts';
import { libraryStatus } from './library-status.ts';
import { identitiesAt, listBackups, listNamedBackups, type Among } from './list-backups.ts';
import { matchKeys, type MatchOptions } from './match-keys.ts';
import { PartStates } from './part-states.ts';
import { notePlacesOfAll, placesOverview } from './places/index.ts';
import type { RebuiltCatalog } from './rebuild-catalog.ts';
import { scanFolders, type ScanProgress } from './scan-folders.ts';
import {
  planScheme,
  purgeRemoved,
  readSchemeRule,
  removedFiles,
  schemeReport,
  startScheme,
  undoRemoval,
} from './scheme/index.ts';
import { RotationDesk } from './rotation-desk.ts';
import type { LibraryServices } from './services.ts';
import { chooseFiles, type VerificationChoice } from './choose-files.ts';
import { takeInGiven } from './take-in-given.ts';
import { trashFiles } from './trash-files.ts';
import { planDue, readPolicy, storePolicy, verificationReport } from './verification/index.ts';
import { arrivedIn, WatchArrivals } from './watch-arrivals.ts';
import { verificationJob, type VerificationWish } from './verification-job.ts';
import { watchedFolders, watchFor } from './watch-for.ts';

export interface DeskOptions {
  readonly services: LibraryServices;
  readonly vault: Vault;
  /** Opens the catalogue, or says why it cannot be opened; null where it is open. */
  readonly catalogProblem: () => PlainError | null;
  /** Puts a new catalogue in the place of a damaged one. */
  readonly rebuildCatalog: () => RebuiltCatalog;
}

export interface RunOptions extends StartOptions {
  readonly signal: AbortSignal;
}

export type VerificationOptions = StartOptions & VerificationWish;

/** What each does, takes and throws is said where it is written. All may throw DAMAGED_CATALOG, BUSY, NO_SPACE, IO_FAILED. */
export class LibraryDesk {
  /** Rotations of keys. */
  readonly rotations: RotationDesk;
  readonly #options: DeskOptions;
  readonly #partStates = new PartStates();
  readonly #arrivals: WatchArrivals;
  readonly #closing = new AbortController();
  readonly #watches = new Set<Promise<void>>();
  readonly #jobs: LibraryJobs;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#arrivals = new WatchArrivals(options.services);
    this.#jobs = new LibraryJobs(options.services, {
      onVerified: (verification) => this.#noteParts(verification),
      onRunOver: (job) => this.rotations.jobEnded(job),
    });
    this.rotations = new RotationDesk(options.services, this.#jobs);
  }

  catalogProblem(): PlainError | null {
    return this.#options.catalogProblem();
  }

  /** Finishes or undoes what crashed programs left; their jobs are `interrupted` then. */
  async recover(): Promise<Job[]> {
    return [...(await this.#jobs.queue.recover())];
  }

  /** Hears of every job that this process has, until what is returned is called. */
  subscribe(listener: (event: JobEvent) => void): () => void {
    return this.#jobs.subscribe(listener);
  }

  /** Another number after another process has written into the catalogue. */
  changeCounter(): Promise<number> {
    return settled(() => this.#services.catalog.changeCounter());
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

  /** What came into watched folders is left to their rules, which are carried out once the folders are watched. */
  async scan(options: {
    readonly folders?: readonly string[];
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: ScanProgress) => void;
  }): Promise<ScanReport> {
    const before = await this.folders();
    const report = await scanFolders(this.#services, options);
    this.#arrivals.add(arrivedIn(before, report));
    return report;
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
    if (filter.places !== undefined) await notePlacesOfAll(this.#services);
    return listBackups(this.#services, filter, await this.#keyIds());
  }

  /** The same for contents that are named, as far as they are known, in the order of their names; quick for a few. */
  async backupsByIdentity(identities: readonly string[], among: Among = 'library'): Promise<LibraryBackup[]> {
    return listNamedBackups(this.#services, identities, among, await this.#keyIds());
  }

  /** The content at `path`, or that was there last, and the one that it was made from. */
  identitiesAt(path: string): Promise<string[]> {
    return settled(() => identitiesAt(this.#services, path));
  }

  async backupPage(identity: string): Promise<BackupPage> {
    return backupPage(this.#services, identity, await this.#keyIds(), this.#partStates);
  }

  takeIn(paths: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<TakenIn> {
    return takeInGiven(this.#services, paths, options);
  }

  trash(paths: readonly string[]): Promise<TrashReport> {
    return trashFiles(this.#services, paths);
  }

  /** A pinned backup is removed by no scheme; it stays pinned when it is written anew. */
  pin(identities: readonly string[], isPinned: boolean): Promise<void> {
    return settled(() => this.#services.catalog.pins.set(identities, isPinned));
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
  async startBatch(plan: BatchPlan, options: StartOptions = {}): Promise<StartedJob> {
    return this.#jobs.start(createBatch(this.#jobs.queue, plan).id, options);
  }

  /** As `startBatch`, to its end. */
  async runBatch(plan: BatchPlan, options: RunOptions): Promise<BatchReport> {
    const { job, ended } = await this.startBatch(plan, options);
    const { state, error } = await ended;
    const report = await this.batchReport(job.id);
    // A journal that could not be written any more does not know how it ended.
    return state === 'failed' ? { ...report, state, error } : report;
  }

  batchReport(jobId: number): Promise<BatchReport> {
    return settled(() => batchReport(this.#services.catalog, jobId));
  }

  /** In which places each backup is, and what is short of two places, one of them elsewhere. */
  async placesOverview(): Promise<PlacesOverview> {
    await notePlacesOfAll(this.#services);
    return placesOverview(this.#services, await this.listBackups());
  }

  /** null: it is found out again. @throws USAGE it is none of the library */
  async setPlaceKind(path: string, kind: PlaceKind | null): Promise<PlacesOverview> {
    const { catalog } = this.#services;
    catalog.folders.setPlaceKind((await folderAt(catalog, path)).id, kind);
    return this.placesOverview();
  }

  /** One item for each content that the filter means. @throws USAGE, OUTPUT_REFUSED the folder will not do; CANCELLED */
  async planCopies(
    to: string,
    filter: LibraryFilter,
    options: {
      readonly signal?: AbortSignal;
      readonly onProgress?: (done: number, total: number) => void;
    } = {},
  ): Promise<CopyPlan> {
    const backups = await this.listBackups(filter);
    const meant = new Set(chooseFiles(backups, filter).map(({ identity }) => identity));
    const chosen = backups.filter(({ identity }) => meant.has(identity));
    return planCopies(this.#services, chosen, to, options);
  }

  /** @throws USAGE where nothing in the plan can be copied, or the folder is not as it was */
  async startCopies(plan: CopyPlan, options: StartOptions = {}): Promise<StartedJob> {
    const { id } = await createCopies(this.#services, this.#jobs.queue, plan);
    return this.#jobs.start(id, options);
  }

  /** As `startCopies`, to its end. */
  async runCopies(plan: CopyPlan, options: RunOptions): Promise<CopyReport> {
    const { job, ended } = await this.startCopies(plan, options);
    const { state, error } = await ended;
    const report = await this.copyReport(job.id);
    // A journal that could not be written any more does not know how it ended.
    return state === 'failed' ? { ...report, state, error } : report;
  }

  copyReport(jobId: number): Promise<CopyReport> {
    return settled(() => copyReport(this.#services.catalog, jobId));
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

  /** null where the plan has nothing for now. @throws USAGE where the filter means no file */
  startVerification(
    what: Extract<VerificationChoice, { readonly kind: 'filter' }>,
    options?: VerificationOptions,
  ): Promise<StartedJob>;
  startVerification(what: VerificationChoice, options?: VerificationOptions): Promise<StartedJob | null>;
  async startVerification(
    what: VerificationChoice,
    options: VerificationOptions = {},
  ): Promise<StartedJob | null> {
    const rooms = {
      services: this.#services,
      queue: this.#jobs.queue,
      keyIds: await this.#keyIds(),
    };
    const job = verificationJob(rooms, what, options);
    return job === null ? null : this.#jobs.start(job.id, options);
  }

  /** As `startVerification`, to its end; where the plan has nothing for now there is no job. */
  async verifyBackups(
    what: VerificationChoice,
    options: RunOptions & VerificationOptions,
  ): Promise<VerificationReport> {
    const started = await this.startVerification(what, options);
    if (started === null) return { jobId: null, results: [], bytes: 0, durationMs: 0 };
    await started.ended;
    return this.verificationReport(started.job.id);
  }

  verificationReport(jobId: number): Promise<VerificationReport> {
    return settled(() => verificationReport(this.#services.catalog, jobId));
  }

  /** As it was used last; the standard one where none was. */
  schemeRule(): Promise<SchemeRule> {
    return settled(() => readSchemeRule(this.#services.catalog));
  }

  /** Of all folders unless told. @throws USAGE the policy is none, or a folder is not of the library */
  async planScheme(
    rule: SchemeRule,
    options: { readonly folders?: readonly string[]; readonly timeZone?: string } = {},
  ): Promise<SchemePlan> {
    return planScheme(this.#services, { ...options, rule, keyIds: await this.#keyIds() });
  }

  /** By a person. One job for each folder that loses something; none where nothing does. */
  async startScheme(plan: SchemePlan, options: StartOptions = {}): Promise<StartedJob[]> {
    const { queue } = this.#jobs;
    const start = (id: number): Promise<StartedJob> => this.#jobs.start(id, options);
    return startScheme({ catalog: this.#services.catalog, queue, start }, plan);
  }

  /** As `startScheme`, to its end. */
  async runScheme(plan: SchemePlan, options: RunOptions): Promise<SchemeReport[]> {
    const started = await this.startScheme(plan, options);
    const ended = await Promise.all(started.map((one) => one.ended));
    return Promise.all(ended.map(({ id }) => this.schemeReport(id)));
  }

  /** @throws USAGE where it is no job of a scheme */
  schemeReport(jobId: number): Promise<SchemeReport> {
    return settled(() => schemeReport(this.#services.catalog, jobId));
  }

  /** In quarantine, and can be brought back; those that went last first. */
  removedFiles(): Promise<RemovedFile[]> {
    return removedFiles(this.#services);
  }

  undoRemoval(keptAt: readonly string[]): Promise<UndoReport> {
    return undoRemoval(this.#services, keptAt);
  }

  /** Deletes what lay in quarantine for as long as its rule said. Returns where it was. */
  purgeRemoved(): Promise<string[]> {
    return purgeRemoved(this.#services);
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

  /** Writes what a job did into a new file. */
  async saveJobReport(id: number, path: string, form: ReportForm): Promise<void> {
    return saveJobReport(this.#services.catalog, id, path, form);
  }

  async cancelJob(id: number): Promise<Job> {
    return this.#jobs.queue.cancel(id);
  }

  async pauseJob(id: number): Promise<Job> {
    return this.#jobs.queue.pause(id);
  }

  /** Takes a job up again. */
  async startResume(
    id: number,
    options: StartOptions & { readonly retryFailed: boolean },
  ): Promise<StartedJob> {
    return this.#jobs.start(id, options);
  }

  /** As `startResume`, until it has ended or stands still. */
  async resumeJob(id: number, options: RunOptions & { readonly retryFailed: boolean }): Promise<Job> {
    const { ended } = await this.startResume(id, options);
    return ended;
  }

  /**
   * Watches folders by their rules until one of the signals comes. What an end left of a rule is gone on with.
   * @param options.folders paths of folders of the library that have rules; all of those unless told
   * @param options.finishing the step that is in work is finished, and nothing else is begun; `signal` cancels it
   * @param options.quarantineDays for originals that a rule puts there; 30 unless told
   * @param options.onLibraryChange hears what the watching itself changed in the library; null: any content may have. Its jobs tell
   *   of what they change
   * @throws USAGE where there is none
   */
  async watch(options: {
    readonly folders?: readonly string[];
    readonly signal: AbortSignal;
    readonly finishing?: AbortSignal;
    readonly quarantineDays?: number;
    readonly onEvent: (event: WatchEvent) => void;
    readonly onLibraryChange?: (identities: readonly string[] | null) => void;
  }): Promise<void> {
    const { signal, finishing, quarantineDays = DEFAULT_SETTINGS.quarantineDays } = options;
    const { onEvent, onLibraryChange = () => undefined } = options;
    const folders = await watchedFolders(this.#services, options.folders);
    const ending = AbortSignal.any([this.#closing.signal, ...(finishing === undefined ? [] : [finishing])]);
    const watching = watchFor(
      {
        services: this.#services,
        vault: this.#options.vault,
        jobs: this.#jobs,
        arrivals: this.#arrivals,
        onLibraryChange,
      },
      { folders, signal, finishing: ending, quarantineDays, onEvent },
    );
    this.#watches.add(watching);
    await watching.finally(() => this.#watches.delete(watching));
  }

  /** The folders that were known are taken over as far as they can still be read; they have to be scanned again. */
  async rebuildCatalog(): Promise<RebuiltCatalog> {
    await this.#jobs.endQueue();
    return this.#options.rebuildCatalog();
  }

  /** Jobs that run become `interrupted`, and watching ends. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#jobs.close();
    await Promise.allSettled(this.#watches);
  }

  get #services(): LibraryServices {
    return this.#options.services;
  }

  #noteParts(verification: BackupVerification): void {
    const last = this.#services.catalog.verifications.lastOf(verification.inspection.identity);
    if (last !== null) this.#partStates.note(verification, last.id);
  }

  /** null while the vault is locked, or there is none. */
  #keyIds(): Promise<ReadonlySet<string> | null> {
    return keyIdsOf(this.#options.vault);
  }
}

/** Work that needs no waiting, as a promise: what it throws is a rejection. */
function settled<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
