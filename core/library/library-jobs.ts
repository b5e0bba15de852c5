// The jobs of a library in this process: one queue, made when it is first needed and made anew after the catalogue was. Who
// listens hears of the jobs of all of them.

import type { BackupVerification } from '../../shared/backup.ts';
import type { Job, JobEvent } from '../../shared/jobs.ts';
import { endOwner, mayBeAlive, newOwner } from '../files/index.ts';
import { JobEvents, JobQueue, type StartedJob } from '../jobs/index.ts';
import { batchHandlers } from './batch/index.ts';
import { schemeHandler } from './scheme/index.ts';
import { copyHandler } from './copying/index.ts';
import type { LibraryServices } from './services.ts';
import { verifyHandler } from './verification/index.ts';

/** Of jobs that the program begins by itself: they go after those that a person waits for. */
export const BACKGROUND_PRIORITY = -1;

/** person: somebody waits for it; program: it was begun by itself, and is taken up by itself when it was interrupted. */
export type JobOrigin = 'person' | 'program';

export interface StartOptions {
  /** Cancels the job. */
  readonly signal?: AbortSignal;
  /** Of this job alone. */
  readonly onEvent?: (event: JobEvent) => void;
}

export function priorityOf(origin: JobOrigin): number {
  return origin === 'person' ? 0 : BACKGROUND_PRIORITY;
}

/** Whether the program began it by itself. */
export function isOfProgram({ priority }: Pick<Job, 'priority'>): boolean {
  return priority <= BACKGROUND_PRIORITY;
}

export interface JobHooks {
  /** Hears of each backup that was read to its end, good or not, once that is noted. */
  readonly onVerified: (verification: BackupVerification) => void;
  /** What belongs to the end of a run; who waits for the job waits for it, too. */
  readonly onRunOver: (job: Job) => Promise<void>;
}

export class LibraryJobs {
  readonly #services: LibraryServices;
  readonly #owner = newOwner();
  readonly #events = new JobEvents();
  readonly #hooks: JobHooks;
  #queue: JobQueue | null = null;

  constructor(services: LibraryServices, hooks: JobHooks) {
    this.#services = services;
    this.#hooks = hooks;
  }

  get queue(): JobQueue {
    return (this.#queue ??= this.#openQueue());
  }

  /** Of every job that this process has. Returns what ends it. */
  subscribe(listener: (event: JobEvent) => void): () => void {
    return this.#events.subscribe(listener);
  }

  /** Begins a job, or takes one up again. @throws as JobQueue.start */
  async start(
    id: number,
    { signal, onEvent, retryFailed }: StartOptions & { readonly retryFailed?: boolean },
  ): Promise<StartedJob> {
    const unsubscribe = this.subscribe((event) => {
      if (jobIdOf(event) === id) onEvent?.(event);
    });
    try {
      const { job, ended } = await this.queue.startResume(id, { signal, retryFailed });
      const over = ended.finally(unsubscribe).then(async (result) => {
        await this.#hooks.onRunOver(result);
        return result;
      });
      return { job, ended: over };
    } catch (error) {
      unsubscribe();
      throw error;
    }
  }

  /** Jobs that run become `interrupted`; the next one is run by another queue. */
  async endQueue(): Promise<void> {
    const queue = this.#queue;
    this.#queue = null;
    await queue?.close();
  }

  async close(): Promise<void> {
    await this.endQueue();
    endOwner(this.#owner);
  }

  #openQueue(): JobQueue {
    const services = this.#services;
    const queue = new JobQueue({
      journal: services.catalog.jobs,
      handlers: [
        ...batchHandlers(services),
        verifyHandler(services, { onVerified: this.#hooks.onVerified }),
        schemeHandler(services),
        copyHandler(services, { onVerified: this.#hooks.onVerified }),
      ],
      owner: this.#owner,
      mayBeAlive,
      atATime: services.threads,
    });
    queue.subscribe(this.#events.emit);
    return queue;
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
