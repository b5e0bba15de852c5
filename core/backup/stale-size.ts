// Finds the true size of a member whose header states the size it had before Home Assistant re-encrypted or
// decrypted the backup ("Repairable damage" in docs/formats.md). A size is only taken when a valid header or the
// end of the archive stands where it says; a full reading (gzip end) confirms it later.

import type { FileHandle } from 'node:fs/promises';

import { readAt } from '../files/index.ts';
import {
  CHUNK_BYTES,
  CHUNK_OVERHEAD_BYTES,
  V2_HEADER_BYTES,
  V3_HEADER_BYTES,
  hasSecureTarMagic,
} from '../securetar/index.ts';
import { BLOCK_BYTES, isTarHeader, isZeroBlock, paddedBytes, type TarHeader } from '../tar/index.ts';

export interface StatedSize {
  readonly header: TarHeader;
  readonly pax: ReadonlyMap<string, string>;
  readonly dataOffset: number;
  readonly statedBytes: number;
  readonly fileBytes: number;
}

/** The member's size: what the header states, unless the next header is not there and is at another explicable place. */
export async function findTrueSize(handle: FileHandle, stated: StatedSize): Promise<number> {
  if (!stated.pax.has('size')) return stated.statedBytes;
  if (await entryMayEndAt(handle, stated, stated.statedBytes)) return stated.statedBytes;
  const start = await readAt(handle, stated.dataOffset, V3_HEADER_BYTES);
  for (const candidate of candidates(stated, start)) {
    if (candidate === stated.statedBytes || candidate < 0) continue;
    if (await entryMayEndAt(handle, stated, candidate)) return candidate;
  }
  return stated.statedBytes;
}

function* candidates({ header, statedBytes }: StatedSize, start: Buffer): Generator<number> {
  if (header.sizeBytes > 0) yield header.sizeBytes;
  if (hasSecureTarMagic(start)) {
    // The stated size is the plaintext's, or that of another SecureTar version; the header tells the true one.
    const plaintextBytes = Number(start.readBigUInt64BE(16));
    if (start[9] === 3) yield V3_HEADER_BYTES + plaintextBytes + v3OverheadBytes(plaintextBytes);
    for (let missing = 0; missing < 16; missing++) {
      const padded = plaintextBytes + missing + 16 - ((plaintextBytes + missing) % 16);
      if (start[9] === 2) yield V2_HEADER_BYTES + padded;
    }
    return;
  }
  // Decrypted: the stated size is the encrypted one.
  yield plaintextOfV3(statedBytes);
  // First what Home Assistant leaves when the v2 size field was short. Where it was exact, this is up to 15 bytes too
  // few, which reads as a cut gzip end and is mended without loss; a size too large could not be.
  for (let padding = 16; padding >= 0; padding--) yield statedBytes - V2_HEADER_BYTES - padding;
}

function v3OverheadBytes(plaintextBytes: number): number {
  return CHUNK_OVERHEAD_BYTES * Math.max(1, Math.ceil(plaintextBytes / CHUNK_BYTES));
}

function plaintextOfV3(entryBytes: number): number {
  const bodyBytes = entryBytes - V3_HEADER_BYTES;
  const chunks = Math.max(1, Math.ceil(bodyBytes / (CHUNK_BYTES + CHUNK_OVERHEAD_BYTES)));
  return bodyBytes - chunks * CHUNK_OVERHEAD_BYTES;
}

async function entryMayEndAt(handle: FileHandle, stated: StatedSize, sizeBytes: number): Promise<boolean> {
  const end = stated.dataOffset + paddedBytes(sizeBytes);
  if (end > stated.fileBytes) return false;
  if (end === stated.fileBytes) return true;
  const block = await readAt(handle, end, BLOCK_BYTES);
  if (block.length < BLOCK_BYTES) return block.every((byte) => byte === 0);
  return isZeroBlock(block) || isTarHeader(block);
}
