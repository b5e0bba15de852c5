// The two files of a vault. Both new files are written, synced and read back before the first takes its name, so that
// a full disk leaves both as they were; the vault takes its name before the copy, so the copy is never the newer one.
// Not OutputFile of core/files: that keeps originals and a journal for backups of gigabytes; a vault of kilobytes,
// under its own lock, has nothing to finish after a crash but a rename.

import { dirname, join } from 'node:path';

import { errorCode, StrongroomError, toPlainError } from '../../shared/errors.ts';
import type { VaultStatus } from '../../shared/keys.ts';
import { moveWithoutOverwriting, syncFolder } from '../files/index.ts';
import { damagedVault, noVault, olderVault, refusedWrite } from './refusals.ts';
import {
  discardPartial,
  exists,
  placePartial,
  readVault,
  stampOf,
  stampOfPlaced,
  targetOf,
  vaultIdOf,
  writePartial,
  type StoredVault,
} from './vault-disk.ts';
import { parseVaultFile } from './vault-file.ts';

const MAIN_NAME = 'vault.strongroom';
const COPY_NAME = 'vault.copy.strongroom';

/** What lies in the folder. */
export interface FoundVault {
  /** null where there is none, or it cannot be read: then `error` says why. */
  readonly main: StoredVault | null;
  readonly copy: StoredVault | null;
  readonly copyState: VaultStatus['copy'];
  /** Why the vault cannot be used as it lies there, also where there is none; null where it can. */
  readonly error: unknown;
}

