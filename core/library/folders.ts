// The folders of the library. They are known by their real paths, so that no folder is one twice; one inside another is allowed,
// and a file belongs to the deepest that it lies in.

import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import type { LibraryFolder } from '../../shared/library.ts';
import type { Catalog } from '../catalog/index.ts';
import { notePlace } from './places/index.ts';
import { unreadableFolder } from './scan/folder-problems.ts';

/** What the use cases of folders need. */
export interface FolderServices {
  readonly catalog: Catalog;
}

/**
 * Makes the folder one of the library; it is not scanned yet. One that is known already stays as it is.
 * @throws USAGE no folder is there, IO_FAILED it cannot be looked at, DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED
 */
export async function addFolder({ catalog }: FolderServices, givenPath: string): Promise<LibraryFolder> {
  const folder = catalog.folders.add(await realFolder(resolve(givenPath)));
  if (catalog.folders.placeOf(folder.id) === null) await notePlace({ catalog }, folder);
  return folder;
}

/**
 * Forgets the folder and which files are in it, unless it lies in another one, which they belong to from then on. No file is
 * touched, and which key opens what stays known. Returns what the folder was.
 * @throws USAGE it is none of the library, DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED
 */
export async function removeFolder({ catalog }: FolderServices, givenPath: string): Promise<LibraryFolder> {
  const folder = await folderAt(catalog, givenPath);
  catalog.folders.remove(folder.id);
  return folder;
}

/** By path. @throws DAMAGED_CATALOG, BUSY, IO_FAILED */
export function listFolders({ catalog }: FolderServices): LibraryFolder[] {
  return catalog.folders.list();
}

/** The folder of the library at this path, also one that is not there at the moment. @throws USAGE where it is none */
export async function folderAt(catalog: Catalog, givenPath: string): Promise<LibraryFolder> {
  const path = resolve(givenPath);
  const folder = catalog.folders.find(path) ?? catalog.folders.find(await realpath(path).catch(() => path));
  if (folder !== null) return folder;
  throw new StrongroomError('USAGE', `“${path}” is not a folder of your library.`, {
    hint: 'List the folders of your library to see how they are called.',
  });
}

/** The real path of a folder that is there. @throws USAGE where none is, IO_FAILED it cannot be looked at */
export async function realFolder(path: string): Promise<string> {
  try {
    const realPath = await realpath(path);
    if ((await stat(realPath)).isDirectory()) return realPath;
  } catch (error) {
    const { code, message, hint } = unreadableFolder(path, error);
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new StrongroomError(isAbsent ? 'USAGE' : code, message, {
      hint: isAbsent
        ? 'Check how it is written. If it is on a drive or a share, connect it first.'
        : (hint ?? ''),
      cause: error,
    });
  }
  throw new StrongroomError('USAGE', `“${path}” is not a folder.`, {
    hint: 'Choose the folder that your backups are in.',
  });
}
