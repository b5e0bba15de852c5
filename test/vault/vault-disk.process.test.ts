// A real disk that is full or read-only: the old vault stays, nothing half-written is left, and it says why.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { stateOf } from '../support/folder-state.ts';
import { mountSmallDisk, smallDiskMissing, type SmallDisk } from '../support/small-disk.ts';
import { byPassphrase, makeVault, newKey, passphrase, vaultIn, type MadeVault } from './vault-fixture.ts';

const missing = smallDiskMissing();

async function vaultOnSmallDisk(): Promise<MadeVault & { readonly disk: SmallDisk }> {
  const disk = mountSmallDisk(256 * 1024);
  onTestFinished(() => disk.remove());
  const made = await makeVault({ folder: join(disk.folder, 'data') });
  await made.vault.add([newKey('Home', 'secret of home')]);
  return { ...made, disk };
}

async function expectAsBefore(made: MadeVault, before: unknown): Promise<void> {
  expect(await stateOf(made.folder)).toEqual(before);
  expect((await made.vault.secrets()).map(({ password }) => password.toString())).toEqual(['secret of home']);
  const other = await vaultIn({ folder: made.folder });
  await other.unlock(byPassphrase());
  expect(await other.status()).toMatchObject({ state: 'unlocked', copy: 'intact', keyCount: 1 });
}

it.skipIf(missing !== null)('a full disk', async () => {
  const made = await vaultOnSmallDisk();
  const { vault, disk } = made;
  const before = await stateOf(made.folder);
  disk.fill();
  const changes = [
    () => vault.add([newKey('Cabin', 'two')]),
    () => vault.setIdleLock(1000),
    () => vault.setPassphrase(passphrase('new')),
    () => vault.removePassphrase(),
  ];
  for (const change of changes) await expect(change()).rejects.toMatchObject({ code: 'NO_SPACE' });
  await expectAsBefore(made, before);
  rmSync(join(disk.folder, 'filler'));
  await vault.add([newKey('Cabin', 'two')]);
  expect(await vault.status()).toMatchObject({ keyCount: 2, copy: 'intact' });
});

it.skipIf(missing !== null)('a disk with room for one of the two files', async () => {
  const made = await vaultOnSmallDisk();
  const before = await stateOf(made.folder);
  // Two files of about 150 kB each, beside what is there, on 256 kB.
  const bulky = newKey('Bulky', 'two', { url: 'u'.repeat(150_000) });
  await expect(made.vault.add([bulky])).rejects.toMatchObject({ code: 'NO_SPACE' });
  await expectAsBefore(made, before);
});

it.skipIf(missing !== null)('a read-only folder', async () => {
  const made = await vaultOnSmallDisk();
  const before = await stateOf(made.folder);
  made.disk.makeReadOnly();
  await expect(made.vault.add([newKey('Cabin', 'two')])).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
  await expectAsBefore(made, before);
  await expect(made.vault.lockForAll()).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
  expect(made.vault.isUnlocked).toBe(false); // this process, at least
  const fresh = await vaultIn({ folder: join(made.disk.folder, 'other') });
  const ways = { passphrase: passphrase(), keychain: 'leave' } as const;
  await expect(fresh.create(ways)).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
});
