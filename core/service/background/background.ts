// What a program that stays open does by itself: it takes up what an end left, scans, watches folders, verifies what is due, and
// tells windows and people what came of it. It begins nothing that the settings, the battery or a person do not want.

import type { StrongroomEvent } from '../../../shared/contract/index.ts';
import { errorCode } from '../../../shared/errors.ts';
import type { Job, JobEvent } from '../../../shared/jobs.ts';
import type { WatchEvent } from '../../../shared/library.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { WatchState } from '../../../shared/window.ts';
import { isOfProgram } from '../../library/index.ts';
import type { Strongroom } from '../../strongroom.ts';
import type { BackgroundWork, PauseReason, WorkInHand } from '../background-work.ts';
import type { Log } from '../log.ts';
import type { Scanning } from '../scanning.ts';
import { DailyPurge } from './daily-purge.ts';
import { DueRuns, LOOKED_EVERY_MS } from './due-runs.ts';
import { FolderWatching } from './folder-watching.ts';
import { LibraryChanges } from './library-changes.ts';
import { NoticeDesk } from './notice-desk.ts';
import { noticeOfJob, noticeOfWatchEvent } from './notices.ts';
import { WorkBook } from './work-book.ts';

export interface BackgroundOptions {
  readonly engine: Pick<Strongroom, 'library' | 'vault'>;
  readonly settings: () => Settings;
  readonly emit: (event: StrongroomEvent) => void;
  readonly log: Log;
  readonly scanning: Pick<Scanning, 'scan' | 'match' | 'matchSoon'>;
}

export class Background implements BackgroundWork {
  readonly #options: BackgroundOptions;
  readonly #book = new WorkBook();
  readonly #changes: LibraryChanges;
  readonly #watching: FolderWatching;
  readonly #due: DueRuns;
  readonly #purge: DailyPurge;
  readonly #notices: NoticeDesk;
  readonly #endListening: (() => void)[] = [];
  /** A person's jobs that rest because of sleep. */
  readonly #asleep = new Set<number>();
  #pausedBecause: PauseReason | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isEnding = false;
  /** Jobs that a window begins now rest at once, so that the end comes. */
  #nothingBegins = false;
  #hasBegun = false;
  #hasScanned = false;
  /** Something came on which no key was tried. */
  #hasArrivals = false;
  readonly #recovery = Promise.withResolvers<null>();
  #beginning: Promise<void> = Promise.resolve();

