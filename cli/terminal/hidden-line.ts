// Reads one line that does not appear on the screen, as bytes in a Buffer that can be wiped. The terminal is
// in raw mode meanwhile, so the editing keys and Ctrl-C are ours to honour.

import { StrongroomError } from '../../shared/errors.ts';
import type { TerminalInput } from '../host.ts';

const LIMIT_BYTES = 1024;

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const CTRL_U = 0x15;
const ESCAPE = 0x1b;
const DELETE = 0x7f;

/**
 * The line without its end. The caller wipes the Buffer.
 * @throws CANCELLED on Ctrl-C, Ctrl-D, the end of input and an aborted signal
 */
export async function readHiddenLine(input: TerminalInput, signal: AbortSignal): Promise<Buffer> {
  signal.throwIfAborted();
  const line = new HiddenLine();
  return await new Promise<Buffer>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      input.off('data', onData);
      input.off('end', onEnd);
      signal.removeEventListener('abort', onEnd);
      input.setRawMode?.(false);
      input.pause();
      line.wipe();
      settle();
    };
    const onEnd = (): void =>
      finish(() => reject(new StrongroomError('CANCELLED', 'Stopped at your request.')));
    const onData = (chunk: Buffer | string): void => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      const { state, rest } = line.take(bytes);
      if (state === 'typing') return;
      const typed = line.copy();
      finish(() => (state === 'done' ? resolve(typed) : onEnd()));
      // What was pasted behind the line belongs to the next question.
      if (rest.length > 0) input.unshift(rest);
    };
    signal.addEventListener('abort', onEnd, { once: true });
    input.on('end', onEnd);
    input.on('data', onData);
    input.setRawMode?.(true);
    input.resume();
  });
}

class HiddenLine {
  readonly #bytes = Buffer.alloc(LIMIT_BYTES);
  #length = 0;

  /** Takes in what was typed and wipes it there. */
  take(chunk: Buffer): { readonly state: 'typing' | 'done' | 'cancelled'; readonly rest: Buffer } {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] as number;
      chunk[index] = 0;
      if (byte === CTRL_C || (byte === CTRL_D && this.#length === 0))
        return { state: 'cancelled', rest: chunk.subarray(0, 0) };
      if (byte === NEWLINE || byte === RETURN) return { state: 'done', rest: chunk.subarray(index + 1) };
      if (byte === ESCAPE) index = skipEscapeSequence(chunk, index);
      else if (byte === BACKSPACE || byte === DELETE) this.#dropCharacter();
      else if (byte === CTRL_U) this.wipe();
      else if (byte >= 0x20 && this.#length < LIMIT_BYTES) this.#bytes[this.#length++] = byte;
    }
    return { state: 'typing', rest: chunk.subarray(0, 0) };
  }

  copy(): Buffer {
    const typed = Buffer.alloc(this.#length);
    this.#bytes.copy(typed, 0, 0, this.#length);
    return typed;
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  /** The last character, which in UTF-8 may be several bytes. */
  #dropCharacter(): void {
    while (this.#length > 0) {
      const byte = this.#bytes[--this.#length] as number;
      this.#bytes[this.#length] = 0;
      if ((byte & 0xc0) !== 0x80) return;
    }
  }
}

/** Index of the last byte of an arrow key, or of the marks that terminals put around pasted text. */
function skipEscapeSequence(chunk: Buffer, at: number): number {
  const introducer = chunk[at + 1];
  if (introducer !== 0x5b && introducer !== 0x4f) return at;
  let index = at + 2;
  while (index < chunk.length && !isFinalByte(chunk[index] as number)) index++;
  return index;
}

function isFinalByte(byte: number): boolean {
  return byte >= 0x40 && byte <= 0x7e;
}
