// Finds the key for each member by itself: v1 and v2 by one block of AES, v3 by its validation key. A wrong key
// and a damaged header are told apart wherever the bytes allow it.

import type { FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

import type { MemberKey } from '../../../shared/backup.ts';
import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import { readAt, throwIfCancelled } from '../../files/index.ts';
import {
  V1_HEADER_BYTES,
  V2_HEADER_BYTES,
  checkV2SizeField,
  decryptCbcTail,
  guessV1GzipEnd,
  deriveLegacyIv,
  parseHeader,
} from '../../securetar/index.ts';
import { BLOCK_BYTES } from '../../tar/index.ts';
import type { BackupFile } from '../file/backup-file.ts';
import type { KeyRing } from './key-ring.ts';
import {
  isArchiveName,
  isEncrypted,
  startsLikeArchive,
  startsLikeGzip,
  type Member,
} from '../file/member.ts';
import { shareSecret, type MemberSource, type SourceCipher } from './member-source.ts';
import type { BackupKey } from '../options.ts';

const AES_BLOCK_BYTES = 16;
/** Padding of the deflate data, CRC-32, length: one block each (“The v1 tail”). */
const V1_TAIL_BLOCKS = 3;

/** One member with the key that opens it, or the reason why it stays closed. */
export interface OpenedMember {
  readonly member: Member;
  readonly key: BackupKey | null;
  readonly error: StrongroomError | null;
}

/** Tries the keys on every member. Never throws for a single member: each is answered by itself. @throws CANCELLED */
export async function openMembers(
  backup: Pick<BackupFile, 'handle' | 'members'>,
  ring: KeyRing,
  signal?: AbortSignal,
): Promise<OpenedMember[]> {
  const opened: OpenedMember[] = [];
  const unopened: number[] = [];
  for (const member of backup.members) {
    if (member.problem !== null) {
      opened.push({ member, key: null, error: member.problem });
    } else if (isEncrypted(member.variant) !== true) {
      opened.push({ member, key: null, error: null });
    } else {
      // The key that opened the last member is by far the likeliest.
      const previous = opened.findLast(({ key }) => key !== null)?.key ?? null;
      const key = await findKey(backup.handle, member, ring, previous, signal);
      if (key === null) unopened.push(opened.length);
      opened.push({ member, key, error: null });
    }
  }
  for (const index of unopened) {
    const current = opened[index];
    if (current === undefined) continue;
    opened[index] = { ...current, error: await explainUnopened(backup.handle, current.member, ring, opened) };
  }
  return opened;
}

export function describeKey({ member, key, error }: OpenedMember): MemberKey {
  const base = {
    member: member.name,
    keyLabel: key?.label ?? null,
    error: error === null ? null : toPlainError(error),
  };
  if (error !== null) {
    const status =
      error.code === 'KEY_REQUIRED'
        ? 'key-required'
        : error.code === 'WRONG_KEY'
          ? 'wrong-key'
          : 'unreadable';
    return { ...base, status };
  }
  return { ...base, status: key === null ? 'not-needed' : 'opens' };
}

/** What a worker needs to read the member. The caller wipes it with `wipeSource`. */
export function sourceOf(path: string, { member, key }: OpenedMember, ring: KeyRing): MemberSource {
  const { entry } = member;
  const base = { path, name: member.name, dataOffset: entry.dataOffset, sizeBytes: entry.sizeBytes };
  return { ...base, cipher: key === null ? { variant: 'plain' } : cipherOf(member, key, ring) };
}

function cipherOf(member: Member, key: BackupKey, ring: KeyRing): SourceCipher {
  switch (member.variant) {
    case 'v1':
    case 'v2':
      return { variant: member.variant, key: shareSecret(ring.legacyKey(key)) };
    case 'v1-pax': {
      const field = member.entry.pax.get('_securetar.plaintext_size');
      const plaintextFieldBytes = field !== undefined && /^\d{1,15}$/.test(field) ? Number(field) : null;
      return { variant: 'v1-pax', key: shareSecret(ring.legacyKey(key)), plaintextFieldBytes };
    }
    case 'v3': {
      const header = parseHeader(member.start);
      if (header.version !== 3) break;
      const streamKey = ring.streamKey(key, header);
      const shared = shareSecret(streamKey);
      streamKey.fill(0);
      return { variant: 'v3', streamKey: shared };
    }
    default:
  }
  throw new StrongroomError('INTERNAL', `no cipher for a member of variant ${member.variant}`);
}

async function findKey(
  handle: FileHandle,
  member: Member,
  ring: KeyRing,
  first: BackupKey | null,
  signal: AbortSignal | undefined,
): Promise<BackupKey | null> {
  const order = first === null ? ring.keys : [first, ...ring.keys.filter((key) => key !== first)];
  for (const key of order) {
    await setImmediate(); // an Argon2id takes long: let a cancel come through between two
    throwIfCancelled(signal);
    if (member.variant === 'v3') {
      const header = parseHeader(member.start);
      if (header.version === 3 && ring.opensV3(key, header)) return key;
    } else if (await opensLegacy(handle, member, ring.legacyKey(key))) {
      return key;
    }
  }
  return null;
}

/** The first bytes decrypt to the beginning of a gzip or tar. */
async function opensLegacy(handle: FileHandle, member: Member, key: Buffer): Promise<boolean> {
  return startsLikeArchive(await readFirstBlocks(handle, member, key));
}

async function beginsWithGzip(handle: FileHandle, member: Member, key: Buffer): Promise<boolean> {
  return startsLikeGzip(await readFirstBlocks(handle, member, key));
}

async function readFirstBlocks(handle: FileHandle, member: Member, key: Buffer): Promise<Buffer> {
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

async function explainUnopened(
  handle: FileHandle,
  member: Member,
  ring: KeyRing,
  opened: readonly OpenedMember[],
): Promise<StrongroomError> {
  const details = { member: member.name };
  if (ring.keys.length === 0) {
    return new StrongroomError('KEY_REQUIRED', `“${member.name}” is encrypted, and no key was given.`, {
      hint: 'Give the emergency kit or the encryption key of the time when the backup was made.',
      details,
    });
  }
  const siblings = opened.filter((other) => other.key !== null);
  const key = siblings.find((other) => sameRootSalt(other.member, member))?.key ?? null;
  const legacyKey =
    key === null && member.variant !== 'v3' ? await keyByPadding(handle, member, ring, siblings) : null;
  if (key !== null || legacyKey !== null) {
    return new StrongroomError(
      'DAMAGED_HEADER',
      `“${member.name}” is damaged at its start: your key “${(key ?? legacyKey)?.label}” is right, but does not open it.`,
      { hint: DAMAGE_HINT, details },
    );
  }
  const other = siblings[0]?.key ?? null;
  const also = other === null ? '' : ` Your key “${other.label}” opens other parts of the same backup.`;
  return new StrongroomError('WRONG_KEY', `None of your keys opens “${member.name}”.${also}`, {
    hint: 'Use the key that was in force when the backup was made. If you are sure that it is the right one, the beginning of this part is damaged.',
    details,
  });
}

/** All inner archives of one backup share their root salt: a sibling that opened proves the key right. */
function sameRootSalt(a: Member, b: Member): boolean {
  if (a.variant !== 'v3' || b.variant !== 'v3') return false;
  const left = parseHeader(a.start);
  const right = parseHeader(b.start);
  return left.version === 3 && right.version === 3 && left.rootSalt.equals(right.rootSalt);
}

/**
 * A v2 body whose last block has whole padding under a key and agrees with the size field was written under that key.
 * Short padding comes about by chance: one byte in one of 256 cases, four in one of four billion.
 */
async function keyByPadding(
  handle: FileHandle,
  member: Member,
  ring: KeyRing,
  siblings: readonly OpenedMember[],
): Promise<BackupKey | null> {
  if (member.variant !== 'v2' || member.entry.presentBytes < member.entry.sizeBytes) return null;
  const header = parseHeader(member.start.subarray(0, V2_HEADER_BYTES));
  for (const key of ring.keys) {
    const paddingBytes = await readMemberPadding(handle, member, ring.legacyKey(key));
    const isLikely = siblings.some((other) => other.key === key);
    if (paddingBytes === null || paddingBytes < (isLikely ? 2 : 4)) continue;
    const exactBytes = member.entry.sizeBytes - V2_HEADER_BYTES - paddingBytes;
    const field = header.plaintextSizeBytes;
    if (field === exactBytes || field === exactBytes - (exactBytes % AES_BLOCK_BYTES)) return key;
  }
  return null;
}

/** True where the content has to be a gzip or tar; anything else is kept as opaque bytes. */
export function isArchiveMember({ variant, entry }: Member): boolean {
  return variant !== 'opaque' && variant !== 'empty' && isArchiveName(entry.name);
}

/**
 * The content's exact size once decrypted, from the header, the padding or the v1 tail: reads some hundred bytes.
 * For a compressed v1 member it is the likeliest size, which reading it confirms or corrects.
 * @throws DAMAGED_PAYLOAD, DAMAGED_HEADER
 */
export async function plaintextSizeOf(
  handle: FileHandle,
  { member, key }: OpenedMember,
  ring: KeyRing,
): Promise<{
  readonly bytes: number;
  readonly v1GzipEnd: { readonly deflateEndBytes: number; readonly tail: Buffer } | null;
}> {
  const { entry, variant } = member;
  if (key === null) return { bytes: entry.sizeBytes, v1GzipEnd: null };
  if (variant === 'v3') {
    return { bytes: parseHeader(member.start).plaintextSizeBytes, v1GzipEnd: null };
  }
  const aesKey = ring.legacyKey(key);
  const bodyBytes = entry.sizeBytes - headerBytesOf(member);
  if (variant === 'v1') {
    if (!(await beginsWithGzip(handle, member, aesKey))) return { bytes: bodyBytes, v1GzipEnd: null };
    const last = await readLastBlocks(handle, member, aesKey, V1_TAIL_BLOCKS);
    const deflateEndBytes = guessV1GzipEnd(last, bodyBytes);
    if (deflateEndBytes === null) throw damagedEnd(member);
    // The last two blocks are CRC-32 and length, four bytes each and then padding.
    const tail = Buffer.concat([last.subarray(-32, -28), last.subarray(-16, -12)]);
    return { bytes: deflateEndBytes + tail.length, v1GzipEnd: { deflateEndBytes, tail } };
  }
  const paddingBytes = await readMemberPadding(handle, member, aesKey);
  if (paddingBytes === null) throw damagedEnd(member);
  if (variant === 'v2') {
    const header = parseHeader(member.start);
    checkV2SizeField(header.plaintextSizeBytes, bodyBytes, paddingBytes);
  }
  return { bytes: bodyBytes - paddingBytes, v1GzipEnd: null };
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

function damagedEnd({ name }: Member): StrongroomError {
  return new StrongroomError(
    'DAMAGED_PAYLOAD',
    `The end of “${name}” is damaged: it is not what its writer leaves there.`,
    {
      hint: DAMAGE_HINT,
      details: { member: name },
    },
  );
}

function wholeBlocks(bytes: number): number {
  return Math.max(0, bytes - (bytes % AES_BLOCK_BYTES));
}

const DAMAGE_HINT =
  'Download the backup again. The other parts are checked by themselves; salvaging saves them.';
