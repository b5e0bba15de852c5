// The one reader of emergency kits on disk: files given by name, and folders searched for them. It opens nothing but
// small regular files, follows no link that it finds in a folder, and never hangs on a pipe. No content of a file is ever
// repeated in an error. Decoded text passes through strings; the bytes read are wiped and the keys are buffers.

import { constants, type Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import { KIT_LIMIT_BYTES, parseEmergencyKit, type KitFields } from '../../shared/emergency-kit.ts';
import { findRetypedKeys } from '../../shared/key-format.ts';
import { visibleText } from '../../shared/kit-text.ts';
import { readAt, throwIfCancelled } from '../files/index.ts';
import {
  describeUnreadable,
  explainMissingKey,
  kitNotFound,
  notAFile,
  tooLarge,
  tooManyFiles,
} from './kit-refusals.ts';

/** One file that was read, or could not be; or a folder in which there is nothing. */
export interface KitFile {
  readonly path: string;
  /** Given by name; otherwise found in a folder. */
  readonly named: boolean;
  readonly kit: KitFields;
  /** UTF-8. The caller wipes them. Empty exactly when there is an error. */
  readonly keys: readonly Buffer[];
  /** USAGE: no key in it, or no such kind of file; IO_FAILED: unreadable; LIMIT_EXCEEDED: a folder of too much. */
  readonly error: StrongroomError | null;
}

export interface ReadKitOptions {
  readonly signal?: AbortSignal | undefined;
}

const UNKNOWN: KitFields = { instance: null, url: null, date: null };

/** In folders only these are opened: what people save a kit as. */
const TEXT_ENDINGS: ReadonlySet<string> = new Set([
  '',
  '.txt',
  '.text',
  '.md',
  '.markdown',
  '.htm',
  '.html',
  '.rtf',
  '.eml',
  '.log',
]);
const MAX_DEPTH = 16;
const MAX_ENTRIES = 50_000;

/**
 * Reads kits one after the other, files of folders in the order of their names. An error with one of them is part of the
 * answer and does not end it.
 * @param paths files, and folders with all that is in them
 * @throws CANCELLED
 */
export async function* readKitFiles(
  paths: readonly string[],
  options: ReadKitOptions = {},
): AsyncGenerator<KitFile> {
  for (const path of paths) {
    throwIfCancelled(options.signal);
    const kind = await kindOf(path);
    if (kind instanceof StrongroomError) yield refused(path, true, kind);
    else if (kind === 'file') yield await readKitFile(path, true);
    else yield* readFolder(path, options.signal);
  }
}

/**
 * What a key of this kit is called unless somebody names it: instance and year ("Home 2026"), or the file's
 * name without its ending when the kit does not say.
 */
export function labelForKit(kit: KitFields, fileName: string): string {
  const stem = oneLine(basename(fileName, extname(fileName)));
  const instance = oneLine(kit.instance ?? '');
  if (instance === '') return stem === '' ? 'Emergency kit' : stem;
  const year = yearIn(kit.date ?? '') ?? yearIn(stem);
  return year === null ? instance : `${instance} ${year}`;
}

const LABEL_LENGTH = 80;

function oneLine(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return Array.from(line).slice(0, LABEL_LENGTH).join('').trim();
}

function yearIn(text: string): string | null {
  return /(?<!\d)20[1-9]\d(?!\d)/.exec(text)?.[0] ?? null;
}

async function* readFolder(folder: string, signal: AbortSignal | undefined): AsyncGenerator<KitFile> {
  let keyCount = 0;
  let hasError = false;
  let entryCount = 0;
  const waiting: { path: string; depth: number }[] = [{ path: folder, depth: 0 }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    throwIfCancelled(signal);
    const entries = await listFolder(next.path);
    if (entries instanceof StrongroomError) {
      hasError = true;
      yield refused(next.path, next.path === folder, entries);
      continue;
    }
    for (const entry of entries) {
      throwIfCancelled(signal);
      entryCount++;
      const path = join(next.path, entry.name);
      if (entryCount > MAX_ENTRIES || next.depth >= MAX_DEPTH) {
        yield refused(folder, true, tooManyFiles(folder));
        return;
      }
      if (entry.isDirectory()) {
        waiting.push({ path, depth: next.depth + 1 });
        continue;
      }
      if (!entry.isFile() || !TEXT_ENDINGS.has(extname(entry.name).toLowerCase())) continue;
      const file = await readKitFile(path, false);
      keyCount += file.keys.length;
      yield file;
    }
  }
  if (keyCount === 0 && !hasError) yield refused(folder, true, kitNotFound(folder));
}

async function listFolder(path: string): Promise<Dirent[] | StrongroomError> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    // Hidden files are other programs' business, and the shadows that macOS leaves on foreign disks.
    const visible = entries.filter(({ name }) => !name.startsWith('.'));
    return visible.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    return describeUnreadable(error, path);
  }
}

async function kindOf(path: string): Promise<'file' | 'folder' | StrongroomError> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'folder';
    return found.isFile() ? 'file' : notAFile(path);
  } catch (error) {
    return describeUnreadable(error, path);
  }
}

/** A kit that somebody has read already: the same answer, `path` is its name. The bytes stay the caller's to wipe. */
export function readKitBytes(name: string, bytes: Buffer): KitFile {
  return bytes.length > KIT_LIMIT_BYTES
    ? refused(name, true, tooLarge(name))
    : understandKit(name, true, bytes);
}

async function readKitFile(path: string, named: boolean): Promise<KitFile> {
  const bytes = await readSmallFile(path);
  if (bytes instanceof StrongroomError) return refused(path, named, bytes);
  try {
    return understandKit(path, named, bytes);
  } finally {
    bytes.fill(0);
  }
}

function understandKit(path: string, named: boolean, bytes: Buffer): KitFile {
  const { keys: exact, ...kit } = parseEmergencyKit(bytes);
  const keys = exact.length > 0 ? exact : findRetypedKeys(visibleText(bytes));
  if (keys.length === 0) return { ...refused(path, named, explainMissingKey(bytes, path)), kit };
  return { path, named, kit, keys: keys.map((key) => Buffer.from(key, 'utf8')), error: null };
}

/** Does not wait for a pipe that has taken the file's place since it was looked at. */
const READ_AT_ONCE = constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0);

async function readSmallFile(path: string): Promise<Buffer | StrongroomError> {
  try {
    const handle = await open(path, READ_AT_ONCE);
    try {
      const found = await handle.stat();
      if (!found.isFile()) return notAFile(path);
      if (found.size > KIT_LIMIT_BYTES) return tooLarge(path);
      const bytes = await readAt(handle, 0, KIT_LIMIT_BYTES + 1);
      if (bytes.length <= KIT_LIMIT_BYTES) return bytes;
      bytes.fill(0);
      return tooLarge(path); // it has grown in between
    } finally {
      await handle.close();
    }
  } catch (error) {
    return describeUnreadable(error, path);
  }
}

function refused(path: string, named: boolean, error: StrongroomError): KitFile {
  return { path, named, kit: UNKNOWN, keys: [], error };
}
