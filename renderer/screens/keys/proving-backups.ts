// Which backups a key can be tried on, and which may hold one. Pure.

import type { LibraryBackup } from '../../../shared/library.ts';

/** Longer lists serve nobody: the newest are the ones whose key is looked for. */
const OFFERED = 200;

export const isLocked = ({ keyState }: Pick<LibraryBackup, 'keyState'>): boolean =>
  keyState === 'locked' || keyState === 'untried';

/** Backups that prove a key: encrypted, with a file that is there; those without a key first, the newest first. */
export function provingBackups(backups: readonly LibraryBackup[]): readonly LibraryBackup[] {
  return newestFirst(backups.filter((backup) => backup.keyState !== 'plain' && isPresent(backup)))
    .sort((a, b) => Number(isLocked(b)) - Number(isLocked(a)))
    .slice(0, OFFERED);
}

/** Backups that can be looked into, the newest first. */
export function readableBackups(backups: readonly LibraryBackup[]): readonly LibraryBackup[] {
  return newestFirst(backups.filter((backup) => !isLocked(backup) && isPresent(backup))).slice(0, OFFERED);
}

function isPresent({ copies }: LibraryBackup): boolean {
  return copies.some(({ state }) => state === 'present');
}

function newestFirst(backups: readonly LibraryBackup[]): LibraryBackup[] {
  return [...backups].sort((a, b) => (b.date ?? '').localeCompare(a.date ?? ''));
}
