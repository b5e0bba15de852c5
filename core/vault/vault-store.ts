// The two files of a vault on disk. Both new files are written, synced and read back before the first takes its name,
// so that a full disk leaves both as they were. Not OutputFile of core/files: that keeps originals and a journal for
// backups of gigabytes; a vault of kilobytes, under its own lock, has nothing to finish after a crash but a rename.

import { constants } from 'node:fs';
import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { StrongroomError, toPlainError } from '../../shared/errors.ts';
import { moveWithoutOverwriting, syncFolder } from '../files/index.ts';
import { damagedVault, noVault, refusedWrite } from './refusals.ts';
import { MAX_VAULT_BYTES, parseVaultFile, tooLarge, type SealedVault } from './vault-file.ts';

const MAIN_NAME = 'vault.strongroom';
const COPY_NAME = 'vault.copy.strongroom';
const PARTIAL_SUFFIX = '.partial';
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

export type CopyState = 'intact' | 'older' | 'missing' | 'damaged';

export class VaultStore {
  readonly folder: string;
  readonly mainPath: string;
  readonly #copyPath: string;

  constructor(folder: string) {
    this.folder = folder;
    this.mainPath = join(folder, MAIN_NAME);
    this.#copyPath = join(folder, COPY_NAME);
  }

  /**
   * The vault as it is now.
   * @throws NO_VAULT, DAMAGED_VAULT (also where only the copy is left; the hint tells of it), UNSUPPORTED_VERSION,
   *   LIMIT_EXCEEDED, IO_FAILED
   */
  async read(): Promise<StoredVault> {
    let main: StoredVault | null;
    try {
      main = await readVault(this.mainPath);
    } catch (error) {
      throw (await this.#hasIntactCopy()) ? besideIntactCopy(error) : error;
    }
    if (main !== null) return main;
    if (await this.#hasIntactCopy()) throw onlyCopyLeft();
    if ((await this.copyState(null)) === 'damaged') throw onlyDamagedCopyLeft();
    throw noVault();
  }

  /** What `read` would give as `stamp`; null where there is no file. */
  async stamp(): Promise<string | null> {
    const handle = await openOrNull(this.mainPath);
    if (handle === null) return null;
    try {
      return (await identify(handle)).stamp;
    } finally {
      await handle.close();
    }
  }

  /** True where a vault or a copy of one is there, whole or not. */
  async isTaken(): Promise<boolean> {
    const there = await Promise.all([exists(this.mainPath), exists(this.#copyPath)]);
    return there.includes(true);
  }

  /** How the copy stands to the vault; null for a vault that cannot be read. */
  async copyState(main: StoredVault | null): Promise<CopyState> {
    try {
      const copy = await readVault(this.#copyPath);
      if (copy === null) return 'missing';
      if (main === null || main.bytes.equals(copy.bytes)) return 'intact';
      return main.vault.header.vaultId === copy.vault.header.vaultId ? 'older' : 'damaged';
    } catch {
      return 'damaged'; // a state to be told, whatever the reason
    }
  }

  /**
   * Puts a new state in the place of both files; only under the write lock. `check` is given what was read back from
   * the disk. Any failure leaves the vault as it was and no partial file.
   * @returns the stamp of the new file
   * @throws NO_SPACE, OUTPUT_REFUSED, IO_FAILED
   */
  async replace(bytes: Buffer, check: (readBack: Buffer) => void): Promise<string> {
    let stamp: string;
    try {
      stamp = await writePartial(this.mainPath, bytes, check);
      await writePartial(this.#copyPath, bytes, check);
      await renameOver(this.mainPath + PARTIAL_SUFFIX, this.mainPath);
      await syncFolder(this.folder);
    } catch (error) {
      await discardPartial(this.mainPath);
      await discardPartial(this.#copyPath);
      throw refusedWrite(error, this.folder);
    }
    await this.#replaceCopy();
    return stamp;
  }

  /**
   * Puts the copy in the vault's place; only under the write lock. What was there is kept as `vault.damaged-…`.
   * @throws DAMAGED_VAULT, UNSUPPORTED_VERSION, LIMIT_EXCEEDED when the copy is not whole; NO_SPACE, OUTPUT_REFUSED,
   *   IO_FAILED
   */
  async restoreCopy(now: Date): Promise<void> {
    const copy = await readVault(this.#copyPath);
    if (copy === null) throw noCopy();
    try {
      await writePartial(this.mainPath, copy.bytes, (readBack) => void parseVaultFile(readBack));
      if (await exists(this.mainPath))
        await moveWithoutOverwriting(this.mainPath, await this.#placeForDamaged(now));
      await renameOver(this.mainPath + PARTIAL_SUFFIX, this.mainPath);
      await syncFolder(this.folder);
    } catch (error) {
      await discardPartial(this.mainPath);
      throw refusedWrite(error, this.folder);
    }
  }

  async #replaceCopy(): Promise<void> {
    try {
      await renameOver(this.#copyPath + PARTIAL_SUFFIX, this.#copyPath);
      await syncFolder(this.folder);
    } catch {
      // The vault itself is saved, and the status tells of an older copy; the next write tries again.
      await discardPartial(this.#copyPath);
    }
  }

  async #hasIntactCopy(): Promise<boolean> {
    return (await this.copyState(null)) === 'intact';
  }

  async #placeForDamaged(now: Date): Promise<string> {
    const time = now.toISOString().slice(0, 19).replaceAll(':', '-');
    for (let number = 1; ; number++) {
      const suffix = number === 1 ? '' : `-${number}`;
      const path = join(this.folder, `vault.damaged-${time}${suffix}.strongroom`);
      if (!(await exists(path))) return path;
    }
  }
}

/** null where there is no such file. Sizes are checked before anything is allocated. */
async function readVault(path: string): Promise<StoredVault | null> {
  const handle = await openOrNull(path);
  if (handle === null) return null;
  try {
    const { stamp, sizeBytes, isFile } = await identify(handle);
    if (!isFile) throw damagedVault(`“${path}” is not a file.`, 'Move it away and restore the vault’s copy.');
    if (sizeBytes > MAX_VAULT_BYTES) throw tooLarge(sizeBytes);
    const bytes = await readFile(handle);
    return { vault: parseVaultFile(bytes), bytes, stamp };
  } finally {
    await handle.close();
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

async function identify(
  handle: FileHandle,
): Promise<{ readonly stamp: string; readonly sizeBytes: number; readonly isFile: boolean }> {
  const found = await handle.stat({ bigint: true });
  const stamp = [found.dev, found.ino, found.size, found.mtimeNs].join(':');
  return { stamp, sizeBytes: Number(found.size), isFile: found.isFile() };
}

async function exists(path: string): Promise<boolean> {
  const handle = await openOrNull(path).catch(() => true as const); // what cannot be opened is there
  if (handle === null) return false;
  if (handle !== true) await handle.close();
  return true;
}

/** Writes and reads back the new file beside the old one. Returns its stamp, which a rename does not change. */
async function writePartial(path: string, bytes: Buffer, check: (readBack: Buffer) => void): Promise<string> {
  await removePartial(path); // left by a killed process: the write lock is ours
  const handle = await open(path + PARTIAL_SUFFIX, 'wx+', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
    const { stamp } = await identify(handle);
    const readBack = await readFile(path + PARTIAL_SUFFIX);
    if (!readBack.equals(bytes)) throw notReadBack();
    check(readBack);
    return stamp;
  } finally {
    await handle.close();
  }
}

async function removePartial(path: string): Promise<void> {
  await rm(path + PARTIAL_SUFFIX, { force: true });
}

async function discardPartial(path: string): Promise<void> {
  await removePartial(path).catch(() => undefined); // what made the write fail is what the person has to know
}

async function renameOver(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      const mayPass = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(code);
      if (!mayPass || tries >= RENAME_TRIES) throw error;
    }
    await wait(RENAME_WAIT_MS);
  }
}

const RESTORE = 'An intact copy lies beside it: restore that one. The damaged file is kept.';

function besideIntactCopy(error: unknown): unknown {
  const { code, message, details = {} } = toPlainError(error);
  if (code !== 'DAMAGED_VAULT' && code !== 'LIMIT_EXCEEDED') return error;
  return new StrongroomError(code, message, { hint: RESTORE, details, cause: error });
}

function onlyCopyLeft(): StrongroomError {
  return damagedVault(
    'The vault file is gone, but its copy is there.',
    'Restore the copy, or put the vault file back where it was.',
  );
}

function onlyDamagedCopyLeft(): StrongroomError {
  return damagedVault(
    'The vault file is gone, and its copy is damaged.',
    'Put the vault file back, from a backup of this computer.',
  );
}

function noCopy(): StrongroomError {
  return new StrongroomError('NO_VAULT', 'There is no copy of the vault.', {
    hint: 'Take the vault file from a backup of this computer.',
  });
}

function notReadBack(): StrongroomError {
  return new StrongroomError(
    'IO_FAILED',
    'The disk does not give back what was written; the vault is as it was.',
    {
      hint: 'Check the disk, or choose another data folder.',
    },
  );
}
