// How many backups the keys at hand open, and which may be verified first. Pure.

import type { LibraryBackup } from '../../../shared/library.ts';

export interface Opening {
  readonly encrypted: number;
  readonly locked: number;
  readonly plain: number;
}

export function openingOf(backups: readonly LibraryBackup[]): Opening {
  const count = (fits: (backup: LibraryBackup) => boolean): number => backups.filter(fits).length;
  return {
    encrypted: count(({ keyState }) => keyState !== 'plain'),
    locked: count(({ keyState }) => keyState === 'locked' || keyState === 'untried'),
    plain: count(({ keyState }) => keyState === 'plain'),
  };
}

/** Those that can be read to the end now, the newest first. */
export function verifiableBackups(backups: readonly LibraryBackup[]): readonly LibraryBackup[] {
  return backups
    .filter(
      ({ keyState, copies }) =>
        (keyState === 'opens' || keyState === 'plain') && copies.some(({ state }) => state === 'present'),
    )
    .sort((a, b) => (b.date ?? '').localeCompare(a.date ?? ''));
}
