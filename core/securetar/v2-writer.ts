// Writes a v2 stream: "v1 and v2: AES-128-CBC" of the format page, with the exact size in the header. The
// padded last block must never be yielded for a source that was shorter or longer than announced.

import { createCipheriv, randomBytes } from 'node:crypto';
import { requireLength, requireSize } from './arguments.ts';
import { encodeHeader, SALT_BYTES } from './header.ts';
import { deriveLegacyIv, LEGACY_KEY_BYTES } from './key-derivation.ts';
import { misuse } from './refusals.ts';

export interface SealV2Options {
  /** 16 bytes, from `deriveLegacyKey`; stays the caller's to zero. */
  readonly key: Buffer;
  /** Exactly what the source will give. */
  readonly plaintextSizeBytes: number;
}

/**
 * Encrypts, yielding the 48-byte header and then the ciphertext as it comes, under a salt of its own.
 * @param source the plaintext, in pieces of any size
 * @throws INTERNAL the source is not plaintextSizeBytes long
 */
export async function* sealV2(
  source: AsyncIterable<Uint8Array>,
  options: SealV2Options,
): AsyncGenerator<Buffer, void, undefined> {
  const { key, plaintextSizeBytes } = options;
  requireSize('plaintextSizeBytes', plaintextSizeBytes);
  requireLength('key', key, LEGACY_KEY_BYTES);
  const salt = randomBytes(SALT_BYTES);
  const iv = deriveLegacyIv(key, salt);
  const cipher = createCipheriv('aes-128-cbc', key, iv);
  iv.fill(0);
  yield encodeHeader({ version: 2, plaintextSizeBytes, salt });
  let readBytes = 0;
  for await (const piece of source) {
    readBytes += piece.length;
    if (readBytes > plaintextSizeBytes)
      throw misuse('the source is longer than announced', { plaintextSizeBytes });
    const sealed = cipher.update(piece);
    if (sealed.length > 0) yield sealed;
  }
  if (readBytes < plaintextSizeBytes) {
    throw misuse('the source is shorter than announced', { plaintextSizeBytes, actualBytes: readBytes });
  }
  yield cipher.final();
}
