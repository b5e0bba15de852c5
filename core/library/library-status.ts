// The state of the whole library in numbers: what is there, and what is wrong with how much of it. As of the last scans.

import type { BackupFormat, LibraryBackup, LibraryStatus } from '../../shared/library.ts';
import { isOldFormat, isWithoutKey, verificationState, type Catalog } from '../catalog/index.ts';
import { listBackups, staleSince } from './list-backups.ts';

/**
 * Files outside of the folders count nowhere.
 * @param keyIds as for `listBackups`
 * @throws DAMAGED_CATALOG, BUSY, IO_FAILED
 */
export function libraryStatus(
  { catalog }: { readonly catalog: Catalog },
  keyIds: ReadonlySet<string> | null,
  now: Date = new Date(),
): LibraryStatus {
  const backups = listBackups({ catalog }, {}, keyIds, now);
  const copies = backups.flatMap((backup) => backup.copies.filter(({ folderId }) => folderId !== null));
  const staleBefore = staleSince(catalog, now);
  const countOf = (test: (backup: LibraryBackup) => boolean): number => backups.filter(test).length;
  const countVerified = (state: ReturnType<typeof verificationState>): number =>
    countOf((backup) => verificationState(backup, staleBefore) === state);
  return {
    folders: catalog.folders.list(),
    backupCount: backups.length,
    copyCount: copies.length,
    totalBytes: copies
      .filter(({ state }) => state !== 'missing')
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    byFormat: countFormats(backups),
    verifiedCount: countVerified('good'),
    neverVerified: countVerified('never'),
    stale: countVerified('stale'),
    damaged: countOf(isDamaged),
    withoutKey: countOf(isWithoutKey),
    oldFormat: countOf(isOldFormat),
    unencrypted: countOf(({ protection }) => protection === 'plain' || protection === 'mixed'),
    missingCopies: copies.filter(({ state }) => state === 'missing').length,
    unreadable: catalog.unreadable.list().filter(({ folderId }) => folderId !== null),
  };
}

function countFormats(backups: readonly LibraryBackup[]): Record<BackupFormat, number> {
  const counts: Record<BackupFormat, number> = { plain: 0, v1: 0, v2: 0, v3: 0, mixed: 0, none: 0 };
  for (const { format } of backups) counts[format]++;
  return counts;
}

function isDamaged({ lastVerification }: LibraryBackup): boolean {
  return lastVerification?.status === 'damaged' || lastVerification?.status === 'truncated';
}
