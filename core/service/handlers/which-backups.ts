// From what a window names, contents, to the files that the library works on.

import type { WhichBackups } from '../../../shared/contract/index.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import type { LibraryFilter } from '../../../shared/library.ts';
import type { LibraryDesk } from '../../library/index.ts';

/** A filter that means these backups. Of named ones all files in the library; those outside only where there is no other. */
export async function filterOf(
  desk: Pick<LibraryDesk, 'backupsByIdentity'>,
  which: WhichBackups,
): Promise<LibraryFilter> {
  if (which.kind === 'filter') return which.filter;
  const backups = await desk.backupsByIdentity(which.identities, 'anywhere');
  const files = backups.flatMap(({ copies }) => {
    const inLibrary = copies.filter(({ folderId }) => folderId !== null);
    return inLibrary.length > 0 ? inLibrary : copies;
  });
  return { paths: files.map(({ path }) => path) };
}

/** A file of this content that is there now. @throws IO_FAILED where none is known to be */
export async function pathOfBackup(
  desk: Pick<LibraryDesk, 'backupsByIdentity'>,
  identity: string,
): Promise<string> {
  const [backup] = await desk.backupsByIdentity([identity], 'anywhere');
  const copy = backup?.copies.find(({ state }) => state === 'present');
  if (copy !== undefined) return copy.path;
  throw new StrongroomError('IO_FAILED', 'No file of this backup can be reached now.', {
    hint: 'Connect the drive or share that it is on, then scan its folder.',
  });
}
