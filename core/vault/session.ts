// What a process holds while a vault is unlocked: the vault key and the contents, which belong to the session alone
// and are zeroed with it. Nobody else keeps a reference to them over an `await`.

import type { SodiumProvider } from '../securetar/index.ts';
import { vaultLocked } from './refusals.ts';
import { decodeContents, wipeContents, type VaultContents } from './vault-contents.ts';
import { openPayload, type SealedVault, type VaultHeader } from './vault-file.ts';

/** What a session knows of one stored state. */
export interface OpenState {
  readonly header: VaultHeader;
  readonly contents: VaultContents;
  /** Of the file that this was read from or written to. */
  readonly stamp: string;
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

  get stamp(): string {
    return this.#state.stamp;
  }

  /** Goes on with another state; the secrets of the last one are zeroed. */
  adopt(state: OpenState): void {
    if (state.contents !== this.#state.contents) wipeContents(this.#state.contents);
    this.#state = state;
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
