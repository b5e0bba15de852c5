// A vault as its users see it: locked or unlocked in this process, with key records that other processes may change at
// any time. Every use looks first whether the vault was locked on purpose or the file changed. Secrets leave only as
// copies that were asked for; none gets into an error or an event.

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';

import { StrongroomError, toPlainError, type PlainError } from '../../shared/errors.ts';
import type { AddedKey, KeyInfo, VaultStatus } from '../../shared/keys.ts';
import type { Argon2idLimits, SodiumProvider } from '../securetar/index.ts';
import {
  addKeychain,
  removeKeychain,
  removePassphrase,
  setPassphrase,
  withKeychainEntry,
  type ChangeWaysParts,
} from './change-ways.ts';
import {
  addKeys,
  changeKey,
  describeKey,
  describeKeys,
  findKey,
  isSecretOf,
  recordOf,
  removeKey,
  type KeyChange,
  type NewKey,
} from './key-records.ts';
import type { Keychain } from './keychain.ts';
import { readMarker, removeMarker, writeMarker } from './lock-marker.ts';
import { lockedOnPurpose, noVault, refusedWrite, usage, vaultLocked } from './refusals.ts';
import { SessionKeeper, type VaultEvent } from './session-keeper.ts';
import { openContents } from './session.ts';
import { emptyContents, wipeContents } from './vault-contents.ts';
import type { Wrap } from './vault-file.ts';
import { VaultStore, type StoredVault } from './vault-store.ts';
import { writeState } from './vault-writer.ts';
import { openVaultKey, type UnlockHow } from './ways-in.ts';
import { ARGON2ID_LIMITS, VAULT_KEY_BYTES, wrapWithPassphrase } from './wraps.ts';

const VAULT_ID_BYTES = 16;
const WRITE_LOCK_WAIT_MS = 15_000;
/** What a timer can take. */
const LONGEST_IDLE_MS = 2 ** 31 - 1;

/** A secret as the engine takes it. */
export interface VaultKey {
  readonly id: string;
  readonly label: string;
  readonly password: Buffer;
}

export interface VaultOptions {
  /** The data folder; it is made with the vault. */
  readonly folder: string;
  readonly sodium: SodiumProvider;
  readonly keychain: Keychain;
  readonly now?: () => Date;
  /** 'never' is for a process that ends with its work: it must not be locked in the middle. */
  readonly idleLock?: 'as-set' | 'never';
}

/** What only tests set otherwise. */
export interface VaultTuning {
  readonly argon2idLimits: Argon2idLimits;
  readonly writeLockWaitMs: number;
}

export interface CreateWays {
  readonly passphrase?: Buffer;
  readonly keychain: 'use' | 'leave';
}

/** A vault that may or may not exist yet; nothing is touched before the first call. */
export function openVault(options: VaultOptions): Vault {
  return new Vault(options, { argon2idLimits: ARGON2ID_LIMITS, writeLockWaitMs: WRITE_LOCK_WAIT_MS });
}

export class Vault {
  readonly #folder: string;
  readonly #now: () => Date;
  readonly #store: VaultStore;
  readonly #keeper: SessionKeeper;
  readonly #parts: ChangeWaysParts;

