// Encrypted parts whose SecureTar header is damaged, opened all the same. A header is only made anew where the
// content proves it right: v3 by the authenticated first chunk, v2 by what decrypts to a gzip or tar beginning.

import type { FileHandle } from 'node:fs/promises';

import { readAt } from '../../files/index.ts';
import {
  BLOCK_BYTES as CIPHER_BLOCK_BYTES,
  CHUNK_BYTES,
  CHUNK_OVERHEAD_BYTES,
  V2_HEADER_BYTES,
  V3_HEADER_BYTES,
  decryptCbcTail,
  deriveLegacyIv,
  deriveStreamKey,
  deriveValidationKey,
  parseHeader,
  v3PlaintextBytes,
  type SecureTarHeader,
  type V3Header,
} from '../../securetar/index.ts';
import { BLOCK_BYTES } from '../../tar/index.ts';
import type { KeyRing } from '../open/key-ring.ts';
import { isArchiveName, startsLikeArchive, type Member } from '../file/member.ts';
import type { OpenedMember } from '../open/open-member.ts';
import type { BackupKey } from '../options.ts';

/** One part with the key that opens it and, where its own header is damaged, the one that stands in for it. */
export interface Opening extends OpenedMember {
  readonly mended: SecureTarHeader | null;
}

/** Tries to open what stayed closed. Costs one Argon2id for each key and closed v3-like part. */
export async function openDamaged(
  handle: FileHandle,
  opened: readonly OpenedMember[],
  ring: KeyRing,
): Promise<Opening[]> {
  const salts = opened.flatMap(({ member, key }) => {
    if (member.variant !== 'v3' || key === null) return [];
    const header = parseHeader(member.start);
    return header.version === 3 ? [header.rootSalt] : [];
  });
  const openings: Opening[] = [];
  for (const one of opened) {
    const { member, error } = one;
    const mend = error !== null && isArchiveName(member.entry.name) && member.entry.sizeBytes > 0;
    const found = mend
      ? ((await mendV3(handle, member, ring, salts)) ?? (await mendV2(handle, member, ring)))
      : null;
    openings.push(found === null ? { ...one, mended: null } : { member, error: null, ...found });
  }
  return openings;
}

interface Found {
  readonly key: BackupKey;
  readonly mended: SecureTarHeader;
}

async function mendV3(
  handle: FileHandle,
  { start, entry }: Member,
  ring: KeyRing,
  salts: readonly Buffer[],
): Promise<Found | null> {
  if (start.length < V3_HEADER_BYTES || entry.sizeBytes < V3_HEADER_BYTES) return null;
  // The entry's size is the truth: the field in the header is part of what may be damaged.
  const plaintextSizeBytes = v3PlaintextBytes(entry.sizeBytes - V3_HEADER_BYTES);
  if (plaintextSizeBytes === null) return null;
  const field = (from: number, to: number) => Buffer.from(start.subarray(from, to));
  const stored: V3Header = {
    version: 3,
    plaintextSizeBytes,
    rootSalt: field(32, 48),
    validationSalt: field(48, 64),
    validationKey: field(64, 96),
    derivationSalt: field(96, 112),
    streamHeader: field(112, 136),
  };
  const sealedBytes = Math.min(plaintextSizeBytes, CHUNK_BYTES) + CHUNK_OVERHEAD_BYTES;
  const sealed = await readAt(handle, entry.dataOffset + V3_HEADER_BYTES, sealedBytes);
  if (sealed.length < sealedBytes) return null;
  const distinct = new Map([...salts, stored.rootSalt].map((salt) => [salt.toString('hex'), salt]));
  for (const key of ring.keys) {
    for (const rootSalt of distinct.values()) {
      const rootKey = ring.rootKey(key, rootSalt);
      if (!authenticates(ring, rootKey, stored, sealed)) continue;
      const validationKey = deriveValidationKey(ring.sodium, rootKey, stored.validationSalt);
      return { key, mended: { ...stored, rootSalt, validationKey } };
    }
  }
  return null;
}

function authenticates(ring: KeyRing, rootKey: Buffer, header: V3Header, sealed: Buffer): boolean {
  const streamKey = deriveStreamKey(ring.sodium, rootKey, header.derivationSalt);
  const stream = ring.sodium.openStream(streamKey, header.streamHeader);
  const plain = Buffer.alloc(sealed.length - CHUNK_OVERHEAD_BYTES);
  try {
    return stream.pull(plain, sealed) !== 'refused';
  } finally {
    plain.fill(0);
    stream.wipe();
    streamKey.fill(0);
  }
}

async function mendV2(handle: FileHandle, { start, entry }: Member, ring: KeyRing): Promise<Found | null> {
  const bodyBytes = entry.sizeBytes - V2_HEADER_BYTES;
  if (
    start.length < V2_HEADER_BYTES ||
    bodyBytes < CIPHER_BLOCK_BYTES ||
    bodyBytes % CIPHER_BLOCK_BYTES !== 0
  )
    return null;
  const salt = Buffer.from(start.subarray(V2_HEADER_BYTES - CIPHER_BLOCK_BYTES, V2_HEADER_BYTES));
  const body = await readAt(handle, entry.dataOffset + V2_HEADER_BYTES, Math.min(bodyBytes, BLOCK_BYTES));
  const blocks = body.subarray(0, body.length - (body.length % CIPHER_BLOCK_BYTES));
  if (blocks.length === 0) return null;
  for (const key of ring.keys) {
    const iv = deriveLegacyIv(ring.legacyKey(key), salt);
    const begins = startsLikeArchive(decryptCbcTail(ring.legacyKey(key), iv, blocks));
    iv.fill(0);
    if (!begins) continue;
    // The size is put right once the padding at the end has been read.
    return { key, mended: { version: 2, plaintextSizeBytes: bodyBytes - CIPHER_BLOCK_BYTES, salt } };
  }
  return null;
}
