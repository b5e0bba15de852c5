// What a process holds while a vault is unlocked: the vault key and the contents, which belong to the session alone
// and are zeroed with it. Nobody else keeps a reference to them over an `await`.

import type { SodiumProvider } from '../securetar/index.ts';
import { damagedVault, olderVault, passphraseChanged, vaultLocked } from './refusals.ts';
import { decodeContents, wipeContents, type VaultContents } from './vault-contents.ts';
import { openPayload, type SealedVault, type VaultHeader } from './vault-file.ts';

/** What a session knows of one stored state. */
export interface OpenState {
  readonly header: VaultHeader;
  readonly contents: VaultContents;
  /** Of the file that this was read from or written to; null where that could not be told. */
  readonly stamp: string | null;
  readonly checksum: string;
}

export class Session {
  readonly #vaultKey: Buffer;
  /** The marker that was there when the passphrase was given: this process works in spite of that one. */
  readonly toleratedMarker: string | null;
  lastUsedMs: number;
  #state: OpenState;
  #isOpen = true;

  /** Takes over `vaultKey` and the contents. */
  constructor(vaultKey: Buffer, state: OpenState, toleratedMarker: string | null, nowMs: number) {
    this.#vaultKey = vaultKey;
    this.toleratedMarker = toleratedMarker;
    this.lastUsedMs = nowMs;
    this.#state = state;
  }

  get header(): VaultHeader {
    return this.#state.header;
  }

  /** @throws VAULT_LOCKED once it was wiped: nobody may take zeros for a key */
  get vaultKey(): Buffer {
    if (!this.#isOpen) throw vaultLocked();
    return this.#vaultKey;
  }

  /** @throws VAULT_LOCKED once it was wiped */
  get contents(): VaultContents {
    if (!this.#isOpen) throw vaultLocked();
    return this.#state.contents;
  }

  get stamp(): string | null {
    return this.#state.stamp;
  }

  get checksum(): string {
    return this.#state.checksum;
  }

  /** Goes on with another state; the secrets of the last one are zeroed. */
  adopt(state: OpenState): void {
    if (state.contents !== this.#state.contents) wipeContents(this.#state.contents);
    this.#state = state;
  }

  /** Goes on with a copy of another vault key, over the last one. @throws VAULT_LOCKED once it was wiped */
  adoptKey(vaultKey: Buffer): void {
    vaultKey.copy(this.vaultKey);
  }

  /** The session is dead afterwards. */
  wipe(): void {
    this.#isOpen = false;
    this.#vaultKey.fill(0);
    wipeContents(this.#state.contents);
  }
}

/** Opens the contents of a stored vault, which the caller wipes. @throws DAMAGED_VAULT */
export function openContents(sodium: SodiumProvider, vault: SealedVault, vaultKey: Buffer): VaultContents {
  const payload = openPayload(sodium, vault, vaultKey);
  try {
    return decodeContents(payload);
  } finally {
    payload.fill(0);
  }
}

/**
 * Refuses what does not follow from the session's own state, without opening it.
 * @throws DAMAGED_VAULT another vault's, or an older state; VAULT_LOCKED under another vault key
 */
export function requireSuccessor(session: Session, { header, checksum }: SealedVault): void {
  if (header.vaultId !== session.header.vaultId) {
    throw damagedVault(
      'Another vault was put in the place of this one.',
      'Unlock that one, or put yours back.',
    );
  }
  const { generation } = session.header;
  const isOlder = header.generation < generation;
  if (isOlder || (header.generation === generation && checksum !== session.checksum)) {
    throw olderVault('Put the newer file back. If you put the older one there yourself, unlock it again.');
  }
  if (header.keyId !== session.header.keyId) throw passphraseChanged();
}
