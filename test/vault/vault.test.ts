// A vault as its users see it: made, unlocked, filled, changed; its ways in; and never a secret where none belongs.

import { copyFileSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { loadSodium } from '../../core/securetar/index.ts';
import { openVault } from '../../core/vault/index.ts';
import { errorCode } from '../../shared/errors.ts';
import { scratch } from '../support/fixtures.ts';
import { namesIn } from '../support/folder-state.ts';
import {
  BY_KEYCHAIN,
  byPassphrase,
  CHEAP,
  makeVault,
  MemoryKeychain,
  newKey,
  passphrase,
  vaultIn,
  watchedSodium,
} from './vault-fixture.ts';

describe('a new vault', () => {
  it('is made unlocked, with a copy, readable by its owner only', async () => {
    const { vault, folder, mainPath } = await makeVault({ folder: join(await scratch(), 'data') });
    expect(vault.isUnlocked).toBe(true);
    expect(await vault.status()).toEqual({
      path: mainPath,
      state: 'unlocked',
      lockedOnPurpose: false,
      ways: ['passphrase', 'keychain'],
      keyCount: 0,
      changedAt: expect.stringMatching(/Z$/),
      copy: 'intact',
      idleLockMs: 15 * 60 * 1000,
      error: null,
    });
    expect(await namesIn(folder)).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
    if (process.platform === 'win32') return;
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of await namesIn(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('is not made where one is, or its copy', async () => {
    const { folder, mainPath } = await makeVault();
    const other = await vaultIn({ folder });
    const again = { passphrase: passphrase('other'), keychain: 'leave' } as const;
    await expect(other.create(again)).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    unlinkSync(mainPath);
    await expect(other.create(again)).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
  });

  it('needs a way in', async () => {
    const vault = await vaultIn({ folder: await scratch() });
    await expect(vault.create({ keychain: 'leave' })).rejects.toMatchObject({ code: 'USAGE' });
    const empty = { passphrase: Buffer.alloc(0), keychain: 'leave' } as const;
    await expect(vault.create(empty)).rejects.toMatchObject({ code: 'USAGE' });
    expect((await vault.status()).state).toBe('missing');
  });

  it('is not made when the keychain refuses, even with a passphrase', async () => {
    const folder = await scratch();
    const keychain = new MemoryKeychain();
    keychain.failing = 'write';
    const vault = await vaultIn({ folder, keychain });
    await expect(vault.create({ passphrase: passphrase(), keychain: 'use' })).rejects.toMatchObject({
      code: 'KEYCHAIN_FAILED',
    });
    expect(await namesIn(folder)).toEqual([]);
    expect(vault.isUnlocked).toBe(false);
  });

  it('does not exist before', async () => {
    const vault = await vaultIn({ folder: join(await scratch(), 'none') });
    expect(await vault.status()).toMatchObject({ state: 'missing', copy: 'missing', ways: [], error: null });
    const calls = [
      () => vault.unlock(byPassphrase()),
      () => vault.unlock(BY_KEYCHAIN),
      () => vault.list(),
      () => vault.add([]),
      () => vault.lockForAll(),
      () => vault.restoreCopy(),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'NO_VAULT' });
  });
});

describe('what is in it', () => {
  it('comes back after a lock, by each way', async () => {
    const { vault, folder, keychain } = await makeVault();
    const secret = Buffer.from([0, 255, 34, 92, 10, 0xc3]); // no text at all
    const added = await vault.add([
      { ...newKey('Home', ''), secret, instance: 'Home', url: 'http://home', kitDate: '2025-06-14' },
      newKey('Cabin', 'secret of the cabin'),
    ]);
    expect(added.map(({ isNew }) => isNew)).toEqual([true, true]);
    const listed = await vault.list();
    expect(added.map(({ key }) => key)).toEqual(listed);
    vault.lock();
    await expect(vault.list()).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    for (const how of [BY_KEYCHAIN, byPassphrase()]) {
      const other = await vaultIn({ folder, keychain });
      await other.unlock(how);
      expect(await other.list()).toEqual(listed);
      const [home, cabin] = await other.secrets();
      expect(home).toEqual({ id: listed[0]?.id, label: 'Home', password: secret });
      expect(cabin?.password.toString()).toBe('secret of the cabin');
      expect((await other.secrets([listed[1]?.id ?? ''])).map(({ label }) => label)).toEqual(['Cabin']);
    }
  });

  it('is changed and removed for good', async () => {
    const { vault, folder, keychain } = await makeVault();
    const [home, cabin] = await vault.add([newKey('Home', 'one'), newKey('Cabin', 'two')]);
    const id = home?.key.id ?? '';
    const changed = await vault.change(id, { label: 'Old home', state: 'retired', instanceId: 'abc' });
    expect(changed).toMatchObject({
      label: 'Old home',
      state: 'retired',
      instanceId: 'abc',
      drilledAt: null,
    });
    await vault.remove(cabin?.key.id ?? '');
    await vault.setIdleLock(60_000);
    const other = await vaultIn({ folder, keychain });
    await other.unlock(BY_KEYCHAIN);
    expect(await other.list()).toEqual([changed]);
    expect((await other.status()).idleLockMs).toBe(60_000);
  });

  it('is not written again when nothing is new', async () => {
    const { vault, mainPath } = await makeVault();
    await vault.add([newKey('Home', 'one')]);
    const before = statSync(mainPath, { bigint: true }).mtimeNs;
    await vault.add([newKey('Again', 'one')]);
    expect(statSync(mainPath, { bigint: true }).mtimeNs).toBe(before);
  });

  it('stands as it was when a key in the middle is refused', async () => {
    const { vault } = await makeVault();
    const keys = [newKey('Home', 'one'), newKey('Empty', '')];
    await expect(vault.add(keys)).rejects.toMatchObject({ code: 'USAGE' });
    const long = [newKey('Home', 'one'), newKey('Long', 'x'.repeat(4097))];
    await expect(vault.add(long)).rejects.toMatchObject({ code: 'USAGE' });
    expect(await vault.list()).toEqual([]);
  });

  it('is told to listeners', async () => {
    const { vault, folder } = await makeVault();
    const told: string[] = [];
    const stop = vault.onChange((why) => told.push(why));
    await vault.add([newKey('Home', 'one')]);
    const other = await vaultIn({ folder });
    await other.unlock(byPassphrase());
    await other.add([newKey('Cabin', 'two')]);
    await vault.list();
    vault.lock();
    vault.lock();
    await vault.unlock(byPassphrase());
    expect(told).toEqual(['changed', 'changed', 'locked', 'unlocked']);
    stop();
    vault.lock();
    expect(told.length).toBe(4);
  });

  it('is not disturbed by a listener that throws, which is reported', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    onTestFinished(() => warn.mockRestore());
    const keychain = new MemoryKeychain();
    const folder = await scratch();
    const vault = await vaultIn({ folder, keychain });
    const told: string[] = [];
    vault.onChange(() => {
      throw new Error('The window is gone.');
    });
    vault.onChange((why) => told.push(why));
    await vault.create({ passphrase: passphrase(), keychain: 'use' });
    expect((await vault.add([newKey('Home', 'one')]))[0]?.isNew).toBe(true);
    await vault.setPassphrase(passphrase('new'));
    vault.lock();
    await vault.unlock(BY_KEYCHAIN);
    expect((await vault.list()).length).toBe(1);
    expect(told).toEqual(['unlocked', 'changed', 'changed', 'locked', 'unlocked']);
    expect(warn.mock.calls.length).toBe(5);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('The window is gone.'));
  });

  it('matches a candidate in whole only', async () => {
    const { vault } = await makeVault();
    const [home] = await vault.add([newKey('Home', 'ABCD-EFGH')]);
    const id = home?.key.id ?? '';
    expect(await vault.matches(id, Buffer.from('ABCD-EFGH'))).toBe(true);
    for (const wrong of ['', 'ABCD', 'ABCD-EFGI', 'ABCD-EFGH ', 'abcd-efgh'])
      expect(await vault.matches(id, Buffer.from(wrong)), wrong).toBe(false);
    await expect(vault.matches('none', Buffer.from('x'))).rejects.toMatchObject({ code: 'UNKNOWN_KEY' });
  });
});

describe('a wrong passphrase', () => {
  it.each(['both', 'keychain', 'passphrase'] as const)(
    'costs one Argon2id like a right one, for a vault that opens with: %s',
    async (ways) => {
      const { folder } = await makeVault({ ways });
      const real = await loadSodium();
      const argon2idWith = vi.fn(real.argon2idWith.bind(real));
      const vault = await vaultIn({ folder, sodium: await watchedSodium({ argon2idWith }) });
      const code = await vault.unlock(byPassphrase('wrong')).then(() => null, errorCode);
      expect(code).toBe('WRONG_PASSPHRASE');
      expect(argon2idWith.mock.calls.map(([, , limits]) => limits)).toMatchObject([CHEAP.argon2idLimits]);
      await vault.unlock(byPassphrase()).catch(errorCode);
      expect(argon2idWith).toHaveBeenCalledTimes(2);
      expect(vault.isUnlocked).toBe(ways !== 'keychain');
    },
  );

  it('never locks anyone out, and leaves what is unlocked as it is', async () => {
    const { vault } = await makeVault();
    for (let tries = 0; tries < 20; tries++)
      await expect(vault.unlock(byPassphrase(`wrong ${tries}`))).rejects.toMatchObject({
        code: 'WRONG_PASSPHRASE',
      });
    expect(await vault.list()).toEqual([]);
    vault.lock();
    await vault.unlock(byPassphrase());
    expect(vault.isUnlocked).toBe(true);
  });

  it('is any other bytes', async () => {
    const { folder } = await makeVault();
    const vault = await vaultIn({ folder });
    const wrong = [
      '',
      ' ',
      'correct horse battery staple ',
      'correct horse battery staple\n',
      'Correct horse',
    ];
    for (const text of wrong)
      await expect(vault.unlock(byPassphrase(text))).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    const long = { way: 'passphrase', passphrase: Buffer.alloc(64 * 1024 + 1) } as const;
    await expect(vault.unlock(long)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('the ways in', () => {
  it('the passphrase is changed: the old one opens neither file', async () => {
    const { vault, folder, mainPath, copyPath } = await makeVault();
    await vault.setPassphrase(passphrase('new'));
    for (const path of [mainPath, copyPath]) {
      copyFileSync(path, mainPath);
      const other = await vaultIn({ folder });
      await expect(other.unlock(byPassphrase())).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
      await other.unlock(byPassphrase('new'));
    }
  });

  it('the last one is never removed', async () => {
    const byBoth = await makeVault();
    await byBoth.vault.removePassphrase();
    expect((await byBoth.vault.status()).ways).toEqual(['keychain']);
    await expect(byBoth.vault.removeKeychain()).rejects.toMatchObject({ code: 'USAGE' });
    await expect(byBoth.vault.removePassphrase()).rejects.toMatchObject({ code: 'USAGE' });
    const byPass = await makeVault({ ways: 'passphrase' });
    await expect(byPass.vault.removePassphrase()).rejects.toMatchObject({ code: 'USAGE' });
    await expect(byPass.vault.removeKeychain()).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('a keychain that lost its entry does not count as another one', async () => {
    const { vault, keychain } = await makeVault();
    keychain.entries.clear();
    await expect(vault.removePassphrase()).rejects.toMatchObject({ code: 'KEYCHAIN_FAILED' });
    expect((await vault.status()).ways).toEqual(['passphrase', 'keychain']);
    await vault.addKeychain(); // mends it
    await vault.removePassphrase();
    vault.lock();
    await vault.unlock(BY_KEYCHAIN);
  });

  it('the keychain is added, and removed with its entry', async () => {
    const { vault, keychain } = await makeVault({ ways: 'passphrase' });
    await expect(vault.unlock(BY_KEYCHAIN)).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    await vault.addKeychain();
    expect(keychain.entries.size).toBe(1);
    vault.lock();
    await vault.unlock(BY_KEYCHAIN);
    await vault.removeKeychain();
    expect(keychain.entries.size).toBe(0);
    expect((await vault.status()).ways).toEqual(['passphrase']);
  });

  it('a keychain that keeps its entry is said; the vault does not use it any more', async () => {
    const { vault, keychain } = await makeVault();
    keychain.failing = 'remove';
    await expect(vault.removeKeychain()).rejects.toMatchObject({ code: 'KEYCHAIN_FAILED' });
    expect((await vault.status()).ways).toEqual(['passphrase']);
  });

  it('an entry that is missing, of another vault or of another length opens nothing', async () => {
    const { vault, keychain } = await makeVault();
    vault.lock();
    const [account = ''] = keychain.entries.keys();
    for (const wrong of [Buffer.alloc(32, 1), Buffer.alloc(31), Buffer.alloc(0)]) {
      keychain.entries.set(account, wrong);
      await expect(vault.unlock(BY_KEYCHAIN)).rejects.toMatchObject({ code: 'KEYCHAIN_FAILED' });
    }
    keychain.entries.clear();
    await expect(vault.unlock(BY_KEYCHAIN)).rejects.toMatchObject({ code: 'KEYCHAIN_FAILED' });
  });
});

it('refuses times after which no timer could lock', async () => {
  const { vault } = await makeVault();
  for (const wrong of [0, -1, 1.5, NaN, Infinity, 2 ** 31])
    await expect(vault.setIdleLock(wrong)).rejects.toMatchObject({ code: 'USAGE' });
  await vault.setIdleLock(null);
  expect((await vault.status()).idleLockMs).toBeNull();
});

it('no error of any kind holds a secret or what was typed to find one', async () => {
  const { vault, folder, keychain } = await makeVault();
  const secret = 'W7XK-9PLM';
  await vault.add([newKey('Home', secret)]);
  const failures = [
    () => vault.find(secret),
    () => vault.secrets([secret]),
    () => vault.remove(secret),
    () => vault.change(secret, { label: 'x' }),
    () => vault.matches(secret, Buffer.from(secret)),
    () => vault.add([newKey('Long', secret.repeat(1000))]),
    async () => (await vaultIn({ folder })).unlock(byPassphrase(secret)),
    async () => (await vaultIn({ folder, keychain })).list(),
  ];
  for (const fail of failures) {
    const error: unknown = await fail().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).not.toBeNull();
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
  }
});

it('opens with the real Argon2id, while the event loop goes on', async () => {
  const sodium = await loadSodium();
  const folder = await scratch();
  const vault = openVault({ folder, sodium, keychain: new MemoryKeychain() });
  await vault.create({ passphrase: passphrase(), keychain: 'leave' });
  vault.lock();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  await vault.unlock(byPassphrase());
  clearInterval(timer);
  expect(await vault.list()).toEqual([]);
  if (sodium.name === 'native') expect(ticks).toBeGreaterThan(5);
});
