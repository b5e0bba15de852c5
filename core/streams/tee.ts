// One source, two readers at their own place in the code: every piece goes to the branch before it goes on.
// Holds one piece; a slow branch slows the source, a failed branch fails it.

/** What a branch's reader gets when the main reader stopped early: a consequence, never the reason. */
export const MAIN_READER_LEFT = new Error('the main reader of the stream left before its end');

/** Where a `tee` sends every piece. */
export interface PieceSink {
  /** Settles when the next piece is welcome. */
  push(piece: Buffer): Promise<void>;
  finish(): void;
  fail(error: unknown): void;
}

/** The branch of a `tee`: to be read to its end by one consumer. */
export class Branch implements AsyncIterable<Buffer>, PieceSink {
  #piece: Buffer | null = null;
  #done = false;
  #failure: { readonly error: unknown } | null = null;
  #stopped: { readonly error: unknown } | null = null;
  #abandoned = false;
  #wakeReader: (() => void) | null = null;
  #wakeWriter: (() => void) | null = null;

  async push(piece: Buffer): Promise<void> {
    while (this.#piece !== null && !this.#abandoned && this.#stopped === null) await this.#writerTurn();
    if (this.#stopped !== null) throw this.#stopped.error;
    if (this.#abandoned) return;
    this.#piece = piece;
    this.#wake('reader');
  }

  finish(): void {
    this.#done = true;
    this.#wake('reader');
  }

  /** The source failed: the reader gets the error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake('reader');
  }

  /**
   * The reader failed for a reason of its own: the source gets the error with its next piece. What the source itself
   * had told the reader is no such reason.
   */
  stop(error: unknown): void {
    if (this.#failure !== null && this.#failure.error === error) return;
    this.#stopped ??= { error };
    this.#wake('writer');
  }

  /** Why the reader stopped by itself. */
  get failure(): unknown {
    return this.#stopped?.error;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const piece = this.#piece;
        if (piece !== null) {
          this.#piece = null;
          this.#wake('writer');
          yield piece;
        } else if (this.#failure !== null) {
          throw this.#failure.error;
        } else if (this.#done) {
          return;
        } else {
          await this.#readerTurn();
        }
      }
    } finally {
      this.#abandoned = true;
      this.#wake('writer');
    }
  }

  #readerTurn(): Promise<void> {
    return new Promise((resolve) => (this.#wakeReader = resolve));
  }

  #writerTurn(): Promise<void> {
    return new Promise((resolve) => (this.#wakeWriter = resolve));
  }

  #wake(who: 'reader' | 'writer'): void {
    if (who === 'reader') {
      this.#wakeReader?.();
      this.#wakeReader = null;
    } else {
      this.#wakeWriter?.();
      this.#wakeWriter = null;
    }
  }
}

/** Yields `source` unchanged and gives every piece to `branch` first. A consumer that stops early ends the branch with an error. */
export async function* tee(source: AsyncIterable<Buffer>, branch: PieceSink): AsyncGenerator<Buffer> {
  let complete = false;
  try {
    for await (const piece of source) {
      await branch.push(piece);
      yield piece;
    }
    complete = true;
    branch.finish();
  } catch (error) {
    branch.fail(error);
    throw error;
  } finally {
    if (!complete) branch.fail(MAIN_READER_LEFT);
  }
}
