// Writes a v3 stream: "v3" of the format page. The end mark must never be yielded for a source that was
// shorter or longer than announced: such an output cannot be mistaken for a whole one.

import { randomBytes } from 'node:crypto';
import { requireLength, requireSize } from './arguments.ts';
import { ChunkCutter } from './chunk-cutter.ts';
import { encodeHeader, SALT_BYTES, VALIDATION_KEY_BYTES } from './header.ts';
import { deriveStreamKey, type V3Archive } from './key-derivation.ts';
import { misuse } from './refusals.ts';
import { CHUNK_BYTES, CHUNK_OVERHEAD_BYTES, v3ChunkCount } from './sizes.ts';
import { KEY_BYTES, type SealStream, type SodiumProvider } from './sodium.ts';

export interface SealV3Options extends V3Archive {
  readonly sodium: SodiumProvider;
  /** Exactly what the source will give. */
  readonly plaintextSizeBytes: number;
}

/**
 * Encrypts under a fresh derivation salt, yielding the 136-byte header and then one piece per chunk (up to
 * 1 MiB + 17, each in memory of its own).
 * @param source the plaintext, in pieces of any size
 * @throws INTERNAL the source is not plaintextSizeBytes long
 */
export async function* sealV3(
  source: AsyncIterable<Uint8Array>,
  options: SealV3Options,
): AsyncGenerator<Buffer, void, undefined> {
  const { sodium, rootKey, rootSalt, validationSalt, validationKey, plaintextSizeBytes } = options;
  requireSize('plaintextSizeBytes', plaintextSizeBytes);
  requireLength('rootKey', rootKey, KEY_BYTES);
  requireLength('rootSalt', rootSalt, SALT_BYTES);
  requireLength('validationSalt', validationSalt, SALT_BYTES);
  requireLength('validationKey', validationKey, VALIDATION_KEY_BYTES);

  const derivationSalt = randomBytes(SALT_BYTES);
  const stream = startStream(sodium, rootKey, derivationSalt);
  try {
    const shared = { rootSalt, validationSalt, validationKey };
    const own = { derivationSalt, streamHeader: stream.header };
    yield encodeHeader({ version: 3, plaintextSizeBytes, ...shared, ...own });

    const chunks = plaintextSizeBytes === 0 ? 0 : v3ChunkCount(plaintextSizeBytes);
    const cutter = new ChunkCutter(chunks, (index) =>
      Math.min(CHUNK_BYTES, plaintextSizeBytes - index * CHUNK_BYTES),
    );
    let chunk = 0;
    let last: Buffer | undefined;
    for await (const piece of source) {
      for (const plain of cutter.cut(piece)) {
        const isLast = chunk === chunks - 1;
        const sealed = sealChunk(stream, plain, isLast);
        chunk += 1;
        if (isLast) last = sealed;
        else yield sealed;
      }
      if (cutter.overrun) throw misuse('the source is longer than announced', { plaintextSizeBytes });
    }
    if (plaintextSizeBytes === 0) last = sealChunk(stream, Buffer.alloc(0), true);
    if (last === undefined) {
      throw misuse('the source is shorter than announced', {
        plaintextSizeBytes,
        actualBytes: cutter.takenBytes,
      });
    }
    yield last;
  } finally {
    stream.wipe();
  }
}

function startStream(sodium: SodiumProvider, rootKey: Buffer, derivationSalt: Buffer): SealStream {
  const streamKey = deriveStreamKey(sodium, rootKey, derivationSalt);
  try {
    return sodium.sealStream(streamKey);
  } finally {
    streamKey.fill(0);
  }
}

function sealChunk(stream: SealStream, plain: Uint8Array, final: boolean): Buffer {
  const sealed = Buffer.allocUnsafeSlow(plain.length + CHUNK_OVERHEAD_BYTES);
  stream.push(sealed, plain, final);
  return sealed;
}
