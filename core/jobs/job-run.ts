// One job while this process runs it: begins items when the queue gives it a place, writes down how each ended, and how the
// job did. Whatever fails, items in work are waited for, and the run has exactly one end.

import { StrongroomError, errorCode, toPlainError, type PlainError } from '../../shared/errors.ts';
import type { Job, JobDetails, JobEvent, JobItem, JobState } from '../../shared/jobs.ts';
import type { JobHandler } from './job-handler.ts';
import { JobItems } from './job-items.ts';
import type { JobItemEnd, JobJournal } from './job-journal.ts';
import { JobProgressMeter } from './job-progress.ts';
import { JobRecord } from './job-record.ts';

/** Who cancels hears of it after so long even where an item is slow to stop. */
const CANCEL_GRACE_MS = 50;
const MOST_ATTEMPTS = 3;
/** Before the second and before the third attempt. */
const RETRY_WAITS_MS: readonly number[] = [2_000, 10_000];

/** What a run needs of its queue. */
export interface RunHost {
  readonly journal: JobJournal;
  readonly owner: string;
  readonly now: () => number;
  readonly emit: (event: JobEvent) => void;
  /** A place got free, or there is something to begin. */
  readonly wake: () => void;
  /** Nothing of it is in work any more, and the journal knows. */
  readonly onOver: (run: JobRun) => void;
}

export class JobRun {
  readonly id: number;
  priority: number;
  readonly #host: RunHost;
  readonly #handler: JobHandler;
  readonly #requestJson: string;
  readonly #items: JobItems;
  readonly #record: JobRecord;
  readonly #meter: JobProgressMeter;
  /** One for each thing in work, so that what listens to it goes with it. */
  readonly #stops = new Set<AbortController>();
  readonly #reported = Promise.withResolvers<Job>();
  readonly #drained = Promise.withResolvers<null>();
  #stage: 'queued' | 'preparing' | 'working' | 'over' = 'queued';
  #isReported = false;
  #atATime = 1;
  #inWork = 0;
  #isPausing = false;
  #isPauseWished = false;
  #isInterrupted = false;
  #isCancelled = false;
  #isStopped = false;
  #graceTimer: NodeJS.Timeout | null = null;

  constructor(host: RunHost, handler: JobHandler, requestJson: string, { items, ...job }: JobDetails) {
    this.#host = host;
    this.#handler = handler;
    this.#requestJson = requestJson;
    this.id = job.id;
    this.priority = job.priority;
    this.#items = new JobItems(items);
    this.#record = new JobRecord(host.journal, host.owner, job, this.#items);
    this.#meter = new JobProgressMeter(job.id, this.#items, host.now);
  }

  /** Resolves with how the job ended; where it was cancelled an item may still be about to stop. Never rejects. */
  get reported(): Promise<Job> {
    return this.#reported.promise;
  }

  /** Resolves when every item has ended. Never rejects. */
  get drained(): Promise<null> {
    return this.#drained.promise;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  get placesUsed(): number {
    return this.#stage === 'preparing' ? 1 : this.#inWork;
  }

