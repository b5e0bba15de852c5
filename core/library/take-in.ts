// One file that has come, changed or gone, taken into the library as a scan would take it: by the same rules, in the same words.

import { resolve } from 'node:path';

import type { PlainError } from '../../shared/errors.ts';
import { toPlainError } from '../../shared/errors.ts';
import type { Catalog, FileStamp } from '../catalog/index.ts';
import { describeFileProblem } from './file-problem.ts';
import { stampFile } from './recognise-backup.ts';
import type { ScanServices } from './scan-folders.ts';
import { findMovedAway, isAbsence, noteGoneFile } from './scan/gone-files.ts';
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

async function noteGone(catalog: Catalog, path: string): Promise<TakenIn> {
  await noteGoneFile(catalog, path);
  return { path, outcome: 'missing', identity: identityAt(catalog, path), movedFrom: null, error: null };
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
