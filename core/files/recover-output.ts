// Finishes or undoes what a crash left of an output, from its journal alone. What was read back and found right is
// finished; everything earlier is undone. Never removes anything that is not named by a journal of ours.

import { readdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import {
  OutputJournal,
  ignoreMissing,
  journalPathOf,
  partialPathOf,
  sweepStaging,
  type OutputState,
  fileOfJournal,
} from './output-journal.ts';
import { identityOf, moveWithoutOverwriting, sameFile } from './renames.ts';
import { finishOriginal, finishSwap, undoSwap } from './swap.ts';
import { syncFolder } from './sync-folder.ts';

/**
 * Recovers the output at `finalPath`, if a dead process left one.
 * @throws BUSY when a living process is at it, OUTPUT_REFUSED when its journal says nothing that can be relied on
 */
export async function recoverOutput(finalPath: string): Promise<void> {
  const journal = await OutputJournal.takeOver(finalPath);
  if (journal === null) return;
  try {
    const { state } = journal;
    if (state === 'unreadable') throw unreadable(finalPath);
    if (state.step === 'verified') await finish(finalPath, journal, state);
    else await removePartial(finalPath, state);
    await syncFolder(dirname(finalPath));
    await journal.end();
  } catch (error) {
    journal.abandon();
    throw error;
  }
}

/**
 * Recovers every output in a folder; those of living processes are left alone, and so are those that cannot be
 * recovered now, whose reason is said when they are worked on themselves. Returns what was recovered.
 */
export async function recoverFolder(folder: string): Promise<string[]> {
  const recovered: string[] = [];
  for (const name of await readdir(folder)) {
    const written = fileOfJournal(name);
    if (written === null) continue;
    const finalPath = join(folder, written);
    const isRecovered = await recoverOutput(finalPath).then(
      () => true,
      () => false,
    );
    if (isRecovered) recovered.push(finalPath);
  }
  await sweepStaging(folder);
  return recovered;
}

export async function removePartial(finalPath: string, { step }: OutputState): Promise<void> {
  const partialPath = partialPathOf(finalPath);
  // Before we noted that we made it, only an empty one can be ours; and an empty one is nobody's loss.
  if (step === 'starting' && (await identityOf(partialPath))?.sizeBytes !== 0) return;
  await unlink(partialPath).catch(ignoreMissing);
}

async function finish(finalPath: string, journal: OutputJournal, state: OutputState): Promise<void> {
  const partial = await identityOf(partialPathOf(finalPath));
  if (partial === null) return finishOriginal(finalPath, state);
  if (await nothingIsLeft(finalPath, state)) {
    // The original was moved away by hand. What was made of it is whole, and may be all there is.
    return moveWithoutOverwriting(partialPathOf(finalPath), finalPath);
  }
  try {
    await finishSwap(finalPath, journal);
  } catch (error) {
    const { code } = error as StrongroomError;
    if (code !== 'SOURCE_CHANGED' && code !== 'OUTPUT_REFUSED') throw error;
    await undoSwap(finalPath, journal.state as OutputState); // another file stands there: that is its owner's will
  }
}

async function nothingIsLeft(finalPath: string, { replaces, keepAs }: OutputState): Promise<boolean> {
  if (replaces === null || (await identityOf(finalPath)) !== null) return false;
  return keepAs === null || !sameFile(await identityOf(join(dirname(finalPath), keepAs)), replaces);
}

function unreadable(finalPath: string): StrongroomError {
  return new StrongroomError(
    'OUTPUT_REFUSED',
    `Strongroom’s note about unfinished work, “${journalPathOf(finalPath)}”, is damaged.`,
    {
      hint: 'Nothing was touched. Look for the backup, its “.orig” and its “.partial” file, verify them, then delete the note.',
    },
  );
}
