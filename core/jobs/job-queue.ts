// The queue of jobs of one process: who gets the next free place, who may run a job at all, and what becomes of a job that is
// paused, cancelled, or found half done. Knows nothing of what a job means, and never runs one that another process has.

import { StrongroomError, errorCode } from '../../shared/errors.ts';
import type { Job, JobEvent, JobKind } from '../../shared/jobs.ts';
import { JobEvents } from './job-events.ts';
import type { JobHandler } from './job-handler.ts';
import type { JobJournal, NewJobItem } from './job-journal.ts';
import { JobOwnership } from './job-ownership.ts';
import { JobRun, type RunHost } from './job-run.ts';

/** How often wishes of other processes are looked for, and progress is told. */
const TICK_MS = 100;

export interface JobQueueOptions {
  readonly journal: JobJournal;
  readonly handlers: readonly JobHandler[];
  /** Names this queue among all processes; no two queues share one. */
  readonly owner: string;
  /** Whether the process behind another owner's name may still run. */
  readonly mayBeAlive: (owner: string) => boolean;
  /** Items in work at once, of all jobs together. */
  readonly atATime: number;
  /** Milliseconds of a clock that never goes back; performance.now unless told. */
  readonly now?: () => number;
  /** Gets what a listener throws; unless told it is thrown on, as an error nobody caught. */
  readonly onListenerError?: (error: unknown) => void;
}

export interface RunJobOptions {
  /** Cancels the job. */
  readonly signal?: AbortSignal | undefined;
  /** Items that failed are worked on again. */
  readonly retryFailed?: boolean | undefined;
}

/** A job that this process has begun, or that another one has. */
export interface StartedJob {
  /** As it stands now. */
  readonly job: Job;
  /** How it stood when it had ended, was paused or interrupted; at once where another process has it. Never rejects. */
  readonly ended: Promise<Job>;
}

export class JobQueue {
  readonly #journal: JobJournal;
  readonly #ownership: JobOwnership;
  readonly #atATime: number;
  readonly #host: RunHost;
  readonly #events: JobEvents;
  readonly #runs = new Map<number, JobRun>();
  #ticker: NodeJS.Timeout | null = null;
  #isFilling = false;
  #isClosed = false;

