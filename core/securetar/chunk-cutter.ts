// Cuts pieces of any size into the chunks of a v3 stream. A chunk that lies whole in a piece is passed
// through as a view; only others are copied together. It must never give out a chunk that is not complete.

/** Cuts one stream, whose chunks are as long as `chunkBytes(index)` says and `count` in number. */
export class ChunkCutter {
  readonly #count: number;
  readonly #chunkBytes: (chunk: number) => number;
  #assembly: Buffer | undefined;
  #assembledBytes = 0;
  #chunk = 0;
  #takenBytes = 0;
  #overrun = false;

  constructor(count: number, chunkBytes: (chunk: number) => number) {
    this.#count = count;
    this.#chunkBytes = chunkBytes;
  }

  /** Bytes taken so far, those of an incomplete chunk included. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Whether a piece went on behind the last chunk. */
  get overrun(): boolean {
    return this.#overrun;
  }

  /** The chunks that `piece` completes; each is valid until the next is asked for. */
  *cut(piece: Uint8Array): Generator<Uint8Array, void, undefined> {
    let offset = 0;
    while (offset < piece.length) {
      if (this.#chunk === this.#count) {
        this.#overrun = true;
        return;
      }
      const neededBytes = this.#chunkBytes(this.#chunk);
      const part = piece.subarray(offset, offset + neededBytes - this.#assembledBytes);
      offset += part.length;
      this.#takenBytes += part.length;
      if (part.length === neededBytes) {
        this.#chunk += 1;
        yield part;
        continue;
      }
      // The first chunk is never shorter than a later one.
      this.#assembly ??= Buffer.allocUnsafeSlow(this.#chunkBytes(0));
      this.#assembly.set(part, this.#assembledBytes);
      this.#assembledBytes += part.length;
      if (this.#assembledBytes === neededBytes) {
        this.#chunk += 1;
        this.#assembledBytes = 0;
        yield this.#assembly.subarray(0, neededBytes);
      }
    }
  }
}
