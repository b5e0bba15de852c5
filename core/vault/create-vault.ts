// Makes a vault where there is none. Everything that may fail or take long comes before the vault itself: a vault that
// was not made leaves no file and no entry in the keychain.

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';

import { StrongroomError } from '../../shared/errors.ts';
import { ID_BYTES, type ChangeWaysParts } from './change-ways.ts';
import { withNewEntry } from './keychain-entries.ts';
import { clearMarker } from './lock-marker.ts';
import { refusedWrite, usage } from './refusals.ts';
import { emptyContents, wipeContents } from './vault-contents.ts';
import type { KeyIdentity, VaultHeader, Wrap } from './vault-file.ts';
import type { VaultStore } from './vault-store.ts';
import { writeState } from './vault-writer.ts';
import { VAULT_KEY_BYTES, wrapWithPassphrase } from './wraps.ts';

export interface CreateWays {
  readonly passphrase?: Buffer;
  readonly keychain: 'use' | 'leave';
}

export interface CreateParts extends ChangeWaysParts {
  readonly now: () => Date;
}

/** Makes the vault and leaves it unlocked. @throws as `Vault.create` */
export async function createVault(parts: CreateParts, { passphrase, keychain }: CreateWays): Promise<void> {
  if (passphrase === undefined && keychain === 'leave')
    throw usage('A vault needs a way in.', 'Give a passphrase, or use the keychain.');
  const { sodium, store, argon2idLimits } = parts;
  await requireNone(store);
  const identity = { vaultId: randomId(), keyId: randomId() };
  const vaultKey = randomBytes(VAULT_KEY_BYTES);
  try {
    const wraps =
      passphrase === undefined
        ? []
        : [await wrapWithPassphrase(sodium, identity, vaultKey, passphrase, argon2idLimits)];
    await makeFolder(store.folder);
    const write = (all: readonly Wrap[]): Promise<void> => writeFirst(parts, identity, vaultKey, all);
    if (keychain === 'leave') await write(wraps);
    else await withNewEntry(parts, identity, vaultKey, (wrap) => write([...wraps, wrap]));
  } finally {
    vaultKey.fill(0);
  }
}

async function writeFirst(
  { sodium, store, keeper, now }: CreateParts,
  identity: KeyIdentity,
  vaultKey: Buffer,
  wraps: readonly Wrap[],
): Promise<void> {
  await keeper.exclusively(async () => {
    await requireNone(store);
    await clearMarker(store.folder); // of a vault that is gone: the new one is not locked on purpose
    const contents = emptyContents();
    const time = now().toISOString();
    const header: VaultHeader = { ...identity, createdAt: time, changedAt: time, generation: 1, wraps };
    try {
      const { state, unconfirmed } = await writeState(sodium, store, header, contents, vaultKey);
      keeper.begin(vaultKey, state, null);
      if (unconfirmed !== null) throw unconfirmed;
    } finally {
      wipeContents(contents);
    }
  });
}

async function requireNone(store: VaultStore): Promise<void> {
  if (!(await store.isTaken())) return;
  throw new StrongroomError('OUTPUT_REFUSED', `There is a vault in “${store.folder}” already.`, {
    hint: 'Unlock that one, or choose another data folder.',
  });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw refusedWrite(error, folder);
  }
}

function randomId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}
