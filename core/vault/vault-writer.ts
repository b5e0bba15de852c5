// Seals a state of the vault and stores it: what was written is opened again, from the disk, before it counts.

import type { StrongroomError } from '../../shared/errors.ts';
import type { SodiumProvider } from '../securetar/index.ts';
import type { OpenState } from './session.ts';
import { decodeContents, encodeContents, wipeContents, type VaultContents } from './vault-contents.ts';
import { encodeVaultFile, openPayload, parseVaultFile, type VaultHeader } from './vault-file.ts';
import type { VaultStore } from './vault-store.ts';
import { VAULT_KEY_BYTES } from './wraps.ts';

/** A state that is stored. */
export interface WrittenState {
  readonly state: OpenState;
  /** False: the copy is still the one of the state before. */
  readonly isCopyCurrent: boolean;
  /** What the caller throws once it has taken over the state. */
  readonly unconfirmed: StrongroomError | null;
}

/**
 * Writes a state; only under the write lock. Takes all that it needs of its arguments before the first `await`: they
 * may be wiped meanwhile. The contents of the result are a copy of their own, which the caller wipes.
 * @throws NO_SPACE, OUTPUT_REFUSED, IO_FAILED, LIMIT_EXCEEDED: then the vault is as it was
 */
export async function writeState(
  sodium: SodiumProvider,
  store: VaultStore,
  header: VaultHeader,
  contents: VaultContents,
  vaultKey: Buffer,
): Promise<WrittenState> {
  const key = Buffer.alloc(VAULT_KEY_BYTES);
  vaultKey.copy(key);
  const payload = encodeContents(contents);
  const copy = decodeContents(payload);
  try {
    const bytes = encodeVaultFile(sodium, header, payload, key);
    const { checksum } = parseVaultFile(bytes);
    const { stamp, ...written } = await store.replace(bytes, (readBack) =>
      openPayload(sodium, parseVaultFile(readBack), key).fill(0),
    );
    return { state: { header, contents: copy, stamp, checksum }, ...written };
  } catch (error) {
    wipeContents(copy);
    throw error;
  } finally {
    key.fill(0);
    payload.fill(0);
  }
}
