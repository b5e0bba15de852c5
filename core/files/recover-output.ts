// Finishes or undoes what a crash left of an output, from its journal alone. What was read back and found right is
// finished; everything earlier is undone. Never removes anything that is not named by a journal of ours.

import { readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { moveToTrash, recordQuarantine } from './originals.ts';
import {
  JOURNAL_SUFFIX,
  claimJournal,
  ignoreMissing,
  partialPathOf,
  readJournal,
  removeJournal,
  type OutputJournal,
} from './output-journal.ts';
import { identityOf, moveWithoutOverwriting, sameFile, setAside } from './renames.ts';
import { syncFolderOf } from './sync-folder.ts';

const DEFAULT_QUARANTINE_DAYS = 30;

/**
 * Recovers the output at `finalPath`, if a dead process left one.
 * @throws BUSY when a living process is at it
 */
export async function recoverOutput(finalPath: string, { own = false } = {}): Promise<void> {
  const journal = own ? await readJournal(finalPath) : await claimJournal(finalPath);
  if (journal === null) return;
  if (journal !== 'unreadable' && journal.step === 'verified') await finish(finalPath, journal);
  else await unlink(partialPathOf(finalPath)).catch(ignoreMissing);
  await removeJournal(finalPath);
  await syncFolderOf(finalPath);
}

/** Recovers every output in a folder; those of living processes are left alone. Returns what was recovered. */
export async function recoverFolder(folder: string): Promise<string[]> {
  const recovered: string[] = [];
  for (const name of await readdir(folder)) {
    if (!name.endsWith(JOURNAL_SUFFIX)) continue;
    const finalPath = join(folder, name.slice(0, -JOURNAL_SUFFIX.length));
    try {
      await recoverOutput(finalPath);
      recovered.push(finalPath);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'BUSY') throw error;
    }
  }
  return recovered;
}

async function finish(finalPath: string, journal: OutputJournal): Promise<void> {
  const partialPath = partialPathOf(finalPath);
  const partial = await identityOf(partialPath);
  const current = await identityOf(finalPath);
  if (journal.replaces === null || journal.keepAs === null) {
    if (partial === null) return;
    if (current === null) await moveWithoutOverwriting(partialPath, finalPath);
    else await unlink(partialPath);
    return;
  }
  const kept = await identityOf(journal.keepAs);
  if (partial !== null) {
    if (current !== null && !sameFile(current, journal.replaces)) {
      await unlink(partialPath); // someone put another file there: that one is the user's will
      return;
    }
    if (current !== null && kept === null) await setAside(finalPath, journal.keepAs);
    if (current === null && kept === null) return; // the original was moved away by hand: leave what there is
    await rename(partialPath, finalPath);
    await syncFolderOf(finalPath);
  } else if (current === null && kept !== null) {
    await rename(journal.keepAs, finalPath);
    return;
  }
  if ((await identityOf(journal.keepAs)) === null) return;
  if (journal.originals === 'trash') await moveToTrash(journal.keepAs);
  if (journal.originals === 'quarantine')
    await recordQuarantine(journal.keepAs, finalPath, DEFAULT_QUARANTINE_DAYS);
}
