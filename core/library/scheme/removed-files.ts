// What schemes took out of the folders of the library and can be brought back: read from the quarantine folders themselves, wherever
// they lie below, so that it is known whatever becomes of the catalogue.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { RemovedFile } from '../../../shared/scheme.ts';
import { isBelow, type Catalog } from '../../catalog/index.ts';
import { fileOfJournal, QUARANTINE_FOLDER, removalsIn, type Removal } from '../../files/index.ts';

/** Those that went last first. @throws DAMAGED_CATALOG, BUSY; what the system says of a quarantine that it does not show */
export async function removedFiles({ catalog }: { readonly catalog: Catalog }): Promise<RemovedFile[]> {
  const removals: Removal[] = [];
  for (const folder of outermost(catalog.folders.list().map(({ path }) => path)))
    for (const holder of await foldersWithQuarantine(folder)) removals.push(...(await removalsIn(holder)));
  return removals
    .map(({ deleteAfter, ...removal }) => ({ ...removal, deletedAfter: deleteAfter }))
    .sort((a, b) => Date.parse(b.removedAt) - Date.parse(a.removedAt) || (a.path < b.path ? -1 : 1));
}

/** The folder itself and those in it, at whatever depth, beside whose files there is a quarantine. Links are not followed. */
export async function foldersWithQuarantine(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(nothingToSee);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const below: string[] = [];
  for (const name of folders) {
    if (name === QUARANTINE_FOLDER || fileOfJournal(name) !== null) continue;
    below.push(...(await foldersWithQuarantine(join(folder, name))));
  }
  return folders.includes(QUARANTINE_FOLDER) ? [folder, ...below] : below;
}

function outermost(paths: readonly string[]): string[] {
  return paths.filter((path) => !paths.some((other) => isBelow(path, other)));
}

/** A folder that is away, or that is not ours to read: no scheme removed anything there that could be brought back now. */
function nothingToSee(error: NodeJS.ErrnoException): [] {
  if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(error.code ?? '')) return [];
  throw error;
}
