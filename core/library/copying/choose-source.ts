// Which file of a backup is copied: one that is there and can be read, best one whose last verification was good. One that was
// found damaged is never copied: a copy of it helps nobody.

import { access, constants } from 'node:fs/promises';

import { StrongroomError } from '../../../shared/errors.ts';
import type { LibraryBackup, LibraryCopy } from '../../../shared/library.ts';
import type { Verification } from '../../catalog/index.ts';
import { isKeptOriginal } from '../batch/index.ts';
import { describeFileProblem, fileNotThere } from '../file-problem.ts';
import { changedMeanwhile, endsEverything, recogniseBackup } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';

/**
 * The copy to read.
 * @throws IO_FAILED none can be read; DAMAGED_PAYLOAD, TRUNCATED all that can be were found so; what reading the last one said;
 *   DAMAGED_CATALOG, BUSY, NO_SPACE of the catalogue
 */
export async function chooseSource(
  services: Pick<LibraryServices, 'catalog' | 'engine'>,
  { identity, copies }: LibraryBackup,
): Promise<LibraryCopy> {
  const history = services.catalog.verifications.history(identity);
  const there = copies.filter(({ path, state }) => state === 'present' && !isKeptOriginal(path));
  let problem: unknown = null;
  for (const copy of [...there].sort((a, b) => rankOf(a, history) - rankOf(b, history))) {
    const damage = damageAt(copy.path, history);
    if (damage !== null) {
      problem ??= damage;
      continue;
    }
    try {
      await access(copy.path, constants.R_OK);
      const found = await recogniseBackup(services, copy.path);
      if (found.identity === identity) return copy;
      throw changedMeanwhile();
    } catch (error) {
      if (endsEverything(error)) throw error;
      problem ??= describeFileProblem(error, copy.path);
    }
  }
  throw problem ?? nothingThere(copies);
}

/** What the last verification of the file at `path` found damaged; null where it did not, or there was none. */
export function damageAt(path: string, history: readonly Verification[]): StrongroomError | null {
  const last = history.find((verification) => verification.path === path);
  if (last?.status !== 'damaged' && last?.status !== 'truncated') return null;
  const code = last.status === 'truncated' ? 'TRUNCATED' : 'DAMAGED_PAYLOAD';
  return new StrongroomError(code, `Its last verification found it damaged: ${last.message ?? last.status}`, {
    hint: 'A copy of it would be damaged, too. Look for another file of this backup, or repair it first.',
  });
}

function rankOf({ path, folderId }: LibraryCopy, history: readonly Verification[]): number {
  const last = history.find((verification) => verification.path === path);
  return (last?.status === 'good' ? 0 : 2) + (folderId === null ? 1 : 0);
}

function nothingThere(copies: readonly LibraryCopy[]): StrongroomError {
  const [away = copies[0]] = copies.filter(({ state }) => state === 'unreachable');
  return fileNotThere(away?.path ?? '', away?.state === 'unreachable' ? 'unreachable' : 'missing');
}
