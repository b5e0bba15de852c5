// Lets one process at a time write a vault. The lock is a folder with one file in it that bears its owner's name; it
// appears with that file by one rename. A dead owner's file is renamed by whoever takes over: of several, one succeeds.
// A lock whose owner may live is never touched. Nothing is synced: no lock has to survive a power cut.

import { mkdir, readdir, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { StrongroomError } from '../../shared/errors.ts';
import { endOwner, mayBeAlive, newOwner } from '../files/index.ts';
import { refusedWrite } from './refusals.ts';

const LOCK_NAME = 'vault.write-lock';
const STAGING_PREFIX = '.vault-lock-';
const SHORTEST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 40;

/** What systems answer to a folder that is renamed to where one is, or removed while something is in it. */
const TAKEN = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES', 'EBUSY']);

/**
 * Runs `work` while no other process or caller writes the vault in this folder.
 * @throws BUSY when another one is at it for longer than `waitMs`; NO_SPACE, OUTPUT_REFUSED, IO_FAILED
 */
export async function withWriteLock<Result>(
  folder: string,
  waitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const owner = newOwner();
  try {
    await acquire(folder, owner, waitMs);
    try {
      await sweepStaging(folder);
      return await work();
    } finally {
      await release(join(folder, LOCK_NAME), owner);
    }
  } finally {
    endOwner(owner);
  }
}

async function acquire(folder: string, owner: string, waitMs: number): Promise<void> {
  const lockPath = join(folder, LOCK_NAME);
  const staging = stagingPath(folder, owner);
  try {
    await mkdir(staging, { mode: 0o700 });
    await writeFile(join(staging, owner), '', { flag: 'wx', mode: 0o600 });
    const giveUpAt = performance.now() + waitMs;
    while (!(await tryOnce(lockPath, staging, owner))) {
      if (performance.now() >= giveUpAt) throw busy(lockPath);
      await wait(SHORTEST_WAIT_MS + Math.random() * (LONGEST_WAIT_MS - SHORTEST_WAIT_MS));
    }
  } catch (error) {
    throw refusedWrite(error, folder);
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined); // the next writer sweeps it
  }
}

/** Where a piece of work of this owner may put what is not in its place yet; swept when the owner is dead. */
export function stagingPath(folder: string, owner: string): string {
  return join(folder, STAGING_PREFIX + owner);
}

async function tryOnce(lockPath: string, staging: string, owner: string): Promise<boolean> {
  try {
    await rename(staging, lockPath);
    return true;
  } catch (error) {
    if (!TAKEN.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return takeOver(lockPath, owner);
}

async function takeOver(lockPath: string, owner: string): Promise<boolean> {
  try {
    const [holder] = await readdir(lockPath);
    if (holder === undefined) {
      await rmdir(lockPath); // its owner is just leaving, or left by a power cut
      return false;
    }
    if (mayBeAlive(holder)) return false;
    await rename(join(lockPath, holder), join(lockPath, owner));
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code !== 'ENOENT' && !TAKEN.has(code)) throw error;
    return false; // another was faster
  }
}

/**
 * The lock is free when the owner's file is gone; whoever finds the empty folder may have it. Never throws: the work is
 * done, and a lock that cannot be taken away is said to the next who waits for it.
 */
async function release(lockPath: string, owner: string): Promise<void> {
  try {
    await unlink(join(lockPath, owner));
    await rmdir(lockPath);
  } catch {
    // The next owner is in already, or the disk refuses.
  }
}

/** Removes what dead processes left. Never throws: the work that is to be done does not need it. */
async function sweepStaging(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      if (!name.startsWith(STAGING_PREFIX) || mayBeAlive(name.slice(STAGING_PREFIX.length))) continue;
      await rm(join(folder, name), { recursive: true, force: true });
    }
  } catch {
    // It lies in nobody's way, and the next writer tries again.
  }
}

function busy(lockPath: string): StrongroomError {
  return new StrongroomError('BUSY', 'Another Strongroom is changing the vault.', {
    hint: `Wait until it has finished. If none is running, on this machine or another, delete “${lockPath}”.`,
  });
}
