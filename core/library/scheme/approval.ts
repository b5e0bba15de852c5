// Whether a person has carried out this very rule in a folder: only then a watched folder's rule does so by itself.

import type { SchemeRule } from '../../../shared/scheme.ts';
import type { Catalog } from '../../catalog/index.ts';
import { textOfRule } from './scheme-rule.ts';

type Folders = Pick<Catalog, 'folders'>;

/** @throws USAGE the rule is none; DAMAGED_CATALOG, BUSY */
export function isApproved({ folders }: Folders, folderId: number, rule: SchemeRule): boolean {
  return folders.approvedScheme(folderId) === textOfRule(rule);
}

/** Does nothing where the folder is not of the library any more. @throws DAMAGED_CATALOG, BUSY, NO_SPACE */
export function approve({ folders }: Folders, path: string, rule: SchemeRule): void {
  const folder = folders.find(path);
  if (folder !== null) folders.approveScheme(folder.id, textOfRule(rule));
}

/** Who brings a file back does not agree to what took it away. @param path of the file. @throws DAMAGED_CATALOG, BUSY, NO_SPACE */
export function withdraw({ folders }: Folders, path: string): void {
  const folderId = folders.holding(path);
  if (folderId !== null) folders.approveScheme(folderId, null);
}
