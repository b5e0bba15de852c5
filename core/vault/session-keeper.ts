// Keeps the session of this process in step with the disk: before every use it looks whether the vault was locked on
// purpose, idle for too long, changed or replaced; writes go through it one at a time. Hands out the session only
// after that look.

import { errorCode, type ErrorCode, type StrongroomError } from '../../shared/errors.ts';
import type { SodiumProvider } from '../securetar/index.ts';
import { IdleLock } from './idle-lock.ts';
import { readMarker } from './lock-marker.ts';
import { lockedOnPurpose, noVault, vaultLocked } from './refusals.ts';
import { openContents, requireSuccessor, Session, type OpenState } from './session.ts';
import { wipeContents, type VaultContents } from './vault-contents.ts';
import type { StoredVault } from './vault-disk.ts';
import type { VaultHeader, Wrap } from './vault-file.ts';
import { VaultListeners } from './vault-listeners.ts';
import type { VaultStore } from './vault-store.ts';
import { writeState } from './vault-writer.ts';
import { VAULT_KEY_BYTES } from './wraps.ts';
import { withWriteLock } from './write-lock.ts';

/** What ends a session: its vault is not there any more. A disk that cannot be read now is no reason. */
const ENDING: ReadonlySet<ErrorCode> = new Set([
  'VAULT_LOCKED',
  'NO_VAULT',
  'DAMAGED_VAULT',
  'UNSUPPORTED_VERSION',
  'LIMIT_EXCEEDED',
]);

export interface KeeperOptions {
  readonly store: VaultStore;
  readonly sodium: SodiumProvider;
  readonly now: () => Date;
  readonly locksWhenIdle: boolean;
  readonly writeLockWaitMs: number;
}

/** What a write changes; all else stays. */
export interface NextState {
  readonly contents?: VaultContents;
  readonly wraps?: readonly Wrap[];
  readonly key?: NewVaultKey;
}

/** A vault key that takes the place of the one before; stays the caller's to wipe. */
export interface NewVaultKey {
  readonly keyId: string;
  readonly vaultKey: Buffer;
}

export interface SavedState {
  /** False: the copy is still the one of the state before. */
  readonly isCopyCurrent: boolean;
}

export class SessionKeeper {
  readonly listeners = new VaultListeners();
  readonly #options: KeeperOptions;
  readonly #idleLock = new IdleLock(() => this.lock());
  #session: Session | null = null;
  #lockCount = 0;
  /** Ends with the write that this process is at, and never fails. */
  #saving: Promise<unknown> | null = null;
  /** Checksum of a whole file that its own vault key did not open. */
  #disproved: string | null = null;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** As it was when it was last looked at; null while locked. */
  get session(): Session | null {
    return this.#session;
  }

  /** One more with each `lock`, whether there was something to lock or not. */
  get lockCount(): number {
    return this.#lockCount;
  }

  /** Begins a session with a copy of the key; takes over the contents. */
  begin(vaultKey: Buffer, state: OpenState, toleratedMarker: string | null): void {
    const key = Buffer.alloc(VAULT_KEY_BYTES);
    vaultKey.copy(key);
    this.#session?.wipe();
    this.#session = new Session(key, state, toleratedMarker, this.#options.now().getTime());
    this.#restartIdleLock(this.#session);
    this.listeners.tell('unlocked');
  }

  lock(): void {
    this.#lockCount++;
    this.#idleLock.stop();
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    session.wipe();
    this.listeners.tell('locked');
  }

  /** Use the session's contents before the next `await`: they are zeroed when others come. @throws VAULT_LOCKED … */
  async use(): Promise<Session> {
    const session = await this.look();
    this.#requireOpen(session);
    this.#restartIdleLock(session);
    return session;
  }

