// The file that says “locked on purpose”: while it is there, no process asks the keychain. Each has a random content,
// so that a process which was unlocked in spite of one notices the next. What cannot be read counts as locked.

import { randomBytes } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { syncFolder } from '../files/index.ts';
import { refusedWrite } from './refusals.ts';

const MARKER_NAME = 'vault.locked';
const MARK_BYTES = 16;
const UNREADABLE = 'unreadable';

/** What tells this marker from later ones; null where there is none. */
export async function readMarker(folder: string): Promise<string | null> {
  try {
    return (await readFile(join(folder, MARKER_NAME))).toString('hex', 0, MARK_BYTES);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : UNREADABLE;
  }
}

/** @throws NO_SPACE, OUTPUT_REFUSED, IO_FAILED */
export async function writeMarker(folder: string): Promise<void> {
  const path = join(folder, MARKER_NAME);
  try {
    const handle = await open(path, 'w', 0o600);
    try {
      await handle.writeFile(randomBytes(MARK_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(dirname(path));
  } catch (error) {
    throw refusedWrite(error, folder);
  }
}

/** @throws OUTPUT_REFUSED, IO_FAILED */
export async function removeMarker(folder: string): Promise<void> {
  try {
    await rm(join(folder, MARKER_NAME), { force: true });
    await syncFolder(folder);
  } catch (error) {
    throw refusedWrite(error, folder);
  }
}
