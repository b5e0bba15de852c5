// One file of a vault on disk: reading it with limits, and writing a new one beside it that takes its name by one
// rename. A symbolic link stays: what it leads to is written. Knows nothing of a second file or of who may write.

import { constants } from 'node:fs';
import { lstat, open, readFile, readlink, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { StrongroomError } from '../../shared/errors.ts';
import { readAt } from '../files/index.ts';
import { damagedVault, refusedRead } from './refusals.ts';
import {
  ID_WITHIN_BYTES,
  MAX_VAULT_BYTES,
  parseVaultFile,
  tooLarge,
  vaultIdIn,
  type SealedVault,
} from './vault-file.ts';

const PARTIAL_SUFFIX = '.partial';
const MAX_LINKS = 40;
/** Windows has no such flag. */
const NO_WAITING = (constants as Partial<typeof constants>).O_NONBLOCK ?? 0;
/** Windows refuses a rename over a file that another process reads just now. */
const RENAME_TRIES = 40;
const RENAME_WAIT_MS = 50;

/** One stored state of the vault. */
export interface StoredVault {
  readonly vault: SealedVault;
  readonly bytes: Buffer;
  /** Tells this file from any other that has its name before or after. */
  readonly stamp: string;
}

/** null where there is no such file. @throws DAMAGED_VAULT, UNSUPPORTED_VERSION, LIMIT_EXCEEDED, IO_FAILED */
export async function readVault(path: string): Promise<StoredVault | null> {
  return reading(path, async (handle) => {
    const { stamp, sizeBytes, isFile } = await identify(handle);
    if (!isFile)
      throw damagedVault(
        `“${path}” is not a file.`,
        'Move it away; if there is a copy of the vault, restore that.',
      );
    if (sizeBytes > MAX_VAULT_BYTES) throw tooLarge(sizeBytes);
    const bytes = await readFile(handle);
    return { vault: parseVaultFile(bytes), bytes, stamp };
  });
}

/** What `readVault` would give as `stamp`; null where there is no file. @throws IO_FAILED */
export async function stampOf(path: string): Promise<string | null> {
  return reading(path, async (handle) => (await identify(handle)).stamp);
}

/** The vault's id as far as a damaged file still tells it. */
export async function vaultIdOf(path: string): Promise<string | null> {
  try {
    return await reading(path, async (handle) => {
      const { sizeBytes, isFile } = await identify(handle);
      if (!isFile) return null;
      return vaultIdIn(await readAt(handle, 0, Math.min(sizeBytes, ID_WITHIN_BYTES)));
    });
  } catch {
    return null; // then it tells nothing
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    const handle = await openOrNull(path);
    await handle?.close();
    return handle !== null;
  } catch (error) {
    // What may not be opened is there all the same, unless its folder does not tell.
    await lstat(path).catch(() => {
      throw refusedRead(error, path);
    });
    return true;
  }
}

/** The file itself where the path is a symbolic link, also one that leads to nothing yet. */
export async function targetOf(path: string): Promise<string> {
  let target = path;
  for (let count = 0; count < MAX_LINKS && (await isLink(target)); count++)
    target = resolve(dirname(target), await readlink(target));
  return target;
}

/**
 * Writes the new file beside the old one, which is no link, and gives what was read back from the disk to `check`.
 * @returns what tells the new file from others, under whatever name
 */
export async function writePartial(
  path: string,
  bytes: Buffer,
  check: (readBack: Buffer) => void,
): Promise<string> {
  await removePartial(path); // left by a killed process: the write lock is ours
  const handle = await open(path + PARTIAL_SUFFIX, 'wx+', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
    const { identity } = await identify(handle);
    const readBack = await readFile(path + PARTIAL_SUFFIX);
    if (!readBack.equals(bytes)) throw notReadBack();
    check(readBack);
    return identity;
  } finally {
    await handle.close();
  }
}

/** Puts the new file in the place of the old one. */
export async function placePartial(path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await rename(path + PARTIAL_SUFFIX, path);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      const mayPass = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(code);
      if (!mayPass || tries >= RENAME_TRIES) throw error;
    }
    await wait(RENAME_WAIT_MS);
  }
}

/** The stamp of a file that was just put in place; null where that cannot be told, or it is another file. */
export async function stampOfPlaced(path: string, identity: string): Promise<string | null> {
  try {
    return await reading(path, async (handle) => {
      const found = await identify(handle);
      return found.identity === identity ? found.stamp : null;
    });
  } catch {
    return null; // it is read again at its next use, and that says what is wrong
  }
}

export async function discardPartial(path: string): Promise<void> {
  await removePartial(path).catch(() => undefined); // what made the write fail is what the person has to know
}

async function removePartial(path: string): Promise<void> {
  await rm(path + PARTIAL_SUFFIX, { force: true });
}

async function reading<Result>(
  path: string,
  work: (handle: FileHandle) => Promise<Result>,
): Promise<Result | null> {
  try {
    const handle = await openOrNull(path);
    if (handle === null) return null;
    try {
      return await work(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw refusedRead(error, path);
  }
}

async function openOrNull(path: string): Promise<FileHandle | null> {
  try {
    // Without waiting: a named pipe would keep the reader forever.
    return await open(path, constants.O_RDONLY | NO_WAITING);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

interface FoundFile {
  /** Stays the same when the file is renamed. */
  readonly identity: string;
  /** Does not: `ctime` sees what nobody can set back, a write within one tick of the clock of `mtime` too. */
  readonly stamp: string;
  readonly sizeBytes: number;
  readonly isFile: boolean;
}

async function identify(handle: FileHandle): Promise<FoundFile> {
  const found = await handle.stat({ bigint: true });
  const identity = [found.dev, found.ino, found.size, found.mtimeNs].join(':');
  const stamp = `${identity}:${found.ctimeNs}`;
  return { identity, stamp, sizeBytes: Number(found.size), isFile: found.isFile() };
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

function notReadBack(): StrongroomError {
  return new StrongroomError(
    'IO_FAILED',
    'The disk does not give back what was written; the vault is as it was.',
    { hint: 'Check the disk, or choose another data folder.' },
  );
}
