// How a verified output becomes the real file: the same steps for the process that wrote it and for one that finishes
// them after a crash, each of which looks first at what is there. At every instant an intact copy exists under a name
// that a person finds, and a file that is not the one from the start of the work is left alone.

import { rename, unlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import { forgetQuarantine, moveToTrash, placeForOriginal, recordQuarantine } from './originals.ts';
import { ignoreMissing, partialPathOf, type OutputJournal, type OutputState } from './output-journal.ts';
import { identityOf, isOneFile, moveWithoutOverwriting, sameFile, setAside } from './renames.ts';
import { syncFolder } from './sync-folder.ts';

export interface Swapped {
  /** Where the original is now; null for a new file and for the trash. */
  readonly originalPath: string | null;
  readonly trashProblem: string | null;
}

/**
 * Carries a `verified` output through, from wherever it stands.
 * @throws SOURCE_CHANGED, OUTPUT_REFUSED, IO_FAILED
 */
export async function finishSwap(finalPath: string, journal: OutputJournal): Promise<Swapped> {
  const state = verifiedState(journal);
  if (state.replaces === null || state.originals === null) {
    await moveWithoutOverwriting(partialPathOf(finalPath), finalPath);
    await syncFolder(dirname(finalPath));
    return { originalPath: null, trashProblem: null };
  }
  const keepAs = await setOriginalAside(finalPath, journal);
  await recordIfQuarantined(state, finalPath, keepAs);
  if (await isOneFile(finalPath, keepAs)) await rename(partialPathOf(finalPath), finalPath);
  else await moveWithoutOverwriting(partialPathOf(finalPath), finalPath);
  await syncFolder(dirname(finalPath));
  return disposeOf(keepAs, state);
}

/** What `finishSwap` does last, for a crash after the output had left its `.partial` name. */
export async function finishOriginal(finalPath: string, state: OutputState): Promise<void> {
  if (state.replaces === null || state.keepAs === null) return;
  const keepAs = join(dirname(finalPath), state.keepAs);
  if (await isOneFile(finalPath, keepAs)) return takeBackName(keepAs); // the output is gone, nothing was replaced
  const kept = await identityOf(keepAs);
  const standing = await identityOf(finalPath);
  if (standing === null && sameFile(kept, state.replaces)) return moveWithoutOverwriting(keepAs, finalPath);
  // Where something else stands than what we put there, the original stays where it is.
  if (standing?.sizeBytes !== state.outputBytes || !sameFile(kept, state.replaces)) return;
  await recordIfQuarantined(state, finalPath, keepAs);
  await disposeOf(keepAs, state);
}

/** Takes back a swap that failed. Where the output has its place already, it stays: the original is beside it. */
export async function undoSwap(finalPath: string, state: OutputState): Promise<void> {
  const partialPath = partialPathOf(finalPath);
  if ((await identityOf(partialPath)) === null) return;
  if (state.replaces !== null && state.keepAs !== null) {
    const keepAs = join(dirname(finalPath), state.keepAs);
    if (await isOneFile(finalPath, keepAs)) await takeBackName(keepAs);
    else if ((await identityOf(finalPath)) === null && sameFile(await identityOf(keepAs), state.replaces))
      await moveWithoutOverwriting(keepAs, finalPath);
    // An original that nothing replaced has no day on which it may go.
    if (state.originals === 'quarantine') await forgetQuarantine(keepAs);
  }
  await unlink(partialPath).catch(ignoreMissing);
  await syncFolder(dirname(finalPath));
}

/** Gives the original its second name, noted in the journal first. Returns where it is. */
async function setOriginalAside(finalPath: string, journal: OutputJournal): Promise<string> {
  const state = verifiedState(journal);
  if (state.keepAs !== null) {
    const noted = join(dirname(finalPath), state.keepAs);
    if (sameFile(await identityOf(noted), state.replaces)) return noted; // done before a crash
  }
  if (!sameFile(await identityOf(finalPath), state.replaces)) throw changed();
  const keepAs = await placeForOriginal(finalPath, state.originals ?? 'keep');
  await journal.note({ ...state, keepAs: relative(dirname(finalPath), keepAs) });
  await setAside(finalPath, keepAs);
  if (sameFile(await identityOf(keepAs), state.replaces)) return keepAs;
  // Another file was put there since we looked, and that one got the second name: it gets its own back.
  if (!(await isOneFile(finalPath, keepAs))) await moveWithoutOverwriting(keepAs, finalPath);
  throw changed();
}

async function takeBackName(keepAs: string): Promise<void> {
  await unlink(keepAs);
  await forgetQuarantine(keepAs);
}

async function recordIfQuarantined(state: OutputState, finalPath: string, keepAs: string): Promise<void> {
  if (state.originals !== 'quarantine' || state.outputBytes === null) return;
  await recordQuarantine(keepAs, finalPath, state.outputBytes, state.quarantineDays);
}

async function disposeOf(keepAs: string, { originals }: OutputState): Promise<Swapped> {
  if (originals !== 'trash') return { originalPath: keepAs, trashProblem: null };
  const trashProblem = await moveToTrash(keepAs);
  return { originalPath: trashProblem === null ? null : keepAs, trashProblem };
}

function verifiedState({ state }: OutputJournal): OutputState {
  if (state !== 'unreadable' && state.step === 'verified') return state;
  throw new StrongroomError('INTERNAL', 'only a verified output may take its place');
}

function changed(): StrongroomError {
  return new StrongroomError(
    'SOURCE_CHANGED',
    'The file changed while it was being worked on; it was left as it is now.',
    { hint: 'Wait until the download or copy is finished, then try again.' },
  );
}
