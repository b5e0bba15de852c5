// Decrypts AES-128-CBC of a known size, for v1, v1-pax and v2. There is no authentication: a wrong key or
// damage gives other bytes, not an error. It must never give fewer or more bytes than asked for, and leaves
// padding alone.

import { createDecipheriv } from 'node:crypto';
import { requireLength, requireSize } from './arguments.ts';
import { LEGACY_KEY_BYTES } from './key-derivation.ts';
import { damagedPayload, misuse, truncated } from './refusals.ts';
import { BLOCK_BYTES } from './sizes.ts';

export interface CbcOptions {
  /** 16 bytes each, from `deriveLegacyKey` and `deriveLegacyIv`; they stay the caller's to zero. */
  readonly key: Buffer;
  readonly iv: Buffer;
  /** The entry without its header or salt. */
  readonly ciphertextSizeBytes: number;
}

/**
 * The decrypted bytes, padding included, as they come.
 * @throws TRUNCATED the size is no multiple of 16, or the source ends before it; details { offsetBytes } in
 *   the ciphertext
 * @throws DAMAGED_PAYLOAD the source goes on behind it
 */
export async function* decryptCbc(
  source: AsyncIterable<Uint8Array>,
  options: CbcOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const { key, iv, ciphertextSizeBytes } = options;
  requireLength('key', key, LEGACY_KEY_BYTES);
  requireLength('iv', iv, BLOCK_BYTES);
  requireWholeBlocks(ciphertextSizeBytes);
  const decipher = createDecipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  let readBytes = 0;
  for await (const piece of source) {
    readBytes += piece.length;
    if (readBytes > ciphertextSizeBytes) {
      throw damagedPayload('Bytes follow the end of the encrypted archive.', {
        offsetBytes: ciphertextSizeBytes,
      });
    }
    const plain = decipher.update(piece);
    if (plain.length > 0) yield plain;
  }
  if (readBytes < ciphertextSizeBytes) {
    throw truncated('The encrypted archive ends too early.', {
      offsetBytes: readBytes,
      expectedBytes: ciphertextSizeBytes,
    });
  }
  decipher.final();
}

/**
 * Decrypts whole blocks anywhere in a body, so that its last bytes can be read without the rest.
 * @param previous the 16 ciphertext bytes before `blocks`, or the initialisation vector at the start
 * @throws INTERNAL lengths that are not whole blocks
 */
export function decryptCbcTail(key: Buffer, previous: Buffer, blocks: Buffer): Buffer {
  requireLength('key', key, LEGACY_KEY_BYTES);
  requireLength('previous', previous, BLOCK_BYTES);
  if (blocks.length % BLOCK_BYTES !== 0) throw misuse('blocks must be a multiple of 16 bytes');
  const decipher = createDecipheriv('aes-128-cbc', key, previous).setAutoPadding(false);
  return Buffer.concat([decipher.update(blocks), decipher.final()]);
}

/** @throws TRUNCATED the size is no multiple of 16 */
export function requireWholeBlocks(ciphertextSizeBytes: number): void {
  requireSize('ciphertextSizeBytes', ciphertextSizeBytes);
  if (ciphertextSizeBytes % BLOCK_BYTES !== 0) {
    throw truncated('The encrypted archive ends within a block.', { offsetBytes: ciphertextSizeBytes });
  }
}
