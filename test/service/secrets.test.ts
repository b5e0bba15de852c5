// What becomes of secrets in the service: they reach the vault, are wiped, and are told to nobody who did not ask for them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { copyFixture, FIXTURES, NEW_PASSWORD, PASSWORD, scratch } from '../support/fixtures.ts';
import { newService, type TestService } from './service-fixture.ts';

const PASSPHRASE = 'correct horse battery staple';

async function openVault(made: TestService): Promise<void> {
  await made.call('vault.create', { keychain: true, passphrase: null });
}

it('opens the vault with the right passphrase only', async () => {
  const { call } = await newService();
  await call('vault.create', { keychain: false, passphrase: PASSPHRASE });
  await call('vault.lock', {});
  await expect(call('vault.unlock', { passphrase: 'Correct horse' })).rejects.toMatchObject({
    code: 'WRONG_PASSPHRASE',
  });
  expect(await call('vault.unlock', { passphrase: PASSPHRASE })).toMatchObject({
    state: 'unlocked',
    ways: ['passphrase'],
  });
  expect(await call('vault.setKeychain', { use: true })).toMatchObject({ ways: ['passphrase', 'keychain'] });
  expect(await call('vault.setPassphrase', { passphrase: null })).toMatchObject({ ways: ['keychain'] });
  expect(await call('vault.setIdleLock', { idleMs: 60_000 })).toMatchObject({ idleLockMs: 60_000 });
});

it('takes keys out of kits, files and texts alike', async () => {
  const made = await newService();
  await openVault(made);
  const { call } = made;
  const kits = readdirSync(join(FIXTURES, 'kits'));
  const [kit] = kits.filter((name) => name.endsWith('.txt'));
  const text = readFileSync(join(FIXTURES, 'kits', kit!), 'utf8');
  const fromText = await call('keys.importKitTexts', {
    kits: [
      { name: 'my kit.txt', text },
      { name: 'x', text: '' },
    ],
  });
  expect(fromText.files.map(({ path, keys, error }) => [path, keys.length > 0, error?.code])).toEqual([
    ['my kit.txt', true, undefined],
    ['x', false, 'USAGE'],
  ]);
  const fromFile = await call('keys.importKits', { paths: [join(FIXTURES, 'kits', kit!)] });
  expect(fromFile.files[0]?.keys.map(({ isNew }) => isNew)).toEqual(fromText.files[0]?.keys.map(() => false));
});

it('shows, copies and saves a key for who asks, and drills it', async () => {
  const made = await newService();
  await openVault(made);
  const { call, asked } = made;
  const { added } = await call('keys.addTyped', { typed: PASSWORD, label: 'Home' });
  const keyId = added.key.id;
  expect(await call('keys.reveal', { keyId })).toEqual({ key: PASSWORD });
  expect(await call('keys.copy', { keyId })).toEqual({ clearsAfterSeconds: 45 });
  const path = join(await scratch(), 'kit.txt');
  expect(await call('keys.exportKit', { keyId, path })).toMatchObject({ path });
  await call('files.reveal', { path });
  expect(asked).toEqual([
    ['copySecret', PASSWORD, 45_000],
    ['reveal', path],
  ]);
  expect(await call('keys.drill', { keyId, typed: PASSWORD })).toMatchObject({ outcome: 'right' });
  expect(await call('keys.drill', { keyId, typed: NEW_PASSWORD })).toMatchObject({ outcome: 'wrong' });
  expect(await call('keys.rename', { keyId, label: 'Cabin' })).toMatchObject({ label: 'Cabin' });
  expect(await call('keys.setState', { keyId, state: 'retired' })).toMatchObject({ state: 'retired' });
  expect(await call('keys.list', {})).toMatchObject([{ id: keyId, use: { backupCount: 0 } }]);
});

