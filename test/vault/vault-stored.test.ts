// Vault files of every version that was ever written keep opening, with everything in them.

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { FIXTURES, scratch } from '../support/fixtures.ts';
import { BY_KEYCHAIN, byPassphrase, MemoryKeychain, newKey, passphrase, vaultIn } from './vault-fixture.ts';

async function folderWith(name: string): Promise<string> {
  const folder = join(await scratch(), 'data');
  mkdirSync(folder);
  copyFileSync(join(FIXTURES, 'vault', name), join(folder, 'vault.strongroom'));
  return folder;
}

const PLAIN = {
  sourceName: null,
  instance: null,
  url: null,
  kitDate: null,
  instanceId: null,
  drilledAt: null,
  exportedAt: null,
};

it('version 1, opened with its passphrase', async () => {
  const folder = await folderWith('v1-passphrase.strongroom');
  const vault = await vaultIn({ folder });
  expect(await vault.status()).toMatchObject({ state: 'locked', ways: ['passphrase'], copy: 'missing' });
  await vault.unlock(byPassphrase('Zwölf Füchse — one vault'));
  expect((await vault.status()).idleLockMs).toBe(300_000);
  const keys = await vault.list();
  expect(keys).toMatchObject([
    {
      ...PLAIN,
      id: '9118106005bc928d',
      label: 'Home',
      state: 'active',
      origin: 'emergency-kit',
      sourceName: 'home_assistant_backup_emergency_kit_2026-01-01.txt',
      instance: 'Home',
      url: 'http://homeassistant.local:8123',
      kitDate: '2026-01-01',
      fingerprint: '8A08-061E',
      strength: { guessesLog10: 39.2, verdict: 'strong', warning: null },
    },
    {
      ...PLAIN,
      id: '1b69bb98a0dead22',
      label: 'Café “am Eck”',
      state: 'compromised',
      origin: 'typed',
      fingerprint: '348A-CFF9',
      strength: { verdict: 'weak', warning: 'This is one of the most used passwords.' },
    },
    { ...PLAIN, label: 'Bytes', state: 'active', origin: 'generated', fingerprint: 'BC90-FBB4' },
    {
      ...PLAIN,
      label: 'home (2)',
      state: 'retired',
      origin: 'backup',
      sourceName: 'cabin.tar',
      instanceId: '0123456789abcdef0123456789abcdef',
      drilledAt: '2026-02-01T00:00:00.000Z',
      exportedAt: '2026-02-02T00:00:00.000Z',
      fingerprint: '9042-5865',
    },
  ]);
  expect((await vault.secrets()).map(({ password }) => password)).toEqual([
    Buffer.from('W7XK-9PLM-4QRT-2ZNB-8HVC-5JDF-3GSA'),
    Buffer.from('pässwörd'),
    Buffer.from([0, 1, 2, 253, 254, 255]),
    Buffer.from('ABCD-EFGH-JKLM-NPQR-STUV-WXYZ-2345'),
  ]);
});

it('version 1, opened with the keychain, and goes on living', async () => {
  const folder = await folderWith('v1-keychain.strongroom');
  const keychain = new MemoryKeychain();
  const secret = Buffer.from('81b36dadb3f572c57a1ba491ba34ca7c787d9799a9203dad3c046cf462f39145', 'hex');
  keychain.entries.set('f77d35a612e3e24934a4b6286930644b-4f02727fafdeb021', secret);
  const vault = await vaultIn({ folder, keychain });
  await vault.unlock(BY_KEYCHAIN);
  expect((await vault.status()).idleLockMs).toBeNull();
  const [cabin] = await vault.secrets();
  expect(cabin).toMatchObject({ label: 'Cabin', password: Buffer.from('secret of the cabin') });
  expect((await vault.list())[0]?.fingerprint).toBe('3CF1-7781');
  await vault.add([newKey('Home', 'another')]);
  await vault.setPassphrase(passphrase('now with a passphrase'));
  const other = await vaultIn({ folder });
  await other.unlock(byPassphrase('now with a passphrase'));
  expect((await other.list()).map(({ label }) => label)).toEqual(['Cabin', 'Home']);
});

it('begins with its magic and version, so that any program can tell what it is', () => {
  const bytes = readFileSync(join(FIXTURES, 'vault', 'v1-passphrase.strongroom'));
  expect(bytes.toString('latin1', 0, 8)).toBe('SRVAULT\n');
  expect(bytes.readUInt32LE(8)).toBe(1);
});