  /** The same for what a person has not asked for: it does not count as use. */
  async look(): Promise<Session> {
    const session = this.#session;
    if (session === null) throw await this.#whyLocked();
    await this.lockIfDue();
    if (this.#session !== session) throw await this.#whyLocked();
    await this.refresh(session, 'if-changed');
    this.#requireOpen(session);
    return session;
  }

  /** Locks when it was idle for too long, or someone locked it on purpose since. Returns the marker. */
  async lockIfDue(): Promise<string | null> {
    const session = this.#session;
    if (session !== null && this.#wasIdleTooLong(session)) this.lock();
    const marker = await readMarker(this.#options.store.folder);
    const isNew = marker !== null && marker !== session?.toleratedMarker;
    if (session !== null && isNew && this.#session === session) this.lock();
    return marker;
  }

  /** Reads the file again. Locks when it is gone, another vault's, older, under another key, or not what was written. */
  async refresh(session: Session, when: 'if-changed' | 'always'): Promise<void> {
    if (when === 'if-changed' && (await this.#options.store.stamp()) === session.stamp) return;
    try {
      while (!(await this.#catchUp(session)));
    } catch (error) {
      if (this.#session === session && ENDING.has(errorCode(error))) this.lock();
      throw error;
    }
  }

  /** The contents of a stored vault, which the caller wipes. @throws DAMAGED_VAULT */
  open({ vault }: StoredVault, vaultKey: Buffer): VaultContents {
    try {
      return openContents(this.#options.sodium, vault, vaultKey);
    } catch (error) {
      this.#disproved = vault.checksum;
      throw error;
    }
  }

  /** True where this process saw that the file's own vault key does not open it. */
  isDisproved({ vault }: StoredVault): boolean {
    return vault.checksum === this.#disproved;
  }

  /** Runs `work` as the only writer, with the vault as it is now on the disk. */
  async changing<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const session = await this.use();
    return this.exclusively(async () => {
      this.#requireOpen(session);
      await this.refresh(session, 'always');
      this.#requireOpen(session);
      return work(session);
    });
  }

  /** Runs `work` as the only writer. @throws BUSY, NO_SPACE, OUTPUT_REFUSED */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const { store, writeLockWaitMs } = this.#options;
    return withWriteLock(store.folder, writeLockWaitMs, work);
  }

  /**
   * Writes the next state; only within `changing`. A lock in the middle does not stop it.
   * @throws NO_SPACE, OUTPUT_REFUSED, IO_FAILED: nothing is changed, or, as IO_FAILED then says, it is all the same
   */
  async save(session: Session, next: NextState): Promise<SavedState> {
    this.#requireOpen(session);
    const saving = this.#save(session, next);
    this.#saving = saving.catch(() => undefined); // the caller is told
    try {
      return await saving;
    } finally {
      this.#saving = null;
    }
  }

  async #save(session: Session, next: NextState): Promise<SavedState> {
    const { sodium, store, now } = this.#options;
    const header: VaultHeader = {
      ...session.header,
      keyId: next.key?.keyId ?? session.header.keyId,
      changedAt: now().toISOString(),
      generation: session.header.generation + 1,
      wraps: next.wraps ?? session.header.wraps,
    };
    const contents = next.contents ?? session.contents;
    const vaultKey = next.key?.vaultKey ?? session.vaultKey;
    const written = await writeState(sodium, store, header, contents, vaultKey);
    const { state, isCopyCurrent, unconfirmed } = written;
    if (this.#session === session) {
      if (next.key !== undefined) session.adoptKey(next.key.vaultKey);
      session.adopt(state);
      this.#restartIdleLock(session);
    } else {
      wipeContents(state.contents);
    }
    this.listeners.tell('changed');
    if (unconfirmed !== null) throw unconfirmed;
    return { isCopyCurrent };
  }

  /** False when the session went on while the file was read: what was read may be from before. */
  async #catchUp(session: Session): Promise<boolean> {
    await this.#saving;
    this.#requireOpen(session);
    const known = session.checksum;
    const stored = await this.#options.store.read();
    this.#requireOpen(session);
    if (this.#saving !== null || session.checksum !== known) return false;
    requireSuccessor(session, stored.vault);
    const contents = this.open(stored, session.vaultKey);
    const { header, checksum } = stored.vault;
    const isNews = checksum !== known;
    session.adopt({ header, contents, stamp: stored.stamp, checksum });
    if (isNews) this.listeners.tell('changed');
    return true;
  }

  #wasIdleTooLong(session: Session): boolean {
    const { locksWhenIdle, now } = this.#options;
    const { idleLockMs } = session.contents;
    // Timers stand still while a computer sleeps; the clock does not.
    return locksWhenIdle && idleLockMs !== null && now().getTime() - session.lastUsedMs >= idleLockMs;
  }

  #restartIdleLock(session: Session): void {
    const { locksWhenIdle, now } = this.#options;
    session.lastUsedMs = now().getTime();
    if (locksWhenIdle) this.#idleLock.restart(session.contents.idleLockMs);
  }

  #requireOpen(session: Session): void {
    if (this.#session !== session) throw vaultLocked();
  }

  async #whyLocked(): Promise<StrongroomError> {
    const { store } = this.#options;
    if (!(await store.isTaken())) return noVault();
    return (await readMarker(store.folder)) === null ? vaultLocked() : lockedOnPurpose();
  }
}