it('wipes what was typed once the call has ended, well or badly', async () => {
  const seen: Buffer[] = [];
  const note = (secret: Buffer | undefined): void => {
    if (secret === undefined) return;
    expect(secret.some((byte) => byte !== 0)).toBe(true);
    seen.push(secret);
  };
  const made = await newService({
    prepare: (engine) => {
      const { vault, library } = engine;
      const { create, unlockForAll, setPassphrase } = vault;
      vault.create = (ways) => (note(ways.passphrase), create.call(vault, ways));
      vault.unlockForAll = (how) => (
        note(how.way === 'passphrase' ? how.passphrase : undefined),
        unlockForAll.call(vault, how)
      );
      vault.setPassphrase = (secret) => (note(secret), setPassphrase.call(vault, secret));
      const { addTypedKey, drillKey, importKitContents, revealKey } = library;
      library.addTypedKey = (request) => (note(request.typed), addTypedKey.call(library, request));
      library.drillKey = (id, copies) => (copies.forEach(note), drillKey.call(library, id, copies));
      library.importKitContents = (kits) => (
        kits.forEach(({ bytes }) => note(bytes)),
        importKitContents.call(library, kits)
      );
      library.revealKey = async (id) => {
        const secret = await revealKey.call(library, id);
        note(secret);
        return secret;
      };
      return engine;
    },
  });
  const { call } = made;
  const refused = async (work: Promise<unknown>): Promise<void> => {
    await expect(work).rejects.toHaveProperty('code');
  };
  await call('vault.create', { keychain: true, passphrase: PASSPHRASE });
  await refused(call('vault.create', { keychain: true, passphrase: PASSPHRASE }));
  await refused(call('vault.unlock', { passphrase: 'wrong' }));
  await call('vault.unlock', { passphrase: PASSPHRASE });
  await call('vault.setPassphrase', { passphrase: 'another passphrase' });
  const { added } = await call('keys.addTyped', { typed: PASSWORD });
  await call('keys.drill', { keyId: added.key.id, typed: 'no' });
  await refused(call('keys.drill', { keyId: 'nobody', typed: 'no' }));
  await call('keys.reveal', { keyId: added.key.id });
  await call('keys.copy', { keyId: added.key.id });
  await call('keys.importKitTexts', { kits: [{ name: 'kit', text: `Encryption key:\n${NEW_PASSWORD}\n` }] });
  await call('vault.lock', {});
  await refused(call('keys.addTyped', { typed: PASSWORD }));
  expect(seen).toHaveLength(12);
  for (const secret of seen) expect(secret.every((byte) => byte === 0)).toBe(true);
});

it('tells no secret in an event, in the log, or on the disk', async () => {
  const made = await newService();
  await openVault(made);
  const { call, events, log, dataFolder } = made;
  const folder = await scratch();
  copyFixture('v2-compressed.tar', folder);
  await call('keys.addTyped', { typed: PASSWORD, label: 'Home' });
  await call('keys.importKitTexts', { kits: [{ name: 'kit', text: `Encryption key:\n${NEW_PASSWORD}\n` }] });
  await call('vault.setPassphrase', { passphrase: PASSPHRASE });
  await call('library.addFolder', { path: folder });
  await call('library.scan', {});
  for (const { id } of await call('keys.list', {})) await call('keys.reveal', { keyId: id });
  for (const typed of [PASSWORD, NEW_PASSWORD, PASSPHRASE]) {
    await call('keys.measure', { typed });
    await expect(call('keys.drill', { keyId: typed, typed })).rejects.toMatchObject({ code: 'UNKNOWN_KEY' });
  }
  await made.close();
  const lines = log.lines.join('\n');
  const files = readdirSync(dataFolder).map((name) => readFileSync(join(dataFolder, name), 'latin1'));
  for (const secret of [PASSWORD, NEW_PASSWORD, PASSPHRASE]) {
    expect(JSON.stringify(events)).not.toContain(secret);
    expect(lines).not.toContain(secret);
    expect(files.some((text) => text.includes(secret))).toBe(false);
  }
});
