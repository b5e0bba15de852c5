// Where the plaintext of one member comes from: a stretch of a file and, if it is encrypted, what opens it.
// Plain data that crosses to a worker thread; its key lies in shared memory, so that wiping it once wipes it everywhere.

import type { FileHandle } from 'node:fs/promises';

import { StrongroomError } from '../../../shared/errors.ts';
import { readAt, readRange, type RangeOptions } from '../../files/index.ts';
import {
  V1_HEADER_BYTES,
  V2_HEADER_BYTES,
  V3_HEADER_BYTES,
  deriveLegacyIv,
  openV1,
  openV2,
  openV3,
  parseHeader,
  type SodiumProvider,
} from '../../securetar/index.ts';

export type SourceCipher =
  | { readonly variant: 'plain' }
  | { readonly variant: 'v1' | 'v2'; readonly key: Uint8Array }
  /** `plaintextFieldBytes`: the PAX record's value, null when it is missing. */
  | { readonly variant: 'v1-pax'; readonly key: Uint8Array; readonly plaintextFieldBytes: number | null }
  | { readonly variant: 'v3'; readonly streamKey: Uint8Array };

export interface MemberSource {
  readonly path: string;
  readonly name: string;
  readonly dataOffset: number;
  readonly sizeBytes: number;
  readonly cipher: SourceCipher;
}

/** A copy of `secret` in memory that threads share. */
export function shareSecret(secret: Buffer): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(secret.length));
  shared.set(secret);
  return shared;
}

export function wipeSource({ cipher }: MemberSource): void {
  if ('key' in cipher) cipher.key.fill(0);
  if ('streamKey' in cipher) cipher.streamKey.fill(0);
}

/**
 * The decrypted content as it was written; for v1 with the padding its writer left in (see `InnerArchive`).
 * @throws DAMAGED_HEADER, DAMAGED_PAYLOAD, TRUNCATED, UNSUPPORTED_VERSION, CANCELLED, IO_FAILED
 */
export async function* openPlaintext(
  handle: FileHandle,
  source: MemberSource,
  sodium: SodiumProvider,
  options: RangeOptions = {},
): AsyncGenerator<Buffer> {
  const { dataOffset, sizeBytes, cipher } = source;
  const body = (headerBytes: number) =>
    readRange(handle, dataOffset + headerBytes, sizeBytes - headerBytes, options);
  if (cipher.variant === 'plain') {
    yield* body(0);
    return;
  }
  if (cipher.variant === 'v3') {
    const header = parseHeader(await readAt(handle, dataOffset, V3_HEADER_BYTES));
    if (header.version !== 3) throw changed();
    options.onBytes?.(V3_HEADER_BYTES);
    yield* openV3(body(V3_HEADER_BYTES), { sodium, header, streamKey: bufferOf(cipher.streamKey) });
    return;
  }
  const key = bufferOf(cipher.key);
  const headerBytes = cipher.variant === 'v2' ? V2_HEADER_BYTES : V1_HEADER_BYTES;
  const head = await readAt(handle, dataOffset, headerBytes);
  let salt = head;
  let plaintextFieldBytes = cipher.variant === 'v1-pax' ? cipher.plaintextFieldBytes : null;
  if (cipher.variant === 'v2') {
    const header = parseHeader(head);
    if (header.version !== 2) throw changed();
    salt = header.salt;
    plaintextFieldBytes = header.plaintextSizeBytes;
  }
  options.onBytes?.(headerBytes);
  const iv = deriveLegacyIv(key, salt);
  const ciphertextSizeBytes = sizeBytes - headerBytes;
  try {
    if (cipher.variant === 'v1') yield* openV1(body(headerBytes), { key, iv, ciphertextSizeBytes });
    else yield* openV2(body(headerBytes), { key, iv, ciphertextSizeBytes, plaintextFieldBytes });
  } finally {
    iv.fill(0);
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function changed(): StrongroomError {
  return new StrongroomError('SOURCE_CHANGED', 'The file changed while it was being read.', {
    hint: 'Wait until the download or copy is finished, then try again.',
  });
}
