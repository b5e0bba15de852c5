// Which of the files that a search did not find are really gone. A drive may be unmounted while it is searched, and a file may
// come while another folder is read: what is there after all, or cannot be said, is left as it was known.

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Catalog, FileStamp, PlacedCopy } from '../../catalog/index.ts';
import { throwIfCancelled } from '../../files/index.ts';
import { sideBySide } from '../../streams/index.ts';
import type { SearchedFolder } from './file-search.ts';

const LOOKS = 16;

/** absent: nothing is there; elsewhere: the very file was found under another name, and this one leads to it, too. */
export type Absence = 'absent' | 'elsewhere';

/** Files that were found, by what they are, whatever they are called. */
export class SeenFiles {
  readonly #keys = new Set<string>();

  add({ device, inode }: Pick<FileStamp, 'device' | 'inode'>): void {
    this.#keys.add(`${device}:${inode}`);
  }

  has({ device, inode }: Pick<FileStamp, 'device' | 'inode'>): boolean {
    return this.#keys.has(`${device}:${inode}`);
  }
}

/** Those of the paths that are gone. @throws CANCELLED */
export async function findGone(
  paths: Iterable<string>,
  seen: SeenFiles,
  signal: AbortSignal | undefined,
): Promise<Map<string, Absence>> {
  const gone = new Map<string, Absence>();
  await sideBySide(LOOKS, paths, async (path) => {
    throwIfCancelled(signal);
    const absence = await absenceOf(path, seen);
    if (absence !== null) gone.set(path, absence);
  });
  return gone;
}

/** null: it is there, or nobody can say. Names that differ in case only lead to one file on some systems. */
async function absenceOf(path: string, seen: SeenFiles): Promise<Absence | null> {
  try {
    const { dev, ino, nlink } = await stat(path, { bigint: true });
    return nlink === 1n && seen.has({ device: String(dev), inode: String(ino) }) ? 'elsewhere' : null;
  } catch (error) {
    return isAbsence(error) ? 'absent' : null;
  }
}

/** Whether the system says that nothing is there. */
export function isAbsence(error: unknown): boolean {
  return ABSENT.has((error as NodeJS.ErrnoException | null)?.code ?? '');
}

/**
 * Paths of those files that are gone from a folder that is still there on their device: what was on a drive that is not connected
 * is not.
 */
export async function findMovedAway(copies: Iterable<PlacedCopy>): Promise<Set<string>> {
  const gone = new Set<string>();
  await sideBySide(LOOKS, copies, async ({ path, folderId, stamp }) => {
    if (folderId === null || (await absenceOf(path, new SeenFiles())) !== 'absent') return;
    const device = await deviceOf(dirname(path));
    if (device === stamp.device) gone.add(path);
  });
  return gone;
}

/** Those of the paths whose folder, as far as it was read, is still the one that was read. */
export async function keepReachable(found: SearchedFolder, paths: Iterable<string>): Promise<string[]> {
  const answers = new Map<string, boolean>();
  const reachable: string[] = [];
  for (const path of paths) {
    const folder = nearestRead(found, path);
    const isSame = answers.get(folder) ?? (await isStillThere(found, folder));
    answers.set(folder, isSame);
    if (isSame) reachable.push(path);
  }
  return reachable;
}

function nearestRead(found: SearchedFolder, path: string): string {
  let folder = dirname(path);
  while (!found.folders.has(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

async function isStillThere({ folders }: SearchedFolder, folder: string): Promise<boolean> {
  const device = await deviceOf(folder);
  return device !== null && device === folders.get(folder)?.device;
}

async function deviceOf(folder: string): Promise<string | null> {
  try {
    return String((await stat(folder, { bigint: true })).dev);
  } catch {
    return null; // whatever the reason, what was in it cannot be called gone
  }
}

const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/**
 * Notes that a file is not there. One whose drive is not connected is not there either, and no more missing than the others on it.
 * @throws as the catalogue
 */
export async function noteGoneFile(catalog: Catalog, path: string): Promise<void> {
  const known = catalog.copies.find(path);
  const isGone = known !== null && known.folderId !== null && (await isPlaceThere(path, known.stamp.device));
  catalog.batch(() => {
    if (isGone) catalog.copies.markMissing([path], new Date().toISOString());
    catalog.unreadable.remove([path]);
  });
}

/** Whether the nearest folder that is left of the path is on the device that the file was on. */
async function isPlaceThere(path: string, device: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      return String((await stat(folder, { bigint: true })).dev) === device;
    } catch (error) {
      if (!isAbsence(error) || folder === dirname(folder)) return false;
    }
  }
}
