// Which files a rotation is about: those that an old key opens, and those that it may open, because nobody has tried it yet. That does not
// change by a drive being away.

import type { LibraryBackup } from '../../../shared/library.ts';
import type { RotationRequest } from '../../../shared/rotation.ts';
import type { Catalog } from '../../catalog/index.ts';
import { chooseFiles } from '../choose-files.ts';
import { listBackups } from '../list-backups.ts';

/** From what the library knows; with those of their files that are meant. @throws DAMAGED_CATALOG, BUSY, IO_FAILED */
export function mayBeUnderOldKeys(
  catalog: Catalog,
  { filter, oldKeyIds }: Pick<RotationRequest, 'filter' | 'oldKeyIds'>,
): LibraryBackup[] {
  const old = listBackups({ catalog }, filter, new Set(oldKeyIds));
  const otherwiseOpened = new Set(
    listBackups({ catalog }, {}, null).flatMap(({ identity, keyState }) =>
      keyState === 'opens' ? [identity] : [],
    ),
  );
  return chooseFiles(old, filter).filter(
    ({ identity, keyIds, keyState }) =>
      keyIds.length > 0 || (keyState === 'untried' && !otherwiseOpened.has(identity)),
  );
}
