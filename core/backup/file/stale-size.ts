// Finds the true size of a member whose header states the size it had before Home Assistant re-encrypted or
// decrypted the backup ("Repairable damage" in docs/formats.md). A size is only taken when a valid header or the
// end of the archive stands where it says; a full reading (gzip end) confirms it later.

import type { FileHandle } from 'node:fs/promises';

import { readAt } from '../../files/index.ts';
import {
  BLOCK_BYTES as CIPHER_BLOCK_BYTES,
  V2_HEADER_BYTES,
  V3_HEADER_BYTES,
  hasSecureTarMagic,
  v2StreamBytes,
  v3PlaintextBytes,
  v3StreamBytes,
} from '../../securetar/index.ts';
import { BLOCK_BYTES, isTarHeader, isZeroBlock, paddedBytes, type TarHeader } from '../../tar/index.ts';

export interface StatedSize {
  readonly header: TarHeader;
  readonly pax: ReadonlyMap<string, string>;
  readonly dataOffset: number;
  readonly statedBytes: number;
  readonly fileBytes: number;
}

/**
 * The member's size: what the header states, unless the content, or the other size field, says better. The stale size
 * of v2 is so little off that the next header mostly stands where it says: its being there proves nothing.
 */
export async function findTrueSize(handle: FileHandle, stated: StatedSize): Promise<number> {
  const { pax, header, statedBytes, dataOffset } = stated;
  if (!pax.has('size')) return statedBytes;
  const start = await readAt(handle, dataOffset, V3_HEADER_BYTES);
  for (const { sizeBytes, check } of candidates(header.sizeBytes, statedBytes, start)) {
    if (sizeBytes < 0 || !(await entryMayEndAt(handle, stated, sizeBytes))) continue;
    if (check === 'zeros-follow' && !(await isZero(handle, stated, sizeBytes, paddedBytes(sizeBytes))))
      continue;
    const endBytes = sizeBytes - V2_HEADER_BYTES;
    if (check === 'ends-in-data' && (await isZero(handle, stated, endBytes, sizeBytes))) continue;
    return sizeBytes;
  }
  return statedBytes;
}

interface Candidate {
  readonly sizeBytes: number;
  /** What beside the next header must be seen. */
  readonly check: 'nothing' | 'zeros-follow' | 'ends-in-data';
}

function* candidates(ustarBytes: number, statedBytes: number, start: Buffer): Generator<Candidate> {
  const at = (sizeBytes: number, check: Candidate['check'] = 'nothing') => ({ sizeBytes, check });
  // Below 8 GiB the writer fills this field itself and leaves the stale record beside it.
  if (ustarBytes > 0) yield at(ustarBytes);
  if (hasSecureTarMagic(start) && start.length >= V2_HEADER_BYTES) {
    // The stated size is the plaintext's, or that of another SecureTar version; the header tells the true one.
    const field = start.readBigUInt64BE(16);
    const plaintextBytes = field < 2n ** 52n ? Number(field) : null;
    if (start[9] === 3 && plaintextBytes !== null) yield at(v3StreamBytes(plaintextBytes));
    if (start[9] === 2 && plaintextBytes !== null) yield at(v2StreamBytes(plaintextBytes));
    return;
  }
  // Decrypted: the stated size is the encrypted one, of v3 or of v2 with a short or an exact size field.
  const fromV3 = plaintextOfV3(statedBytes);
  const fromV2 = statedBytes - V2_HEADER_BYTES - CIPHER_BLOCK_BYTES;
  if (!isGzip(start)) {
    for (const sizeBytes of [statedBytes, fromV3, fromV2])
      if (sizeBytes % BLOCK_BYTES === 0) yield at(sizeBytes);
    return;
  }
  yield at(fromV3, 'zeros-follow');
  yield at(statedBytes, 'ends-in-data');
  // Where the field was exact this is up to 15 bytes too few, which reads as a cut gzip end and is mended without
  // loss; a size too large could not be.
  yield at(fromV2);
  for (let more = 1; more < CIPHER_BLOCK_BYTES; more++) yield at(fromV2 + more, 'zeros-follow');
}

function isGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

function plaintextOfV3(entryBytes: number): number {
  const bodyBytes = entryBytes - V3_HEADER_BYTES;
  return bodyBytes < 0 ? -1 : (v3PlaintextBytes(bodyBytes) ?? -1);
}

/** Whether the member's bytes `[from, to)` are all zero. */
async function isZero(handle: FileHandle, stated: StatedSize, from: number, to: number): Promise<boolean> {
  const bytes = await readAt(handle, stated.dataOffset + Math.max(0, from), to - Math.max(0, from));
  return bytes.every((byte) => byte === 0);
}

async function entryMayEndAt(handle: FileHandle, stated: StatedSize, sizeBytes: number): Promise<boolean> {
  const end = stated.dataOffset + paddedBytes(sizeBytes);
  if (end > stated.fileBytes) return false;
  if (end === stated.fileBytes) return true;
  const block = await readAt(handle, end, BLOCK_BYTES);
  if (block.length < BLOCK_BYTES) return block.every((byte) => byte === 0);
  return isZeroBlock(block) || isTarHeader(block);
}
