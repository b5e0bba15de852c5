// Single blocks of a v1 or v2 member, decrypted at their place: what AES-CBC allows without reading what lies before.
// Nothing here is authenticated; it only tells keys and sizes, which reading the member confirms.

import type { FileHandle } from 'node:fs/promises';

import { readAt } from '../../files/index.ts';
import {
  BLOCK_BYTES as AES_BLOCK_BYTES,
  V1_HEADER_BYTES,
  V2_HEADER_BYTES,
  decryptCbcTail,
  deriveLegacyIv,
} from '../../securetar/index.ts';
import { BLOCK_BYTES } from '../../tar/index.ts';
import type { Member } from '../file/member.ts';

/** The beginning of the content, up to a tar block; empty where the member is too short. */
export async function readFirstBlocks(handle: FileHandle, member: Member, key: Buffer): Promise<Buffer> {
  const headerBytes = headerBytesOf(member);
  const bodyBytes = Math.min(member.entry.presentBytes - headerBytes, BLOCK_BYTES + AES_BLOCK_BYTES);
  const body = await readAt(handle, member.entry.dataOffset + headerBytes, wholeBlocks(bodyBytes));
  if (body.length < AES_BLOCK_BYTES) return Buffer.alloc(0);
  const salt = member.start.subarray(headerBytes - V1_HEADER_BYTES, headerBytes);
  const iv = deriveLegacyIv(key, salt);
  const plain = decryptCbcTail(key, iv, body);
  iv.fill(0);
  return plain.subarray(0, BLOCK_BYTES);
}

/** PKCS#7 padding of the last block, 1 to 16; null where it is none. Reads 32 bytes. */
export async function readMemberPadding(
  handle: FileHandle,
  member: Member,
  key: Buffer,
): Promise<number | null> {
  if ((member.entry.sizeBytes - headerBytesOf(member)) % AES_BLOCK_BYTES !== 0) return null;
  const last = await readLastBlocks(handle, member, key, 1);
  const count = last[last.length - 1] ?? 0;
  if (count < 1 || count > AES_BLOCK_BYTES) return null;
  return last.subarray(AES_BLOCK_BYTES - count).every((byte) => byte === count) ? count : null;
}

/** The last `count` decrypted blocks of a v1 or v2 body, fewer where it is shorter. */
export async function readLastBlocks(
  handle: FileHandle,
  member: Member,
  key: Buffer,
  count: number,
): Promise<Buffer> {
  const headerBytes = headerBytesOf(member);
  const bodyBytes = member.entry.sizeBytes - headerBytes;
  const wanted = Math.min(bodyBytes, count * AES_BLOCK_BYTES);
  const offset = member.entry.dataOffset + headerBytes + bodyBytes - wanted;
  const blocks = await readAt(handle, offset, wanted);
  if (wanted < bodyBytes) {
    return decryptCbcTail(key, await readAt(handle, offset - AES_BLOCK_BYTES, AES_BLOCK_BYTES), blocks);
  }
  const iv = deriveLegacyIv(key, member.start.subarray(headerBytes - V1_HEADER_BYTES, headerBytes));
  return decryptCbcTail(key, iv, blocks);
}

/** Salt (v1) or header (v2), after which the ciphertext begins; the salt is its last 16 bytes in both. */
export function headerBytesOf({ variant }: Member): number {
  return variant === 'v2' ? V2_HEADER_BYTES : V1_HEADER_BYTES;
}

function wholeBlocks(bytes: number): number {
  return Math.max(0, bytes - (bytes % AES_BLOCK_BYTES));
}
