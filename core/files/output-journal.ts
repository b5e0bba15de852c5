// The note beside an output that is being written: who writes it, how far it is, where the original goes. It is
// written before each step, so that a later start can finish or undo what a crash left. It is also the lock.

import { hostname } from 'node:os';
import { readFileSync } from 'node:fs';
import { open, readFile, rename, unlink, writeFile } from 'node:fs/promises';

import { StrongroomError } from '../../shared/errors.ts';

export interface FileIdentity {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

export interface OutputJournal {
  readonly format: 1;
  readonly owner: { readonly pid: number; readonly host: string; readonly started: string };
  /** `writing`: the partial file is worth nothing. `verified`: it was read back and is the new backup. */
  readonly step: 'writing' | 'verified';
  /** The file to be replaced as it was at the start; null where a new file is made. */
  readonly replaces: FileIdentity | null;
  /** Where the original goes, set with `verified`. */
  readonly keepAs: string | null;
  readonly originals: 'keep' | 'quarantine' | 'trash' | null;
}

export const journalPathOf = (finalPath: string): string => `${finalPath}.partial-journal`;
export const partialPathOf = (finalPath: string): string => `${finalPath}.partial`;
export const JOURNAL_SUFFIX = '.partial-journal';

export function newJournal(
  replaces: FileIdentity | null,
  originals: OutputJournal['originals'],
): OutputJournal {
  const owner = { pid: process.pid, host: hostname(), started: processStart(process.pid) };
  return { format: 1, owner, step: 'writing', replaces, keepAs: null, originals };
}

/** Creates the journal; it must not exist. @throws BUSY when it does */
export async function createJournal(finalPath: string, journal: OutputJournal): Promise<void> {
  const path = journalPathOf(finalPath);
  try {
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(JSON.stringify(journal));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw busy(finalPath);
    throw error;
  }
}

/** Replaces the journal's content as a whole. */
export async function updateJournal(finalPath: string, journal: OutputJournal): Promise<void> {
  const path = journalPathOf(finalPath);
  const next = `${path}.${process.pid}.tmp`;
  const handle = await open(next, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(journal));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, path);
}

/** null where there is none; a half-written one counts as one that had not begun. */
export async function readJournal(finalPath: string): Promise<OutputJournal | 'unreadable' | null> {
  let content: string;
  try {
    content = await readFile(journalPathOf(finalPath), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return parse(content);
}

/**
 * Takes over the journal of a dead process, so that only one of several late comers does.
 * @throws BUSY when its owner lives, or another took it first
 */
export async function claimJournal(finalPath: string): Promise<OutputJournal | 'unreadable' | null> {
  const seen = await readJournal(finalPath);
  if (seen === null) return null;
  if (seen !== 'unreadable' && isAlive(seen.owner)) throw busy(finalPath);
  const path = journalPathOf(finalPath);
  const claim = `${path}.${process.pid}.claim`;
  try {
    await rename(path, claim);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw busy(finalPath);
    throw error;
  }
  const claimed = parse(await readFile(claim, 'utf8'));
  if (JSON.stringify(claimed) !== JSON.stringify(seen)) {
    await rename(claim, path); // a new owner had come in between
    throw busy(finalPath);
  }
  const own = {
    ...(claimed === 'unreadable' ? newJournal(null, null) : claimed),
    owner: newJournal(null, null).owner,
  };
  await writeFile(claim, JSON.stringify(own), { mode: 0o600 });
  await rename(claim, path);
  return claimed === 'unreadable' ? 'unreadable' : own;
}

export async function removeJournal(finalPath: string): Promise<void> {
  await unlink(journalPathOf(finalPath)).catch(ignoreMissing);
}

export function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function parse(content: string): OutputJournal | 'unreadable' {
  try {
    const value = JSON.parse(content) as OutputJournal;
    return value.format === 1 && typeof value.owner?.pid === 'number' ? value : 'unreadable';
  } catch {
    return 'unreadable'; // cut off by a crash while it was first written: nothing had begun
  }
}

function isAlive(owner: OutputJournal['owner']): boolean {
  if (owner.host !== hostname()) return true; // on a shared drive: another machine's work is never touched
  if (owner.pid === process.pid) return owner.started === processStart(process.pid);
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return owner.started === '' || owner.started === processStart(owner.pid);
}

/** When a process began, in clock ticks since boot, with the boot it belongs to; '' where the system does not tell. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch {
    return ''; // no /proc: the process number alone has to do
  }
}

function busy(finalPath: string): StrongroomError {
  return new StrongroomError('BUSY', 'Another Strongroom is working on this file.', {
    hint: `Wait until it has finished. If none is running, delete “${journalPathOf(finalPath)}” and the “.partial” file beside it.`,
  });
}
