// Originals that a migration kept and that are gone: deleted by their owner, or by the quarantine when their time was over. They
// are no files of the library that may come back, so nothing needs their keys any more.

import { lstat } from 'node:fs/promises';

import { isBelow, type Catalog } from '../../catalog/index.ts';
import { isKeptOriginal } from '../batch/kept-original.ts';
import { isAbsence } from './gone-files.ts';

/** Forgets those below a folder that was read just now. @throws DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED, IO_FAILED */
export async function forgetGoneOriginals(catalog: Catalog, folder: string): Promise<void> {
  for (const { path } of catalog.copies.outsideFolders())
    if (isBelow(path, folder) && isKeptOriginal(path) && (await isGone(path))) catalog.copies.remove(path);
}

/** In doubt it is there. */
async function isGone(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return isAbsence(error);
  }
}
