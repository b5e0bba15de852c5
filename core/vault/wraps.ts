// The ways into a vault: each seals the random 32-byte vault key, with XChaCha20-Poly1305, under Argon2id of a
// passphrase or under a random secret that lies in the keychain. The additional data binds a wrap to its vault and key,
// its kind, and the cost of its Argon2id or its keychain account. A wrong passphrase costs what a right one costs.

import { randomBytes } from 'node:crypto';

import { StrongroomError } from '../../shared/errors.ts';
import {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type Argon2idLimits,
  type SodiumProvider,
} from '../securetar/index.ts';
import { usage } from './refusals.ts';
import type { KeychainWrap, KeyIdentity, PassphraseWrap, Wrap } from './vault-file.ts';

export const VAULT_KEY_BYTES = 32;
const KEYCHAIN_SECRET_BYTES = 32;
const ACCOUNT_BYTES = 8;
const SALT_BYTES = 16;
const MAX_PASSPHRASE_BYTES = 64 * 1024;

/** About half a second, and 256 MiB for everybody who guesses. */
export const ARGON2ID_LIMITS: Argon2idLimits = { opsLimit: 3, memLimitBytes: 256 * 1024 * 1024 };

/** @throws USAGE when it is empty or above 64 KiB */
export async function wrapWithPassphrase(
  sodium: SodiumProvider,
  identity: KeyIdentity,
  vaultKey: Uint8Array,
  passphrase: Uint8Array,
  limits: Argon2idLimits,
): Promise<PassphraseWrap> {
  if (passphrase.length === 0)
    throw usage('The passphrase is empty.', 'Choose a passphrase of several words.');
  requireHonestLength(passphrase);
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  const open = { ...limits, kind: 'passphrase' as const, salt: salt.toString('base64') };
  const key = await sodium.argon2idWith(passphrase, salt, limits);
  try {
    const sealed = sodium.sealAead(key, nonce, vaultKey, additionalOf(identity, open));
    return {
      kind: 'passphrase',
      salt: open.salt,
      opsLimit: limits.opsLimit,
      memLimitBytes: limits.memLimitBytes,
      nonce: nonce.toString('base64'),
      sealed: sealed.toString('base64'),
    };
  } finally {
    key.fill(0);
  }
}

/**
 * The vault key, which the caller wipes; null when the passphrase is wrong. Without a wrap the same work is done on
 * one that nothing opens, so that the time tells nothing.
 */
export async function unwrapWithPassphrase(
  sodium: SodiumProvider,
  identity: KeyIdentity,
  wrap: PassphraseWrap | null,
  passphrase: Uint8Array,
  limits: Argon2idLimits,
): Promise<Buffer | null> {
  requireHonestLength(passphrase);
  const tried = wrap ?? decoy(limits);
  const key = await sodium.argon2idWith(passphrase, Buffer.from(tried.salt, 'base64'), tried);
  try {
    return unseal(sodium, identity, tried, key);
  } finally {
    key.fill(0);
  }
}

/** A wrap and the secret that has to lie in the keychain under its account, which is new; the caller wipes the secret. */
export function wrapForKeychain(
  sodium: SodiumProvider,
  identity: KeyIdentity,
  vaultKey: Uint8Array,
): { readonly wrap: KeychainWrap; readonly secret: Buffer } {
  const secret = randomBytes(KEYCHAIN_SECRET_BYTES);
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  const open = {
    kind: 'keychain',
    account: `${identity.vaultId}-${randomBytes(ACCOUNT_BYTES).toString('hex')}`,
  } as const;
  const sealed = sodium.sealAead(secret, nonce, vaultKey, additionalOf(identity, open));
  const wrap = {
    ...open,
    nonce: nonce.toString('base64'),
    sealed: sealed.toString('base64'),
  };
  return { wrap, secret };
}

/** The vault key, which the caller wipes; null when the secret is not the one of this wrap. */
export function unwrapFromKeychain(
  sodium: SodiumProvider,
  identity: KeyIdentity,
  wrap: KeychainWrap,
  secret: Uint8Array,
): Buffer | null {
  return secret.length === KEYCHAIN_SECRET_BYTES ? unseal(sodium, identity, wrap, secret) : null;
}

/** The wrap of one kind, null where the vault has none. */
export function wrapOf<Kind extends Wrap['kind']>(
  wraps: readonly Wrap[],
  kind: Kind,
): Extract<Wrap, { kind: Kind }> | null {
  return wraps.find((wrap): wrap is Extract<Wrap, { kind: Kind }> => wrap.kind === kind) ?? null;
}

/** The wraps with this one in place of another of its kind. */
export function withWrap(wraps: readonly Wrap[], wrap: Wrap): Wrap[] {
  return [...withoutWrap(wraps, wrap.kind), wrap];
}

export function withoutWrap(wraps: readonly Wrap[], kind: Wrap['kind']): Wrap[] {
  return wraps.filter((wrap) => wrap.kind !== kind);
}

function unseal(sodium: SodiumProvider, identity: KeyIdentity, wrap: Wrap, key: Uint8Array): Buffer | null {
  const nonce = Buffer.from(wrap.nonce, 'base64');
  return sodium.openAead(key, nonce, Buffer.from(wrap.sealed, 'base64'), additionalOf(identity, wrap));
}

type Unsealed =
  | Pick<KeychainWrap, 'kind' | 'account'>
  | Pick<PassphraseWrap, 'kind' | 'salt' | 'opsLimit' | 'memLimitBytes'>;

function additionalOf({ vaultId, keyId }: KeyIdentity, wrap: Unsealed): Buffer {
  const parameters =
    wrap.kind === 'passphrase' ? [wrap.salt, wrap.opsLimit, wrap.memLimitBytes] : [wrap.account];
  const lines = ['Strongroom vault key', vaultId, keyId, wrap.kind, ...parameters];
  return Buffer.from(lines.join('\n'), 'utf8');
}

function decoy(limits: Argon2idLimits): PassphraseWrap {
  const random = (bytes: number): string => randomBytes(bytes).toString('base64');
  const { opsLimit, memLimitBytes } = limits;
  const sealed = random(VAULT_KEY_BYTES + AEAD_TAG_BYTES);
  return {
    kind: 'passphrase',
    salt: random(SALT_BYTES),
    opsLimit,
    memLimitBytes,
    nonce: random(AEAD_NONCE_BYTES),
    sealed,
  };
}

function requireHonestLength(passphrase: Uint8Array): void {
  if (passphrase.length <= MAX_PASSPHRASE_BYTES) return;
  throw new StrongroomError('USAGE', 'The passphrase is longer than 64 KiB.', {
    hint: 'Was the right file given?',
  });
}