  get wantsPlace(): boolean {
    if (this.#isStopping) return false;
    if (this.#stage === 'queued') return true;
    return this.#stage === 'working' && this.#items.hasReady && this.#inWork < this.#atATime;
  }

  /** Takes one place: for its preparation, or for its next item. */
  takePlace(): void {
    if (this.#stage === 'queued') void this.#prepare();
    else void this.#work();
  }

  /** Items in work go on to their end; nothing else is begun. */
  pause(): void {
    this.#isPausing = true;
    this.#turn();
  }

  /** Takes back a pause that has not ended the run yet, whoever asked for it. */
  resume(): void {
    this.#isPausing = false;
    this.#record.attempt((journal) => {
      if (journal.wishOf(this.id) === 'pause') journal.ask(this.id, null);
    });
    this.#isPauseWished = false;
    this.#turn();
  }

  /** Stops items in work; resolves like `reported`. */
  cancel(): Promise<Job> {
    if (!this.#isCancelled && this.#stage !== 'over') {
      this.#isCancelled = true;
      this.#stopWork();
      if (this.placesUsed > 0) {
        this.#record.setEnd('cancelled');
        this.#graceTimer = setTimeout(() => this.#report(), CANCEL_GRACE_MS);
      }
      this.#turn();
    }
    return this.reported;
  }

  /** Stops items in work; they and the rest wait for another run. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#stopWork();
    this.#turn();
  }

  /** Looks what another process asked for, and tells how it goes. */
  tick(): void {
    if (this.#isCancelled || this.#stage === 'over') return;
    this.#heed();
    const progress = this.#stage === 'working' ? this.#meter.next() : null;
    if (progress !== null) this.#emit({ kind: 'progress', progress });
  }

  describe(): Job {
    return this.#record.describe(this.#stage === 'queued' ? 'waiting' : 'running');
  }

  get #isStopping(): boolean {
    const isPaused = this.#isPausing || this.#isPauseWished;
    return this.#isCancelled || this.#isInterrupted || isPaused || this.#record.failure !== null;
  }

  get #endState(): JobState {
    if (this.#isCancelled) return 'cancelled';
    if (this.#record.failure !== null) return 'failed';
    if (this.#items.counts.left === 0) return 'done';
    return this.#isPausing || this.#isPauseWished ? 'paused' : 'interrupted';
  }

  async #prepare(): Promise<void> {
    this.#stage = 'preparing';
    try {
      this.#host.journal.setState(this.id, 'running');
      this.#emit({ kind: 'job', job: this.describe() });
      if (this.#items.counts.left > 0) {
        await this.#stoppable(async (signal) => this.#handler.prepare?.(this.#requestJson, signal));
        this.#atATime = atLeastOne(await this.#handler.atATime(this.#requestJson, this.#items.waiting));
      }
    } catch (thrown) {
      if (errorCode(thrown) === 'CANCELLED') this.#isInterrupted = true;
      else this.#record.fail(thrown);
    }
    this.#stage = 'working';
    this.#turn();
  }

  async #work(): Promise<void> {
    const waiting = this.#items.take();
    if (waiting === null) return;
    this.#inWork++;
    const item = this.#record.startItem(waiting);
    if (item !== null) {
      this.#meter.begin(item);
      this.#emit({ kind: 'item', jobId: this.id, item });
      const ended = this.#record.endItem(item, await this.#perform(item));
      this.#meter.end(item, ended.state);
      this.#emit({ kind: 'item', jobId: this.id, item: ended });
    }
    this.#inWork--;
    this.#turn();
  }

  async #perform(item: JobItem): Promise<JobItemEnd> {
    const requestJson = this.#requestJson;
    const onProgress = (doneBytes: number, totalBytes: number): void =>
      this.#meter.report(item, doneBytes, totalBytes);
    try {
      const { state, message, resultJson } = await this.#stoppable((signal) =>
        this.#handler.run(item, { requestJson, signal, onProgress }),
      );
      return { state, message, error: null, resultJson };
    } catch (thrown) {
      try {
        return this.#judge(item, toPlainError(thrown));
      } catch (mistake) {
        return failed(toPlainError(mistake)); // the handler cannot tell one of its own errors
      }
    }
  }

  async #stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#isStopped) throw cancelled();
    const controller = new AbortController();
    this.#stops.add(controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#stops.delete(controller);
    }
  }

  #stopWork(): void {
    this.#isStopped = true;
    for (const controller of [...this.#stops]) controller.abort(cancelled());
  }

  #judge(item: JobItem, error: PlainError): JobItemEnd {
    if (error.code === 'CANCELLED') {
      if (this.#isCancelled) return { state: 'cancelled', message: error.message, error, resultJson: null };
      this.#isInterrupted = true; // also where nobody asked: what the work runs on is being closed
      return waitingAgain(null);
    }
    if (this.#handler.endsJob?.(error) === true) {
      this.#record.fail(error);
      return waitingAgain(error);
    }
    const attempts = this.#items.attemptsOf(item.position);
    if (attempts >= MOST_ATTEMPTS || this.#handler.isPassing?.(error) !== true) return failed(error);
    this.#items.retryLater(item.position, RETRY_WAITS_MS[attempts - 1] ?? 0, this.#host.wake);
    return waitingAgain(error);
  }

  #heed(): void {
    try {
      const wish = this.#host.journal.wishOf(this.id);
      if (wish === 'cancel') void this.cancel();
      this.#isPauseWished = wish === 'pause';
    } catch (thrown) {
      if (errorCode(thrown) === 'BUSY') return; // it is asked again in a moment
      this.#record.fail(thrown);
    }
    this.#turn();
  }

  /** After everything that may have been the last thing to wait for. */
  #turn(): void {
    if (this.#stage === 'over') return;
    const hasEnded = this.#stage === 'working' && this.#items.counts.left === 0;
    if (this.placesUsed === 0 && (this.#isStopping || hasEnded)) this.#finish();
    this.#host.wake();
  }

  #finish(): void {
    this.#stage = 'over';
    this.#items.stopRetries();
    this.#record.close(() => this.#endState);
    this.#host.onOver(this);
    this.#report();
    this.#drained.resolve(null);
  }

  /** The last that is heard of this run. */
  #report(): void {
    if (this.#isReported) return;
    if (this.#graceTimer !== null) clearTimeout(this.#graceTimer);
    const job = this.#record.describeEnd(this.#endState);
    this.#emit({ kind: 'progress', progress: this.#meter.last() });
    this.#emit({ kind: 'job', job });
    this.#isReported = true;
    this.#reported.resolve(job);
  }

  #emit(event: JobEvent): void {
    if (!this.#isReported) this.#host.emit(event);
  }
}

function waitingAgain(error: PlainError | null): JobItemEnd {
  return { state: 'waiting', message: null, error, resultJson: null };
}

function failed(error: PlainError): JobItemEnd {
  return { state: 'failed', message: error.message, error, resultJson: null };
}

function atLeastOne(count: number): number {
  return count >= 1 ? Math.floor(count) : 1;
}

function cancelled(): StrongroomError {
  return new StrongroomError('CANCELLED', 'Stopped at your request.');
}
