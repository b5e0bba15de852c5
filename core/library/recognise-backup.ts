// Which known backup a file is: one that has not changed is not opened, one that was renamed or copied is known again by
// its identity. Everything else is inspected and noted.

import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { BackupInspection } from '../../shared/backup.ts';
import { errorCode, fromPlainError, StrongroomError, type PlainError } from '../../shared/errors.ts';
import { isSameFile, type BackupFacts, type FileStamp, type InspectedBackup } from '../catalog/index.ts';
import { countsAsBackup, factsOf } from './library-facts.ts';
import type { LibraryEngine, LibraryServices } from './services.ts';

export interface RecognisedBackup extends BackupFacts {
  readonly path: string;
  /** The catalogue had this content already, in whatever file. */
  readonly wasKnown: boolean;
}

/**
 * The backup in the file at `path`. Remembered as a file of the library's folder that it lies in, if its name counts there.
 * @param noteAlso what is to be noted together with it, or not at all
 * @throws NOT_A_BACKUP, TRUNCATED, DAMAGED_METADATA, DAMAGED_HEADER, DAMAGED_PAYLOAD, UNSUPPORTED_VERSION,
 *   LIMIT_EXCEEDED, SOURCE_CHANGED, IO_FAILED, DAMAGED_CATALOG, BUSY
 */
export async function recogniseBackup(
  { catalog, engine }: Pick<LibraryServices, 'catalog'> & InspectServices,
  givenPath: string,
  noteAlso?: (backup: BackupFacts) => void,
): Promise<RecognisedBackup> {
  const path = resolve(givenPath);
  const before = await stampFile(path);
  const unchanged = catalog.findUnchanged(path, before);
  if (unchanged?.details !== undefined) {
    if (catalog.copies.find(path)?.missingSince != null) catalog.copies.markPresent([path]);
    if (noteAlso !== undefined) catalog.batch(() => noteAlso(unchanged));
    return { ...unchanged, path, wasKnown: true };
  }
  const { backup, stamp } = await inspectFile({ engine }, path, before);
  const wasKnown = catalog.knows(backup.identity);
  catalog.batch(() => {
    if (countsAsBackup(path)) catalog.rememberCopy(path, stamp, backup);
    else catalog.rememberCopy(path, stamp, backup, null);
    noteAlso?.(backup);
  });
  return { ...backup, path, wasKnown };
}

export interface InspectServices {
  readonly engine: Pick<LibraryEngine, 'inspect'>;
}

/**
 * Reads what the file holds, and makes sure that it stood still meanwhile: what was read of a file that grows or is replaced may be
 * neither the old nor the new one.
 * @param expected what the file was when it was found
 * @throws as `recogniseBackup`, except for the catalogue's
 */
export async function inspectFile(
  { engine }: InspectServices,
  path: string,
  expected: FileStamp,
): Promise<{ readonly backup: InspectedBackup; readonly stamp: FileStamp }> {
  const inspected = await engine.inspect(path).then(
    (inspection) => ({ inspection }),
    (error: unknown) => ({ error }),
  );
  const stamp = await stampFile(path);
  if (!isSameFile(expected, stamp)) throw changedMeanwhile();
  if ('error' in inspected) throw inspected.error;
  const { inspection } = inspected;
  const backup = factsOf(inspection);
  const problem = problemOf(inspection);
  if (backup.encryptedParts.length === 0 && problem !== null) throw fromPlainError(problem);
  return { backup, stamp };
}

/** As `recogniseBackup`; null for a file that says by itself what is wrong with it when its turn comes. */
export async function recogniseIfReadable(
  services: Pick<LibraryServices, 'catalog' | 'engine'>,
  path: string,
  noteAlso?: (backup: BackupFacts) => void,
): Promise<RecognisedBackup | null> {
  try {
    return await recogniseBackup(services, path, noteAlso);
  } catch (error) {
    if (endsEverything(error)) throw error;
    return null;
  }
}

/** Errors that are not about one file: nothing can be remembered any more, or nobody wants it. */
export function endsEverything(error: unknown): boolean {
  return ENDS_EVERYTHING.has(errorCode(error));
}

const ENDS_EVERYTHING: ReadonlySet<string> = new Set([
  'DAMAGED_CATALOG',
  'BUSY',
  'NO_SPACE',
  'OUTPUT_REFUSED',
  'CANCELLED',
]);

/** What keeps a backup from being whole, as far as that shows without a key. */
export function problemOf({ problem, members }: BackupInspection): PlainError | null {
  return problem ?? members.find((member) => member.problem !== null)?.problem ?? null;
}

/** What tells that the file, or what a link leads to, has not changed. @throws what the system says */
export async function stampFile(path: string | Buffer): Promise<FileStamp> {
  return stampOf(await stat(path, { bigint: true }));
}

export function stampOf({ size, mtimeNs, ctimeNs, ino, dev }: BigIntStats): FileStamp {
  return {
    sizeBytes: Number(size),
    mtimeNs: String(mtimeNs),
    ctimeNs: String(ctimeNs),
    inode: String(ino),
    device: String(dev),
  };
}

export function changedMeanwhile(): StrongroomError {
  return new StrongroomError('SOURCE_CHANGED', 'The file changed while it was being read.', {
    hint: 'Wait until the download or copy is finished, then try again.',
  });
}
