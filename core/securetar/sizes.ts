// Size arithmetic of SecureTar streams, all in bytes: "AES-128-CBC", "The v2 size field is usually short" and
// "v3" of the format page. Pure; it must never look at content.

import { requireSize } from './arguments.ts';
import { V2_HEADER_BYTES, V3_HEADER_BYTES, type V3Header } from './header.ts';
import { damagedHeader, misuse, truncated } from './refusals.ts';

/** Plaintext bytes in every v3 chunk but the last. */
export const CHUNK_BYTES = 1_048_576;
/** What sealing adds to a chunk: the encrypted tag byte and the 16-byte authenticator. */
export const CHUNK_OVERHEAD_BYTES = 17;
/** An AES block, the unit of v1 and v2. */
export const BLOCK_BYTES = 16;

/** How many chunks hold so much plaintext; at least one. */
export function v3ChunkCount(plaintextBytes: number): number {
  requireSize('plaintextBytes', plaintextBytes);
  return Math.max(1, Math.ceil(plaintextBytes / CHUNK_BYTES));
}

/** v3 ciphertext without its header. Exact as long as the result is below 2^53. */
export function v3CiphertextBytes(plaintextBytes: number): number {
  return plaintextBytes + CHUNK_OVERHEAD_BYTES * v3ChunkCount(plaintextBytes);
}

/** The plaintext size behind a v3 ciphertext (header taken off), or null where none gives that size. */
export function v3PlaintextBytes(ciphertextBytes: number): number | null {
  requireSize('ciphertextBytes', ciphertextBytes);
  const chunks = Math.max(1, Math.ceil(ciphertextBytes / (CHUNK_BYTES + CHUNK_OVERHEAD_BYTES)));
  const plaintextBytes = ciphertextBytes - chunks * CHUNK_OVERHEAD_BYTES;
  return plaintextBytes >= 0 && v3CiphertextBytes(plaintextBytes) === ciphertextBytes ? plaintextBytes : null;
}

/** A whole v3 stream, header included. */
export function v3StreamBytes(plaintextBytes: number): number {
  return V3_HEADER_BYTES + v3CiphertextBytes(plaintextBytes);
}

/** v2 (and v1-pax) ciphertext without its header: padding is always added, 1 to 16 bytes. */
export function v2CiphertextBytes(plaintextBytes: number): number {
  requireSize('plaintextBytes', plaintextBytes);
  return plaintextBytes + BLOCK_BYTES - (plaintextBytes % BLOCK_BYTES);
}

/** A whole v2 stream, header included. */
export function v2StreamBytes(plaintextBytes: number): number {
  return V2_HEADER_BYTES + v2CiphertextBytes(plaintextBytes);
}

/**
 * Holds the size a v3 header promises against the size of the entry (header included) it was found in.
 * A tar entry states its own size, so a disagreement is damage, not a cut-off download.
 * @throws TRUNCATED the entry is too small for any v3 stream
 * @throws DAMAGED_HEADER the sizes disagree; details { plaintextBytes, expectedBytes, actualBytes }
 */
export function checkV3EntrySize(header: V3Header, entrySizeBytes: number): void {
  requireSize('entrySizeBytes', entrySizeBytes);
  const smallestBytes = v3StreamBytes(0);
  if (entrySizeBytes < smallestBytes) {
    throw truncated('The archive ends before its first byte of content.', {
      actualBytes: entrySizeBytes,
      neededBytes: smallestBytes,
    });
  }
  const expectedBytes = v3StreamBytes(header.plaintextSizeBytes);
  if (expectedBytes !== entrySizeBytes) {
    throw damagedHeader('The size in the SecureTar header and the size of the archive disagree.', {
      plaintextBytes: header.plaintextSizeBytes,
      expectedBytes,
      actualBytes: entrySizeBytes,
    });
  }
}

/**
 * Holds the size field of v2 (or the PAX value of v1-pax) against the padding, which is the truth.
 * @param paddingBytes 1 to 16, read from the last decrypted byte
 * @returns 'exact', or 'short' where the field is the true size rounded down to a multiple of 16
 * @throws DAMAGED_HEADER any other field
 */
export function checkV2SizeField(
  fieldBytes: number,
  ciphertextBytes: number,
  paddingBytes: number,
): 'exact' | 'short' {
  requireSize('ciphertextBytes', ciphertextBytes);
  if (ciphertextBytes < BLOCK_BYTES || ciphertextBytes % BLOCK_BYTES !== 0) {
    throw misuse('ciphertextBytes must be a multiple of 16');
  }
  if (!Number.isInteger(paddingBytes) || paddingBytes < 1 || paddingBytes > BLOCK_BYTES) {
    throw misuse('paddingBytes must be 1 to 16');
  }
  const plaintextBytes = ciphertextBytes - paddingBytes;
  if (fieldBytes === plaintextBytes) return 'exact';
  if (fieldBytes === ciphertextBytes - BLOCK_BYTES) return 'short';
  throw v2SizeDisagrees(fieldBytes, ciphertextBytes);
}

/**
 * The part of `checkV2SizeField` that needs no key: whether any padding could agree with the field.
 * @throws DAMAGED_HEADER none could
 */
export function checkV2SizeRange(fieldBytes: number, ciphertextBytes: number): void {
  if (fieldBytes < ciphertextBytes - BLOCK_BYTES || fieldBytes >= ciphertextBytes) {
    throw v2SizeDisagrees(fieldBytes, ciphertextBytes);
  }
}

function v2SizeDisagrees(fieldBytes: number, ciphertextBytes: number): Error {
  return damagedHeader('The size stored with the archive and the archive itself disagree.', {
    fieldBytes,
    ciphertextBytes,
  });
}
