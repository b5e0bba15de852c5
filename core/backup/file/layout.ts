// Where everything lies in one backup file: the headers of the outer tar, read by position, never the content.
// A damaged or cut-off end does not hide what stands before it: the layout says what it found and what stopped it.

import { open, type FileHandle } from 'node:fs/promises';

import { StrongroomError } from '../../../shared/errors.ts';
import { readAt } from '../../files/index.ts';
import {
  BLOCK_BYTES,
  MAX_EXTENDED_HEADER_BYTES,
  carriesData,
  decodePax,
  decodeTarHeader,
  isTarHeader,
  isZeroBlock,
  paddedBytes,
  paxSize,
  type TarHeader,
} from '../../tar/index.ts';
import { findTrueSize } from './stale-size.ts';

/** Home Assistant writes some dozens of members; more than this is no backup. */
const MAX_MEMBERS = 20_000;

export interface OuterEntry {
  /** As it stands in the archive. */
  readonly storedName: string;
  /** Without `./` or a leading dot. */
  readonly name: string;
  readonly header: TarHeader;
  readonly pax: ReadonlyMap<string, string>;
  /** Everything before the data: extended headers, if any, and the entry's own header. */
  readonly headerBytes: Buffer;
  readonly headerOffset: number;
  readonly dataOffset: number;
  /** Bytes of content, corrected where the PAX size is stale. */
  readonly sizeBytes: number;
  /** What the header says, where that is not true (see "Repairable damage" in home-assistant.md). */
  readonly statedSizeBytes: number | null;
  /** Bytes of content that are really in the file: fewer than `sizeBytes` only in the last entry of a cut-off file. */
  readonly presentBytes: number;
  readonly mtimeSeconds: number;
}

export interface Layout {
  readonly fileBytes: number;
  readonly modified: Date;
  readonly entries: readonly OuterEntry[];
  /** Two zero blocks closed the archive. */
  readonly endMarker: boolean;
  /** Zeros after the last entry beyond the end marker and the rounding to 10,240 bytes. */
  readonly extraZeroBytes: number;
  /** What stopped the reading, null when it came to the end. */
  readonly problem: StrongroomError | null;
}

/** Opens a backup for reading. @throws NOT_A_BACKUP for a folder, IO_FAILED */
export async function openBackupFile(path: string): Promise<FileHandle> {
  const handle = await open(path, 'r');
  const stat = await handle.stat();
  if (stat.isFile()) return handle;
  await handle.close();
  throw new StrongroomError('NOT_A_BACKUP', 'This is not a file.', {
    hint: 'Point to the backup’s .tar file.',
  });
}

/**
 * Reads the outer tar's headers.
 * @throws NOT_A_BACKUP when the first block is no tar header
 */
export async function readLayout(handle: FileHandle): Promise<Layout> {
  const stat = await handle.stat();
  const fileBytes = stat.size;
  const entries: OuterEntry[] = [];
  const base = { fileBytes, modified: stat.mtime, entries };
  const globalPax = new Map<string, string>();
  let offset = 0;
  try {
    for (;;) {
      if (offset >= fileBytes) return { ...base, endMarker: false, extraZeroBytes: 0, problem: null };
      const next = await readEntry(handle, offset, fileBytes, entries.length === 0, globalPax);
      if (next === null) return { ...base, ...(await readEnd(handle, offset, fileBytes)) };
      entries.push(next);
      if (entries.length > MAX_MEMBERS) {
        throw new StrongroomError('LIMIT_EXCEEDED', `The file has more than ${MAX_MEMBERS} parts.`);
      }
      offset = next.dataOffset + paddedBytes(next.sizeBytes);
      if (next.presentBytes < next.sizeBytes) throw cutOff(`inside “${next.name}”`, fileBytes);
      // Without the last entry's padding the file is cut off too, but nothing of its content is missing.
    }
  } catch (error) {
    const problem = error as StrongroomError;
    if (entries.length === 0 || !(error instanceof StrongroomError)) throw error;
    return { ...base, endMarker: false, extraZeroBytes: 0, problem };
  }
}

/**
 * Reads one entry's headers; null where the archive ends (zeros, or the end of the file). What global headers say is
 * kept in `globalPax` for the entries that follow.
 * @throws NOT_A_BACKUP only for the `first`, DAMAGED_HEADER, TRUNCATED, LIMIT_EXCEEDED
 */