  constructor(options: VaultOptions, tuning: VaultTuning) {
    const { folder, sodium, keychain, now = () => new Date(), idleLock = 'as-set' } = options;
    this.#folder = folder;
    this.#now = now;
    this.#store = new VaultStore(folder);
    this.#keeper = new SessionKeeper({
      store: this.#store,
      sodium,
      now,
      locksWhenIdle: idleLock === 'as-set',
      writeLockWaitMs: tuning.writeLockWaitMs,
    });
    this.#parts = { sodium, keychain, keeper: this.#keeper, argon2idLimits: tuning.argon2idLimits };
  }

  /** In this process, as far as it has looked; `status` looks. */
  get isUnlocked(): boolean {
    return this.#keeper.session !== null;
  }

  /** Returns what ends the listening. */
  onChange(listener: (why: VaultEvent) => void): () => void {
    return this.#keeper.onChange(listener);
  }

  /** What is known without asking anyone. Never throws for a missing or damaged vault; does not count as use. */
  async status(): Promise<VaultStatus> {
    const marker = await this.#keeper.lockIfDue();
    let stored: StoredVault | null = null;
    let error: PlainError | null = null;
    try {
      if (this.#keeper.session !== null) await this.#keeper.refresh(this.#keeper.session, 'if-changed');
      stored = await this.#store.read();
    } catch (thrown) {
      error = toPlainError(thrown);
    }
    const session = this.#keeper.session;
    const isMissing = error?.code === 'NO_VAULT';
    const openState = session === null ? 'locked' : 'unlocked';
    return {
      path: this.#store.mainPath,
      state: isMissing ? 'missing' : error !== null ? 'damaged' : openState,
      lockedOnPurpose: marker !== null,
      ways: stored?.vault.header.wraps.map(({ kind }) => kind) ?? [],
      keyCount: session?.contents.records.length ?? null,
      changedAt: stored?.vault.header.changedAt ?? null,
      copy: await this.#store.copyState(stored),
      idleLockMs: session?.contents.idleLockMs ?? null,
      error: isMissing ? null : error,
    };
  }

  /**
   * Makes the vault and leaves it unlocked.
   * @throws USAGE no way in at all, or an empty passphrase; OUTPUT_REFUSED there is one, or the folder may not be
   *   written; KEYCHAIN_FAILED, NO_SPACE, BUSY, LIMIT_EXCEEDED: then there is no vault
   */
  async create({ passphrase, keychain }: CreateWays): Promise<void> {
    if (passphrase === undefined && keychain === 'leave')
      throw usage('A vault needs a way in.', 'Give a passphrase, or use the keychain.');
    await this.#requireNone();
    const vaultId = randomBytes(VAULT_ID_BYTES).toString('hex');
    const vaultKey = randomBytes(VAULT_KEY_BYTES);
    try {
      const wraps = passphrase === undefined ? [] : [await this.#wrapWith(passphrase, vaultId, vaultKey)];
      await this.#makeFolder();
      await this.#keeper.exclusively(async () => {
        await this.#requireNone();
        const write = (all: readonly Wrap[]): Promise<void> => this.#writeFirst(vaultId, vaultKey, all);
        if (keychain === 'leave') await write(wraps);
        else await withKeychainEntry(this.#parts, vaultId, vaultKey, (wrap) => write([...wraps, wrap]));
        await removeMarker(this.#folder);
      });
    } finally {
      vaultKey.fill(0);
    }
  }

  /**
   * Unlocks it for this process only. A passphrase works in spite of “locked on purpose”, the keychain does not.
   * @throws NO_VAULT, WRONG_PASSPHRASE, VAULT_LOCKED, KEYCHAIN_FAILED, DAMAGED_VAULT, UNSUPPORTED_VERSION, LIMIT_EXCEEDED
   */
  async unlock(how: UnlockHow): Promise<void> {
    const { lockCount } = this.#keeper;
    const marker = await readMarker(this.#folder);
    if (how.way === 'keychain' && marker !== null) {
      await this.#store.read(); // that there is none is the better answer
      throw lockedOnPurpose();
    }
    await this.#unlockInSpiteOf(marker, how, lockCount);
  }

  /** Unlocks it here and ends “locked on purpose” for all processes. @throws as `unlock`, OUTPUT_REFUSED */
  async unlockForAll(how: UnlockHow): Promise<void> {
    const { lockCount } = this.#keeper;
    await this.#unlockInSpiteOf(await readMarker(this.#folder), how, lockCount);
    await removeMarker(this.#folder);
  }

  /** This process forgets all secrets. */
  lock(): void {
    this.#keeper.lock();
  }

  /**
   * Locks it on purpose: no process uses the keychain before `unlockForAll`, and those that have it open notice.
   * @throws NO_VAULT, OUTPUT_REFUSED, NO_SPACE: then only this process has locked it
   */
  async lockForAll(): Promise<void> {
    this.lock();
    if (!(await this.#store.isTaken())) throw noVault();
    await writeMarker(this.#folder);
  }

  /** @throws VAULT_LOCKED, NO_VAULT, DAMAGED_VAULT, as all that follow */
  async list(): Promise<KeyInfo[]> {
    const { contents } = await this.#keeper.use();
    return describeKeys(contents);
  }

  /** The one key of that id, label or fingerprint. @throws UNKNOWN_KEY none or several; the hint lists the labels */
  async find(selector: string): Promise<KeyInfo> {
    return findKey(await this.list(), selector);
  }

  /** Copies of all secrets, or of those asked for in their order; the caller wipes them. @throws UNKNOWN_KEY */
  async secrets(ids?: readonly string[]): Promise<VaultKey[]> {
    const { contents } = await this.#keeper.use();
    const records = ids === undefined ? contents.records : ids.map((id) => recordOf(contents, id));
    return records.map(({ id, label, secret }) => {
      const password = Buffer.alloc(secret.length);
      secret.copy(password);
      return { id, label, password };
    });
  }

  /**
   * Adds keys in one write and copies their secrets. One that is there already is no second record: it learns where it
   * belongs, if it did not know. @throws USAGE, LIMIT_EXCEEDED, BUSY, NO_SPACE, OUTPUT_REFUSED: then none was added
   */
  async add(keys: readonly NewKey[]): Promise<AddedKey[]> {
    return this.#keeper.changing(async (session) => {
      const { contents, added, copies, isChange } = addKeys(session.contents, keys, this.#now());
      try {
        if (isChange) await this.#keeper.save(session, { contents });
      } finally {
        for (const copy of copies) copy.fill(0);
      }
      return [...added];
    });
  }

  /** @throws UNKNOWN_KEY, USAGE for a label that is empty or taken */
  async change(id: string, change: KeyChange): Promise<KeyInfo> {
    return this.#keeper.changing(async (session) => {
      const contents = changeKey(session.contents, id, change, this.#now());
      const changed = describeKey(recordOf(contents, id), contents.fingerprintKey);
      await this.#keeper.save(session, { contents });
      return changed;
    });
  }

  /** Whether a backup needs it is not asked here. @throws UNKNOWN_KEY */
  async remove(id: string): Promise<void> {
    await this.#keeper.changing((session) =>
      this.#keeper.save(session, { contents: removeKey(session.contents, id) }),
    );
  }

  /** Whether the candidate is the secret of that key; the time tells nothing. @throws UNKNOWN_KEY */
  async matches(id: string, candidate: Buffer): Promise<boolean> {
    const { contents } = await this.#keeper.use();
    return isSecretOf(recordOf(contents, id), candidate, contents.fingerprintKey);
  }

  /** Sets or changes the passphrase; the old one opens neither file any more. @throws USAGE when it is empty */
  async setPassphrase(passphrase: Buffer): Promise<void> {
    await setPassphrase(this.#parts, passphrase);
  }

  /** @throws USAGE when it is the last way in, KEYCHAIN_FAILED when the keychain, the other one, does not open it */
  async removePassphrase(): Promise<void> {
    await removePassphrase(this.#parts);
  }

  /** Adds the keychain as a way in, or mends it. @throws KEYCHAIN_FAILED */
  async addKeychain(): Promise<void> {
    await addKeychain(this.#parts);
  }

  /** Also removes the keychain's entry. @throws USAGE when it is the last way in, KEYCHAIN_FAILED (see its hint) */
  async removeKeychain(): Promise<void> {
    await removeKeychain(this.#parts);
  }

  /** Milliseconds without use after which a process that stays open locks it; null for never. @throws USAGE */
  async setIdleLock(idleMs: number | null): Promise<void> {
    const isPossible =
      idleMs === null || (Number.isInteger(idleMs) && idleMs >= 1 && idleMs <= LONGEST_IDLE_MS);
    if (!isPossible) throw usage('That is no time after which to lock.', 'Give up to 24 days, or never.');
    await this.#keeper.changing((session) =>
      this.#keeper.save(session, { contents: { ...session.contents, idleLockMs: idleMs } }),
    );
  }

  /**
   * Puts the copy in the place of a damaged or missing vault, which is kept beside it; leaves the vault locked.
   * @throws NO_VAULT no copy, USAGE nothing is wrong, DAMAGED_VAULT the copy is damaged, BUSY, NO_SPACE, OUTPUT_REFUSED
   */
  async restoreCopy(): Promise<void> {
    if (!(await this.#store.isTaken())) throw noVault();
    await this.#keeper.exclusively(async () => {
      if (await this.#needsNoCopy()) throw usage('The vault is intact.', 'There is nothing to restore.');
      await this.#store.restoreCopy(this.#now());
    });
    this.lock();
  }

  async #needsNoCopy(): Promise<boolean> {
    try {
      if (this.#keeper.session !== null) await this.#keeper.refresh(this.#keeper.session, 'always');
      const stored = await this.#store.read();
      return this.#keeper.session !== null || (await this.#store.copyState(stored)) === 'intact';
    } catch {
      return false; // that it cannot be read is what the copy is for
    }
  }

  async #writeFirst(vaultId: string, vaultKey: Buffer, wraps: readonly Wrap[]): Promise<void> {
    const contents = emptyContents();
    const time = this.#now().toISOString();
    const header = { vaultId, createdAt: time, changedAt: time, generation: 1, wraps };
    try {
      const state = await writeState(this.#parts.sodium, this.#store, header, contents, vaultKey);
      this.#keeper.begin(vaultKey, state, null);
    } finally {
      wipeContents(contents);
    }
  }

  /** `lockCount` is from before anything was awaited: a lock since then comes first. */
  async #unlockInSpiteOf(marker: string | null, how: UnlockHow, lockCount: number): Promise<void> {
    const { vault, stamp } = await this.#store.read();
    const vaultKey = await openVaultKey(this.#parts, vault.header, how);
    try {
      const contents = openContents(this.#parts.sodium, vault, vaultKey);
      if (this.#keeper.lockCount !== lockCount) {
        wipeContents(contents);
        throw vaultLocked();
      }
      this.#keeper.begin(vaultKey, { header: vault.header, contents, stamp }, marker);
    } finally {
      vaultKey.fill(0);
    }
  }

  #wrapWith(passphrase: Buffer, vaultId: string, vaultKey: Buffer): Promise<Wrap> {
    const { sodium, argon2idLimits } = this.#parts;
    return wrapWithPassphrase(sodium, vaultId, vaultKey, passphrase, argon2idLimits);
  }

  async #requireNone(): Promise<void> {
    if (!(await this.#store.isTaken())) return;
    throw new StrongroomError('OUTPUT_REFUSED', `There is a vault in “${this.#folder}” already.`, {
      hint: 'Unlock that one, or choose another data folder.',
    });
  }

  async #makeFolder(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw refusedWrite(error, this.#folder);
    }
  }
}
