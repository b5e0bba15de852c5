// Finds the key for each member by itself: v1 and v2 by one block of AES, v3 by its validation key. A wrong key
// and a damaged header are told apart wherever the bytes allow it.

import type { FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

import type { MemberKey } from '../../../shared/backup.ts';
import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import { throwIfCancelled } from '../../files/index.ts';
import { BLOCK_BYTES as AES_BLOCK_BYTES, V2_HEADER_BYTES, parseHeader } from '../../securetar/index.ts';
import type { BackupFile } from '../file/backup-file.ts';
import { isArchiveName, isEncrypted, startsLikeArchive, type Member } from '../file/member.ts';
import type { BackupKey } from '../options.ts';
import type { KeyRing } from './key-ring.ts';
import { readFirstBlocks, readMemberPadding } from './legacy-blocks.ts';
import { shareSecret, type MemberSource, type SourceCipher } from './member-source.ts';

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

const DAMAGE_HINT =
  'Download the backup again. The other parts are checked by themselves; salvaging saves them.';
