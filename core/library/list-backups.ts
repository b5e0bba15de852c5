// The backups of the library as every host lists them.

import type { LibraryBackup, LibraryFilter } from '../../shared/library.ts';
import { staleBefore } from '../../shared/verification-plan.ts';
import type { Catalog } from '../catalog/index.ts';
import { placesTest } from './places/index.ts';
import { readPolicy } from './verification/index.ts';

/** library: in a file of its folders at least; anywhere: also those of which files outside of the folders only are known. */
export type Among = 'library' | 'anywhere';

/** So many are looked up one by one; for more the whole list is quicker. */
const LOOKED_UP = 500;

/**
 * Those for which all that is asked holds, the newest first, with all their files, also the ones that are missing. A backup of which
 * files are known outside of the folders only, as originals that a migration kept, is none of the library, unless the filter names
 * such a file.
 * @param keyIds the vault's keys; null while it is locked: then the keys that are known to open something count
 * @throws DAMAGED_CATALOG, BUSY, IO_FAILED
 */
export function listBackups(
  { catalog }: { readonly catalog: Catalog },
  filter: LibraryFilter,
  keyIds: ReadonlySet<string> | null,
  now: Date = new Date(),
): LibraryBackup[] {
  const named = new Set(filter.paths);
  const isPlaced = filter.places === undefined ? () => true : placesTest({ catalog }, filter.places);
  return catalog.library
    .backups(filter, keyIds, staleSince(catalog, now))
    .filter(({ copies }) => copies.some(({ folderId, path }) => folderId !== null || named.has(path)))
    .filter(isPlaced);
}

/** Those of the named contents that are known, each once. @throws DAMAGED_CATALOG, BUSY, IO_FAILED */
export function listNamedBackups(
  { catalog }: { readonly catalog: Catalog },
  identities: readonly string[],
  among: Among,
  keyIds: ReadonlySet<string> | null,
): LibraryBackup[] {
  const named = new Set(identities);
  const found =
    named.size > LOOKED_UP
      ? catalog.library.backups({}, keyIds, null).filter(({ identity }) => named.has(identity))
      : [...named].flatMap((identity) => catalog.library.byIdentity(identity, keyIds) ?? []);
  return among === 'anywhere'
    ? found
    : found.filter(({ copies }) => copies.some(({ folderId }) => folderId !== null));
}

/** The content at this path, or that was there last, and the one that it was made from. @throws DAMAGED_CATALOG, BUSY */
export function identitiesAt({ catalog }: { readonly catalog: Catalog }, path: string): string[] {
  const identity = catalog.copies.find(path)?.identity;
  if (identity === undefined) return [];
  const [origin] = catalog.replacements.originsOf(identity);
  return origin === undefined ? [identity] : [identity, origin.oldIdentity];
}

/** Verifications before this moment do not count any more; ISO 8601. @throws DAMAGED_CATALOG, BUSY */
export function staleSince(catalog: Catalog, now: Date): string {
  return staleBefore(readPolicy(catalog), now).toISOString();
}
