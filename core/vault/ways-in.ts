// From what the person or the keychain gives to the vault key. A wrong passphrase is told apart from a damaged vault
// by the checksum that was checked before; whether there is a passphrase at all is told after the same work.

import { StrongroomError } from '../../shared/errors.ts';
import type { Argon2idLimits, SodiumProvider } from '../securetar/index.ts';
import type { Keychain } from './keychain.ts';
import { vaultLocked } from './refusals.ts';
import type { KeychainWrap, KeyIdentity, VaultHeader } from './vault-file.ts';
import { unwrapFromKeychain, unwrapWithPassphrase, wrapOf } from './wraps.ts';

/** The passphrase is taken as these bytes, and stays the caller's to wipe. */
export type UnlockHow =
  { readonly way: 'keychain' } | { readonly way: 'passphrase'; readonly passphrase: Buffer };

export interface WaysInParts {
  readonly sodium: SodiumProvider;
  readonly keychain: Keychain;
  /** What a new passphrase costs, and a try where there is none. */
  readonly argon2idLimits: Argon2idLimits;
}

/** The vault key, which the caller wipes. @throws WRONG_PASSPHRASE, LIMIT_EXCEEDED, VAULT_LOCKED, KEYCHAIN_FAILED */
export function openVaultKey(parts: WaysInParts, header: VaultHeader, how: UnlockHow): Promise<Buffer> {
  return how.way === 'keychain'
    ? keyByKeychain(parts, header)
    : keyByPassphrase(parts, header, how.passphrase);
}

async function keyByPassphrase(
  { sodium, argon2idLimits }: WaysInParts,
  header: VaultHeader,
  passphrase: Buffer,
): Promise<Buffer> {
  const wrap = wrapOf(header.wraps, 'passphrase');
  const vaultKey = await unwrapWithPassphrase(sodium, header, wrap, passphrase, argon2idLimits);
  if (vaultKey !== null) return vaultKey;
  throw new StrongroomError('WRONG_PASSPHRASE', 'The passphrase does not open the vault.', {
    hint:
      wrap === null
        ? 'This vault has no passphrase: it opens with the keychain of the computer that made it.'
        : 'Check capital letters and the keyboard’s language, then try again.',
  });
}

/** The vault key, which the caller wipes. @throws VAULT_LOCKED when the keychain is no way in, KEYCHAIN_FAILED */
export async function keyByKeychain(
  { sodium, keychain }: Pick<WaysInParts, 'sodium' | 'keychain'>,
  header: VaultHeader,
): Promise<Buffer> {
  const wrap = wrapOf(header.wraps, 'keychain');
  if (wrap === null) throw vaultLocked('This vault opens with its passphrase only: give that.');
  const hint =
    wrapOf(header.wraps, 'passphrase') === null
      ? 'Open it on the computer and as the user that made it, or bring that keychain’s entry back.'
      : 'Give the passphrase of the vault.';
  const found = await askKeychain({ sodium, keychain }, header, wrap);
  if (Buffer.isBuffer(found)) return found;
  const message =
    found === 'no-entry'
      ? 'The keychain has no entry for this vault.'
      : 'The keychain’s entry does not open this vault.';
  throw new StrongroomError('KEYCHAIN_FAILED', message, { hint });
}

/**
 * The vault key, which the caller wipes, or why the keychain, which did answer, does not give it.
 * @throws KEYCHAIN_FAILED when it does not answer
 */
export async function askKeychain(
  { sodium, keychain }: Pick<WaysInParts, 'sodium' | 'keychain'>,
  identity: KeyIdentity,
  wrap: KeychainWrap,
): Promise<Buffer | 'no-entry' | 'another-entry'> {
  const secret = await keychain.read(wrap.account);
  if (secret === null) return 'no-entry';
  try {
    return unwrapFromKeychain(sodium, identity, wrap, secret) ?? 'another-entry';
  } finally {
    secret.fill(0);
  }
}
