// The end of a gzip stream as the v1 writer left it: "The v1 tail" of the format page. Deflate data, 0 to 15
// padding bytes, CRC-32 and twelve 0c, length and twelve 0c. Pure; it must never guess where the inflater can
// know.

import { requireSize } from './arguments.ts';
import { damagedPayload } from './refusals.ts';
import { BLOCK_BYTES } from './sizes.ts';

/** CRC and length, each four bytes padded to a block. */
const TRAILER_BYTES = 2 * BLOCK_BYTES;
const FIELD_PADDING = Buffer.alloc(12, 0x0c);

export interface V1GzipTail {
  /** As in gzip: of the inflated bytes. */
  readonly crc32: number;
  /** As in gzip: the inflated size modulo 2^32. */
  readonly lengthBytes: number;
}

/**
 * The most probable end of the deflate data, from the last 48 decrypted bytes alone. A guess, because deflate
 * data may end in bytes that look like padding: what the inflater says is the truth.
 * @param lastBytes the last 48 decrypted bytes, or the whole body where it is shorter
 * @returns an offset in the body, or null where its end is not the one of a v1 gzip
 */
export function guessV1GzipEnd(lastBytes: Buffer, bodySizeBytes: number): number | null {
  requireSize('bodySizeBytes', bodySizeBytes);
  if (bodySizeBytes % BLOCK_BYTES !== 0 || lastBytes.length < BLOCK_BYTES + TRAILER_BYTES) return null;
  if (!hasTrailerForm(lastBytes.subarray(-TRAILER_BYTES))) return null;
  const lastBlock = lastBytes.subarray(-TRAILER_BYTES - BLOCK_BYTES, -TRAILER_BYTES);
  const count = lastBlock[BLOCK_BYTES - 1]!;
  const isPadding =
    count >= 1 && count < BLOCK_BYTES && lastBlock.subarray(-count).every((byte) => byte === count);
  return bodySizeBytes - TRAILER_BYTES - (isPadding ? count : 0);
}

/**
 * Reads CRC and length from behind the deflate data.
 * @param tail every decrypted byte from the end of the deflate data on
 * @param deflateEndOffset where that end lies in the body
 * @throws DAMAGED_PAYLOAD the tail has another form; details { offsetBytes } in the body
 */
export function readV1GzipTail(tail: Buffer, deflateEndOffset: number): V1GzipTail {
  requireSize('deflateEndOffset', deflateEndOffset);
  const paddingBytes = (BLOCK_BYTES - (deflateEndOffset % BLOCK_BYTES)) % BLOCK_BYTES;
  const trailer = tail.subarray(paddingBytes);
  const padded = tail.subarray(0, paddingBytes).every((byte) => byte === paddingBytes);
  if (trailer.length !== TRAILER_BYTES || !padded || !hasTrailerForm(trailer)) {
    throw damagedPayload('The end of the compressed archive is not what was written.', {
      offsetBytes: deflateEndOffset,
    });
  }
  return { crc32: trailer.readUInt32LE(0), lengthBytes: trailer.readUInt32LE(BLOCK_BYTES) };
}

function hasTrailerForm(trailer: Buffer): boolean {
  return (
    trailer.subarray(4, BLOCK_BYTES).equals(FIELD_PADDING) &&
    trailer.subarray(BLOCK_BYTES + 4, TRAILER_BYTES).equals(FIELD_PADDING)
  );
}
