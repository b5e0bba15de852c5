// A vault as its users see it: locked or unlocked in this process, with key records that other processes may change at
// any time. Every use looks first whether the vault was locked on purpose or the file changed. Secrets leave only as
// copies that were asked for; none gets into an error or an event.

import { toPlainError, type PlainError } from '../../shared/errors.ts';
import type { AddedKey, KeyInfo, VaultStatus } from '../../shared/keys.ts';
import type { Argon2idLimits, SodiumProvider } from '../securetar/index.ts';
import { addKeychain, removeKeychain, removePassphrase, setPassphrase } from './change-ways.ts';
import { createVault, type CreateParts, type CreateWays } from './create-vault.ts';
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
import { endMarker, readMarker, writeMarker } from './lock-marker.ts';
import { lockedOnPurpose, noVault, usage, vaultLocked } from './refusals.ts';
import { SessionKeeper } from './session-keeper.ts';
import { wipeContents } from './vault-contents.ts';
import type { VaultEvent } from './vault-listeners.ts';
import { VaultStore } from './vault-store.ts';
import { openVaultKey, type UnlockHow } from './ways-in.ts';
import { ARGON2ID_LIMITS } from './wraps.ts';

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

/** A vault that may or may not exist yet; nothing is touched before the first call. */
export function openVault(options: VaultOptions): Vault {
  return new Vault(options, { argon2idLimits: ARGON2ID_LIMITS, writeLockWaitMs: WRITE_LOCK_WAIT_MS });
}

