// What is in a folder, for the interface where the system's dialogs cannot be had. Names, sizes and times only; it opens no file.

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import type { FolderListing } from '../../shared/window.ts';
import { sideBySide } from '../streams/index.ts';

type Entry = FolderListing['entries'][number];
type Place = FolderListing['places'][number];

const ENTRY_LIMIT = 5000;
const LOOKS_AT_A_TIME = 32;
/** Folders in which systems put what is connected. */
const MOUNT_FOLDERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['/media', '/mnt', '/run/media'],
  darwin: ['/Volumes'],
};

/**
 * Folders first, then files, each by name; hidden ones are left out. null: the home folder.
 * @throws USAGE no folder is there, IO_FAILED it cannot be read
 */
export async function browseFolder(givenPath: string | null): Promise<FolderListing> {
  const path = resolve(givenPath ?? homedir());
  const visible = (await read(path)).filter(({ name }) => !name.startsWith('.'));
  const entries: Entry[] = [];
  const first = visible.sort(foldersFirst).slice(0, ENTRY_LIMIT);
  await sideBySide(LOOKS_AT_A_TIME, first, async ({ name }) => {
    const entry = await describe(join(path, name), name);
    if (entry !== null) entries.push(entry);
  });
  const parent = dirname(path);
  return {
    path,
    parent: parent === path ? null : parent,
    places: await findPlaces(),
    entries: entries.sort((a, b) => (a.kind === b.kind ? byName(a, b) : a.kind === 'folder' ? -1 : 1)),
    isCut: visible.length > ENTRY_LIMIT,
  };
}

async function read(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new StrongroomError('USAGE', `There is no folder “${path}”.`, {
        hint: 'If it is on a drive or a share, connect it first.',
        cause: error,
      });
    }
    throw new StrongroomError('IO_FAILED', `The system does not show what is in the folder “${path}”.`, {
      hint: 'Check its permissions, or the drive or share that it is on.',
      details: { systemCode: code },
      cause: error,
    });
  }
}

/** null for what is neither, and for links that lead nowhere. */
async function describe(path: string, name: string): Promise<Entry | null> {
  const found = await stat(path).catch(() => null); // what cannot be looked at cannot be chosen
  if (found === null || !(found.isFile() || found.isDirectory())) return null;
  return {
    name,
    path,
    kind: found.isDirectory() ? 'folder' : 'file',
    sizeBytes: found.isDirectory() ? null : found.size,
    modified: found.mtime.toISOString(),
  };
}

async function findPlaces(): Promise<Place[]> {
  const home = homedir();
  const likely: readonly Place[] = [
    { label: 'Home', path: home },
    { label: 'Downloads', path: join(home, 'Downloads') },
    ...(await drives()),
  ];
  const areThere = await Promise.all(likely.map(({ path }) => isFolder(path)));
  return likely.filter((_place, index) => areThere[index]);
}

async function drives(): Promise<Place[]> {
  if (process.platform === 'win32') {
    const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
    return letters.map((letter) => ({ label: `${letter}:`, path: `${letter}:\\` }));
  }
  const mounts = await Promise.all((MOUNT_FOLDERS[process.platform] ?? []).map(foldersIn));
  // Some systems put a folder for each person between, called like the person.
  const user = basename(homedir());
  const own = await Promise.all(
    mounts.flat().map((path) => (basename(path) === user ? foldersIn(path) : Promise.resolve([path]))),
  );
  return [{ label: '/', path: '/' }, ...own.flat().map((path) => ({ label: basename(path), path }))];
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []); // then nothing is connected there
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(path, name));
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null); // then it is no place to go
  return found?.isDirectory() === true;
}

const NAMES = new Intl.Collator(undefined, { numeric: true });

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return NAMES.compare(a.name, b.name);
}

function foldersFirst(a: Dirent, b: Dirent): number {
  return Number(b.isDirectory()) - Number(a.isDirectory()) || byName(a, b);
}