/** A new state that is in the vault's place. */
export interface Replaced {
  /** null where it could not be told: the file has to be read again. */
  readonly stamp: string | null;
  /** False: the copy is still the one of the state before. */
  readonly isCopyCurrent: boolean;
  /** IO_FAILED where the disk did not confirm that the change outlives a power cut. */
  readonly unconfirmed: StrongroomError | null;
}

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
   * @throws NO_VAULT, DAMAGED_VAULT (also where only the copy is left, or the copy is newer; the hint tells of it),
   *   UNSUPPORTED_VERSION, LIMIT_EXCEEDED, IO_FAILED
   */
  async read(): Promise<StoredVault> {
    const { main, error } = await this.look();
    if (main === null || error !== null) throw error;
    return main;
  }

  /** Both files and how they stand to each other. Never throws. */
  async look(): Promise<FoundVault> {
    // The copy comes first: a write in between makes the vault newer, and never the copy.
    const copy = await attempt(() => readVault(this.#copyPath));
    const main = await attempt(() => readVault(this.mainPath));
    const copyState = await this.#copyState(main, copy);
    return { main: main.value, copy: copy.value, copyState, error: whyUnusable(main, copyState) };
  }

  /** What `read` would give as `stamp`; null where there is no file. @throws IO_FAILED */
  stamp(): Promise<string | null> {
    return stampOf(this.mainPath);
  }

  /** True where a vault or a copy of one is there, whole or not. */
  async isTaken(): Promise<boolean> {
    const there = await Promise.all([exists(this.mainPath), exists(this.#copyPath)]);
    return there.includes(true);
  }

  /**
   * Puts a new state in the place of both files; only under the write lock. `check` is given what was read back from
   * the disk. Once the vault has its new content the change counts as made, whatever comes after.
   * @throws NO_SPACE, OUTPUT_REFUSED, IO_FAILED: then the vault is as it was, and no partial file is left
   */
  async replace(bytes: Buffer, check: (readBack: Buffer) => void): Promise<Replaced> {
    let main = this.mainPath;
    let copy = this.#copyPath;
    let identity: string;
    try {
      main = await targetOf(main);
      copy = await targetOf(copy);
      identity = await writePartial(main, bytes, check);
      await writePartial(copy, bytes, check);
      await placePartial(main);
    } catch (error) {
      await discardPartial(main);
      await discardPartial(copy);
      throw refusedWrite(error, this.folder);
    }
    const stamp = await stampOfPlaced(main, identity);
    try {
      await syncFolder(dirname(main));
    } catch (error) {
      await discardPartial(copy); // after a power cut the old copy may be what is left
      return { stamp, isCopyCurrent: false, unconfirmed: unconfirmedWrite(error) };
    }
    return { stamp, isCopyCurrent: await replaceCopy(copy), unconfirmed: null };
  }

  /**
   * Puts the copy in the vault's place; only under the write lock. What was there is kept beside it as
   * `vault.damaged-…`. `isDisproved` says of a whole vault whether its own key does not open it.
   * @throws USAGE when the vault is whole and the copy is not newer; DAMAGED_VAULT when the copy is damaged, or another
   *   vault's; NO_VAULT no copy; UNSUPPORTED_VERSION, LIMIT_EXCEEDED, NO_SPACE, OUTPUT_REFUSED, IO_FAILED
   */
  async restoreCopy(now: Date, isDisproved: (main: StoredVault) => boolean): Promise<void> {
    const found = await this.look();
    requireNeed(found, isDisproved);
    const copy = found.copy ?? (await readVault(this.#copyPath));
    if (copy === null) throw noCopy();
    const vaultId = await this.#vaultId(found.main);
    if (vaultId !== null && vaultId !== copy.vault.header.vaultId) throw copyOfAnother();
    let main = this.mainPath;
    try {
      main = await targetOf(main);
      await writePartial(main, copy.bytes, (readBack) => void parseVaultFile(readBack));
      if (await exists(main)) await moveWithoutOverwriting(main, await placeForDamaged(dirname(main), now));
      await placePartial(main);
      await syncFolder(dirname(main));
    } catch (error) {
      await discardPartial(main);
      throw refusedWrite(error, this.folder);
    }
  }

  async #copyState(
    { value: main }: Attempt<StoredVault>,
    { value: copy, error }: Attempt<StoredVault>,
  ): Promise<VaultStatus['copy']> {
    if (copy === null) return error === null ? 'missing' : 'damaged';
    const vaultId = await this.#vaultId(main);
    const { header } = copy.vault;
    if (vaultId !== null && vaultId !== header.vaultId) return 'damaged'; // as good as none
    if (main === null || main.bytes.equals(copy.bytes)) return 'intact';
    return header.generation > main.vault.header.generation ? 'newer' : 'older';
  }

  /** Of the vault file, as far as it still tells. */
  async #vaultId(main: StoredVault | null): Promise<string | null> {
    return main === null ? vaultIdOf(this.mainPath) : main.vault.header.vaultId;
  }
}

interface Attempt<Value> {
  readonly value: Value | null;
  readonly error: unknown;
}

async function attempt<Value>(read: () => Promise<Value | null>): Promise<Attempt<Value>> {
  try {
    return { value: await read(), error: null };
  } catch (error) {
    return { value: null, error };
  }
}

function whyUnusable({ value: main, error }: Attempt<StoredVault>, copy: VaultStatus['copy']): unknown {
  if (error !== null) return copy === 'intact' ? besideIntactCopy(error) : error;
  if (main !== null) return copy === 'newer' ? olderThanCopy() : null;
  if (copy === 'intact') return onlyCopyLeft();
  return copy === 'damaged' ? onlyDamagedCopyLeft() : noVault();
}

function requireNeed(
  { main, copyState, error }: FoundVault,
  isDisproved: (main: StoredVault) => boolean,
): void {
  if (main !== null) {
    if (copyState === 'newer' || isDisproved(main)) return;
    throw new StrongroomError('USAGE', 'The vault file is whole; there is nothing to restore.', {
      hint: 'If you want its copy all the same, move the vault file to another folder first.',
    });
  }
  const code = errorCode(error);
  // Who may not read it, or has too old a program, must not replace what may be in order.
  if (!['NO_VAULT', 'DAMAGED_VAULT', 'LIMIT_EXCEEDED'].includes(code)) throw error;
}

/** False when it stays as it was: the vault is saved, the status tells of it, and the next write tries again. */
async function replaceCopy(path: string): Promise<boolean> {
  try {
    await placePartial(path);
    await syncFolder(dirname(path));
    return true;
  } catch {
    await discardPartial(path); // it is no failure of the change
    return false;
  }
}

async function placeForDamaged(folder: string, now: Date): Promise<string> {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-');
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `-${number}`;
    const path = join(folder, `vault.damaged-${time}${suffix}.strongroom`);
    if (!(await exists(path))) return path;
  }
}

const RESTORE = 'An intact copy lies beside it: restore that one. The damaged file is kept.';

function besideIntactCopy(error: unknown): unknown {
  const { code, message, details = {} } = toPlainError(error);
  if (code !== 'DAMAGED_VAULT' && code !== 'LIMIT_EXCEEDED') return error;
  return new StrongroomError(code, message, { hint: RESTORE, details, cause: error });
}

function olderThanCopy(): StrongroomError {
  return olderVault(
    'Its copy is the newer one: restore the copy. If you put the older file there yourself, move the copy away.',
  );
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

function copyOfAnother(): StrongroomError {
  return damagedVault(
    'The copy belongs to another vault; nothing was changed.',
    'Take the vault file from a backup of this computer. If you want the copy’s vault instead, move the vault file away.',
  );
}

function noCopy(): StrongroomError {
  return new StrongroomError('NO_VAULT', 'There is no copy of the vault.', {
    hint: 'Take the vault file from a backup of this computer.',
  });
}

function unconfirmedWrite(cause: unknown): StrongroomError {
  return new StrongroomError(
    'IO_FAILED',
    'The change is written, but the disk did not confirm that it would outlive a power cut.',
    { hint: 'Nothing has to be done again. Check the disk.', cause },
  );
}
