// Adds, changes and removes the ways into an unlocked vault. The last way in is never removed, and one that does not
// work does not count. A keychain entry is written before the vault relies on it, and removed after.

import { StrongroomError } from '../../shared/errors.ts';
import { usage } from './refusals.ts';
import type { SessionKeeper } from './session-keeper.ts';
import type { VaultHeader, Wrap } from './vault-file.ts';
import { keyByKeychain, type WaysInParts } from './ways-in.ts';
import {
  VAULT_KEY_BYTES,
  withoutWrap,
  withWrap,
  wrapForKeychain,
  wrapOf,
  wrapWithPassphrase,
} from './wraps.ts';

export interface ChangeWaysParts extends WaysInParts {
  readonly keeper: SessionKeeper;
}

/** @throws USAGE when it is empty */
export async function setPassphrase(parts: ChangeWaysParts, passphrase: Buffer): Promise<void> {
  const { sodium, keeper, argon2idLimits } = parts;
  const session = await keeper.use();
  const { vaultId } = session.header;
  const vaultKey = Buffer.alloc(VAULT_KEY_BYTES);
  session.vaultKey.copy(vaultKey);
  try {
    const wrap = await wrapWithPassphrase(sodium, vaultId, vaultKey, passphrase, argon2idLimits);
    await keeper.changing((now) => keeper.save(now, { wraps: withWrap(now.header.wraps, wrap) }));
  } finally {
    vaultKey.fill(0);
  }
}

/** @throws USAGE when it is the last way in, KEYCHAIN_FAILED when the keychain, the other one, does not open it */
export async function removePassphrase({ sodium, keychain, keeper }: ChangeWaysParts): Promise<void> {
  await keeper.changing(async (session) => {
    const { wraps } = session.header;
    requireOtherWay(wraps, 'passphrase', 'keychain');
    (await keyByKeychain({ sodium, keychain }, session.header)).fill(0);
    await keeper.save(session, { wraps: withoutWrap(wraps, 'passphrase') });
  });
}

/** Adds the keychain, or mends it where its entry is gone. @throws KEYCHAIN_FAILED */
export async function addKeychain(parts: ChangeWaysParts): Promise<void> {
  const { keeper } = parts;
  await keeper.changing(async (session) => {
    const { vaultId, wraps } = session.header;
    if (wrapOf(wraps, 'keychain') !== null && (await keychainOpens(parts, session.header))) return;
    await withKeychainEntry(parts, vaultId, session.vaultKey, (wrap) =>
      keeper.save(session, { wraps: withWrap(wraps, wrap) }),
    );
  });
}

/** @throws USAGE when it is the last way in, KEYCHAIN_FAILED when only its entry could not be removed */
export async function removeKeychain({ keychain, keeper }: ChangeWaysParts): Promise<void> {
  await keeper.changing(async (session) => {
    const { vaultId, wraps } = session.header;
    requireOtherWay(wraps, 'keychain', 'passphrase');
    await keeper.save(session, { wraps: withoutWrap(wraps, 'keychain') });
    await keychain.remove(vaultId).catch(entryStays);
  });
}

/** Puts a new secret into the keychain and lets `save` store its wrap; the entry goes again when that fails. */
export async function withKeychainEntry(
  { sodium, keychain }: Pick<WaysInParts, 'sodium' | 'keychain'>,
  vaultId: string,
  vaultKey: Buffer,
  save: (wrap: Wrap) => Promise<void>,
): Promise<void> {
  const { wrap, secret } = wrapForKeychain(sodium, vaultId, vaultKey);
  try {
    await keychain.write(vaultId, secret);
  } finally {
    secret.fill(0);
  }
  try {
    await save(wrap);
  } catch (error) {
    await keychain.remove(vaultId).catch(() => undefined); // without its wrap it opens nothing
    throw error;
  }
}

async function keychainOpens(parts: ChangeWaysParts, header: VaultHeader): Promise<boolean> {
  try {
    (await keyByKeychain(parts, header)).fill(0);
    return true;
  } catch {
    return false; // it is about to be written anew, and that says what is wrong
  }
}

function requireOtherWay(wraps: readonly Wrap[], kind: Wrap['kind'], other: Wrap['kind']): void {
  if (wrapOf(wraps, kind) === null)
    throw usage(`The vault does not open with a ${kind}.`, 'There is nothing to remove.');
  if (wrapOf(wraps, other) === null)
    throw usage(`The ${kind} is the only way into the vault.`, `Add the ${other} as a second way first.`);
}

function entryStays(cause: unknown): never {
  throw new StrongroomError('KEYCHAIN_FAILED', 'The keychain’s entry for the vault could not be removed.', {
    hint: 'The vault no longer uses it. Remove “Strongroom” in the keychain’s own program.',
    cause,
  });
}