export class Vault {
  readonly #folder: string;
  readonly #now: () => Date;
  readonly #store: VaultStore;
  readonly #keeper: SessionKeeper;
  readonly #parts: CreateParts;

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
    const { argon2idLimits } = tuning;
    this.#parts = { sodium, keychain, store: this.#store, keeper: this.#keeper, argon2idLimits, now };
  }

  /** In this process, as far as it has looked; `status` looks. */
  get isUnlocked(): boolean {
    return this.#keeper.session !== null;
  }

  /** Returns what ends the listening. A listener that throws is reported as a warning of the process, and no more. */
  onChange(listener: (why: VaultEvent) => void): () => void {
    return this.#keeper.listeners.add(listener);
  }

  /** What is known without asking anyone. Never throws for a missing or damaged vault; does not count as use. */
  async status(): Promise<VaultStatus> {
    const marker = await this.#keeper.lockIfDue();
    const refusal = await this.#refresh();
    const { main, copyState, error: found } = await this.#store.look();
    const session = this.#keeper.session;
    const error = refusal ?? (found === null ? null : toPlainError(found));
    const isMissing = error?.code === 'NO_VAULT';
    const openState = session === null ? 'locked' : 'unlocked';
    // What cannot be read at present may be as it should be.
    const isDamaged = error !== null && error.code !== 'IO_FAILED';
    const header = error === null ? main?.vault.header : undefined;
    return {
      path: this.#store.mainPath,
      state: isMissing ? 'missing' : isDamaged ? 'damaged' : openState,
      lockedOnPurpose: marker !== null,
      ways: header?.wraps.map(({ kind }) => kind) ?? [],
      keyCount: session?.contents.records.length ?? null,
      changedAt: header?.changedAt ?? null,
      copy: copyState,
      idleLockMs: session?.contents.idleLockMs ?? null,
      error: isMissing ? null : error,
    };
  }

  /**
   * Makes the vault and leaves it unlocked.
   * @throws USAGE no way in at all, or an empty passphrase; OUTPUT_REFUSED there is one, or the folder may not be
   *   written; KEYCHAIN_FAILED, NO_SPACE, BUSY, LIMIT_EXCEEDED, IO_FAILED: then there is no vault, unless IO_FAILED says
   *   that it is written
   */
  async create(ways: CreateWays): Promise<void> {
    await createVault(this.#parts, ways);
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

  /**
   * Unlocks it here and ends “locked on purpose” for all processes. Who locks it on purpose meanwhile wins.
   * @throws as `unlock`; VAULT_LOCKED when it was locked on purpose meanwhile: then it is locked here, too;
   *   OUTPUT_REFUSED, IO_FAILED: then it is unlocked here only
   */
  async unlockForAll(how: UnlockHow): Promise<void> {
    const { lockCount } = this.#keeper;
    const marker = await readMarker(this.#folder);
    await this.#unlockInSpiteOf(marker, how, lockCount);
    if (await endMarker(this.#folder, marker)) return;
    this.lock();
    throw lockedOnPurpose();
  }

  /** This process forgets all secrets. */
  lock(): void {
    this.#keeper.lock();
  }

  /**
   * Locks it on purpose: no process uses the keychain before `unlockForAll`, and those that have it open notice.
   * @throws NO_VAULT, OUTPUT_REFUSED, NO_SPACE, IO_FAILED: then only this process has locked it
   */
  async lockForAll(): Promise<void> {
    this.lock();
    if (!(await this.#store.isTaken())) throw noVault();
    await writeMarker(this.#folder);
  }

  /**
   * @throws VAULT_LOCKED, NO_VAULT, DAMAGED_VAULT, IO_FAILED, as all that follow; those that change something also BUSY,
   *   NO_SPACE, OUTPUT_REFUSED, and IO_FAILED, which says whether the change is written all the same
   */
  async list(): Promise<KeyInfo[]> {
    const { contents } = await this.#keeper.use();
    return describeKeys(contents);
  }

  /** Ids of all keys. A screen that shows backups by itself asks for them again and again, so it does not count as use. */
  async keyIds(): Promise<Set<string>> {
    const { contents } = await this.#keeper.look();
    return new Set(contents.records.map(({ id }) => id));
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
   * belongs, if it did not know. @throws USAGE, LIMIT_EXCEEDED: then none was added
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

  /**
   * Sets or changes the passphrase. A change makes a new vault key, too: the old passphrase does not open the vault, not
   * with an older file either. Other processes that have it open lock it.
   * @throws USAGE when it is empty, KEYCHAIN_FAILED when the keychain is a way in and takes no new entry
   */
  async setPassphrase(passphrase: Buffer): Promise<void> {
    await setPassphrase(this.#parts, passphrase);
  }

  /**
   * Removes it, with a new vault key as `setPassphrase`.
   * @throws USAGE when it is the last way in, KEYCHAIN_FAILED when the keychain, the other one, does not open it
   */
  async removePassphrase(): Promise<void> {
    await removePassphrase(this.#parts);
  }

  /** Adds the keychain as a way in, or mends it where its entry is missing or another. @throws KEYCHAIN_FAILED */
  async addKeychain(): Promise<void> {
    await addKeychain(this.#parts);
  }

  /**
   * Removes it, and its entry. The vault key stays: with an older file, a copy of the entry still opens the vault.
   * @throws USAGE when it is the last way in, KEYCHAIN_FAILED (see its hint)
   */
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
   * Puts the copy in the place of a vault that is damaged, missing or older, which is kept beside it; leaves the vault
   * locked. A vault file that is whole counts as damaged only when this process saw that its own key does not open it.
   * @throws NO_VAULT no copy; USAGE the vault is whole; DAMAGED_VAULT the copy is damaged, or another vault's;
   *   UNSUPPORTED_VERSION, LIMIT_EXCEEDED, IO_FAILED, BUSY, NO_SPACE, OUTPUT_REFUSED
   */
  async restoreCopy(): Promise<void> {
    if (!(await this.#store.isTaken())) throw noVault();
    await this.#refresh();
    await this.#keeper.exclusively(() =>
      this.#store.restoreCopy(this.#now(), (main) => this.#keeper.isDisproved(main)),
    );
    this.lock();
  }

  /** Brings the session up to date. Returns what is wrong with the vault, if that is to be told. */
  async #refresh(): Promise<PlainError | null> {
    const { session } = this.#keeper;
    if (session === null) return null;
    try {
      await this.#keeper.refresh(session, 'if-changed');
      return null;
    } catch (error) {
      const plain = toPlainError(error);
      return plain.code === 'VAULT_LOCKED' ? null : plain; // that is told by the session that is gone
    }
  }

  /** `lockCount` is from before anything was awaited: a lock since then comes first. */
  async #unlockInSpiteOf(marker: string | null, how: UnlockHow, lockCount: number): Promise<void> {
    const stored = await this.#store.read();
    const { header, checksum } = stored.vault;
    const vaultKey = await openVaultKey(this.#parts, header, how);
    try {
      const contents = this.#keeper.open(stored, vaultKey);
      if (this.#keeper.lockCount !== lockCount) {
        wipeContents(contents);
        throw vaultLocked();
      }
      this.#keeper.begin(vaultKey, { header, contents, stamp: stored.stamp, checksum }, marker);
    } finally {
      vaultKey.fill(0);
    }
  }
}
