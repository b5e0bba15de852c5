// The backups of the library as every host lists them.

import type { LibraryBackup, LibraryFilter } from '../../shared/library.ts';
import { staleBefore } from '../../shared/verification-plan.ts';
import type { Catalog } from '../catalog/index.ts';
import { readPolicy } from './verification/index.ts';

/**
 * Those for which all that is asked holds, the newest first, with all their files, also the ones that are missing. A backup of which
 * files are known outside of the folders only, as originals that a migration kept, is none of the library.
 * @param keyIds the vault's keys; null while it is locked: then the keys that are known to open something count
 * @throws DAMAGED_CATALOG, BUSY, IO_FAILED
 */
export function listBackups(
  { catalog }: { readonly catalog: Catalog },
  filter: LibraryFilter,
  keyIds: ReadonlySet<string> | null,
  now: Date = new Date(),
): LibraryBackup[] {
  return catalog.library
    .backups(filter, keyIds, staleSince(catalog, now))
    .filter(({ copies }) => copies.some(({ folderId }) => folderId !== null));
}

/** Verifications before this moment do not count any more; ISO 8601. @throws DAMAGED_CATALOG, BUSY */
export function staleSince(catalog: Catalog, now: Date): string {
  return staleBefore(readPolicy(catalog), now).toISOString();
}
