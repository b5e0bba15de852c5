// The files that a batch is asked to work on: those of chosen backups of the library, or any that are named.

import type { LibraryBackup, LibraryCopy } from '../../../shared/library.ts';

/** A file that a batch is asked to work on. */
export interface BatchCandidate {
  readonly path: string;
  /** As the library knows it; a file that is missing is not looked for. */
  readonly state: LibraryCopy['state'];
  /** As far as they are known; null where the file has to tell. */
  readonly identity: string | null;
  readonly name: string | null;
  readonly date: string | null;
}

/** Files that need not be in the library. */
export function candidatesAt(paths: readonly string[]): BatchCandidate[] {
  return paths.map((path) => ({ path, state: 'present', identity: null, name: null, date: null }));
}

/**
 * Every one of these files; which are meant was chosen before. One that is gone counts only where its backup is in no other file
 * any more: else nothing is missing.
 */
export function candidatesOf(backups: readonly LibraryBackup[]): BatchCandidate[] {
  return backups.flatMap(({ identity, name, date, copies }) => {
    const there = copies.filter(({ state }) => state !== 'missing');
    const meant = there.length > 0 ? there : copies;
    return meant.map(({ path, state }) => ({ path, state, identity, name, date }));
  });
}
