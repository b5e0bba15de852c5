// What one run writes down about its job. A journal that fails never throws into the run: the first failure is kept, it ends
// the job, and what could not be written is tried once more at the end and otherwise left for recovery to find.

import { toPlainError, type PlainError } from '../../shared/errors.ts';
import type { Job, JobItem, JobState } from '../../shared/jobs.ts';
import { releaseJob } from './job-claims.ts';
import type { JobItems } from './job-items.ts';
import type { JobItemEnd, JobJournal } from './job-journal.ts';

const NOT_BEGUN: JobItemEnd = { state: 'waiting', message: null, error: null, resultJson: null };

export class JobRecord {
  readonly #journal: JobJournal;
  readonly #owner: string;
  readonly #job: Job;
  readonly #items: JobItems;
  #failure: PlainError | null = null;
  #unwritten: { readonly position: number; readonly end: JobItemEnd }[] = [];
  /** The end that the journal has; null while it has none. */
  #writtenEnd: JobState | null = null;

  constructor(journal: JobJournal, owner: string, job: Job, items: JobItems) {
    this.#journal = journal;
    this.#owner = owner;
    this.#job = job;
    this.#items = items;
  }

  /** Why the job cannot go on, whether the work or the journal says so. */
  get failure(): PlainError | null {
    return this.#failure;
  }

  /** The first reason stays. */
  fail(thrown: unknown): void {
    this.#failure ??= toPlainError(thrown);
  }

  /** null where the journal failed. */
  attempt<T>(write: (journal: JobJournal) => T): T | null {
    try {
      return write(this.#journal);
    } catch (thrown) {
      this.fail(thrown);
      return null;
    }
  }

  /** null where the journal failed; then it must not be begun. */
  startItem({ position }: JobItem): JobItem | null {
    const item = this.attempt((journal) => journal.startItem(this.#job.id, position));
    if (item === null)
      this.#unwritten.push({ position, end: NOT_BEGUN }); // it may have been written all the same
    else this.#items.set(item);
    return item;
  }

  endItem(item: JobItem, end: JobItemEnd): JobItem {
    const written = this.#writeEnd(item.position, end);
    if (written === null) this.#unwritten.push({ position: item.position, end });
    const { state, message, error } = end;
    const ended = written ?? { ...item, state, message, error, endedAt: new Date().toISOString() };
    this.#items.set(ended);
    return ended;
  }

  /** The state the job ends in; items may still be about to stop. */
  setEnd(state: JobState): void {
    const error = state === 'failed' ? this.#failure : null;
    const isWritten = this.attempt((journal) => {
      journal.setState(this.#job.id, state, error);
      return true;
    });
    if (isWritten === true) this.#writtenEnd = state;
  }

  /**
   * Nothing is in work any more: writes down what is still missing and gives the job up. With an item whose end could not be
   * written the job stays what `JobJournal.held` lists, so that the next start looks at that item.
   */
  close(stateNow: () => JobState): void {
    this.#unwritten = this.#unwritten.filter(({ position, end }) => this.#writeEnd(position, end) === null);
    if (this.#unwritten.length === 0 && this.#writtenEnd === null) this.setEnd(stateNow());
    if (this.#unwritten.length > 0 && this.#writtenEnd !== null) return;
    this.attempt((journal) => releaseJob(journal, this.#job.id, this.#owner));
  }

  /** The job as the journal has it, or as it must be where the journal failed. */
  describeEnd(state: JobState): Job {
    return this.#writtenEnd === null ? this.#fromMemory('failed') : this.describe(state);
  }

  describe(state: JobState): Job {
    try {
      const job = this.#journal.job(this.#job.id);
      if (job !== null) return job;
    } catch (thrown) {
      return this.#fromMemory(state, toPlainError(thrown));
    }
    return this.#fromMemory(state);
  }

  #writeEnd(position: number, end: JobItemEnd): JobItem | null {
    return this.attempt((journal) => journal.endItem(this.#job.id, position, end));
  }

  #fromMemory(state: JobState, unreadable: PlainError | null = null): Job {
    const { counts, endedBytes: doneBytes } = this.#items;
    const error = this.#failure ?? unreadable;
    return { ...this.#job, state, counts, doneBytes, error: state === 'failed' ? error : null };
  }
}
