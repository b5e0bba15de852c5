// One file that has come, changed or gone, taken into the library as a scan would take it: by the same rules, in the same words.

import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import type { PlainError } from '../../shared/errors.ts';
import { toPlainError } from '../../shared/errors.ts';
import type { Catalog, FileStamp } from '../catalog/index.ts';
import { describeFileProblem } from './file-problem.ts';
import { stampFile } from './recognise-backup.ts';
import type { ScanServices } from './scan-folders.ts';
import { findMovedAway, isAbsence } from './scan/gone-files.ts';
import { examineFile, isAsKnown, noteFile, type Finding } from './scan/note-file.ts';

/** missing: it is not there, and marked so where it was known; see ScanReport for the others. */
export type TakenInAs =
  'unchanged' | 'added' | 'moved' | 'copy' | 'changed' | 'returned' | 'unreadable' | 'missing';

export interface TakenIn {
  readonly path: string;
  readonly outcome: TakenInAs;
  /** Of the content that is or was there; null where none is known. */
  readonly identity: string | null;
  readonly movedFrom: string | null;
  /** Why it is unreadable. SOURCE_CHANGED: it is still being written, and is taken in when it stands still. */
  readonly error: PlainError | null;
}

/**
 * Takes in the file at `path`, in whatever folder it is.
 * @throws CANCELLED, DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED, IO_FAILED of the catalogue
 */
export async function takeIn(
  services: ScanServices,
  givenPath: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<TakenIn> {
  const { catalog } = services;
  const path = resolve(givenPath);
  const stamp = await lookAt(path);
  if (stamp === null) return noteGone(catalog, path);
  if ('code' in stamp)
    return {
      path,
      outcome: 'unreadable',
      identity: identityAt(catalog, path),
      movedFrom: null,
      error: stamp,
    };
  if (isAsKnown(catalog, path, stamp)) return noteUnchanged(catalog, path);
  const file = await examineFile(services, path, stamp, options.signal);
  if (file.state === 'vanished') return noteGone(catalog, path);
  const others = file.state === 'read' ? catalog.copies.byIdentity(file.backup.identity) : [];
  const gone = await findMovedAway(others.filter((copy) => copy.path !== path));
  const finding = catalog.batch(() =>
    noteFile(catalog, file, (copy) => copy.missingSince !== null || gone.has(copy.path)),
  );
  return takenIn(finding);
}

/** null: nothing is there. */
async function lookAt(path: string): Promise<FileStamp | PlainError | null> {
  try {
    return await stampFile(path);
  } catch (error) {
    return isAbsence(error) ? null : toPlainError(describeFileProblem(error, path));
  }
}

/** A file whose drive is not connected is not there either, and no more missing than the others on it. */
async function noteGone(catalog: Catalog, path: string): Promise<TakenIn> {
  const known = catalog.copies.find(path);
  const isGone = known !== null && known.folderId !== null && (await isPlaceThere(path, known.stamp.device));
  catalog.batch(() => {
    if (isGone) catalog.copies.markMissing([path], new Date().toISOString());
    catalog.unreadable.remove([path]);
  });
  return { path, outcome: 'missing', identity: known?.identity ?? null, movedFrom: null, error: null };
}

/** Whether the nearest folder that is left of the path is on the device that the file was on. */
async function isPlaceThere(path: string, device: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      return String((await stat(folder, { bigint: true })).dev) === device;
    } catch (error) {
      if (!isAbsence(error) || folder === dirname(folder)) return false;
    }
  }
}

function noteUnchanged(catalog: Catalog, path: string): TakenIn {
  const known = catalog.copies.find(path);
  const wasMissing = known !== null && known.missingSince !== null;
  if (wasMissing) catalog.copies.markPresent([path]);
  const outcome = wasMissing ? 'returned' : 'unchanged';
  return { path, outcome, identity: known?.identity ?? null, movedFrom: null, error: null };
}

function takenIn(finding: Finding): TakenIn {
  const { path, identity, kind } = finding;
  return {
    path,
    outcome: kind === 'vanished' ? 'missing' : kind,
    identity,
    movedFrom: kind === 'moved' ? finding.from : null,
    error: kind === 'unreadable' ? finding.error : null,
  };
}

function identityAt(catalog: Catalog, path: string): string | null {
  return catalog.copies.find(path)?.identity ?? null;
}
