// The plaintext of a part that may be damaged or cut off, as far as it goes: what stops it is noted instead of
// thrown, so that nothing read before it is lost on the way. What v3 does not authenticate is still never given out.

import type { FileHandle } from 'node:fs/promises';

import { StrongroomError, fromPlainError, toPlainError } from '../../../shared/errors.ts';
import { readRange, type RangeOptions } from '../../files/index.ts';
import {
  deriveLegacyIv,
  openV1,
  openV2,
  openV3,
  parseHeader,
  V3_HEADER_BYTES,
} from '../../securetar/index.ts';
import type { KeyRing } from '../open/key-ring.ts';
import { headerBytesOf } from '../open/legacy-blocks.ts';
import type { BackupKey } from '../options.ts';
import type { Opening } from './mend.ts';

/** Small pieces lose little in front of an unreadable sector. */
const PIECE_BYTES = 64 * 1024;

export class AvailablePlaintext {
  readonly #handle: FileHandle;
  readonly #opening: Opening;
  readonly #ring: KeyRing;
  readonly #options: RangeOptions;
  #failure: StrongroomError | null = null;

  constructor(handle: FileHandle, opening: Opening, ring: KeyRing, options: RangeOptions) {
    this.#handle = handle;
    this.#opening = opening;
    this.#ring = ring;
    this.#options = { ...options, pieceBytes: PIECE_BYTES };
  }

  /** What stopped the bytes; null when they came to their end. */
  get failure(): StrongroomError | null {
    return this.#failure;
  }

  /** @throws CANCELLED, INTERNAL; everything else becomes `failure` */
  async *bytes(): AsyncGenerator<Buffer> {
    try {
      yield* this.#open();
    } catch (error) {
      const plain = toPlainError(error);
      if (plain.code === 'CANCELLED' || plain.code === 'INTERNAL') throw error;
      this.#failure = fromPlainError(plain);
    }
  }

  #open(): AsyncGenerator<Buffer> {
    const { member, key, mended } = this.#opening;
    if (key === null) return this.#plain();
    if (mended?.version === 3 || (mended === null && member.variant === 'v3')) return this.#v3(key);
    return this.#legacy(key);
  }

  async *#plain(): AsyncGenerator<Buffer> {
    const { name, entry } = this.#opening.member;
    yield* this.#stored(0);
    if (entry.presentBytes < entry.sizeBytes)
      throw new StrongroomError('TRUNCATED', `The file ends inside “${name}”.`);
  }

  async *#v3(key: BackupKey): AsyncGenerator<Buffer> {
    const { member, mended } = this.#opening;
    const header = mended ?? parseHeader(member.start);
    if (header.version !== 3) throw new StrongroomError('INTERNAL', 'a v3 part without v3 header');
    const streamKey = this.#ring.streamKey(key, header);
    try {
      yield* openV3(this.#stored(V3_HEADER_BYTES), { sodium: this.#ring.sodium, header, streamKey });
    } finally {
      streamKey.fill(0);
    }
  }

  async *#legacy(key: BackupKey): AsyncGenerator<Buffer> {
    const { member, mended } = this.#opening;
    const headerBytes = legacyHeaderBytes(this.#opening);
    const salt = mended?.version === 2 ? mended.salt : member.start.subarray(headerBytes - 16, headerBytes);
    const aesKey = this.#ring.legacyKey(key);
    const iv = deriveLegacyIv(aesKey, salt);
    const ciphertextSizeBytes = member.entry.sizeBytes - headerBytes;
    const body = this.#stored(headerBytes);
    try {
      // The size field may be what is damaged; the padding tells the size.
      if (member.variant === 'v1' && mended === null)
        yield* openV1(body, { key: aesKey, iv, ciphertextSizeBytes });
      else yield* openV2(body, { key: aesKey, iv, ciphertextSizeBytes, plaintextFieldBytes: null });
    } finally {
      iv.fill(0);
    }
  }

  #stored(from: number): AsyncGenerator<Buffer> {
    const { dataOffset, sizeBytes, presentBytes } = this.#opening.member.entry;
    const there = Math.max(0, Math.min(sizeBytes, presentBytes) - from);
    return readRange(this.#handle, dataOffset + from, there, this.#options);
  }
}

/** Bytes before the ciphertext of a v1 or v2 part. */
function legacyHeaderBytes({ member, mended }: Opening): number {
  return mended?.version === 2 ? 48 : headerBytesOf(member);
}

/** True where every byte that was decrypted is proven to be what was written. */
export function isAuthenticated({ member, mended, key }: Opening): boolean {
  return key !== null && (mended === null ? member.variant === 'v3' : mended.version === 3);
}
