// A catalogue that cannot be read makes way for a new one. It is moved, never deleted, and only at the person's request.

import { existsSync, renameSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';

/** The database last: what stands in side files must never be taken for changes to a new one. */
const SUFFIXES = ['-shm', '-wal', ''];

/**
 * Moves the catalogue with its side files to `<name>.damaged-<time>.sqlite` beside it. Nobody may have it open.
 * @returns where it is now; null where there was none
 * @throws OUTPUT_REFUSED
 */
export function resetCatalog(path: string, now: () => Date = () => new Date()): string | null {
  if (!SUFFIXES.some((suffix) => existsSync(path + suffix))) return null;
  const aside = freePath(path, now());
  for (const suffix of SUFFIXES) {
    try {
      renameSync(path + suffix, aside + suffix);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue; // not every catalogue has side files
      throw new StrongroomError('OUTPUT_REFUSED', `The catalogue “${path}” cannot be moved aside.`, {
        hint: 'End every other Strongroom, look at the permissions of the data folder, then try again.',
        cause: error,
      });
    }
  }
  return aside;
}

function freePath(path: string, at: Date): string {
  const extension = extname(path);
  const time = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const stem = join(dirname(path), `${basename(path, extension)}.damaged-${time}`);
  for (let number = 1; ; number++) {
    const candidate = `${stem}${number === 1 ? '' : `-${number}`}${extension}`;
    if (!SUFFIXES.some((suffix) => existsSync(candidate + suffix))) return candidate;
  }
}
