// The jobs that this process has in hand, as their events tell of them. Counts; decides nothing.

import type { Job, JobEvent } from '../../../shared/jobs.ts';
import type { WorkInHand } from '../background-work.ts';

interface Entry {
  readonly job: Job;
  readonly doneBytes: number;
}

export class WorkBook {
  readonly #entries = new Map<number, Entry>();
  #whenIdle: PromiseWithResolvers<null> | null = null;

  /** Returns the job where this event is its end, be it only a pause. */
  note(event: JobEvent): Job | null {
    if (event.kind === 'job') return this.#noteJob(event.job);
    if (event.kind === 'progress') {
      const { jobId, doneBytes } = event.progress;
      const entry = this.#entries.get(jobId);
      if (entry !== undefined) this.#entries.set(jobId, { ...entry, doneBytes });
    }
    return null;
  }

  /** Those that run or wait for a place. */
  get jobs(): readonly Job[] {
    return [...this.#entries.values()].map(({ job }) => job);
  }

  describe(): WorkInHand {
    let doneBytes = 0;
    let totalBytes = 0;
    for (const entry of this.#entries.values()) {
      doneBytes += entry.doneBytes;
      totalBytes += entry.job.totalBytes;
    }
    const progress = totalBytes === 0 ? null : Math.min(1, doneBytes / totalBytes);
    return { jobCount: this.#entries.size, progress };
  }

  /** Resolves when nothing is in hand. */
  async idle(): Promise<void> {
    if (this.#entries.size === 0) return;
    this.#whenIdle ??= Promise.withResolvers();
    await this.#whenIdle.promise;
  }

  #noteJob(job: Job): Job | null {
    if (job.state === 'waiting' || job.state === 'running') {
      const doneBytes = Math.max(job.doneBytes, this.#entries.get(job.id)?.doneBytes ?? 0);
      this.#entries.set(job.id, { job, doneBytes });
      return null;
    }
    const wasInHand = this.#entries.delete(job.id);
    if (this.#entries.size === 0) {
      this.#whenIdle?.resolve(null);
      this.#whenIdle = null;
    }
    return wasInHand ? job : null;
  }
}
