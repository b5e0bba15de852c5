// Which known backup a file is: one that has not changed is not opened, one that was renamed or copied is known again by
// its identity. Everything else is inspected and noted.

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { BackupInspection } from '../../shared/backup.ts';
import { errorCode, fromPlainError, StrongroomError, type PlainError } from '../../shared/errors.ts';
import type { BackupFacts, FileStamp } from '../catalog/index.ts';
import type { LibraryServices } from './services.ts';

export interface RecognisedBackup extends BackupFacts {
  readonly path: string;
  /** The catalogue had this content already, in whatever file. */
  readonly wasKnown: boolean;
}

/**
 * The backup in the file at `path`.
 * @throws NOT_A_BACKUP, TRUNCATED, DAMAGED_METADATA, DAMAGED_HEADER, DAMAGED_PAYLOAD, UNSUPPORTED_VERSION,
 *   LIMIT_EXCEEDED, SOURCE_CHANGED, IO_FAILED, DAMAGED_CATALOG, BUSY
 */
export async function recogniseBackup(
  { catalog, engine }: Pick<LibraryServices, 'catalog' | 'engine'>,
  givenPath: string,
): Promise<RecognisedBackup> {
  const path = resolve(givenPath);
  const before = await stampOf(path);
  const unchanged = catalog.findUnchanged(path, before);
  if (unchanged !== null) return { ...unchanged, path, wasKnown: true };
  const inspection = await engine.inspect(path);
  const facts = factsOf(inspection);
  const problem = problemOf(inspection);
  if (facts.encryptedParts.length === 0 && problem !== null) throw fromPlainError(problem);
  const wasKnown = catalog.knows(facts.identity);
  // What was read of a file that grows or is replaced may be neither the old nor the new one.
  if (!isSame(before, await stampOf(path))) throw changedMeanwhile();
  catalog.rememberCopy(path, before, facts);
  return { ...facts, path, wasKnown };
}

/** As `recogniseBackup`; null for a file that says by itself what is wrong with it when its turn comes. */
export async function recogniseIfReadable(
  services: Pick<LibraryServices, 'catalog' | 'engine'>,
  path: string,
): Promise<RecognisedBackup | null> {
  try {
    return await recogniseBackup(services, path);
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

export function factsOf({ identity, metadata, members }: BackupInspection): BackupFacts {
  return {
    identity,
    slug: metadata.slug,
    name: metadata.name,
    date: metadata.requestedDate ?? metadata.date,
    instanceId: metadata.instanceId,
    encryptedParts: members.flatMap(({ name, variant, encrypted, problem }, position) =>
      encrypted === true && problem === null ? [{ position, name, variant }] : [],
    ),
  };
}

function problemOf({ problem, members }: BackupInspection): PlainError | null {
  return problem ?? members.find((member) => member.problem !== null)?.problem ?? null;
}

async function stampOf(path: string): Promise<FileStamp> {
  const { size, mtimeNs, ctimeNs, ino, dev } = await stat(path, { bigint: true });
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

function isSame(a: FileStamp, b: FileStamp): boolean {
  return (
    a.sizeBytes === b.sizeBytes &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.inode === b.inode &&
    a.device === b.device
  );
}
