// One raw deflate stream (RFC 1951) inflated by node:zlib on libuv's threads, as a writer and a queue of output.
// A write settles only when its output fits, so a slow consumer stops the feeder: memory stays bounded.
// Must never drop output that zlib handed over before it failed, and never guess whether the stream has ended.
import { constants, createInflateRaw, type ZlibOptions } from 'node:zlib';

/** Size of zlib's output pieces: large enough to amortise a thread change, small enough to lose little at damage. */
const OUTPUT_PIECE_BYTES = 512 * 1024;
/** Output waiting for the consumer above which zlib is paused. */
const QUEUE_LIMIT_BYTES = 1024 * 1024;

const OPTIONS: ZlibOptions & { readonly readableHighWaterMark: number } = {
  chunkSize: OUTPUT_PIECE_BYTES,
  // With Z_FINISH zlib itself says, once the input is used up, whether the last block was complete.
  finishFlush: constants.Z_FINISH,
  readableHighWaterMark: OUTPUT_PIECE_BYTES,
};

/** `whole`: the last block was complete. `cut`: the input ended before that. */
export type InflaterOutcome = 'whole' | 'cut';

export class Inflater {
  readonly #zlib = createInflateRaw(OPTIONS);
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #offeredBytes = 0;
  #isFinishing = false;
  #isDrained = false;
  #outcome: InflaterOutcome | null = null;
  #failure: { readonly error: unknown } | null = null;
  #wakeConsumer: (() => void) | null = null;
  #wakeFeeder: (() => void) | null = null;

  constructor() {
    this.#zlib.on('data', (piece: Buffer) => {
      this.#enqueue(piece);
      if (this.#queuedBytes >= QUEUE_LIMIT_BYTES) this.#zlib.pause();
    });
    this.#zlib.on('end', () => this.#settle('whole'));
    this.#zlib.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.#isFinishing || error.code !== 'Z_BUF_ERROR') return this.fail(error);
      this.#takeBuffered();
      this.#settle('cut');
    });
    this.#zlib.on('close', () => this.#wakeFeeder?.());
  }

  /** Compressed bytes used so far; exact once the outcome is `whole`. */
  get usedBytes(): number {
    return this.#zlib.bytesWritten;
  }

  /** Null until it is known how the stream ends. */
  get outcome(): InflaterOutcome | null {
    return this.#outcome;
  }

  /** Whether further input is of use. */
  get isOpen(): boolean {
    return this.#outcome === null && this.#failure === null && !this.#zlib.destroyed;
  }

  /** Inflates one piece. Settles when it is used up or nothing more is wanted; never rejects. */
  async write(piece: Buffer): Promise<void> {
    if (!this.isOpen || piece.length === 0) return;
    this.#offeredBytes += piece.length;
    await new Promise<void>((resolve) => {
      this.#wakeFeeder = resolve;
      this.#zlib.write(piece, () => resolve());
    });
    this.#wakeFeeder = null;
    if (this.#failure === null && !this.#zlib.destroyed && this.usedBytes < this.#offeredBytes) {
      this.#outcome = 'whole';
    }
  }

  /** Says that there is no more input. */
  finish(): void {
    if (!this.isOpen) return;
    this.#isFinishing = true;
    this.#zlib.end();
  }

  /** Ends the output with this error, after everything that was inflated before it. */
  fail(error: unknown): void {
    this.#takeBuffered();
    this.#failure ??= { error };
    this.#wakeFeeder?.();
    this.#wake();
  }

  /** The inflated bytes in order; ends when the outcome is known, or throws what {@link fail} was given. */
  async *output(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const piece = this.#queue.shift();
      if (piece !== undefined) {
        this.#queuedBytes -= piece.length;
        if (this.#queuedBytes < QUEUE_LIMIT_BYTES && this.#zlib.isPaused()) this.#zlib.resume();
        yield piece;
      } else if (this.#failure !== null) {
        throw this.#failure.error;
      } else if (this.#isDrained) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wakeConsumer = resolve));
      }
    }
  }

  /** Frees zlib's memory and lets a waiting write go. */
  close(): void {
    this.#zlib.destroy();
    this.#wakeFeeder?.();
  }

  #settle(outcome: InflaterOutcome): void {
    this.#outcome = outcome;
    this.#isDrained = true;
    this.#wakeFeeder?.();
    this.#wake();
  }

  /** Takes what a pause left in the stream's own buffer: a destroyed stream would drop it. */
  #takeBuffered(): void {
    this.#zlib.removeAllListeners('data');
    for (let piece: Buffer | null; (piece = this.#zlib.read() as Buffer | null) !== null;)
      this.#enqueue(piece);
  }

  #enqueue(piece: Buffer): void {
    this.#queue.push(piece);
    this.#queuedBytes += piece.length;
    this.#wake();
  }

  #wake(): void {
    const wake = this.#wakeConsumer;
    this.#wakeConsumer = null;
    wake?.();
  }
}