export async function readEntry(
  handle: FileHandle,
  headerOffset: number,
  fileBytes: number,
  first: boolean,
  globalPax = new Map<string, string>(),
): Promise<OuterEntry | null> {
  const preludes: Buffer[] = [];
  let pax = new Map<string, string>();
  let longName: string | null = null;
  let offset = headerOffset;
  for (;;) {
    const block = await readAt(handle, offset, BLOCK_BYTES);
    if (block.length < BLOCK_BYTES) {
      if (first && preludes.length === 0)
        throw new StrongroomError('NOT_A_BACKUP', 'This is not a tar archive.');
      if (block.every((byte) => byte === 0) && preludes.length === 0) return null;
      throw cutOff('inside a header', fileBytes);
    }
    if (isZeroBlock(block)) {
      if (preludes.length > 0) throw outerDamage('A part of the file lacks its header.', offset);
      return null;
    }
    if (first && preludes.length === 0 && !isTarHeader(block))
      throw new StrongroomError('NOT_A_BACKUP', 'This is not a tar archive.');
    const header = decodeOuter(offset, () => decodeTarHeader(block));
    preludes.push(block);
    offset += BLOCK_BYTES;
    if (
      header.type === 'pax' ||
      header.type === 'pax-global' ||
      header.type === 'gnu-long-name' ||
      header.type === 'gnu-long-link'
    ) {
      const body = await readExtension(handle, header, offset, fileBytes, offset - headerOffset);
      const content = body.subarray(0, header.sizeBytes);
      if (header.type === 'pax') pax = decodeOuter(offset, () => decodePax(content));
      if (header.type === 'pax-global')
        for (const [key, value] of decodeOuter(offset, () => decodePax(content))) globalPax.set(key, value);
      if (header.type === 'gnu-long-name') longName = content.toString('utf8').replace(/\0.*$/s, '');
      preludes.push(body);
      offset += body.length;
      continue;
    }
    pax = new Map([...globalPax, ...pax]);
    const storedName = pax.get('path') ?? longName ?? header.name;
    const statedBytes = carriesData(header)
      ? (decodeOuter(headerOffset, () => paxSize(pax)) ?? header.sizeBytes)
      : 0;
    const trueBytes = await findTrueSize(handle, { header, pax, dataOffset: offset, statedBytes, fileBytes });
    return {
      storedName,
      name: normaliseName(storedName),
      header,
      pax,
      headerBytes: Buffer.concat(preludes),
      headerOffset,
      dataOffset: offset,
      sizeBytes: trueBytes,
      statedSizeBytes: trueBytes === statedBytes ? null : statedBytes,
      presentBytes: Math.max(0, Math.min(trueBytes, fileBytes - offset)),
      mtimeSeconds: Number(pax.get('mtime') ?? header.mtimeSeconds) || 0,
    };
  }
}

async function readExtension(
  handle: FileHandle,
  header: TarHeader,
  offset: number,
  fileBytes: number,
  bytesBefore: number,
): Promise<Buffer> {
  const whole = paddedBytes(header.sizeBytes);
  if (bytesBefore + whole > MAX_EXTENDED_HEADER_BYTES) {
    throw new StrongroomError(
      'LIMIT_EXCEEDED',
      'The extended headers of a part are larger than any real ones (over 1 MiB).',
      { details: { fileOffsetBytes: offset } },
    );
  }
  const body = await readAt(handle, offset, whole);
  if (body.length < whole) throw cutOff('inside a header', fileBytes);
  return body;
}

function decodeOuter<T>(offset: number, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    const message = 'The outer archive is damaged: where the next part should begin there is something else.';
    throw outerDamage(message, offset, error);
  }
}

function outerDamage(message: string, fileOffsetBytes: number, cause?: unknown): StrongroomError {
  return new StrongroomError('DAMAGED_HEADER', message, {
    hint: 'Download the backup again. If that is not possible, salvaging saves the parts before this point.',
    details: { fileOffsetBytes },
    cause,
  });
}

async function readEnd(
  handle: FileHandle,
  offset: number,
  fileBytes: number,
): Promise<Pick<Layout, 'endMarker' | 'extraZeroBytes' | 'problem'>> {
  const pieceBytes = 1024 * 1024;
  const zeroBytes = fileBytes - offset;
  const recordEnd = Math.ceil((offset + 2 * BLOCK_BYTES) / 10_240) * 10_240;
  // The whole rest has to be zeros; a long tail of them is cheap to read and never real.
  for (let position = offset; position < fileBytes; position += pieceBytes) {
    const piece = await readAt(handle, position, Math.min(pieceBytes, fileBytes - position));
    const stray = piece.findIndex((byte) => byte !== 0);
    if (stray === -1) continue;
    const problem = new StrongroomError('DAMAGED_HEADER', 'There is data after the end of the archive.', {
      hint: 'The file may be two files in one, or damaged. Salvaging saves the parts before this point.',
      details: { fileOffsetBytes: position + stray },
    });
    return { endMarker: zeroBytes >= 2 * BLOCK_BYTES, extraZeroBytes: 0, problem };
  }
  return {
    endMarker: zeroBytes >= 2 * BLOCK_BYTES,
    extraZeroBytes: Math.max(0, fileBytes - recordEnd),
    problem: null,
  };
}

/** `./x`, `x` and the very old `.x` are the same member. */
export function normaliseName(storedName: string): string {
  return storedName.replace(/^\.?\/+/, '').replace(/^\.(?=[^./])/, '');
}

export const CUT_OFF_HINT =
  'Download or copy the backup again. If that is not possible, salvaging saves what is there.';

/** The error for a member whose end is not in the file. */
export function cutOffInside(memberName: string, missingBytes: number): StrongroomError {
  return new StrongroomError(
    'TRUNCATED',
    `The file is cut off inside “${memberName}”: ${missingBytes} bytes are missing.`,
    {
      hint: CUT_OFF_HINT,
      details: { member: memberName, missingBytes },
    },
  );
}

function cutOff(where: string, fileBytes: number): StrongroomError {
  return new StrongroomError('TRUNCATED', `The file is cut off ${where}: its end is missing.`, {
    hint: CUT_OFF_HINT,
    details: { fileOffsetBytes: fileBytes },
  });
}
