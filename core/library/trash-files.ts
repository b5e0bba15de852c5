// Files of the library on their way to the system's trash, because their owner wants them there. Each is looked at once more just
// before: one that changed, is another backup now, or is being written stays. Nothing outside the library is ever touched.

import { basename, resolve } from 'node:path';

import { StrongroomError, toPlainError, type PlainError } from '../../shared/errors.ts';
import type { TrashReport } from '../../shared/window.ts';
import { isSameFile, type Catalog, type FileStamp } from '../catalog/index.ts';
import { describeFileProblem, fileNotThere } from './file-problem.ts';
import { changedSince, forgetFile, refuseBeingWritten, toTrash } from './leaving-file.ts';
import { stampFile } from './recognise-backup.ts';

export interface TrashServices {
  readonly catalog: Catalog;
  /** Says why it could not; null where it is in the trash. */
  readonly moveToTrash?: (path: string) => Promise<string | null>;
}

/** One after the other. @throws DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED of the catalogue */
export async function trashFiles(services: TrashServices, paths: readonly string[]): Promise<TrashReport> {
  const trashed: string[] = [];
  const problems: { path: string; error: PlainError }[] = [];
  for (const path of new Set(paths.map((given) => resolve(given)))) {
    const stamp = stampInLibrary(services.catalog, path);
    const problem = stamp === null ? notOfTheLibrary(path) : await trashOne(services, path, stamp);
    if (problem !== null) {
      problems.push({ path, error: toPlainError(problem) });
      continue;
    }
    trashed.push(path);
    forgetFile(services.catalog, path);
  }
  return { trashed, problems };
}

/** What a file of the library was when it was read, or could not be read; null where it is none. */
function stampInLibrary({ copies, unreadable }: Catalog, path: string): FileStamp | null {
  const copy = copies.find(path);
  if (copy !== null && copy.folderId !== null) return copy.stamp;
  const refused = unreadable.list().find((file) => file.path === path);
  if (refused === undefined || refused.folderId === null) return null;
  return unreadable.inFolder(refused.folderId).get(path)?.stamp ?? null;
}

/** Why it stays; null where it is in the trash. */
async function trashOne(services: TrashServices, path: string, expected: FileStamp): Promise<unknown> {
  try {
    await refuseBeingWritten(path);
    if (!isSameFile(expected, await stampFile(path))) throw changedSince(path);
    await toTrash(path, services.moveToTrash);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? fileNotThere(path, 'missing')
      : describeFileProblem(error, path);
  }
}

function notOfTheLibrary(path: string): StrongroomError {
  return new StrongroomError(
    'USAGE',
    `“${basename(path)}” is no file of your library, so it stays where it is.`,
    {
      hint: 'Scan its folder if it came only now.',
    },
  );
}
