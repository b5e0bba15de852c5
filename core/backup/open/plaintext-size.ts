// How large the content of a member is once decrypted: what lets a new file be laid out before any of it is read.

import type { FileHandle } from 'node:fs/promises';

import { StrongroomError } from '../../../shared/errors.ts';
import { checkV2SizeField, guessV1GzipEnd, parseHeader } from '../../securetar/index.ts';
import { startsLikeGzip, type Member } from '../file/member.ts';
import type { KeyRing } from './key-ring.ts';
import { headerBytesOf, readFirstBlocks, readLastBlocks, readMemberPadding } from './legacy-blocks.ts';
import type { OpenedMember } from './open-member.ts';

/** Padding of the deflate data, CRC-32, length: one block each (“The v1 tail”). */
const V1_TAIL_BLOCKS = 3;

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

async function beginsWithGzip(handle: FileHandle, member: Member, key: Buffer): Promise<boolean> {
  return startsLikeGzip(await readFirstBlocks(handle, member, key));
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

const DAMAGE_HINT =
  'Download the backup again. The other parts are checked by themselves; salvaging saves them.';
