// The two Huffman codes of a deflate block: fixed (RFC 1951 section 3.2.6) or read from its header (3.2.7).
// Reads zeros beyond the end of the data: the caller compares the position with the end before it believes anything.
import { buildHuffman, decodeSymbol, encodeSymbol, type HuffmanCode, type SymbolBits } from './huffman.ts';

/** No dynamic block header is longer than this, in bytes. */
export const BLOCK_HEADER_LIMIT_BYTES = 600;
export const END_OF_BLOCK = 256;

export interface BlockCode {
  readonly literals: HuffmanCode;
  readonly distances: HuffmanCode;
  /** The bits that end a block in this code. */
  readonly endOfBlock: SymbolBits;
}

/** The position after the code and the code itself, null when it is none. */
export interface ReadBlockCode {
  readonly position: number;
  readonly code: BlockCode | null;
}

const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const MAX_CODE_BITS = 15;

/** At least 25 bits from bit `position` on, the first one lowest. `bytes` must reach four bytes further. */
export function peekBits(bytes: Uint8Array, position: number): number {
  const at = position >>> 3;
  const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  return word >>> (position & 7);
}

/** The code of blocks of type 1. */
export const FIXED_CODE: BlockCode = makeFixedCode();

/** Reads the code of a block of type 2, whose three header bits end at bit `position`. */
export function readDynamicCode(bytes: Uint8Array, position: number): ReadBlockCode {
  const head = peekBits(bytes, position);
  const literalCount = (head & 31) + 257;
  const distanceCount = ((head >>> 5) & 31) + 1;
  const lengthCount = ((head >>> 10) & 15) + 4;
  position += 14;

  const lengthLengths = new Uint8Array(ORDER.length);
  for (const symbol of ORDER.slice(0, lengthCount)) {
    lengthLengths[symbol] = peekBits(bytes, position) & 7;
    position += 3;
  }
  const lengthCode = buildHuffman(lengthLengths);
  if (lengthCode === null) return { position, code: null };

  const lengths = new Uint8Array(literalCount + distanceCount);
  let filled = 0;
  while (filled < lengths.length) {
    const bits = peekBits(bytes, position);
    const found = decodeSymbol(lengthCode, bits);
    if (found < 0) return { position: position + MAX_CODE_BITS, code: null };
    const symbol = found >>> 4;
    const rest = bits >>> (found & 15);
    position += found & 15;
    if (symbol < 16) {
      lengths[filled++] = symbol;
      continue;
    }
    const [extraBits, fewest] = symbol === 16 ? [2, 3] : symbol === 17 ? [3, 3] : [7, 11];
    const value = symbol === 16 ? lengths[filled - 1] : 0;
    const end = filled + fewest + (rest & ((1 << extraBits) - 1));
    position += extraBits;
    if (value === undefined || end > lengths.length) return { position, code: null };
    lengths.fill(value, filled, end);
    filled = end;
  }
  return { position, code: makeCode(lengths.subarray(0, literalCount), lengths.subarray(literalCount)) };
}

function makeCode(literalLengths: Uint8Array, distanceLengths: Uint8Array): BlockCode | null {
  const literals = buildHuffman(literalLengths);
  const distances = buildHuffman(distanceLengths);
  if (literals === null || distances === null || literalLengths[END_OF_BLOCK] === 0) return null;
  return { literals, distances, endOfBlock: encodeSymbol(literalLengths, END_OF_BLOCK) };
}

function makeFixedCode(): BlockCode {
  const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
  return makeCode(lengths, new Uint8Array(30).fill(5)) as BlockCode;
}
