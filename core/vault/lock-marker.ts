// The file that says “locked on purpose”: while it is there, no process asks the keychain. Each has a random content,
// so that a process which was unlocked in spite of one notices the next, and who ends one does not end the next. What
// cannot be read counts as locked.

import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { endOwner, newOwner, syncFolder } from '../files/index.ts';
import { refusedWrite } from './refusals.ts';
import { stagingPath } from './write-lock.ts';

const MARKER_NAME = 'vault.locked';
const MARK_BYTES = 16;
const UNREADABLE = 'unreadable';

/** What tells this marker from later ones; null where there is none. */
export function readMarker(folder: string): Promise<string | null> {
  return readMark(join(folder, MARKER_NAME));
}

/** @throws NO_SPACE, OUTPUT_REFUSED, IO_FAILED */
export async function writeMarker(folder: string): Promise<void> {
  const owner = newOwner();
  // By a rename: a marker never changes, so that whoever takes one away knows which.
  const partial = stagingPath(folder, owner);
  try {
    const handle = await open(partial, 'wx', 0o600);
    try {
      await handle.writeFile(randomBytes(MARK_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, join(folder, MARKER_NAME));
    await syncFolder(folder);
  } catch (error) {
    await discard(partial);
    throw refusedWrite(error, folder);
  } finally {
    endOwner(owner);
  }
}

/**
 * Takes away the marker that was there when `readMarker` gave `expected`, and no later one.
 * @returns false when there is a later one, which stays
 * @throws OUTPUT_REFUSED, IO_FAILED
 */
export async function endMarker(folder: string, expected: string | null): Promise<boolean> {
  const found = await readMarker(folder);
  if (found === null || found !== expected) return found === null;
  const owner = newOwner();
  const path = join(folder, MARKER_NAME);
  const taken = stagingPath(folder, owner);
  try {
    await rename(path, taken);
    if ((await readMark(taken)) !== expected) {
      await rename(taken, path); // written since the look above
      return false;
    }
    await unlink(taken).catch(async (error: unknown) => {
      await rename(taken, path);
      throw error;
    });
    await syncFolder(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true; // another process ended it just now
    throw refusedWrite(error, folder);
  } finally {
    endOwner(owner);
  }
}

/** Takes away whatever marker there is. @throws OUTPUT_REFUSED, IO_FAILED */
export async function clearMarker(folder: string): Promise<void> {
  try {
    await rm(join(folder, MARKER_NAME), { force: true });
  } catch (error) {
    throw refusedWrite(error, folder);
  }
}

async function readMark(path: string): Promise<string | null> {
  try {
    return (await readFile(path)).toString('hex', 0, MARK_BYTES);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : UNREADABLE;
  }
}

async function discard(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined); // the next writer sweeps it
}
