// Writes the bits of a short deflate end, RFC 1951 section 3.1.1: the first bit lowest in its byte.

export class BitWriter {
  readonly #parts: Buffer[] = [];
  #pending: number;
  #pendingBits: number;

  /** Goes on from a byte of which the lowest `usedBits` (0 to 7) are written already. */
  constructor(partialByte: number, usedBits: number) {
    this.#pending = partialByte;
    this.#pendingBits = usedBits;
  }

  /** Whether the next bit begins a byte. */
  get isAligned(): boolean {
    return this.#pendingBits === 0;
  }

  /** Writes the lowest `length` (at most 16) of `bits`, the lowest first. */
  writeBits(bits: number, length: number): void {
    this.#pending |= bits << this.#pendingBits;
    this.#pendingBits += length;
    while (this.#pendingBits >= 8) {
      this.#parts.push(Buffer.of(this.#pending & 0xff));
      this.#pending >>>= 8;
      this.#pendingBits -= 8;
    }
  }

  /** Writes a stored block (section 3.2.4) that is not the last; `bytes` are 65,535 at most. Ends aligned. */
  writeStoredBlock(bytes: Buffer): void {
    this.writeBits(0, 3);
    if (!this.isAligned) this.writeBits(0, 8 - this.#pendingBits);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(bytes.length, 0);
    lengths.writeUInt16LE(bytes.length ^ 0xffff, 2);
    this.#parts.push(lengths, bytes);
  }

  /** Everything written. The writer must be aligned. */
  take(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
