// Writes a v1 stream: "v1 and v2: AES-128-CBC" and "The v1 tail" of the format page. Only for a part rebuilt by salvage
// beside others that are v1, where v2 or v3 would be taken for damage; nothing is ever migrated to v1.

import { createCipheriv, randomBytes } from 'node:crypto';

import { StrongroomError } from '../../shared/errors.ts';
import { V1_HEADER_BYTES } from './header.ts';
import { deriveLegacyIv } from './key-derivation.ts';
import { BLOCK_BYTES } from './sizes.ts';

const GZIP_TRAILER_BYTES = 8;
const FIELD_PADDING = Buffer.alloc(12, 0x0c);

/** Bytes of a whole v1 stream, salt included, for so much of a gzip stream or of a tar in whole records. */
export function v1StreamBytes(plaintextBytes: number, compressed: boolean): number {
  if (!compressed) return V1_HEADER_BYTES + plaintextBytes;
  const deflateBytes = plaintextBytes - GZIP_TRAILER_BYTES;
  return V1_HEADER_BYTES + Math.ceil(deflateBytes / BLOCK_BYTES) * BLOCK_BYTES + 2 * BLOCK_BYTES;
}

/**
 * Salt and ciphertext.
 * @param key 16 bytes; stays the caller's to zero
 * @throws INTERNAL for a tar that is not in whole blocks
 */
export async function* sealV1(
  source: AsyncIterable<Buffer>,
  { key, compressed }: { readonly key: Buffer; readonly compressed: boolean },
): AsyncGenerator<Buffer> {
  const salt = randomBytes(V1_HEADER_BYTES);
  const iv = deriveLegacyIv(key, salt);
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  iv.fill(0);
  yield salt;
  for await (const piece of compressed ? withV1Tail(source) : source) {
    const sealed = cipher.update(piece);
    if (sealed.length > 0) yield sealed;
  }
  try {
    cipher.final();
  } catch (error) {
    throw new StrongroomError('INTERNAL', 'a v1 stream ends within a block', { cause: error });
  }
}

/** Deflate data padded to a block, then CRC-32 and length, each padded to a block. */
async function* withV1Tail(gzip: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  let bytes = 0;
  for await (const piece of gzip) {
    const joined = Buffer.concat([held, piece]);
    const safeBytes = Math.max(0, joined.length - GZIP_TRAILER_BYTES);
    held = joined.subarray(safeBytes);
    bytes += safeBytes;
    if (safeBytes > 0) yield joined.subarray(0, safeBytes);
  }
  const paddingBytes = (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;
  yield Buffer.concat([
    Buffer.alloc(paddingBytes, paddingBytes),
    held.subarray(0, 4),
    FIELD_PADDING,
    held.subarray(4),
    FIELD_PADDING,
  ]);
}