  constructor(options: JobQueueOptions) {
    this.#journal = options.journal;
    this.#atATime = Math.max(1, options.atATime);
    this.#events = new JobEvents(options.onListenerError);
    this.#ownership = new JobOwnership({
      ...options,
      isRunHere: (id) => this.#runs.has(id),
      onChanged: (job) => this.#tell(job),
    });
    this.#host = {
      journal: options.journal,
      owner: options.owner,
      now: options.now ?? (() => performance.now()),
      emit: this.#events.emit,
      wake: () => this.#fillPlaces(),
      onOver: (run) => this.#forget(run),
    };
  }

  /** Writes a job down; it waits until it is run. `request` is kept as JSON and must not hold a key. @throws what the journal throws */
  create(
    kind: JobKind,
    title: string,
    request: unknown,
    items: readonly NewJobItem[],
    options: { readonly priority?: number | undefined } = {},
  ): Job {
    const job = this.#journal.create(
      kind,
      title,
      options.priority ?? 0,
      JSON.stringify(request ?? null),
      items,
    );
    this.#tell(job);
    return job;
  }

  /**
   * Runs a job, or takes up again one that was paused, interrupted, cancelled or failed: the items that have not ended, and
   * with `retryFailed` those that failed. Resolves when it has ended, was paused or interrupted, with that in its state;
   * cancelled: within a moment, while an item may still be about to stop. A job that runs here already is waited for.
   * @throws as `start`
   */
  async run(id: number, options: RunJobOptions = {}): Promise<Job> {
    const { ended } = await this.start(id, options);
    return ended;
  }

  /**
   * As `run`, and resolves as soon as the job is begun.
   * @throws USAGE no such job; BUSY another process has it; UNSUPPORTED_VERSION nobody here knows its kind; CANCELLED the queue
   * is closed; what the journal throws before anything was begun
   */
  async start(id: number, options: RunJobOptions = {}): Promise<StartedJob> {
    for (;;) {
      if (this.#isClosed) throw closed();
      const active = this.#runs.get(id);
      if (active !== undefined && !active.isCancelled) {
        active.resume();
        return { job: active.describe(), ended: this.#follow(active, options.signal) };
      }
      if (active !== undefined) {
        await active.drained;
        continue;
      }
      const leftovers = this.#ownership.leftovers(id);
      if (leftovers !== null) {
        await leftovers;
        continue;
      }
      const handler = this.#ownership.handlerOf(this.#ownership.jobOf(id));
      if (!this.#ownership.claim(id)) throw busy(id);
      const run = this.#open(id, handler, options.retryFailed === true);
      if (run === null) return over(this.#ownership.jobOf(id));
      const ended = this.#follow(run, options.signal);
      this.#fillPlaces();
      return { job: run.describe(), ended };
    }
  }

  /** Runs every job that waits and is of a kind known here, by priority. What another process has is left to it. @throws what the journal throws */
  async runWaiting(): Promise<readonly Job[]> {
    const waiting = this.#journal
      .list()
      .filter(({ state, kind }) => state === 'waiting' && this.#ownership.knows(kind))
      .sort((a, b) => b.priority - a.priority || a.id - b.id);
    const results = await Promise.allSettled(waiting.map(({ id }) => this.run(id)));
    const failure = results.find(
      (result) => result.status === 'rejected' && !['BUSY', 'CANCELLED'].includes(errorCode(result.reason)),
    );
    if (failure?.status === 'rejected') throw failure.reason;
    return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }

  /**
   * Items in work go on to their end, then the job is `paused`; one that waits is so at once. Another process is asked to do
   * so. Resolves with the job as it stands now. @throws USAGE, UNSUPPORTED_VERSION, and what the journal throws
   */
  async pause(id: number): Promise<Job> {
    for (;;) {
      const active = this.#runs.get(id);
      if (active === undefined) {
        const job = await this.#ownership.ask(id, 'pause');
        if (job !== null) return job;
        continue;
      }
      active.pause();
      return active.describe();
    }
  }

  /**
   * Takes a pause back that has not come into effect, also one asked of another process; otherwise runs the job like `run`.
   * @throws like `start`
   */
  async resume(id: number, options: RunJobOptions = {}): Promise<Job> {
    const { ended } = await this.startResume(id, options);
    return ended;
  }

  /** As `resume`, and resolves as soon as the job goes on. @throws like `start` */
  async startResume(id: number, options: RunJobOptions = {}): Promise<StartedJob> {
    if (this.#runs.has(id) || !this.#ownership.isElsewhere(id)) return this.start(id, options);
    if (this.#journal.wishOf(id) === 'pause') this.#journal.ask(id, null);
    return over(this.#ownership.jobOf(id));
  }

  /**
   * Stops a job. Resolves within a moment when it is this process's, or nobody's; another process is asked to do so and does
   * it within a fifth of a second. An item that is slow to stop is waited for by `close`.
   * @throws USAGE, UNSUPPORTED_VERSION, and what the journal throws
   */
  async cancel(id: number): Promise<Job> {
    for (;;) {
      const active = this.#runs.get(id);
      if (active !== undefined) return active.cancel();
      const job = await this.#ownership.ask(id, 'cancel');
      if (job !== null) return job;
    }
  }

  /** The next free place goes by it; items in work are not stopped. @throws USAGE, and what the journal throws */
  setPriority(id: number, priority: number): Job {
    this.#ownership.jobOf(id);
    this.#journal.setPriority(id, priority);
    const active = this.#runs.get(id);
    if (active !== undefined) active.priority = priority;
    const job = this.#ownership.jobOf(id);
    if (active?.isCancelled !== true) this.#tell(job); // the end of a job is told by its run alone
    return job;
  }

  /** Progress is merged to ten events a second for each job; after a job's end nothing more is told of it. Returns what ends it. */
  subscribe(listener: (event: JobEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }

  /**
   * For each job whose process is gone: items that were in work are finished or undone by their handler and wait again, and
   * the job becomes `interrupted`. Of several processes that do so at once, one gets each job.
   * @throws what the journal throws, after all jobs were tried
   */
  recover(): Promise<readonly Job[]> {
    return this.#ownership.recoverAll();
  }

  /** Stops items in work and waits for them; their jobs become `interrupted`. Final, and may be done twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const runs = [...this.#runs.values()];
    for (const run of runs) run.interrupt();
    await Promise.all(runs.map((run) => run.drained));
    await this.#ownership.close();
  }

  /** Takes the job, which is ours already, into the queue. null where there is nothing to do in it. */
  #open(id: number, handler: JobHandler, retriesFailed: boolean): JobRun | null {
    try {
      const job = this.#ownership.jobOf(id);
      const reopened = retriesFailed && job.counts.failed > 0;
      if (job.state === 'done' && !reopened) {
        this.#journal.release(id);
        return null;
      }
      if (reopened || job.counts.cancelled > 0)
        this.#journal.reopenItems(id, reopened ? ['cancelled', 'failed'] : ['cancelled']);
      this.#journal.setState(id, 'waiting');
      const details = this.#ownership.detailsOf(id);
      const run = new JobRun(this.#host, handler, this.#journal.requestOf(id), details);
      this.#runs.set(id, run);
      this.#ticker ??= setInterval(() => this.#tick(), TICK_MS).unref();
      this.#tell(run.describe());
      return run;
    } catch (error) {
      this.#journal.release(id);
      throw error;
    }
  }

  async #follow(run: JobRun, signal: AbortSignal | undefined): Promise<Job> {
    const onAbort = (): void => void run.cancel();
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await run.reported;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #fillPlaces(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    for (let run = this.#nextRun(); run !== null; run = this.#nextRun()) run.takePlace();
    this.#isFilling = false;
  }

  #nextRun(): JobRun | null {
    let placesUsed = 0;
    let next: JobRun | null = null;
    for (const run of this.#runs.values()) {
      placesUsed += run.placesUsed;
      if (run.wantsPlace && (next === null || goesBefore(run, next))) next = run;
    }
    return placesUsed < this.#atATime ? next : null;
  }

  #tick(): void {
    for (const run of [...this.#runs.values()]) run.tick();
  }

  #forget(run: JobRun): void {
    this.#runs.delete(run.id);
    if (this.#runs.size > 0 || this.#ticker === null) return;
    clearInterval(this.#ticker);
    this.#ticker = null;
  }

  #tell(job: Job): void {
    this.#events.emit({ kind: 'job', job });
  }
}

function over(job: Job): StartedJob {
  return { job, ended: Promise.resolve(job) };
}

function goesBefore(a: JobRun, b: JobRun): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.id < b.id);
}

function busy(id: number): StrongroomError {
  return new StrongroomError('BUSY', 'Another Strongroom on this computer is working on this job.', {
    hint: 'Wait until it has ended, or cancel it first.',
    details: { jobId: id },
  });
}

function closed(): StrongroomError {
  return new StrongroomError('CANCELLED', 'Strongroom is being closed, so nothing new is begun.');
}
