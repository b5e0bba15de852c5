// The rewritten end of a gzip stream that was cut (securetar-format "The v2 size field is usually short";
// design "Nothing is ever lost" 6): everything inflated is kept byte for byte, then come zeros and a right trailer.
// Must never change what the kept part inflates to; refuses where that cannot be shown by counting.
import { crc32, deflateRawSync } from 'node:zlib';
import { StrongroomError } from '../../shared/errors.ts';
import { BitWriter } from './bit-writer.ts';
import { type DeflateBoundary, DeflateScanner } from './deflate-scanner.ts';
import { measureGzipHeader } from './gzip-header.ts';
import { encodeTrailer } from './gzip-trailer.ts';
import { gatherPieces, PIECE_MAX_BYTES, PIECE_MIN_BYTES } from './pieces.ts';

/** The mended stream is the first `keepBytes` of the old one, one byte of them XORed, followed by `tail`. */
export interface GzipCure {
  readonly keepBytes: number;
  /** Clears the mark "last block" of the block that was cut; null where there is none to clear. */
  readonly flip: { readonly atByte: number; readonly mask: number } | null;
  readonly tail: Buffer;
}

/** What the mended stream must inflate to. */
export interface CureWish {
  /** Length of what the cut stream inflates to, as GzipEnd says. */
  readonly inflatedBytes: number;
  /** CRC-32 of those bytes. */
  readonly crc32: number;
  /** Zeros to add: the closing blocks of the tar that went with the cut. */
  readonly missingZeroBytes: number;
}

/** The most zeros a cure adds. A tar misses 10,240 of them at most. */
const MISSING_LIMIT_BYTES = 1024 * 1024;

/**
 * Finds how the end must be rewritten, by walking all deflate symbols of the cut stream.
 *
 * @throws DAMAGED_PAYLOAD when the stream does not fit the wish, or is no gzip stream
 * @throws LIMIT_EXCEEDED when more than 1 MiB of zeros is wished for
 * @throws TRUNCATED when the stream ends inside its header
 */
export async function planGzipCure(source: AsyncIterable<Uint8Array>, wish: CureWish): Promise<GzipCure> {
  requireSize('inflatedBytes', wish.inflatedBytes);
  requireSize('missingZeroBytes', wish.missingZeroBytes);
  if (wish.missingZeroBytes > MISSING_LIMIT_BYTES) {
    throw new StrongroomError('LIMIT_EXCEEDED', 'More of the archive is missing than its closing zeros.', {
      details: { missingZeroBytes: wish.missingZeroBytes },
    });
  }
  const scanner = new DeflateScanner(wish.inflatedBytes);
  let headerBytes: number | null = null;
  for await (const piece of gatherPieces(source, PIECE_MIN_BYTES, PIECE_MAX_BYTES)) {
    const isFirst = headerBytes === null;
    headerBytes ??= measureGzipHeader(piece);
    scanner.push(isFirst ? piece.subarray(headerBytes) : piece);
    if (scanner.isDone) break;
  }
  headerBytes ??= measureGzipHeader(Buffer.alloc(0));
  const boundary = scanner.finish();
  if (boundary.decodedBytes !== wish.inflatedBytes) {
    throw new StrongroomError(
      'DAMAGED_PAYLOAD',
      'The cut end of the archive cannot be rewritten without loss.',
      {
        details: { inflatedBytes: wish.inflatedBytes, decodedBytes: boundary.decodedBytes },
      },
    );
  }
  return writeEnd(boundary, headerBytes, wish);
}

/**
 * The mended stream. Reads no more of the source than is kept.
 *
 * @throws SOURCE_CHANGED when the source is shorter than what the cure keeps
 */
export async function* applyGzipCure(
  source: AsyncIterable<Uint8Array>,
  cure: GzipCure,
): AsyncGenerator<Buffer, void, undefined> {
  let keptBytes = 0;
  for await (const bytes of source) {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const kept = piece.subarray(0, cure.keepBytes - keptBytes);
    if (kept.length > 0) yield flipBit(kept, keptBytes, cure.flip);
    keptBytes += kept.length;
    if (keptBytes === cure.keepBytes) break;
  }
  if (keptBytes < cure.keepBytes) {
    throw new StrongroomError('SOURCE_CHANGED', 'The archive became shorter while it was being mended.');
  }
  yield cure.tail;
}

function writeEnd(boundary: DeflateBoundary, headerBytes: number, wish: CureWish): GzipCure {
  const zeros = Buffer.alloc(wish.missingZeroBytes);
  const trailer = encodeTrailer(crc32(zeros, wish.crc32), wish.inflatedBytes + zeros.length);
  const endBits = headerBytes * 8 + boundary.bitOffset;
  if (boundary.isWhole && zeros.length === 0) {
    return { keepBytes: Math.ceil(endBits / 8), flip: null, tail: trailer };
  }
  const keepBytes = Math.floor(endBits / 8);
  let partialByte = boundary.partialByte;
  let flip: GzipCure['flip'] = null;
  if (boundary.finalBitOffset !== null) {
    const atByte = headerBytes + Math.floor(boundary.finalBitOffset / 8);
    const mask = 1 << (boundary.finalBitOffset % 8);
    if (atByte < keepBytes) flip = { atByte, mask };
    else partialByte &= ~mask;
  }
  const writer = new BitWriter(partialByte, endBits % 8);
  if (boundary.endOfBlock !== null) writer.writeBits(boundary.endOfBlock.bits, boundary.endOfBlock.length);
  if (boundary.storedBytes.length > 0) writer.writeStoredBlock(boundary.storedBytes);
  else if (!writer.isAligned) writer.writeStoredBlock(Buffer.alloc(0));
  return { keepBytes, flip, tail: Buffer.concat([writer.take(), deflateRawSync(zeros), trailer]) };
}

/** Returns `piece`, which begins at `fromByte`, with the bit flipped: in a copy, the piece belongs to the source. */
function flipBit(piece: Buffer, fromByte: number, flip: GzipCure['flip']): Buffer {
  if (flip === null || flip.atByte < fromByte || flip.atByte >= fromByte + piece.length) return piece;
  const flipped = Buffer.from(piece);
  flipped[flip.atByte - fromByte]! ^= flip.mask;
  return flipped;
}

function requireSize(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new StrongroomError('USAGE', `${name} must be a number of bytes, not ${value}.`);
}
