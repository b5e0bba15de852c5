// Which process has a job: claiming one, taking over what a dead process left, and asking the living one to pause or cancel.

import { StrongroomError } from '../../shared/errors.ts';
import type { Job, JobDetails, JobKind } from '../../shared/jobs.ts';
import { changeUnheld, recoverJob } from './job-claims.ts';
import type { JobHandler } from './job-handler.ts';
import type { JobJournal, JobWish } from './job-journal.ts';

export interface OwnershipOptions {
  readonly journal: JobJournal;
  readonly handlers: readonly JobHandler[];
  readonly owner: string;
  readonly mayBeAlive: (owner: string) => boolean;
  readonly isRunHere: (id: number) => boolean;
  readonly onChanged: (job: Job) => void;
}

export class JobOwnership {
  readonly #options: OwnershipOptions;
  readonly #journal: JobJournal;
  readonly #handlers: ReadonlyMap<JobKind, JobHandler>;
  readonly #recoveries = new Map<number, Promise<Job | null>>();
  #isClosed = false;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#journal = options.journal;
    this.#handlers = new Map(options.handlers.map((handler) => [handler.kind, handler]));
  }

  knows(kind: JobKind): boolean {
    return this.#handlers.has(kind);
  }

  /** @throws UNSUPPORTED_VERSION */
  handlerOf({ kind }: Job): JobHandler {
    const handler = this.#handlers.get(kind);
    if (handler !== undefined) return handler;
    throw new StrongroomError('UNSUPPORTED_VERSION', `Jobs of the kind “${kind}” cannot be run here.`, {
      hint: 'Use the version of Strongroom that made this job.',
    });
  }

  /** @throws USAGE, and what the journal throws */
  jobOf(id: number): Job {
    return existing(id, this.#journal.job(id));
  }

  /** @throws USAGE, and what the journal throws */
  detailsOf(id: number): JobDetails {
    return existing(id, this.#journal.get(id));
  }

  /** Whether this process has it now. @throws what the journal throws */
  claim(id: number): boolean {
    return this.#journal.claim(id, this.#options.owner, null);
  }

  /** Whether another living process has it. @throws what the journal throws */
  isElsewhere(id: number): boolean {
    return this.#isOther(this.#journal.ownerOf(id));
  }

  /**
   * What is left of a run that ended without its process's doing is taken over: the job has to be looked at again when that has
   * settled. null where nothing is left. @throws USAGE, UNSUPPORTED_VERSION, and what the journal throws
   */
  leftovers(id: number): Promise<unknown> | null {
    return this.#recoveries.get(id) ?? (this.#isLeftOver(id) ? this.#recover(id) : null);
  }

  /** See JobQueue.recover. */
  async recoverAll(): Promise<readonly Job[]> {
    const recovered: Job[] = [];
    const failures: unknown[] = [];
    for (const { id } of this.#journal.held()) {
      try {
        const job = this.#journal.job(id);
        if (this.#isClosed || job === null || !this.knows(job.kind) || !this.#isLeftOver(id)) continue;
        const result = await this.#recover(id);
        if (result !== null) recovered.push(result);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return recovered;
  }

  /**
   * For a job that is not run here: carried out at once where nobody has it, otherwise asked of the process that has it.
   * Resolves with the job as it stands; null when it has come to be run here.
   * @throws USAGE, UNSUPPORTED_VERSION, and what the journal throws
   */
  async ask(id: number, wish: JobWish): Promise<Job | null> {
    while (!this.#options.isRunHere(id)) {
      const job = this.jobOf(id);
      const owner = this.#journal.ownerOf(id);
      if (this.#isOther(owner)) {
        if (this.#journal.wishOf(id) !== 'cancel') this.#journal.ask(id, wish);
        if (this.#journal.ownerOf(id) === owner) return job;
        continue;
      }
      const leftovers = this.leftovers(id);
      if (leftovers !== null) {
        await leftovers;
        continue;
      }
      const changed = changeUnheld(this.#journal, id, this.#options.owner, wish);
      if (changed === null) continue;
      if (changed.state !== job.state) this.#options.onChanged(changed);
      return changed;
    }
    return null;
  }

  /** Takes over nothing more, and waits for what is being taken over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#recoveries.values());
  }

  #recover(id: number): Promise<Job | null> {
    const { owner, onChanged } = this.#options;
    const handler = this.handlerOf(this.jobOf(id));
    const recovery = recoverJob(this.#journal, handler, id, owner, this.#journal.ownerOf(id))
      .then((job) => {
        if (job !== null) onChanged(job);
        return job;
      })
      .finally(() => this.#recoveries.delete(id));
    this.#recoveries.set(id, recovery);
    return recovery;
  }

  /** Begun, and no living process has it. */
  #isLeftOver(id: number): boolean {
    if (this.#options.isRunHere(id) || this.#recoveries.has(id)) return false;
    const owner = this.#journal.ownerOf(id);
    if (owner !== null) return !this.#isOther(owner);
    const { state, items } = this.detailsOf(id);
    return state === 'running' || items.some((item) => item.state === 'running');
  }

  #isOther(owner: string | null): boolean {
    return owner !== null && owner !== this.#options.owner && this.#options.mayBeAlive(owner);
  }
}

function existing<T>(id: number, found: T | null): T {
  if (found !== null) return found;
  throw new StrongroomError('USAGE', `There is no job with the number ${id}.`, {
    hint: 'Look it up in the list of jobs.',
    details: { jobId: id },
  });
}
