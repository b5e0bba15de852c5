// Keeps the session of this process in step with the disk: before every use it looks whether the vault was locked on
// purpose, idle for too long, changed or replaced; writes go through it one at a time. Hands out the session only
// after that look.

import { errorCode, type ErrorCode, type StrongroomError } from '../../shared/errors.ts';
import type { SodiumProvider } from '../securetar/index.ts';
import { IdleLock } from './idle-lock.ts';
import { readMarker } from './lock-marker.ts';
import { damagedVault, lockedOnPurpose, noVault, vaultLocked } from './refusals.ts';
import { openContents, Session, type OpenState } from './session.ts';
import { wipeContents, type VaultContents } from './vault-contents.ts';
import type { VaultHeader, Wrap } from './vault-file.ts';
import type { VaultStore } from './vault-store.ts';
import { writeState } from './vault-writer.ts';
import { VAULT_KEY_BYTES } from './wraps.ts';
import { withWriteLock } from './write-lock.ts';

export type VaultEvent = 'locked' | 'unlocked' | 'changed';

/** What ends a session: its vault is not there any more. A disk that cannot be read now is no reason. */
const ENDING: ReadonlySet<ErrorCode> = new Set([
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
}

export class SessionKeeper {
  readonly #options: KeeperOptions;
  readonly #idleLock = new IdleLock(() => this.lock());
  readonly #listeners = new Set<(why: VaultEvent) => void>();
  #session: Session | null = null;
  #lockCount = 0;

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

  onChange(listener: (why: VaultEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Begins a session with a copy of the key; takes over the contents. */
  begin(vaultKey: Buffer, state: OpenState, toleratedMarker: string | null): void {
    const key = Buffer.alloc(VAULT_KEY_BYTES);
    vaultKey.copy(key);
    this.#session?.wipe();
    this.#session = new Session(key, state, toleratedMarker, this.#options.now().getTime());
    this.#restartIdleLock(this.#session);
    this.#tell('unlocked');
  }

  lock(): void {
    this.#lockCount++;
    this.#idleLock.stop();
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    session.wipe();
    this.#tell('locked');
  }

  /** Use the session's contents before the next `await`: they are zeroed when others come. @throws VAULT_LOCKED … */
  async use(): Promise<Session> {
    const session = this.#session;
    if (session === null) throw await this.#whyLocked();
    await this.lockIfDue();
    if (this.#session !== session) throw await this.#whyLocked();
    await this.refresh(session, 'if-changed');
    this.#requireOpen(session);
    this.#restartIdleLock(session);
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

  /** Reads the file again. Locks when it is gone, another vault's, or not what was written. */
  async refresh(session: Session, when: 'if-changed' | 'always'): Promise<void> {
    const { store, sodium } = this.#options;
    if (when === 'if-changed' && (await store.stamp()) === session.stamp) return;
    let next: OpenState;
    try {
      const { vault, stamp } = await store.read();
      this.#requireOpen(session);
      const { header } = vault;
      if (header.vaultId !== session.header.vaultId) throw anotherVault();
      next = { header, contents: openContents(sodium, vault, session.vaultKey), stamp };
    } catch (error) {
      if (this.#session === session && ENDING.has(errorCode(error))) this.lock();
      throw error;
    }
    const isNews = next.header.generation !== session.header.generation;
    session.adopt(next);
    if (isNews) this.#tell('changed');
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

  /** Writes the next state; only within `changing`. A lock in the middle does not stop it. */
  async save(session: Session, next: NextState): Promise<void> {
    this.#requireOpen(session);
    const { sodium, store, now } = this.#options;
    const header: VaultHeader = {
      ...session.header,
      changedAt: now().toISOString(),
      generation: session.header.generation + 1,
      wraps: next.wraps ?? session.header.wraps,
    };
    const contents = next.contents ?? session.contents;
    const state = await writeState(sodium, store, header, contents, session.vaultKey);
    if (this.#session === session) {
      session.adopt(state);
      this.#restartIdleLock(session);
    } else {
      wipeContents(state.contents);
    }
    this.#tell('changed');
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

  #tell(why: VaultEvent): void {
    for (const listener of this.#listeners) listener(why);
  }
}

function anotherVault(): StrongroomError {
  return damagedVault(
    'Another vault was put in the place of this one.',
    'Unlock that one, or put yours back.',
  );
}