  constructor(options: BackgroundOptions) {
    const { engine, settings, emit, log } = options;
    const { desk } = engine.library;
    this.#options = options;
    this.#changes = new LibraryChanges({ desk, log, emit: (event) => this.#tellChange(event) });
    this.#watching = new FolderWatching({
      desk,
      log,
      isWanted: () => this.#isOn,
      quarantineDays: () => settings().quarantineDays,
      onEvent: (event) => this.#noteWatchEvent(event),
      onState: () => emit({ kind: 'watch-state' }),
      onLibraryChange: (identities) => this.#changes.note(identities),
    });
    this.#due = new DueRuns({ desk, log, mayBegin: () => this.#isOn && this.#hasScanned });
    this.#purge = new DailyPurge({ desk, log, mayBegin: () => this.#isOn });
    this.#notices = new NoticeDesk({ settings, give: (notice) => emit({ kind: 'notice', notice }) });
    this.#endListening.push(
      desk.subscribe((event) => this.#noteJobEvent(event)),
      engine.vault.onChange((why) => {
        this.#changes.note(null); // what opens what is seen with other keys now
        if (why === 'unlocked') this.#due.lookSoon();
      }),
    );
  }

  start(): void {
    this.#changes.start();
    this.#timer ??= setInterval(() => void this.#watching.refresh(), LOOKED_EVERY_MS).unref();
    this.#beginSoon();
  }

  /** Resolves when the jobs that an end left were put in order, or nobody can do that now; never rejects. */
  get recovered(): Promise<unknown> {
    return this.#recovery.promise;
  }

  /** Nothing new is begun by itself, and what was is finished file by file; before sleep a person's jobs rest, too. */
  pause(because: PauseReason): void {
    this.#pausedBecause = because;
    this.#due.pause();
    void this.#watching.refresh();
    if (because === 'suspend') this.#letRest();
    this.#options.emit({ kind: 'watch-state' });
  }

  resume(): void {
    this.#pausedBecause = null;
    this.#wake();
    void this.#watching.refresh();
    this.#due.lookSoon();
    this.#options.emit({ kind: 'watch-state' });
  }

  watchState(): WatchState {
    return {
      isOn: this.#isOn,
      pausedBecause: this.#pausedBecause,
      folders: this.#watching.folders,
      events: this.#watching.events,
    };
  }

  settingsChanged(): void {
    void this.#watching.refresh();
    if (this.#isOn) this.#due.lookSoon();
    else this.#due.pause();
    this.#options.emit({ kind: 'watch-state' });
  }

  /** Somebody changed what is known of these contents; null: of any. Told to all windows within a second. */
  noteLibraryChange(identities: readonly string[] | null): void {
    this.#changes.note(identities);
  }

  workInHand(): WorkInHand {
    return this.#book.describe();
  }

  async endWork(how: 'finish' | 'pause'): Promise<void> {
    this.#isEnding = true;
    this.#nothingBegins ||= how === 'pause';
    const watchingEnded = this.#watching.close();
    if (how === 'pause') for (const { id } of this.#book.jobs) this.#pauseJob(id);
    await watchingEnded;
    await this.#book.idle();
  }

  /** What is in work is interrupted when the engine is closed. A scan that is waited for here is cancelled by its owner. */
  async close(): Promise<void> {
    this.#isEnding = true;
    for (const end of this.#endListening) end();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#due.close();
    this.#purge.close();
    this.#changes.close();
    this.#notices.close();
    void this.#watching.close();
    await this.#beginning;
  }

  get #isOn(): boolean {
    return this.#options.settings().background && this.#pausedBecause === null && !this.#isEnding;
  }

  #beginSoon(): void {
    if (this.#hasBegun || this.#isEnding) return;
    this.#beginning = this.#begin()
      .catch((error: unknown) => this.#options.log.failure('background', 'The start failed', error))
      .finally(() => this.#recovery.resolve(null));
  }

  /** Once the catalogue can serve. */
  async #begin(): Promise<void> {
    const { engine, log, scanning } = this.#options;
    const { desk } = engine.library;
    if (desk.catalogProblem() !== null) return; // it is begun once that is put right
    this.#hasBegun = true;
    await desk.recover().catch((error: unknown) => log.failure('job', 'Jobs were not put in order', error));
    this.#recovery.resolve(null);
    await this.#watching.refresh();
    // Watched folders are scanned by the watching, which then does what their rules say.
    const watched = new Set(this.#watching.folders.map(({ path }) => path));
    const others = (await desk.folders()).map(({ path }) => path).filter((path) => !watched.has(path));
    if (others.length > 0) await this.#attempt('The first scan ended early', () => scanning.scan(others));
    // What no key was tried on is verified only once it is known which opens it.
    await this.#attempt('Not all keys were tried at the start', () => scanning.match());
    this.#hasScanned = true;
    if (this.#isEnding) return;
    this.#due.start();
    this.#purge.start();
  }

  async #attempt(failure: string, work: () => Promise<unknown>): Promise<void> {
    if (this.#isEnding) return;
    try {
      await work();
    } catch (error) {
      if (errorCode(error) !== 'CANCELLED') this.#options.log.failure('background', failure, error);
    }
  }

  #tellChange(event: StrongroomEvent): void {
    this.#options.emit(event);
    if (this.#hasArrivals) this.#options.scanning.matchSoon();
    this.#hasArrivals = false;
    if (event.kind !== 'library' || event.identities !== null) return;
    // Folders and their rules may have changed, too, or the catalogue may be a new one.
    this.#beginSoon();
    void this.#watching.refresh();
  }

  #noteJobEvent(event: JobEvent): void {
    this.#options.emit({ kind: 'job', event });
    const ended = this.#book.note(event);
    if (this.#nothingBegins && event.kind === 'job') this.#letRestSoon(event.job);
    if (event.kind === 'item' && event.item.endedAt !== null) this.#changes.noteFile(event.item.path);
    if (ended !== null) this.#noteEnd(ended);
  }

  #noteEnd(job: Job): void {
    const { log } = this.#options;
    const { failed, total } = job.counts;
    log.info('job', `Job ${job.id} (${job.title}): ${job.state}, ${failed} of ${total} failed.`);
    if (job.kind === 'scheme') this.#changes.note(null); // nothing is known any more of files that went
    // What a rule did is told by the watching; a locked vault is no news.
    const isRule = isOfProgram(job) && !this.#due.isOwn(job.id);
    if (isRule || (isOfProgram(job) && job.error?.code === 'VAULT_LOCKED')) return;
    this.#giveNotice(job).catch((error: unknown) => log.failure('notice', 'A notice was not given', error));
  }

  async #giveNotice({ id }: Job): Promise<void> {
    this.#notices.give(noticeOfJob(await this.#options.engine.library.desk.job(id)));
  }

  #noteWatchEvent(event: WatchEvent): void {
    const { emit, log } = this.#options;
    emit({ kind: 'watch', event });
    if (event.kind === 'taken-in' || event.kind === 'watching') this.#hasArrivals = true;
    if (event.error !== null) log.warn('watching', `${event.error.code}: ${event.message}`);
    this.#notices.gather(noticeOfWatchEvent(event, this.#watching.ruleOf(event.folder)));
  }

  #letRest(): void {
    for (const job of this.#book.jobs) {
      if (isOfProgram(job)) continue;
      this.#asleep.add(job.id);
      this.#pauseJob(job.id);
    }
  }

  #wake(): void {
    for (const id of this.#asleep)
      this.#goOn(id).catch((error: unknown) =>
        this.#options.log.failure('job', `Job ${id} could not go on after the sleep`, error),
      );
    this.#asleep.clear();
  }

  async #goOn(id: number): Promise<void> {
    const { desk } = this.#options.engine.library;
    const { state } = await desk.job(id);
    // A person may have done something else with it meanwhile.
    if (state === 'paused' || state === 'running') await desk.startResume(id, { retryFailed: false });
  }

  /** Once its queue knows of it. */
  #letRestSoon({ id, state }: Job): void {
    if (state === 'waiting' || state === 'running') queueMicrotask(() => this.#pauseJob(id));
  }

  #pauseJob(id: number): void {
    this.#options.engine.library.desk
      .pauseJob(id)
      .catch((error: unknown) => this.#options.log.failure('job', `Job ${id} could not rest`, error));
  }
}
