// What a damaged file holds: its parts wherever they can be found, and its metadata if that can still be read.

import type { FileHandle } from 'node:fs/promises';

import type { Remark } from '../../../shared/backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import { readAt } from '../../files/index.ts';
import { KNOWN_MEMBER, METADATA_NAMES, missingMetadata } from '../file/backup-file.ts';
import type { OuterEntry } from '../file/layout.ts';
import { missingMembers, readMembers, type Member } from '../file/member.ts';
import { MAX_METADATA_BYTES, parseMetadata, type ParsedMetadata } from '../file/metadata.ts';
import { makeEntry } from './adopt.ts';
import { scanBackup, type Scan } from './scan.ts';

export interface FoundMetadata {
  readonly entry: OuterEntry;
  /** What of it is in the file, readable or not. */
  readonly bytes: Buffer;
  readonly parsed: ParsedMetadata | null;
  readonly problem: StrongroomError | null;
}

export interface Found {
  readonly scan: Scan;
  /** All entries that may go into the new file, in the old order. */
  readonly entries: readonly OuterEntry[];
  readonly members: readonly Member[];
  readonly metadata: FoundMetadata | null;
  readonly remarks: readonly Remark[];
}

/** @throws NOT_A_BACKUP, LIMIT_EXCEEDED, IO_FAILED */
export async function findParts(handle: FileHandle): Promise<Found> {
  const scan = await scanBackup(handle);
  const metadata = await findMetadata(handle, scan.entries);
  const named = nameByElimination(scan, metadata);
  const entries = [...scan.entries, ...named].sort((a, b) => a.headerOffset - b.headerOffset);
  const inner = entries.filter(
    ({ name, header }) => !METADATA_NAMES.has(name) && (header.type === 'file' || header.type === 'other'),
  );
  if (metadata?.parsed == null && !inner.some(({ name }) => KNOWN_MEMBER.test(name))) {
    throw scan.problem ?? metadata?.problem ?? missingMetadata(scan);
  }
  const members = await readMembers(handle, inner, metadata?.parsed?.metadata ?? null);
  const restored = [...scan.adopted, ...named].map(({ name }) => outerHeaderRemark(name));
  return { scan, entries, members, metadata, remarks: [...skippedRemarks(scan), ...restored] };
}

async function findMetadata(
  handle: FileHandle,
  entries: readonly OuterEntry[],
): Promise<FoundMetadata | null> {
  let unreadable: FoundMetadata | null = null;
  // As Home Assistant does: the last of one name. But one that can be read goes before one that cannot.
  for (const name of ['backup.json', 'snapshot.json'] as const) {
    for (const entry of entries.filter((one) => one.name === name).reverse()) {
      const bytes = await readAt(
        handle,
        entry.dataOffset,
        Math.min(entry.presentBytes, entry.sizeBytes, MAX_METADATA_BYTES),
      );
      try {
        return { entry, bytes, parsed: parseMetadata(bytes, name), problem: null };
      } catch (error) {
        if (!(error instanceof StrongroomError)) throw error;
        unreadable ??= { entry, bytes, parsed: null, problem: error };
      }
    }
  }
  return unreadable;
}

/** One encrypted part without name and one name without part belong together. */
function nameByElimination({ nameless, entries }: Scan, metadata: FoundMetadata | null): OuterEntry[] {
  const [part, ...others] = nameless;
  if (part === undefined || others.length > 0 || metadata?.parsed == null) return [];
  const known = metadata.parsed.metadata;
  const found = entries.map(({ name }) => ({ name: name.replace(/\.(tar|tar\.gz|tgz)$/i, '') }));
  const [missing, ...more] = missingMembers(known, found);
  if (missing === undefined || more.length > 0) return [];
  const prefix = entries.some(({ storedName }) => /^\.\/.*\.t/.test(storedName)) ? './' : '';
  const storedName = `${prefix}${missing.replace('/', '_')}.tar${known.compressed ? '.gz' : ''}`;
  if (Buffer.byteLength(storedName) > 100) return [];
  return [makeEntry({ ...part, storedName, mtimeSeconds: 0 })];
}

function skippedRemarks({ skipped }: Scan): Remark[] {
  if (skipped.length === 0) return [];
  const bytes = skipped.reduce((sum, stretch) => sum + stretch.bytes, 0);
  const places = skipped.length === 1 ? 'in one place' : `in ${skipped.length} places`;
  const message = `${bytes} bytes of the file (${places}) belong to no part that can be recognised and were left out.`;
  return [{ code: 'BYTES_SKIPPED', message }];
}

function outerHeaderRemark(name: string): Remark {
  const message = `The entry of “${name}” in the outer archive was broken; what it says was found out from the content and made anew.`;
  return { code: 'HEADER_RESTORED', member: name, message };
}
