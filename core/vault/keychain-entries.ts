// The vault's entries in the keychain. Each is made under a new account, before the vault relies on it, and goes only
// when no file needs it: nothing is overwritten, and whoever is killed in between leaves an entry too many, never one
// too few. No call is made while the vault is locked for writing: the keychain may be asking the person.

import type { SodiumProvider } from '../securetar/index.ts';
import type { Keychain } from './keychain.ts';
import type { KeychainWrap, KeyIdentity, VaultHeader } from './vault-file.ts';
import type { VaultStore } from './vault-store.ts';
import { wrapForKeychain, wrapOf } from './wraps.ts';

export interface EntryParts {
  readonly sodium: SodiumProvider;
  readonly keychain: Keychain;
  readonly store: VaultStore;
}

/**
 * Puts a new secret into the keychain and lets `save` store its wrap. When that fails the new entry goes again, unless
 * a file relies on it all the same. @throws KEYCHAIN_FAILED, and what `save` throws
 */
export async function withNewEntry<Result>(
  { sodium, keychain, store }: EntryParts,
  identity: KeyIdentity,
  vaultKey: Buffer,
  save: (wrap: KeychainWrap) => Promise<Result>,
): Promise<Result> {
  const { wrap, secret } = wrapForKeychain(sodium, identity, vaultKey);
  try {
    await keychain.write(wrap.account, secret);
  } finally {
    secret.fill(0);
  }
  try {
    return await save(wrap);
  } catch (error) {
    if (!(await mayBeNeeded(store, wrap.account))) await forgetEntry(keychain, wrap.account);
    throw error;
  }
}

/** The account that the vault's own keychain wrap names; null where it has none. */
export function accountOf({ wraps }: VaultHeader): string | null {
  return wrapOf(wraps, 'keychain')?.account ?? null;
}

/** Removes an entry that nothing needs any more. Never throws. */
export async function forgetEntry(keychain: Keychain, account: string): Promise<void> {
  try {
    await keychain.remove(account);
  } catch {
    // Without its wrap it opens nothing.
  }
}

async function mayBeNeeded(store: VaultStore, account: string): Promise<boolean> {
  const { main, copy, error } = await store.look();
  if ([main, copy].some((stored) => stored !== null && accountOf(stored.vault.header) === account))
    return true;
  return main === null && error !== null && (await store.isTaken()); // in doubt it stays
}
