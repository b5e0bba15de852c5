// Verifications that begin by themselves: looked for at the start, every quarter of an hour, and when the vault is opened. What a
// person paused or cancelled is not begun again behind his back.

import { errorCode } from '../../../shared/errors.ts';
import type { Job } from '../../../shared/jobs.ts';
import type { LibraryDesk } from '../../library/index.ts';
import type { Log } from '../log.ts';

export const LOOKED_EVERY_MS = 15 * 60 * 1000;

export interface DueRunsOptions {
  readonly desk: Pick<LibraryDesk, 'startVerification' | 'pauseJob' | 'job'>;
  /** Whether anything may be begun now. */
  readonly mayBegin: () => boolean;
  readonly log: Log;
  readonly now?: () => Date;
}

export class DueRuns {
  readonly #options: DueRunsOptions;
  /** Jobs that were begun here; what became of them is worth a notice. */
  readonly #begun = new Set<number>();
  #timer: NodeJS.Timeout | null = null;
  #running: number | null = null;
  /** Paused by a person: nothing is begun while it rests. */
  #rested: number | null = null;
  /** The day on which a person cancelled one. */
  #cancelledOn: string | null = null;
  #isPausing = false;
  #isLooking = false;

  constructor(options: DueRunsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.lookSoon(), LOOKED_EVERY_MS).unref();
    this.lookSoon();
  }

  /** Begins what is due, unless something is in work. */
  lookSoon(): void {
    this.#look().catch((error: unknown) =>
      this.#options.log.failure('verification', 'What is due could not be begun', error),
    );
  }

  isOwn(jobId: number): boolean {
    return this.#begun.has(jobId);
  }

  /** The files in work are finished. */
  pause(): void {
    if (this.#running === null) return;
    this.#isPausing = true;
    this.#options.desk
      .pauseJob(this.#running)
      .catch((error: unknown) => this.#options.log.failure('verification', 'A job could not rest', error));
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#running !== null || !this.#options.mayBegin()) return;
    this.#isLooking = true;
    try {
      if (await this.#isUnwanted()) return;
      if (!this.#options.mayBegin()) return;
      const started = await this.#options.desk.startVerification({ kind: 'due' }, { origin: 'program' });
      if (started === null) return;
      this.#isPausing = false;
      this.#running = started.job.id;
      this.#begun.add(started.job.id);
      void started.ended.then((job) => this.#noteEnd(job));
    } catch (error) {
      if (errorCode(error) !== 'BUSY') throw error; // another Strongroom is at it
    } finally {
      this.#isLooking = false;
    }
  }

  async #isUnwanted(): Promise<boolean> {
    if (this.#cancelledOn === this.#today()) return true;
    if (this.#rested === null) return false;
    const { state } = await this.#options.desk.job(this.#rested);
    if (state !== 'paused') this.#rested = null;
    return this.#rested !== null;
  }

  #noteEnd({ id, state }: Job): void {
    this.#running = null;
    if (state === 'cancelled') this.#cancelledOn = this.#today();
    if (state !== 'paused') return;
    if (this.#isPausing)
      this.lookSoon(); // it may have been over before it came to rest
    else this.#rested = id;
  }

  #today(): string {
    return (this.#options.now?.() ?? new Date()).toDateString();
  }
}
