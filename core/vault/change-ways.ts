// Adds, changes and removes the ways into an unlocked vault. The last way in is never removed, and one that does not
// work does not count. A passphrase that is changed or removed takes the vault key with it: who has an older file and
// its passphrase does not open the new one. What takes long, or asks the person, comes before the write lock.

import { randomBytes } from 'node:crypto';

import { StrongroomError } from '../../shared/errors.ts';
import { accountOf, forgetEntry, withNewEntry, type EntryParts } from './keychain-entries.ts';
import { usage } from './refusals.ts';
import type { NewVaultKey, SessionKeeper } from './session-keeper.ts';
import type { VaultHeader, Wrap } from './vault-file.ts';
import { askKeychain, keyByKeychain, type WaysInParts } from './ways-in.ts';
import { VAULT_KEY_BYTES, withoutWrap, withWrap, wrapOf, wrapWithPassphrase } from './wraps.ts';

export const ID_BYTES = 16;

export interface ChangeWaysParts extends WaysInParts, EntryParts {
  readonly keeper: SessionKeeper;
}

/**
 * Sets the first passphrase, or changes it, with the vault key.
 * @throws USAGE when it is empty, KEYCHAIN_FAILED when the vault opens with the keychain, too, and that does not take a
 *   new entry; BUSY when another process changes the ways in meanwhile
 */
export async function setPassphrase(parts: ChangeWaysParts, passphrase: Buffer): Promise<void> {
  const { sodium, keeper, argon2idLimits } = parts;
  const { header } = await keeper.use();
  const isFirst = wrapOf(header.wraps, 'passphrase') === null;
  const key = isFirst ? await currentKey(keeper) : newKey();
  try {
    const identity = { vaultId: header.vaultId, keyId: key.keyId };
    const wrap = await wrapWithPassphrase(sodium, identity, key.vaultKey, passphrase, argon2idLimits);
    if (isFirst) await saveWays(parts, header, withWrap(header.wraps, wrap));
    else await changeKey(parts, header, key, [wrap]);
  } finally {
    key.vaultKey.fill(0);
  }
}

/**
 * Removes the passphrase, with the vault key.
 * @throws USAGE when it is the last way in; KEYCHAIN_FAILED when the keychain, the other one, does not open it or does
 *   not take a new entry; BUSY
 */
export async function removePassphrase(parts: ChangeWaysParts): Promise<void> {
  const { header } = await parts.keeper.use();
  requireOtherWay(header.wraps, 'passphrase', 'keychain');
  (await keyByKeychain(parts, header)).fill(0);
  const key = newKey();
  try {
    await changeKey(parts, header, key, []);
  } finally {
    key.vaultKey.fill(0);
  }
}

/** Adds the keychain, or mends it where its entry is gone or another. @throws KEYCHAIN_FAILED, BUSY */
export async function addKeychain(parts: ChangeWaysParts): Promise<void> {
  const { keeper } = parts;
  const { header } = await keeper.use();
  const wrap = wrapOf(header.wraps, 'keychain');
  if (wrap !== null) {
    const found = await askKeychain(parts, header, wrap);
    if (Buffer.isBuffer(found)) {
      found.fill(0);
      return;
    }
  }
  const { vaultKey } = await currentKey(keeper);
  try {
    await withNewEntry(parts, header, vaultKey, (added) =>
      saveWays(parts, header, withWrap(header.wraps, added)),
    );
  } finally {
    vaultKey.fill(0);
  }
}

/**
 * Removes the keychain, and its entry once the file is written. The vault key stays: no passphrase is at hand.
 * @throws USAGE when it is the last way in, KEYCHAIN_FAILED when only its entry could not be removed
 */
export async function removeKeychain({ keychain, keeper }: ChangeWaysParts): Promise<void> {
  const account = await keeper.changing(async (session) => {
    const { wraps } = session.header;
    requireOtherWay(wraps, 'keychain', 'passphrase');
    const last = accountOf(session.header);
    await keeper.save(session, { wraps: withoutWrap(wraps, 'keychain') });
    return last;
  });
  if (account === null) return;
  try {
    await keychain.remove(account);
  } catch (error) {
    throw entryStays(error);
  }
}

/** Seals everything under `key`; the keychain, where it is a way in, gets a new entry for it. */
async function changeKey(
  parts: ChangeWaysParts,
  before: VaultHeader,
  key: NewVaultKey,
  wraps: readonly Wrap[],
): Promise<void> {
  if (wrapOf(before.wraps, 'keychain') === null) {
    await saveWays(parts, before, wraps, key);
    return;
  }
  const identity = { vaultId: before.vaultId, keyId: key.keyId };
  await withNewEntry(parts, identity, key.vaultKey, (wrap) => saveWays(parts, before, [...wraps, wrap], key));
}

/** Stores the ways in, if they are still as they were; then the keychain's last entry goes, if it is not in use. */
async function saveWays(
  { keychain, keeper }: ChangeWaysParts,
  before: VaultHeader,
  wraps: readonly Wrap[],
  key?: NewVaultKey,
): Promise<void> {
  const { isCopyCurrent } = await keeper.changing((session) => {
    requireSameWays(before, session.header);
    return keeper.save(session, key === undefined ? { wraps } : { wraps, key });
  });
  const last = accountOf(before);
  if (isCopyCurrent && last !== null && last !== wrapOf(wraps, 'keychain')?.account)
    await forgetEntry(keychain, last);
}

/** A copy of the session's vault key, which the caller wipes. */
async function currentKey(keeper: SessionKeeper): Promise<NewVaultKey> {
  const session = await keeper.use();
  const vaultKey = Buffer.alloc(VAULT_KEY_BYTES);
  session.vaultKey.copy(vaultKey);
  return { keyId: session.header.keyId, vaultKey };
}

function newKey(): NewVaultKey {
  return { keyId: randomBytes(ID_BYTES).toString('hex'), vaultKey: randomBytes(VAULT_KEY_BYTES) };
}

function requireSameWays(before: VaultHeader, now: VaultHeader): void {
  const isSame = before.keyId === now.keyId && JSON.stringify(before.wraps) === JSON.stringify(now.wraps);
  if (isSame) return;
  throw new StrongroomError('BUSY', 'The ways into the vault were changed elsewhere just now; not here.', {
    hint: 'Look at the vault’s status, then try again.',
  });
}

function requireOtherWay(wraps: readonly Wrap[], kind: Wrap['kind'], other: Wrap['kind']): void {
  if (wrapOf(wraps, kind) === null)
    throw usage(`The vault does not open with a ${kind}.`, 'There is nothing to remove.');
  if (wrapOf(wraps, other) === null)
    throw usage(`The ${kind} is the only way into the vault.`, `Add the ${other} as a second way first.`);
}

function entryStays(cause: unknown): StrongroomError {
  return new StrongroomError('KEYCHAIN_FAILED', 'The keychain’s entry for the vault could not be removed.', {
    hint: 'The vault no longer uses it. Remove “Strongroom” in the keychain’s own program.',
    cause,
  });
}
