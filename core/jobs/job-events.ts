// Tells what happens to jobs to all who listen, each event to everybody before the next. A listener that throws disturbs
// neither the queue nor the other listeners.

import type { JobEvent } from '../../shared/jobs.ts';

export type JobListener = (event: JobEvent) => void;

export class JobEvents {
  readonly #listeners = new Set<{ readonly listen: JobListener }>();
  readonly #onListenerError: (error: unknown) => void;
  readonly #waiting: JobEvent[] = [];
  #telling = false;

  constructor(onListenerError: (error: unknown) => void = throwToHost) {
    this.#onListenerError = onListenerError;
  }

  /** Returns what ends it. The same function may listen twice. */
  subscribe(listen: JobListener): () => void {
    const entry = { listen };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** What a listener sets off is told after the event it heard. Never throws. */
  readonly emit = (event: JobEvent): void => {
    this.#waiting.push(event);
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#tell(next);
    this.#telling = false;
  };

  #tell(event: JobEvent): void {
    for (const entry of [...this.#listeners]) {
      if (!this.#listeners.has(entry)) continue;
      try {
        entry.listen(event);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #report(error: unknown): void {
    try {
      this.#onListenerError(error);
    } catch (another) {
      throwToHost(another);
    }
  }
}

function throwToHost(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
