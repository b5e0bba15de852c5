// Work of one kind that any window may ask for and any window may end: one after the other, and all are told how far it is.

export class WorkLane<Progress> {
  readonly #tell: (progress: Progress | null) => void;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;
  #abort = new AbortController();

  /** @param tell gets null when nothing runs or waits any more */
  constructor(tell: (progress: Progress | null) => void) {
    this.#tell = tell;
  }

  /** After what was asked for before. A cancel reaches it also while it waits. @throws what the work throws */
  run<T>(work: (signal: AbortSignal, tell: (progress: Progress) => void) => Promise<T>): Promise<T> {
    const { signal } = this.#abort;
    this.#count++;
    const result = this.#last.then(async () => {
      try {
        return await work(signal, this.#tell);
      } finally {
        if (--this.#count === 0) this.#tell(null);
      }
    });
    this.#last = result.catch(() => undefined); // whoever asked for it is told
    return result;
  }

  /** What runs and what waits. */
  cancel(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  /** Cancels, and waits for the end. */
  async close(): Promise<void> {
    this.cancel();
    await this.#last;
  }
}
