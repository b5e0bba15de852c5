// What a look at one file means for what is known, and noting it: whether the backup in it is new, was moved, is another copy, or
// took the place of another. Called inside a batch; does no reading of files.

import { errorCode, toPlainError, type PlainError } from '../../../shared/errors.ts';
import {
  isSameFile,
  type Catalog,
  type FileStamp,
  type InspectedBackup,
  type PlacedCopy,
} from '../../catalog/index.ts';
import { throwIfCancelled } from '../../files/index.ts';
import { describeFileProblem } from '../file-problem.ts';
import { countsAsBackup } from '../library-facts.ts';
import { inspectFile, type InspectServices } from '../recognise-backup.ts';
import { isAbsence } from './gone-files.ts';

/** vanished: it went while it was looked at; unsteady: it changes just now, and what was read of it says nothing. */
export type ExaminedFile = { readonly path: string } & (
  | { readonly state: 'read'; readonly stamp: FileStamp; readonly backup: InspectedBackup }
  | { readonly state: 'unreadable'; readonly stamp: FileStamp; readonly error: PlainError }
  | { readonly state: 'unsteady'; readonly error: PlainError }
  | { readonly state: 'vanished' }
);

/** See ScanReport for what each means. */
export type Finding = { readonly path: string; readonly identity: string | null } & (
  | { readonly kind: 'unchanged' | 'added' | 'copy' | 'changed' | 'returned' | 'vanished' }
  | { readonly kind: 'moved'; readonly from: string }
  | { readonly kind: 'unreadable'; readonly error: PlainError }
);

/** Opens the file. @throws CANCELLED; all else that goes wrong is about the file, and in the answer */
export async function examineFile(
  services: InspectServices,
  path: string,
  expected: FileStamp,
  signal: AbortSignal | undefined,
): Promise<ExaminedFile> {
  throwIfCancelled(signal);
  try {
    return { path, state: 'read', ...(await inspectFile(services, path, expected)) };
  } catch (error) {
    if (isAbsence(error)) return { path, state: 'vanished' };
    if (errorCode(error) === 'CANCELLED') throw error;
    const problem = toPlainError(describeFileProblem(error, path));
    if (problem.code === 'SOURCE_CHANGED') return { path, state: 'unsteady', error: problem };
    return { path, state: 'unreadable', stamp: expected, error: problem };
  }
}

/**
 * Notes what was read, as a file of the folder of the library that it lies in.
 * @param isGone whether another file of the same content is not where it was any more
 * @throws DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED, IO_FAILED
 */
export function noteFile(
  catalog: Catalog,
  file: ExaminedFile,
  isGone: (copy: PlacedCopy) => boolean,
): Finding {
  const { path } = file;
  const known = catalog.copies.find(path);
  const identity = known?.identity ?? null;
  if (file.state === 'vanished') return { path, identity, kind: 'vanished' };
  if (file.state === 'unsteady') return { path, identity, kind: 'unreadable', error: file.error };
  const folderId = countsAsBackup(path) ? catalog.folders.holding(path) : null;
  if (file.state === 'unreadable') {
    noteUnreadable(catalog, file, folderId);
    return { path, identity, kind: 'unreadable', error: file.error };
  }
  const { backup, stamp } = file;
  const others = catalog.copies
    .byIdentity(backup.identity)
    .filter((copy) => copy.path !== path && copy.folderId !== null);
  catalog.rememberCopy(path, stamp, backup, folderId);
  const found = { path, identity: backup.identity };
  if (known !== null) {
    if (known.identity !== backup.identity) return { ...found, kind: 'changed' };
    return { ...found, kind: known.missingSince === null ? 'unchanged' : 'returned' };
  }
  const origin = pickOrigin(others.filter(isGone), stamp);
  if (origin === null) return { ...found, kind: others.length === 0 ? 'added' : 'copy' };
  catalog.copies.remove(origin.path);
  return { ...found, kind: 'moved', from: origin.path };
}

/** The one that went last is likelier to be here than one that has been missing for long; a rename keeps the number of the file. */
function pickOrigin(gone: readonly PlacedCopy[], stamp: FileStamp): PlacedCopy | null {
  const same = gone.find((copy) => copy.stamp.inode === stamp.inode && copy.stamp.mtimeNs === stamp.mtimeNs);
  return same ?? gone.find(({ missingSince }) => missingSince === null) ?? gone[0] ?? null;
}

/** What stood at this path before is not in it any more, unless the disk or its permissions keep anybody from knowing. */
function noteUnreadable(
  catalog: Catalog,
  { path, stamp, error }: Extract<ExaminedFile, { state: 'unreadable' }>,
  folderId: number | null,
): void {
  if (error.code !== 'IO_FAILED' && error.code !== 'INTERNAL')
    catalog.copies.markMissing([path], new Date().toISOString());
  catalog.unreadable.put(path, folderId, stamp, error);
}

/** Whether the file is just as it was when it was read. */
export function isAsKnown(catalog: Catalog, path: string, stamp: FileStamp): boolean {
  const known = catalog.copies.find(path);
  if (known === null || !isSameFile(known.stamp, stamp)) return false;
  return catalog.factsOf(known.identity)?.details !== undefined;
}
