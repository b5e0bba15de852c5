// The way back: files from quarantine to where they were, and into the library again. Nothing is overwritten.

import { basename } from 'node:path';

import { StrongroomError, toPlainError, type PlainError } from '../../../shared/errors.ts';
import type { UndoReport } from '../../../shared/scheme.ts';
import { bringBack, identityOf, readRemoval } from '../../files/index.ts';
import { describeFileProblem } from '../file-problem.ts';
import { endsEverything } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';
import { takeIn } from '../take-in.ts';
import { withdraw } from './approval.ts';

/**
 * One after the other. A watched folder's rule asks from then on, as before its first time.
 *
 * @param keptAt where they are, as `removedFiles` tells
 * @throws DAMAGED_CATALOG, BUSY, NO_SPACE of the catalogue; what keeps one file from coming back is in the answer
 */
export async function undoRemoval(
  services: Pick<LibraryServices, 'catalog' | 'engine'>,
  keptAt: readonly string[],
): Promise<UndoReport> {
  const restored: string[] = [];
  const problems: { path: string; error: PlainError }[] = [];
  for (const kept of new Set(keptAt)) {
    let path = kept;
    try {
      const removal = await readRemoval(kept);
      if (removal === null || services.catalog.folders.holding(kept) === null) throw notRemoved(kept);
      path = removal.path;
      if ((await identityOf(kept)) === null) throw notThere(path);
      await bringBack(removal);
    } catch (error) {
      problems.push({ path, error: toPlainError(describeFileProblem(error, path)) });
      continue;
    }
    restored.push(path);
    services.catalog.copies.remove(kept);
    withdraw(services.catalog, path);
    try {
      await takeIn(services, path);
    } catch (error) {
      if (endsEverything(error)) throw error;
      problems.push({ path, error: toPlainError(error) });
    }
  }
  return { restored, problems };
}

function notRemoved(path: string): StrongroomError {
  return new StrongroomError('USAGE', `“${basename(path)}” is no file that a scheme removed.`, {
    hint: 'Look at the list of removed files.',
  });
}

function notThere(path: string): StrongroomError {
  return new StrongroomError('IO_FAILED', `“${basename(path)}” is not in quarantine any more.`, {
    hint: 'Its days may be over, or somebody took it out. Look at the list of removed files.',
  });
}
