// Where a file is, in which part of which backup: by its name, as full verifications have read it.

import type { FoundContent } from '../../shared/library.ts';
import type { Catalog } from '../catalog/index.ts';

/**
 * The newest backups first; one file each.
 * @param limit at least 1
 * @throws DAMAGED_CATALOG, BUSY, IO_FAILED
 */
export function findContents(
  { catalog }: { readonly catalog: Catalog },
  text: string,
  limit: number,
): FoundContent[] {
  return catalog.contents.search(text, limit).flatMap(({ identity, member, name, sizeBytes }) => {
    const copies = catalog.copies.byIdentity(identity);
    const copy = copies.find(({ missingSince }) => missingSince === null) ?? copies[0];
    const backup = catalog.factsOf(identity);
    if (copy === undefined || backup === null) return [];
    return [{ path: copy.path, name: backup.name, member, entry: name, sizeBytes }];
  });
}
