// The trailer of a gzip member, RFC 1952 section 2.3.1: CRC-32 and length of the inflated bytes, little-endian.
// Must never accept a byte that disagrees with what was inflated, even in a trailer that was cut.
import { StrongroomError } from '../../shared/errors.ts';

export const TRAILER_BYTES = 8;

/** What a trailer states about the inflated bytes. */
export interface GzipTrailer {
  readonly crc32: number;
  /** Length in bytes, modulo 2^32 as the format stores it. */
  readonly lengthBytes: number;
}

/** Writes the eight bytes that close a gzip member of `inflatedBytes` bytes with this CRC-32. */
export function encodeTrailer(crc32: number, inflatedBytes: number): Buffer {
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(crc32 >>> 0, 0);
  trailer.writeUInt32LE(inflatedBytes % 2 ** 32, 4);
  return trailer;
}

/**
 * Compares a stated trailer with what was inflated.
 *
 * @throws DAMAGED_PAYLOAD naming what disagrees
 */
export function requireTrailer(stated: GzipTrailer, crc32: number, inflatedBytes: number): void {
  const isCrcWrong = stated.crc32 >>> 0 !== crc32 >>> 0;
  const isLengthWrong = stated.lengthBytes % 2 ** 32 !== inflatedBytes % 2 ** 32;
  if (!isCrcWrong && !isLengthWrong) return;
  throw new StrongroomError(
    'DAMAGED_PAYLOAD',
    `The archive unpacks to other content than was packed: its ${describe(isCrcWrong, isLengthWrong)} at the end of the gzip data.`,
    { details: { inflatedBytes, isCrcWrong, isLengthWrong } },
  );
}

/**
 * Judges everything that follows the deflate data of a member that ends with the standard trailer.
 * `after` holds all those bytes, or more than eight of them. Returns whether the trailer is whole.
 *
 * @throws DAMAGED_PAYLOAD when a byte disagrees or follows the trailer
 */
export function checkStandardTrailer(after: Buffer, crc32: number, inflatedBytes: number): boolean {
  if (after.length < TRAILER_BYTES) {
    const wanted = encodeTrailer(crc32, inflatedBytes);
    const stated = Buffer.concat([after, wanted.subarray(after.length)]);
    requireTrailer(decodeTrailer(stated), crc32, inflatedBytes);
    return false;
  }
  requireTrailer(decodeTrailer(after), crc32, inflatedBytes);
  if (after.length > TRAILER_BYTES) {
    const isMember = after[TRAILER_BYTES] === 0x1f && (after[TRAILER_BYTES + 1] ?? 0x8b) === 0x8b;
    const what = isMember ? 'a second gzip member' : 'unknown bytes';
    throw new StrongroomError('DAMAGED_PAYLOAD', `The archive has ${what} after the end of its gzip data.`, {
      details: { inflatedBytes },
    });
  }
  return true;
}

function decodeTrailer(bytes: Buffer): GzipTrailer {
  return { crc32: bytes.readUInt32LE(0), lengthBytes: bytes.readUInt32LE(4) };
}

function describe(isCrcWrong: boolean, isLengthWrong: boolean): string {
  if (isCrcWrong && isLengthWrong) return 'checksum and its length disagree with those stored';
  return isCrcWrong ? 'checksum disagrees with the one stored' : 'length disagrees with the one stored';
}
