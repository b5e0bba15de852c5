// One opened backup: its layout, its metadata and its classified members. The single way into a file for
// everything that reads it without changing it.

import type { FileHandle } from 'node:fs/promises';

import { StrongroomError } from '../../../shared/errors.ts';
import { readAt } from '../../files/index.ts';
import { describeForeignFile } from './foreign-file.ts';
import { CUT_OFF_HINT, openBackupFile, readLayout, type Layout, type OuterEntry } from './layout.ts';
import { missingMembers, readMembers, type Member } from './member.ts';
import { MAX_METADATA_BYTES, parseMetadata, type ParsedMetadata } from './metadata.ts';

export const METADATA_NAMES = new Set(['backup.json', 'snapshot.json']);
/** The names Home Assistant gives to inner archives. */
export const KNOWN_MEMBER =
  /^(homeassistant|share|ssl|media|addons_local|supervisor|[a-z0-9]+_[a-z0-9_-]+)\.(tar|tar\.gz|tgz)$/i;

export interface BackupFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly layout: Layout;
  readonly metadataEntry: OuterEntry;
  readonly metadataBytes: Buffer;
  readonly metadata: ParsedMetadata['metadata'];
  readonly secrets: readonly string[];
  /** Inner archives in stored order; folders and other entries without content are not among them. */
  readonly members: readonly Member[];
  close(): Promise<void>;
}

/** What of a backup can be found although it may be damaged or cut off: the ground for salvage. */
export interface PartialBackup {
  readonly handle: FileHandle;
  readonly layout: Layout;
  readonly members: readonly Member[];
  readonly metadataEntry: OuterEntry | null;
  readonly metadata: (ParsedMetadata & { readonly bytes: Buffer }) | null;
  readonly metadataProblem: StrongroomError | null;
}

/**
 * Opens a backup. The layout may still have a `problem` (cut off, damaged) where the metadata came first.
 * @throws NOT_A_BACKUP, TRUNCATED, DAMAGED_METADATA, DAMAGED_HEADER, LIMIT_EXCEEDED, IO_FAILED
 */
export async function openBackup(path: string): Promise<BackupFile> {
  const partial = await openPartialBackup(path);
  const { handle, layout, metadata, metadataEntry, members } = partial;
  if (metadata === null || metadataEntry === null) {
    await handle.close();
    throw partial.layout.problem ?? partial.metadataProblem ?? missingMetadata(layout);
  }
  return {
    path,
    handle,
    layout: { ...layout, problem: layout.problem ?? cutBetweenMembers(partial) },
    metadataEntry,
    metadataBytes: metadata.bytes,
    metadata: metadata.metadata,
    secrets: metadata.secrets,
    members,
    close: () => handle.close(),
  };
}

/** @throws NOT_A_BACKUP, IO_FAILED */
export async function openPartialBackup(path: string): Promise<PartialBackup> {
  const handle = await openBackupFile(path);
  try {
    const layout = await readLayoutOrDescribe(handle);
    const metadataEntry = findMetadata(layout);
    let metadata: PartialBackup['metadata'] = null;
    let metadataProblem: StrongroomError | null = null;
    if (metadataEntry !== null && metadataEntry.presentBytes === metadataEntry.sizeBytes) {
      try {
        metadata = await readMetadata(handle, metadataEntry);
      } catch (error) {
        if (!(error instanceof StrongroomError)) throw error;
        metadataProblem = error;
      }
    }
    const inner = layout.entries.filter(
      (entry) =>
        !METADATA_NAMES.has(entry.name) && (entry.header.type === 'file' || entry.header.type === 'other'),
    );
    const members = await readMembers(handle, inner, metadata?.metadata ?? null);
    return { handle, layout, members, metadataEntry, metadata, metadataProblem };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readLayoutOrDescribe(handle: FileHandle): Promise<Layout> {
  try {
    const layout = await readLayout(handle);
    if (layout.entries.length > 0) return layout;
  } catch (error) {
    if ((error as StrongroomError).code !== 'NOT_A_BACKUP') throw error;
  }
  throw await describeForeignFile(handle);
}

function findMetadata(layout: Layout): OuterEntry | null {
  // tarfile, with which Home Assistant reads, takes the last of several entries of one name.
  const last = (name: string) => layout.entries.findLast((entry) => entry.name === name) ?? null;
  return last('backup.json') ?? last('snapshot.json');
}

async function readMetadata(
  handle: FileHandle,
  entry: OuterEntry,
): Promise<ParsedMetadata & { bytes: Buffer }> {
  if (entry.sizeBytes > MAX_METADATA_BYTES) {
    throw new StrongroomError('LIMIT_EXCEEDED', `${entry.name} is larger than any real one (over 16 MiB).`);
  }
  const bytes = await readAt(handle, entry.dataOffset, entry.sizeBytes);
  const fileName = entry.name === 'snapshot.json' ? 'snapshot.json' : 'backup.json';
  return { ...parseMetadata(bytes, fileName), bytes };
}

/** Without its end mark and without parts that it lists, a file that ends between two parts is cut off. */
function cutBetweenMembers({ layout, metadata, members }: PartialBackup): StrongroomError | null {
  if (layout.endMarker || metadata === null) return null;
  const missing = missingMembers(metadata.metadata, members);
  if (missing.length === 0) return null;
  return new StrongroomError(
    'TRUNCATED',
    `The file is cut off: ${missing.join(', ')} should follow where it ends.`,
    {
      hint: CUT_OFF_HINT,
      details: { fileOffsetBytes: layout.fileBytes },
    },
  );
}

export function missingMetadata(
  layout: Pick<Layout, 'entries' | 'endMarker' | 'fileBytes'>,
): StrongroomError {
  if (!layout.entries.some((entry) => KNOWN_MEMBER.test(entry.name))) {
    return new StrongroomError(
      'NOT_A_BACKUP',
      'This is a tar archive, but not a Home Assistant backup: it has no backup.json.',
      {
        hint: 'Point to the file that Home Assistant made.',
      },
    );
  }
  if (!layout.endMarker) {
    return new StrongroomError(
      'TRUNCATED',
      'The file is cut off: backup.json, which comes last, is missing.',
      {
        hint: CUT_OFF_HINT,
        details: { fileOffsetBytes: layout.fileBytes },
      },
    );
  }
  return new StrongroomError(
    'DAMAGED_METADATA',
    'This holds parts of a Home Assistant backup, but its backup.json is missing.',
    {
      hint: 'Home Assistant cannot restore it like this. Salvaging saves what it holds.',
    },
  );
}
