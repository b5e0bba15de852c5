// Every call of the contract, made on the real engine in the states that a home computer gets into: each answers, and with no
// error but those that it declares.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { contract, type CallName } from '../../shared/contract/index.ts';
import { vaultIn } from '../vault/vault-fixture.ts';
import { copyFixture, PASSWORD, scratch } from '../support/fixtures.ts';
import { goodInputs } from './input-samples.ts';
import { newService, type TestService, type TestServiceOptions } from './service-fixture.ts';

/** The vault last: what opens or locks it changes what the others say. */
const NAMES = (Object.keys(contract) as CallName[]).sort(
  (a, b) => Number(a.startsWith('vault.')) - Number(b.startsWith('vault.')),
);

/** With a vault, a key, and a folder with backups that was scanned. */
async function usedService(options: TestServiceOptions = {}): Promise<TestService> {
  const made = await newService(options);
  await made.call('vault.create', { keychain: true, passphrase: null });
  await made.call('keys.addTyped', { typed: PASSWORD, label: 'Home' });
  const folder = await scratch();
  copyFixture('v3-compressed.tar', folder);
  copyFixture('plain-compressed.tar', folder);
  await made.call('library.addFolder', { path: folder });
  await made.call('library.scan', {});
  return made;
}

const STATES: Readonly<Record<string, () => Promise<TestService>>> = {
  'before anything was made': () => newService(),
  'where the shell can do nothing': () => newService({ host: 'can do nothing' }),
  'in use': () => usedService(),
  'while the vault is locked on purpose': async () => {
    const made = await usedService();
    await made.call('vault.lock', {});
    return made;
  },
  'after another program locked the vault, unseen by this one': async () => {
    const made = await usedService();
    await (await vaultIn({ folder: made.dataFolder, keychain: made.keychain })).lockForAll();
    return made;
  },
  'where the keychain refuses': async () => {
    const made = await usedService();
    made.engine.vault.lock();
    made.keychain.failing = 'read';
    return made;
  },
  'with a damaged vault': async () => {
    const first = await usedService();
    await first.close();
    for (const name of ['vault.strongroom', 'vault.copy.strongroom'])
      writeFileSync(join(first.dataFolder, name), 'no vault at all');
    return newService({ dataFolder: first.dataFolder, keychain: first.keychain });
  },
  'with a damaged catalogue': async () => {
    const first = await usedService();
    await first.close();
    writeFileSync(
      join(first.dataFolder, 'catalog.sqlite'),
      'no database at all, and longer than its header is '.repeat(9),
    );
    return newService({ dataFolder: first.dataFolder, keychain: first.keychain });
  },
  'where the data folder cannot be made': async () => {
    const place = await scratch();
    writeFileSync(join(place, 'file'), '');
    return newService({ dataFolder: join(place, 'file', 'data') });
  },
  'where a folder has the names of all its files': async () => {
    const dataFolder = await scratch();
    for (const name of ['settings.json', 'catalog.sqlite', 'vault.strongroom'])
      mkdirSync(join(dataFolder, name));
    return newService({ dataFolder });
  },
  'after it was closed': async () => {
    const made = await usedService();
    await made.close();
    return made;
  },
};

it.each(Object.entries(STATES))('answers every call %s', async (_state, make) => {
  const { service, log } = await make();
  const mistakes: string[] = [];
  for (const name of NAMES) {
    for (const input of goodInputs(contract[name].input)) {
      const reply = await service.dispatch(name, input);
      if (!reply.ok && reply.error.code === 'INTERNAL') mistakes.push(name);
    }
  }
  expect([...mistakes, ...log.undeclared()]).toEqual([]);
});
