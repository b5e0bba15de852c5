// The note beside an output that is being written: how far it is, where the original goes. It is written before
// each step, so that a later start can finish or undo what a crash left. It is also the lock: a folder that appears
// complete by one rename and goes by one rename, with one file in it that bears the name of its owner. A dead
// owner's file is renamed by whoever takes over: of several, one succeeds, and the lock is never open in between.

import { access, mkdir, open, readFile, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import { endOwner, mayBeAlive, newOwner } from './output-owner.ts';
import { syncFolder } from './sync-folder.ts';

export interface FileIdentity {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

export interface OutputState {
  readonly format: 1;
  /**
   * `starting`: a partial file with content is a stranger's. `writing`: the partial file is ours and worth nothing.
   * `verified`: it was read back and is the new backup.
   */
  readonly step: 'starting' | 'writing' | 'verified';
  /** The file to be replaced as it was at the start; null where a new file is made. */
  readonly replaces: FileIdentity | null;
  readonly originals: 'keep' | 'quarantine' | 'trash' | null;
  readonly quarantineDays: number;
  /** Where the original goes, relative to the file's folder; set with `verified`. */
  readonly keepAs: string | null;
  /** Size of the new file, set with `verified`: nothing else that stands at its place counts as it. */
  readonly outputBytes: number | null;
}

const JOURNAL_SUFFIX = '.partial-journal';
const STAGING_PREFIX = '.strongroom-';
const STATE_SUFFIX = '.json';

/** The file whose writing a journal tells of; null for any other name. */
export function fileOfJournal(name: string): string | null {
  return name.endsWith(JOURNAL_SUFFIX) ? name.slice(0, -JOURNAL_SUFFIX.length) : null;
}

export const journalPathOf = (finalPath: string): string => finalPath + JOURNAL_SUFFIX;
export const partialPathOf = (finalPath: string): string => `${finalPath}.partial`;

export class OutputJournal {
  readonly #finalPath: string;
  readonly #owner: string;
  #state: OutputState | 'unreadable';

  private constructor(finalPath: string, owner: string, state: OutputState | 'unreadable') {
    this.#finalPath = finalPath;
    this.#owner = owner;
    this.#state = state;
  }

  /** What was noted last; `unreadable` only after damage to the disk. */
  get state(): OutputState | 'unreadable' {
    return this.#state;
  }

  /** Locks an output and notes the first state. @throws BUSY when another has it, OUTPUT_REFUSED */
  static async begin(finalPath: string, state: OutputState): Promise<OutputJournal> {
    const owner = newOwner();
    const staging = stagingPathOf(finalPath, owner);
    try {
      await mkdir(staging, { mode: 0o700 });
      await writeSynced(join(staging, owner + STATE_SUFFIX), JSON.stringify(state));
      await syncFolder(staging);
      await moveToFreePlace(staging, finalPath);
    } catch (error) {
      await rm(staging, { recursive: true, force: true });
      endOwner(owner);
      throw error;
    }
    const journal = new OutputJournal(finalPath, owner, state);
    try {
      await syncFolder(dirname(finalPath));
    } catch (error) {
      await journal.end();
      throw error;
    }
    return journal;
  }

  /**
   * Takes over what a dead process left; null where there is nothing. Of several late comers one succeeds.
   * @throws BUSY when its owner may live, or another took it first; OUTPUT_REFUSED when it is not ours
   */
  static async takeOver(finalPath: string): Promise<OutputJournal | null> {
    const folder = journalPathOf(finalPath);
    const names = await namesIn(folder, finalPath);
    if (names === null) return null;
    const stateName = names.find((name) => name.endsWith(STATE_SUFFIX));
    if (stateName === undefined) {
      // Only a power cut leaves it empty: before the first or after the last step, so there is nothing to finish.
      await rmdir(folder).catch(ignoreTaken);
      return null;
    }
    if (mayBeAlive(stateName.slice(0, -STATE_SUFFIX.length))) throw busy(finalPath);
    const owner = newOwner();
    try {
      await rename(join(folder, stateName), join(folder, owner + STATE_SUFFIX));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw busy(finalPath);
      throw error;
    }
    return new OutputJournal(
      finalPath,
      owner,
      parse(await readFile(join(folder, owner + STATE_SUFFIX), 'utf8')),
    );
  }

  /** Notes the next state; it is on the disk when this returns. */
  async note(state: OutputState): Promise<void> {
    const folder = journalPathOf(this.#finalPath);
    const next = join(folder, `${this.#owner}.next`);
    try {
      await writeSynced(next, JSON.stringify(state));
      await rename(next, join(folder, this.#owner + STATE_SUFFIX));
    } catch (error) {
      await unlink(next).catch(ignoreMissing);
      throw error;
    }
    await syncFolder(folder);
    this.#state = state;
  }

  /** Leaves it for a later start to take over, where this one can neither finish nor undo it. */
  abandon(): void {
    endOwner(this.#owner);
  }

  /** Unlocks: nothing is left to finish or undo. */
  async end(): Promise<void> {
    try {
      await this.#remove();
    } finally {
      endOwner(this.#owner);
    }
  }

  async #remove(): Promise<void> {
    const folder = journalPathOf(this.#finalPath);
    const staging = stagingPathOf(this.#finalPath, this.#owner);
    try {
      await access(join(folder, this.#owner + STATE_SUFFIX)); // never another's
      await rename(folder, staging);
    } catch (error) {
      ignoreMissing(error as NodeJS.ErrnoException);
      return;
    }
    await syncFolder(dirname(this.#finalPath));
    await rm(staging, { recursive: true, force: true });
  }
}

/** Removes what dead processes left between a lock and no lock. */
export async function sweepStaging(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(STAGING_PREFIX) || mayBeAlive(name.slice(STAGING_PREFIX.length))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

export function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Writes a small file; its content is on the disk when this returns. */
export async function writeSynced(path: string, content: string): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function moveToFreePlace(staging: string, finalPath: string): Promise<void> {
  const folder = journalPathOf(finalPath);
  try {
    await rename(staging, folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOTDIR') throw foreign(finalPath);
    if (!TAKEN.has(code)) throw error;
    throw busy(finalPath);
  }
}

/** What systems answer to a folder that is renamed to where one is, or removed while something is in it. */
const TAKEN = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES', 'EBUSY']);

function ignoreTaken(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT' && !TAKEN.has(error.code ?? '')) throw error;
}

async function namesIn(folder: string, finalPath: string): Promise<string[] | null> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code !== 'ENOTDIR') throw error;
    if ((await stat(dirname(finalPath))).isDirectory()) throw foreign(finalPath);
    return null; // the file's own folder is none: said when something is to be written there
  }
}

function stagingPathOf(finalPath: string, owner: string): string {
  return join(dirname(finalPath), STAGING_PREFIX + owner);
}

const STEPS: readonly OutputState['step'][] = ['starting', 'writing', 'verified'];

function parse(content: string): OutputState | 'unreadable' {
  try {
    const value = JSON.parse(content) as Readonly<Record<string, unknown>>;
    const isOurs = value['format'] === 1 && STEPS.includes(value['step'] as OutputState['step']);
    return isOurs ? (value as unknown as OutputState) : 'unreadable';
  } catch {
    return 'unreadable'; // written whole and synced before it got its name, so only a failing disk does this
  }
}

function busy(finalPath: string): StrongroomError {
  return new StrongroomError('BUSY', `Another Strongroom is working on “${basename(finalPath)}”.`, {
    hint: `Wait until it has finished. If none is running, on this machine or another, delete “${journalPathOf(finalPath)}” and the “.partial” file beside it.`,
  });
}

function foreign(finalPath: string): StrongroomError {
  return new StrongroomError('OUTPUT_REFUSED', `“${journalPathOf(finalPath)}” is not from Strongroom.`, {
    hint: 'Its name is needed while a backup is written. Move it away and try again.',
  });
}
