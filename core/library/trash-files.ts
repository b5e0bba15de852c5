// Files of the library on their way to the system's trash, because their owner wants them there. Each is looked at once more just
// before: one that changed, is another backup now, or is being written stays. Nothing outside the library is ever touched.

import { access } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

import { StrongroomError, toPlainError, type PlainError } from '../../shared/errors.ts';
import type { TrashReport } from '../../shared/window.ts';
import { isSameFile, type Catalog, type FileStamp } from '../catalog/index.ts';
import { journalPathOf, moveToTrash } from '../files/index.ts';
import { describeFileProblem, fileNotThere } from './file-problem.ts';
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
    services.catalog.batch(() => {
      services.catalog.copies.remove(path);
      services.catalog.unreadable.remove([path]);
    });
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
    if (await isBeingWritten(path)) throw beingWritten(path);
    const isTheSame = isSameFile(expected, await stampFile(path));
    if (!isTheSame) throw changedSince(path);
    const refusal = await (services.moveToTrash ?? moveToTrash)(path);
    return refusal === null ? null : refused(path, refusal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? fileNotThere(path, 'missing')
      : describeFileProblem(error, path);
  }
}

async function isBeingWritten(path: string): Promise<boolean> {
  return access(journalPathOf(path)).then(
    () => true,
    () => false,
  );
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

function beingWritten(path: string): StrongroomError {
  return new StrongroomError('BUSY', `“${basename(path)}” is being rewritten, so it stays where it is.`, {
    hint: 'Wait until the job that works on it has ended.',
  });
}

function changedSince(path: string): StrongroomError {
  return new StrongroomError(
    'SOURCE_CHANGED',
    `“${basename(path)}” is not the file any more that the library knows, so it stays where it is.`,
    { hint: 'Scan its folder, look at it, and then decide.' },
  );
}

function refused(path: string, reason: string): StrongroomError {
  return new StrongroomError(
    'IO_FAILED',
    `The system did not take “${basename(path)}” into its trash: ${reason}`,
    {
      hint: 'Network shares and some drives have no trash. Remove it in your file manager if you are sure.',
    },
  );
}
