// What the library has to know once a backup was rewritten: the new content, what opens it, which one it was made of, and
// where the original is. Also for one whose rewriting ended in another program, which had no time to note it.

import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { BatchOperation } from '../../../shared/library.ts';
import type { BackupFacts } from '../../catalog/index.ts';
import { QUARANTINE_FOLDER } from '../../files/index.ts';
import { recogniseBackup, recogniseIfReadable } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';

type Services = Pick<LibraryServices, 'catalog' | 'engine'>;

export interface Rewriting {
  readonly operation: BatchOperation;
  /** As it was asked for; may be a link to `outputPath`. */
  readonly path: string;
  readonly outputPath: string;
  /** null where it is not beside it any more. */
  readonly originalPath: string | null;
  /** null where the library did not know the content. */
  readonly oldIdentity: string | null;
  /** The key that opens every part of the new one; null where it is not known. */
  readonly keyId: string | null;
}

/** Takes the new content in, and what it was made of with it: a kill in between would lose that. @throws as `recogniseBackup` */
export async function rememberRewritten(services: Services, rewriting: Rewriting): Promise<void> {
  const { catalog } = services;
  const { operation, path, outputPath, originalPath, oldIdentity, keyId } = rewriting;
  await recogniseBackup(services, outputPath, ({ identity, encryptedParts }) => {
    const isOther = oldIdentity !== null && oldIdentity !== identity && catalog.knows(oldIdentity);
    if (keyId !== null && encryptedParts.length > 0) {
      const settledPositions = encryptedParts.map(({ position }) => position);
      catalog.rememberTrials(identity, [{ keyId, outcome: 'all', settledPositions }]);
    }
    if (isOther) catalog.replacements.add({ oldIdentity, newIdentity: identity, operation, path });
    // It was read back from disk and compared to the last byte, which is what a full verification does.
    catalog.verifications.add({
      identity,
      path: outputPath,
      level: 'full',
      status: 'good',
      message: null,
      bytes: 0,
      durationMs: 0,
    });
  });
  if (path !== outputPath) await recogniseIfReadable(services, path);
  if (originalPath !== null) await recogniseIfReadable(services, originalPath);
}

/** What came of a rewriting that was begun earlier and ended unseen. */
export interface FinishedEarlier {
  readonly originalPath: string | null;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

/**
 * Notes what an earlier attempt at `path` finished and could not note. Which key opens it is left to matching: another
 * program's file of the same backup may stand there.
 */
export async function noteFinished(
  services: Services,
  path: string,
  operation: BatchOperation,
): Promise<void> {
  const { catalog } = services;
  const before = catalog.copies.find(path);
  if (before === null) return;
  await recogniseIfReadable(services, path, ({ identity, slug }) => {
    if (identity === before.identity || catalog.factsOf(before.identity)?.slug !== slug) return;
    if (catalog.replacements.madeAt(identity, path) !== null) return;
    catalog.replacements.add({ oldIdentity: before.identity, newIdentity: identity, operation, path });
  });
}

/** What an earlier attempt made of the file at `path`; null where this operation did not make what stands there. */
export async function findFinished(
  services: Services,
  path: string,
  operation: BatchOperation,
): Promise<FinishedEarlier | null> {
  const { catalog } = services;
  const now = await recogniseIfReadable(services, path);
  if (now === null) return null;
  const origin = catalog.replacements.madeAt(now.identity, path);
  if (origin?.operation !== operation) return null;
  return {
    originalPath: await findOriginal(services, path, origin.oldIdentity),
    inputBytes: sizeOf(catalog.factsOf(origin.oldIdentity)),
    outputBytes: sizeOf(now),
  };
}

/** The original beside the new file or in quarantine, known by its content and not by its name alone. */
async function findOriginal(services: Services, path: string, identity: string): Promise<string | null> {
  const start = `${basename(path)}.orig`;
  for (const folder of [dirname(path), join(dirname(path), QUARANTINE_FOLDER)]) {
    const names = await readdir(folder).catch(() => []); // no such folder: nothing was put there
    for (const name of names) {
      if (!name.startsWith(start) || name.endsWith('.json')) continue;
      const found = await recogniseIfReadable(services, join(folder, name));
      if (found?.identity === identity) return join(folder, name);
    }
  }
  return null;
}

function sizeOf(facts: BackupFacts | null): number {
  return facts?.details?.sizeBytes ?? 0;
}
