// A stream of bytes from one thread to another: pieces lie in shared memory of a fixed size, messages only say which
// of it is full or free. Must never let a side wait for one that has ended, failed, was cancelled or died.

import { MessageChannel, type MessagePort } from 'node:worker_threads';

import { StrongroomError } from '../../shared/errors.ts';
import type { PieceSink } from './tee.ts';

const SLOT_BYTES = 1024 * 1024;
const SLOTS = 6;

/** One end of a ring, to be sent to the thread that uses it, with its port in the list of what is transferred. */
export interface RingEnd {
  readonly port: MessagePort;
  readonly memory: SharedArrayBuffer;
}

export interface PieceRing {
  readonly sender: RingEnd;
  readonly receiver: RingEnd;
  /** To be called once both sides have ended: overwrites what went through, and the next ring gets the memory. */
  release(): void;
}

/** Of rings that have ended. Each thread would only free its share of the memory when it next collects everything. */
const spareMemory: SharedArrayBuffer[] = [];

export function newPieceRing(): PieceRing {
  const { port1, port2 } = new MessageChannel();
  const memory = spareMemory.pop() ?? new SharedArrayBuffer(SLOTS * SLOT_BYTES);
  let isReleased = false;
  return {
    sender: { port: port1, memory },
    receiver: { port: port2, memory },
    release: () => {
      if (isReleased) return;
      isReleased = true;
      new Uint8Array(memory).fill(0);
      spareMemory.push(memory);
    },
  };
}

/** The other side ended first: a consequence, the reason is what that side says. */
export function isOtherSideLeft(error: unknown): boolean {
  return (error as Partial<StrongroomError> | null)?.details?.['otherSideLeft'] === true;
}

function otherSideLeft(): StrongroomError {
  return new StrongroomError('INTERNAL', 'The other thread of a pipeline ended before its work did.', {
    details: { otherSideLeft: true },
  });
}

type ToReceiver =
  | { readonly kind: 'piece'; readonly slot: number; readonly bytes: number }
  | { readonly kind: 'end' | 'failed' };
/** `left`: wants no more and is content; `stopped`: failed. */
type ToSender = { readonly kind: 'free'; readonly slot: number } | { readonly kind: 'left' | 'stopped' };

/** What both sides do: sleep until a message, a cancel or the end of the other side. */
class Waiting {
  #wake: (() => void) | null = null;
  readonly #signal: AbortSignal | undefined;
  readonly #port: MessagePort;
  readonly #onAbort = (): void => this.wake();

  constructor(port: MessagePort, signal: AbortSignal | undefined) {
    this.#port = port;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort);
  }

  readonly wake = (): void => {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  };

  /** @throws CANCELLED */
  async turn(): Promise<void> {
    this.#throwIfCancelled();
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#throwIfCancelled();
  }

  #throwIfCancelled(): void {
    if (this.#signal?.aborted === true) throw new StrongroomError('CANCELLED', 'Stopped at your request.');
  }

  /** Messages sent before arrive before the other side sees the port closed. */
  close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#port.close();
  }
}

export class PieceSender implements PieceSink {
  readonly #end: RingEnd;
  readonly #waiting: Waiting;
  readonly #free = Array.from({ length: SLOTS }, (_, slot) => slot);
  #hasLeft = false;
  #hasStopped = false;
  #isOver = false;

  constructor(end: RingEnd, signal?: AbortSignal) {
    this.#end = end;
    this.#waiting = new Waiting(end.port, signal);
    end.port.on('message', (message: ToSender) => {
      if (message.kind === 'free') this.#free.push(message.slot);
      else if (message.kind === 'left') this.#hasLeft = true;
      else this.#hasStopped = true;
      this.#waiting.wake();
    });
    end.port.on('close', () => {
      this.#hasStopped ||= !this.#hasLeft;
      this.#waiting.wake();
    });
  }

  /** @throws CANCELLED; INTERNAL (see `isOtherSideLeft`) when the other side failed or died */
  async push(piece: Buffer): Promise<void> {
    for (let offset = 0; offset < piece.length;) {
      const slot = await this.#takeSlot();
      if (slot === null) return;
      const part = piece.subarray(offset, offset + SLOT_BYTES);
      new Uint8Array(this.#end.memory, slot * SLOT_BYTES, part.length).set(part);
      this.#tell({ kind: 'piece', slot, bytes: part.length });
      offset += part.length;
    }
  }

  finish(): void {
    this.#endWith('end');
  }

  /** The reason stays here: the receiver learns only that there is no more. */
  fail(): void {
    this.#endWith('failed');
  }

  /** null where nobody wants it. */
  async #takeSlot(): Promise<number | null> {
    for (;;) {
      if (this.#hasStopped) throw otherSideLeft();
      if (this.#hasLeft) return null;
      const slot = this.#free.shift();
      if (slot !== undefined) return slot;
      await this.#waiting.turn();
    }
  }

  #endWith(kind: 'end' | 'failed'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tell({ kind });
    this.#waiting.close();
  }

  #tell(message: ToReceiver): void {
    this.#end.port.postMessage(message);
  }
}

/** A piece is valid until the next is asked for. To be read by one consumer, and closed by whoever made it. */
export class PieceReceiver implements AsyncIterable<Buffer> {
  readonly #end: RingEnd;
  readonly #waiting: Waiting;
  readonly #arrived: ToReceiver[] = [];
  #isClosed = false;

  constructor(end: RingEnd, signal?: AbortSignal) {
    this.#end = end;
    this.#waiting = new Waiting(end.port, signal);
    end.port.on('message', (message: ToReceiver) => {
      this.#arrived.push(message);
      this.#waiting.wake();
    });
    end.port.on('close', () => {
      this.#arrived.push({ kind: 'failed' }); // comes after an end that was sent
      this.#waiting.wake();
    });
  }

  /** @throws CANCELLED; INTERNAL (see `isOtherSideLeft`) when the sender failed or died */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const message = this.#arrived.shift();
        if (message === undefined) {
          await this.#waiting.turn();
        } else if (message.kind === 'piece') {
          const { slot, bytes } = message;
          yield Buffer.from(this.#end.memory, slot * SLOT_BYTES, bytes);
          this.#tell({ kind: 'free', slot });
        } else if (message.kind === 'end') {
          return;
        } else {
          throw otherSideLeft();
        }
      }
    } finally {
      this.#tell({ kind: 'left' });
    }
  }

  /** Content with what it got, or not: then the sender's next piece fails. */
  close(how: 'content' | 'failed'): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (how === 'failed') this.#tell({ kind: 'stopped' });
    this.#waiting.close();
  }

  #tell(message: ToSender): void {
    this.#end.port.postMessage(message);
  }
}
