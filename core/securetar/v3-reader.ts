// Opens the body of a v3 stream: "v3" of the format page. It must never hand on a byte of a chunk that did
// not authenticate, nor the last chunk before the stream has ended where the header says.

import { requireLength } from './arguments.ts';
import { ChunkCutter } from './chunk-cutter.ts';
import type { V3Header } from './header.ts';
import { damagedPayload, truncated } from './refusals.ts';
import { CHUNK_BYTES, CHUNK_OVERHEAD_BYTES, v3ChunkCount, v3CiphertextBytes } from './sizes.ts';
import { KEY_BYTES, type OpenStream, type SodiumProvider } from './sodium.ts';

export interface OpenV3Options {
  readonly sodium: SodiumProvider;
  readonly header: V3Header;
  /** 32 bytes, from `deriveStreamKey` once `validationKeyMatches`; stays the caller's to zero. */
  readonly streamKey: Buffer;
}

/**
 * Decrypts and authenticates, yielding the plaintext chunk by chunk (up to 1 MiB, each in memory of its own).
 * @param source the ciphertext behind the header, in pieces of any size
 * @throws TRUNCATED the source ends early; details { offsetBytes } in the ciphertext
 * @throws DAMAGED_PAYLOAD a chunk does not authenticate or the stream's own end mark is elsewhere (details
 *   { offsetBytes } of the chunk in the plaintext, { chunk } from 0), or bytes follow the end (details
 *   { offsetBytes } in the ciphertext)
 */
export async function* openV3(
  source: AsyncIterable<Uint8Array>,
  options: OpenV3Options,
): AsyncGenerator<Buffer, void, undefined> {
  const { sodium, header, streamKey } = options;
  requireLength('streamKey', streamKey, KEY_BYTES);
  const { plaintextSizeBytes } = header;
  const chunks = v3ChunkCount(plaintextSizeBytes);
  const ciphertextBytes = v3CiphertextBytes(plaintextSizeBytes);
  const cutter = new ChunkCutter(
    chunks,
    (index) => Math.min(CHUNK_BYTES, plaintextSizeBytes - index * CHUNK_BYTES) + CHUNK_OVERHEAD_BYTES,
  );
  const stream = sodium.openStream(streamKey, header.streamHeader);
  try {
    let chunk = 0;
    let last: Buffer | undefined;
    for await (const piece of source) {
      for (const sealed of cutter.cut(piece)) {
        const isLast = chunk === chunks - 1;
        const plain = openChunk(stream, sealed, chunk, isLast);
        chunk += 1;
        if (isLast) last = plain;
        else yield plain;
      }
      if (cutter.overrun) {
        throw damagedPayload('Bytes follow the end of the encrypted archive.', {
          offsetBytes: ciphertextBytes,
        });
      }
    }
    if (last === undefined) {
      throw truncated('The encrypted archive ends too early.', {
        offsetBytes: cutter.takenBytes,
        expectedBytes: ciphertextBytes,
      });
    }
    if (last.length > 0) yield last;
  } finally {
    stream.wipe();
  }
}

function openChunk(stream: OpenStream, sealed: Uint8Array, chunk: number, isLast: boolean): Buffer {
  const plain = Buffer.allocUnsafeSlow(sealed.length - CHUNK_OVERHEAD_BYTES);
  const outcome = stream.pull(plain, sealed);
  if (outcome === (isLast ? 'final' : 'message')) return plain;
  plain.fill(0);
  const details = { offsetBytes: chunk * CHUNK_BYTES, chunk };
  if (outcome === 'refused') throw damagedPayload('The encrypted archive is damaged.', details);
  throw damagedPayload(
    isLast
      ? 'The encrypted archive has no end mark where its header says it ends.'
      : 'The encrypted archive ends before its header says so.',
    details,
  );
}
