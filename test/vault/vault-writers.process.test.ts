// Real processes write one vault at once, and are killed at any moment: nothing that was told as saved is lost, and
// the vault always opens.

import { expect, it, vi } from 'vitest';

import { VaultStore } from '../../core/vault/vault-store.ts';
import { namesIn } from '../support/folder-state.ts';
import { byPassphrase, makeVault } from './vault-fixture.ts';
import { startWriter, surviveKills } from './vault-kills.ts';

const KILLS = 20;

it('two processes that add twenty keys each at once lose none', async () => {
  const { vault, folder } = await makeVault();
  const writers = await Promise.all([startWriter(folder, 'left', 20), startWriter(folder, 'right', 20)]);
  for (const writer of writers) writer.start();
  await Promise.all(writers.map(({ ended }) => ended));
  expect(writers.map(({ child }) => child.exitCode)).toEqual([0, 0]);
  const wanted = ['left', 'right'].flatMap((name) => Array.from({ length: 20 }, (_, n) => `${name} ${n}`));
  const keys = await vault.secrets(); // unlocked all the time, it reads what the others wrote
  expect(keys.map(({ label }) => label).sort()).toEqual(wanted.sort());
  for (const { label, password } of keys) expect(password.toString()).toBe(`secret of ${label}`);
  expect((await vault.status()).copy).toBe('intact');
  expect(await generationIn(folder)).toBe(41);
  expect(await namesIn(folder)).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
});

it(`a process killed while it writes, ${KILLS} times, leaves what it told as saved or one more`, async () => {
  await surviveKills(KILLS);
});

it('a process that was locked on purpose by another stops at its next use', async () => {
  const { vault, folder } = await makeVault();
  const writer = await startWriter(folder, 'left', 0);
  writer.start();
  await vi.waitFor(() => expect(writer.saved.length).toBeGreaterThan(0));
  await vault.lockForAll();
  await writer.ended;
  expect(writer.saved.at(-1)).toBe('VAULT_LOCKED');
  await vault.unlock(byPassphrase());
  expect((await vault.list()).length).toBeGreaterThan(0);
});

async function generationIn(folder: string): Promise<number> {
  return (await new VaultStore(folder).read()).vault.header.generation;
}
