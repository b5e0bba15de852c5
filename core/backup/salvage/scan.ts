// Finds the parts of a damaged outer archive: from header to header as long as they are whole, and past a broken
// one by looking for the next that names a part of a backup. Reads a piece at a time; takes nothing without checksum.

import type { FileHandle } from 'node:fs/promises';

import { StrongroomError } from '../../../shared/errors.ts';
import { readAt } from '../../files/index.ts';
import { BLOCK_BYTES, isTarHeader, paddedBytes } from '../../tar/index.ts';
import { KNOWN_MEMBER, METADATA_NAMES } from '../file/backup-file.ts';
import { describeForeignFile } from '../file/foreign-file.ts';
import { readEntry, type OuterEntry } from '../file/layout.ts';
import { adoptMember, type Nameless } from './adopt.ts';

const PIECE_BYTES = 1024 * 1024;
/** More parts than any backup has: then this is something else. */
const MAX_PARTS = 20_000;

export interface Scan {
  readonly fileBytes: number;
  readonly modified: Date;
  readonly entries: readonly OuterEntry[];
  /** Entries whose own header was broken and is now made anew. */
  readonly adopted: ReadonlySet<OuterEntry>;
  /** Encrypted parts whose name is gone. */
  readonly nameless: readonly Nameless[];
  /** Stretches that belong to no part that was found. */
  readonly skipped: readonly { readonly offset: number; readonly bytes: number }[];
  readonly endMarker: boolean;
  /** The first thing that is wrong with the outer archive; null when it is whole. */
  readonly problem: StrongroomError | null;
}

/** @throws NOT_A_BACKUP when nothing like a part of a backup is in the file, LIMIT_EXCEEDED, IO_FAILED */
export async function scanBackup(handle: FileHandle): Promise<Scan> {
  const { size: fileBytes, mtime: modified } = await handle.stat();
  const entries: OuterEntry[] = [];
  const adopted = new Set<OuterEntry>();
  const nameless: Nameless[] = [];
  const skipped: { offset: number; bytes: number }[] = [];
  let problem: StrongroomError | null = null;
  let endMarker = false;
  let offset = 0;
  while (offset < fileBytes) {
    const step = await readStep(handle, offset, fileBytes);
    if (entries.length + nameless.length > MAX_PARTS) {
      throw new StrongroomError('LIMIT_EXCEEDED', `The file has more than ${MAX_PARTS} parts.`);
    }
    if (step.kind === 'end') {
      endMarker = fileBytes - offset >= 2 * BLOCK_BYTES;
      break;
    }
    if (step.kind === 'entry') {
      entries.push(step.entry);
      offset = step.entry.dataOffset + paddedBytes(step.entry.sizeBytes);
      continue;
    }
    problem ??= step.problem;
    const next = await findNextMember(handle, offset, fileBytes);
    const nextOffset = next?.headerOffset ?? fileBytes;
    const found = await adoptMember(handle, offset, nextOffset, fileBytes);
    if (found !== null && 'entry' in found) {
      entries.push(found.entry);
      adopted.add(found.entry);
    } else if (found !== null) {
      nameless.push(found);
    } else if (nextOffset > offset) {
      skipped.push({ offset, bytes: nextOffset - offset });
    }
    offset = nextOffset;
  }
  const last = entries.at(-1);
  if (last !== undefined && last.presentBytes < last.sizeBytes) problem ??= cutOff(last, fileBytes);
  if (entries.length === 0 && nameless.length === 0) throw await describeForeignFile(handle);
  return { fileBytes, modified, entries, adopted, nameless, skipped, endMarker, problem };
}

type Step =
  | { readonly kind: 'entry'; readonly entry: OuterEntry }
  | { readonly kind: 'end' }
  | { readonly kind: 'broken'; readonly problem: StrongroomError };

async function readStep(handle: FileHandle, offset: number, fileBytes: number): Promise<Step> {
  try {
    const entry = await readEntry(handle, offset, fileBytes, false);
    if (entry !== null) {
      if (await hasPlausibleSize(handle, entry, fileBytes)) return { kind: 'entry', entry };
    } else if (await isZeroToEnd(handle, offset, fileBytes)) {
      return { kind: 'end' };
    }
  } catch (error) {
    if (!(error instanceof StrongroomError)) throw error;
    return { kind: 'broken', problem: error };
  }
  // Zeros with something behind them are what a failing drive or an interrupted copy leaves.
  return { kind: 'broken', problem: brokenAt(offset) };
}

/** A large part whose PAX header was lost states no size at all: its content would be taken for headers. */
async function hasPlausibleSize(handle: FileHandle, entry: OuterEntry, fileBytes: number): Promise<boolean> {
  if (entry.sizeBytes > 0 || !KNOWN_MEMBER.test(entry.name) || entry.dataOffset >= fileBytes) return true;
  const block = await readAt(handle, entry.dataOffset, BLOCK_BYTES);
  return block.every((byte) => byte === 0) || isTarHeader(block);
}

/** The next block, from `from` on, that begins the header of something a backup holds. */
async function findNextMember(
  handle: FileHandle,
  from: number,
  fileBytes: number,
): Promise<OuterEntry | null> {
  for (let start = from; start < fileBytes; start += PIECE_BYTES) {
    const piece = await readAt(handle, start, Math.min(PIECE_BYTES, fileBytes - start));
    for (let at = 0; at + BLOCK_BYTES <= piece.length; at += BLOCK_BYTES) {
      if (start + at === from || !isTarHeader(piece.subarray(at, at + BLOCK_BYTES))) continue;
      const entry = await readMemberAt(handle, start + at, fileBytes);
      if (entry !== null) return entry;
    }
  }
  return null;
}

async function readMemberAt(
  handle: FileHandle,
  offset: number,
  fileBytes: number,
): Promise<OuterEntry | null> {
  try {
    const entry = await readEntry(handle, offset, fileBytes, false);
    if (entry === null || entry.header.type !== 'file') return null;
    return KNOWN_MEMBER.test(entry.name) || METADATA_NAMES.has(entry.name) ? entry : null;
  } catch (error) {
    if (error instanceof StrongroomError) return null;
    throw error;
  }
}

async function isZeroToEnd(handle: FileHandle, from: number, fileBytes: number): Promise<boolean> {
  for (let offset = from; offset < fileBytes; offset += PIECE_BYTES) {
    const piece = await readAt(handle, offset, Math.min(PIECE_BYTES, fileBytes - offset));
    if (piece.some((byte) => byte !== 0)) return false;
  }
  return true;
}

function brokenAt(offset: number): StrongroomError {
  return new StrongroomError(
    'DAMAGED_HEADER',
    'The outer archive is damaged: where the next part should begin there is something else.',
    { details: { fileOffsetBytes: offset } },
  );
}

function cutOff({ name }: OuterEntry, fileBytes: number): StrongroomError {
  return new StrongroomError('TRUNCATED', `The file is cut off inside “${name}”: its end is missing.`, {
    details: { fileOffsetBytes: fileBytes },
  });
}
