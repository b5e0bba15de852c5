// Quitting while jobs run: asks, then finishes them, pauses them, or stays. Jobs outlive even a kill; this is so that nobody has to
// rely on that.

import type { Event } from 'electron';

import type { Log, WorkInHand } from '../core/service/index.ts';

export type QuitAnswer = 'finish' | 'pause' | 'stay';

export interface QuitQuestion extends WorkInHand {
  /** The person has said before that the jobs are to be finished, which is not taken back. */
  readonly isFinishing: boolean;
}

export interface QuitOptions {
  readonly workInHand: () => WorkInHand;
  readonly endWork: (how: 'finish' | 'pause') => Promise<void>;
  readonly ask: (question: QuitQuestion) => Promise<QuitAnswer>;
  /** Closes all that is open. */
  readonly close: () => Promise<void>;
  /** Ends the process. */
  readonly exit: () => void;
  readonly log: Log;
}

export class Quitting {
  readonly #options: QuitOptions;
  #isAsking = false;
  #isFinishing = false;
  #isEnding = false;

  constructor(options: QuitOptions) {
    this.#options = options;
  }

  /** Every way of quitting comes through here, and ends in `exit` instead. */
  onBeforeQuit(event: Pick<Event, 'preventDefault'>): void {
    event.preventDefault();
    void this.#quit();
  }

  /** The system goes down: the files in work are finished, and nobody is asked. */
  async quitNow(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const { endWork, close, exit } = this.#options;
    await this.#attempt('The jobs could not be paused', () => endWork('pause'));
    await this.#attempt('Not everything could be closed', close);
    exit();
  }

  async #quit(): Promise<void> {
    if (this.#isAsking || this.#isEnding) return;
    const work = this.#options.workInHand();
    const answer = work.jobCount === 0 ? 'pause' : await this.#ask(work);
    if (answer === 'pause') await this.quitNow();
    if (answer === 'finish') await this.#quitAfterWork();
  }

  async #ask(work: WorkInHand): Promise<QuitAnswer> {
    const { ask, log } = this.#options;
    this.#isAsking = true;
    try {
      const answer = await ask({ ...work, isFinishing: this.#isFinishing });
      log.info('quit', `Quitting with ${String(work.jobCount)} jobs in hand: ${answer}.`);
      return answer;
    } catch (error) {
      log.failure('quit', 'Whether to quit could not be asked', error);
      return 'stay';
    } finally {
      this.#isAsking = false;
    }
  }

  async #quitAfterWork(): Promise<void> {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    await this.#attempt('The jobs could not be finished', () => this.#options.endWork('finish'));
    await this.quitNow();
  }

  /** What fails here keeps nobody from quitting. */
  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.log.failure('quit', what, error);
    }
  }
}
