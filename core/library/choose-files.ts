// Which files a filter means: of the backups that pass it, the files in the folder or at the paths that were named.

import { dirname } from 'node:path';

import type { LibraryBackup, LibraryCopy, LibraryFilter } from '../../shared/library.ts';
import { isBelow } from '../catalog/index.ts';

/** What to verify: what the plan says for now, or a choice of one's own. */
export type VerificationChoice =
  /** In the quiet hours nothing, unless a person who sees that they are wants it all the same. */
  | { readonly kind: 'due'; readonly evenInQuietHours?: boolean }
  | { readonly kind: 'filter'; readonly filter: LibraryFilter; readonly copies: 'one' | 'every' };

/**
 * The backups with those of their files that are meant. Files outside of the library's folders are not, unless they are named.
 * @param copies one: of each content the first file that is there
 */
export function chooseFiles(
  backups: readonly LibraryBackup[],
  filter: LibraryFilter,
  copies: 'one' | 'every' = 'every',
): LibraryBackup[] {
  const isMeant = meaningOf(filter);
  return backups.flatMap((backup) => {
    const meant = backup.copies.filter(isMeant);
    const chosen = copies === 'every' ? meant : onePresent(meant);
    return chosen.length === 0 ? [] : [{ ...backup, copies: chosen }];
  });
}

/** Looks upwards from each file, so that thousands of named paths cost no more than one. */
function meaningOf({ folder, paths }: LibraryFilter): (copy: LibraryCopy) => boolean {
  const named = new Set(paths);
  const isNamed = (path: string): boolean => {
    if (named.has(path)) return true;
    const parent = dirname(path);
    return parent !== path && isNamed(parent);
  };
  return ({ path, folderId }) => {
    if (paths !== undefined && !isNamed(path)) return false;
    if (folder !== undefined && path !== folder && !isBelow(path, folder)) return false;
    return folderId !== null || named.has(path);
  };
}

function onePresent(copies: readonly LibraryCopy[]): LibraryCopy[] {
  return copies.filter(({ state }) => state === 'present').slice(0, 1);
}
