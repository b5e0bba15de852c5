// Reads exact amounts from a source of pieces of any size, without copying where one piece holds them.

/** A position in a stream of bytes; owns the source and returns it on `close`. */
export class ByteCursor {
  readonly #source: AsyncIterator<Uint8Array>;
  #piece: Buffer = Buffer.alloc(0);
  #ended = false;
  /** Bytes handed out so far. */
  offset = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** `length` bytes if the current piece holds them, else null: the path without a promise. */
  takeNow(length: number): Buffer | null {
    if (this.#piece.length < length) return null;
    const taken = this.#piece.subarray(0, length);
    this.#piece = this.#piece.subarray(length);
    this.offset += length;
    return taken;
  }

  /** `length` bytes, fewer only where the source ends. */
  async take(length: number): Promise<Buffer> {
    const now = this.takeNow(length);
    if (now !== null) return now;
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const part = await this.takeSome(missing);
      if (part === null) break;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Between 1 and `atMost` bytes of the current piece, null at the end of the source. */
  async takeSome(atMost: number): Promise<Buffer | null> {
    while (this.#piece.length === 0) {
      if (this.#ended) return null;
      const next = await this.#source.next();
      if (next.done === true) {
        this.#ended = true;
        return null;
      }
      const { buffer, byteOffset, byteLength } = next.value;
      this.#piece = Buffer.from(buffer, byteOffset, byteLength);
    }
    return this.takeNow(Math.min(atMost, this.#piece.length));
  }

  /** Everything that is left, after `first`, which was taken to be looked at. */
  async *rest(first: Buffer): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    for (let piece; (piece = await this.takeSome(Number.MAX_SAFE_INTEGER)) !== null;) yield piece;
  }

  /** Passes over up to `length` bytes; the number there were. */
  async skip(length: number): Promise<number> {
    let left = length;
    while (left > 0) {
      const part = await this.takeSome(left);
      if (part === null) break;
      left -= part.length;
    }
    return length - left;
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#piece = Buffer.alloc(0);
    await this.#source.return?.();
  }
}
