// Canonical Huffman codes of deflate, RFC 1951 section 3.2.2: a table to decode them and the bits of one symbol.
// A code is stored with its first bit lowest, as it lies in the stream. Must never accept an oversubscribed code.

/** Codes up to this length are found in one look. */
const FAST_BITS = 10;
const MAX_BITS = 15;

export interface HuffmanCode {
  /** By the next ten bits: `symbol << 4 | length`, or 0 when the code is longer or unused. */
  readonly fast: Uint16Array;
  /** How many codes there are of each length. */
  readonly counts: Uint16Array;
  /** The symbols in the order of their codes. */
  readonly symbols: Uint16Array;
}

/** The bits of one symbol: the lowest of `bits` comes first in the stream. */
export interface SymbolBits {
  readonly bits: number;
  readonly length: number;
}

/** Builds the code with these lengths (0 = unused), or null when they are no code: more codes than there is room for. */
export function buildHuffman(lengths: Uint8Array): HuffmanCode | null {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) counts[length]! += 1;
  counts[0] = 0;
  const nextCode = new Uint16Array(MAX_BITS + 2);
  const nextSlot = new Uint16Array(MAX_BITS + 2);
  for (let length = 1; length <= MAX_BITS; length += 1) {
    const end = nextCode[length]! + counts[length]!;
    if (end > 1 << length) return null;
    nextCode[length + 1] = end << 1;
    nextSlot[length + 1] = nextSlot[length]! + counts[length]!;
  }
  const fast = new Uint16Array(1 << FAST_BITS);
  const symbols = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol += 1) {
    const length = lengths[symbol]!;
    if (length === 0) continue;
    symbols[nextSlot[length]!++] = symbol;
    const code = nextCode[length]!++;
    if (length > FAST_BITS) continue;
    const step = 1 << length;
    for (let at = reverseBits(code, length); at < fast.length; at += step) fast[at] = (symbol << 4) | length;
  }
  return { fast, counts, symbols };
}

/** Decodes the symbol at the start of `bits` (at least 15 of them): `symbol << 4 | length`, or -1 for an unused code. */
export function decodeSymbol(code: HuffmanCode, bits: number): number {
  const found = code.fast[bits & ((1 << FAST_BITS) - 1)]!;
  return found === 0 ? decodeLong(code, bits) : found;
}

/** The bits that stand for `symbol` in the code with these lengths. The symbol must be used. */
export function encodeSymbol(lengths: Uint8Array, symbol: number): SymbolBits {
  const length = lengths[symbol]!;
  let code = 0;
  for (let other = 0; other < lengths.length; other += 1) {
    const otherLength = lengths[other]!;
    if (otherLength === 0 || otherLength > length) continue;
    if (otherLength < length) code += 1 << (length - otherLength);
    else if (other < symbol) code += 1;
  }
  return { bits: reverseBits(code, length), length };
}

function decodeLong(code: HuffmanCode, bits: number): number {
  let value = 0;
  let first = 0;
  let slot = 0;
  for (let length = 1; length <= MAX_BITS; length += 1) {
    value = (value << 1) | ((bits >>> (length - 1)) & 1);
    const count = code.counts[length]!;
    if (value - first < count) return (code.symbols[slot + value - first]! << 4) | length;
    slot += count;
    first = (first + count) << 1;
  }
  return -1;
}

function reverseBits(code: number, length: number): number {
  let reversed = 0;
  for (let at = 0; at < length; at += 1) reversed |= ((code >>> at) & 1) << (length - 1 - at);
  return reversed;
}
