// The backup.json of a salvaged backup: the old one with its flag put right, or, where that is lost, a new one with
// nothing in it but what the saved parts themselves tell.

import { createHash } from 'node:crypto';

import type { BackupMetadata } from '../../../shared/backup.ts';
import { MAX_METADATA_BYTES, parseMetadata } from '../file/metadata.ts';
import { folderOf } from '../file/member.ts';

const FOLDERS = new Set(['share', 'ssl', 'media', 'addons_local']);

/** What one saved part says about itself. */
export interface SavedPart {
  readonly name: string;
  readonly storedBytes: number;
  readonly compressed: boolean;
  /** From its homeassistant.json, .HA_VERSION or addon.json; null where none could be read. */
  readonly version: string | null;
  /** An add-on's name for people. */
  readonly title: string | null;
}

export interface NewMetadata {
  readonly fileName: string;
  /** When the backup file was written, as far as its file system knows. */
  readonly modified: Date;
  readonly parts: readonly SavedPart[];
  readonly isProtected: boolean;
  /** The unreadable old one, for single values in it that are still sound; null where nothing is left. */
  readonly remains: Buffer | null;
}

/** A valid backup.json, made anew. */
export function makeMetadata(wish: NewMetadata): Buffer {
  const { parts, isProtected, fileName } = wish;
  const date = wish.modified.toISOString().replace('Z', '+00:00');
  const name = `Salvaged ${fileName}`;
  const core = parts.find((part) => part.name === 'homeassistant' && part.version !== null);
  const made: Record<string, unknown> = {
    slug: slugOf(date, name),
    version: 2,
    name,
    date,
    type: 'partial',
    compressed: parts.some(({ compressed }) => compressed),
    protected: isProtected,
    // Without its version Home Assistant would refuse the whole file.
    homeassistant:
      core === undefined
        ? null
        : { version: core.version, exclude_database: false, size: megabytes(core.storedBytes) },
    folders: parts.flatMap((part) => (FOLDERS.has(part.name) ? [folderOf(part.name)] : [])),
    addons: parts.flatMap((part) =>
      isAddon(part.name)
        ? [
            {
              slug: part.name,
              name: part.title ?? part.name,
              version: part.version ?? '',
              size: megabytes(part.storedBytes),
            },
          ]
        : [],
    ),
    repositories: [],
    extra: {},
  };
  const kept = { ...made, ...soundValues(made, wish.remains), protected: isProtected };
  return Buffer.from(JSON.stringify(kept), 'utf8');
}

/** Identity as Home Assistant makes it: SHA-1 of date and name, lower-cased. */
function slugOf(date: string, name: string): string {
  return createHash('sha1').update(`${date} - ${name}`.toLowerCase()).digest('hex').slice(0, 8);
}

export function isAddon(memberName: string): boolean {
  return !FOLDERS.has(memberName) && memberName !== 'homeassistant' && memberName !== 'supervisor';
}

/** What `name` holds about its own version, by the file in which it says so. */
export function readVersionFile(
  entryName: string,
  content: Buffer,
): Partial<Pick<SavedPart, 'version' | 'title'>> {
  const text = content.toString('utf8');
  if (entryName.endsWith('.HA_VERSION'))
    return /^[\w.]{1,40}$/.test(text.trim()) ? { version: text.trim() } : {};
  const json = parseObject(text);
  const system = asObject(json?.['system']);
  const version = json?.['version'] ?? system?.['version'];
  const title = system?.['name'] ?? json?.['name'];
  return {
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof title === 'string' ? { title } : {}),
  };
}

export function isVersionFile(entryName: string): boolean {
  return /^(\.\/)?(homeassistant\.json|addon\.json|(data\/)?\.HA_VERSION)$/.test(entryName);
}

/** Values of the damaged metadata with which the new one is still valid, each tried by itself. */
function soundValues(made: Record<string, unknown>, remains: Buffer | null): Record<string, unknown> {
  if (remains === null || remains.length > MAX_METADATA_BYTES) return {};
  const old = parseObject(remains.toString('utf8'));
  const sound: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(old ?? {})) {
    if (key !== 'crypto' && isValid({ ...made, [key]: value })) sound[key] = value;
  }
  return sound;
}

function isValid(json: Record<string, unknown>): boolean {
  const fileName: BackupMetadata['fileName'] = 'backup.json';
  try {
    parseMetadata(Buffer.from(JSON.stringify(json), 'utf8'), fileName);
    return true;
  } catch {
    return false; // that is the answer
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null; // damaged: then it tells nothing
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** As Home Assistant states sizes. */
function megabytes(bytes: number): number {
  return Math.round((bytes / 1024 / 1024) * 100) / 100;
}
