// Which files a filter means: of the backups that pass it, the files in the folder or at the paths that were named.

import type { LibraryBackup, LibraryCopy, LibraryFilter } from '../../shared/library.ts';
import { isBelow } from '../catalog/index.ts';

/** What to verify: what the plan says for now, or a choice of one's own. */
export type VerificationChoice =
  | { readonly kind: 'due' }
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
  return backups.flatMap((backup) => {
    const meant = backup.copies.filter((copy) => isMeant(copy, filter));
    const chosen = copies === 'every' ? meant : onePresent(meant);
    return chosen.length === 0 ? [] : [{ ...backup, copies: chosen }];
  });
}

function isMeant({ path, folderId }: LibraryCopy, { folder, paths }: LibraryFilter): boolean {
  const isIn = (place: string): boolean => path === place || isBelow(path, place);
  if (paths !== undefined && !paths.some(isIn)) return false;
  if (folder !== undefined && !isIn(folder)) return false;
  return folderId !== null || paths?.includes(path) === true;
}

function onePresent(copies: readonly LibraryCopy[]): LibraryCopy[] {
  return copies.filter(({ state }) => state === 'present').slice(0, 1);
}
