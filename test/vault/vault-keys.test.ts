// The vault key and the keychain's entries for it: a changed passphrase takes the key with it, no entry is overwritten or
// removed that a file still needs, and a process that is killed between any two steps leaves a vault that opens.

import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { loadSodium } from '../../core/securetar/index.ts';
import type { Vault } from '../../core/vault/vault.ts';
import { openPayload, parseVaultFile, type SealedVault } from '../../core/vault/vault-file.ts';
import { openVaultKey, type UnlockHow } from '../../core/vault/ways-in.ts';
import { StrongroomError } from '../../shared/errors.ts';
import { scratch } from '../support/fixtures.ts';
import { namesIn, stateOf } from '../support/folder-state.ts';
import {
  BY_KEYCHAIN,
  byPassphrase,
  CHEAP,
  makeVault,
  MemoryKeychain,
  newKey,
  passphrase,
  vaultIn,
  type MadeVault,
} from './vault-fixture.ts';
import { disk, failure } from './watched-disk.ts';

vi.mock('node:fs/promises', async (original) => (await import('./watched-disk.ts')).watch(await original()));

afterEach(() => {
  disk.before = null;
});

const sealedIn = (path: string): SealedVault => parseVaultFile(readFileSync(path));
const NEW_PASSPHRASE = 'the new passphrase';

const CHANGES: readonly [string, (vault: Vault) => Promise<void>][] = [
  ['changed', (vault) => vault.setPassphrase(passphrase(NEW_PASSPHRASE))],
  ['removed', (vault) => vault.removePassphrase()],
];

describe('a passphrase that is changed or removed', () => {
  it.each(CHANGES)(
    'when %s: the older file with its passphrase or entry does not open the new one',
    async (_, change) => {
      const { vault, keychain, mainPath, copyPath } = await makeVault();
      await vault.add([newKey('Home', 'one')]);
      const old = sealedIn(mainPath);
      const parts = { sodium: await loadSodium(), keychain: new MemoryKeychain(), ...CHEAP };
      for (const [account, secret] of keychain.entries)
        parts.keychain.entries.set(account, Buffer.from(secret));
      await change(vault);
      for (const how of [BY_KEYCHAIN, byPassphrase()] satisfies UnlockHow[]) {
        const oldKey = await openVaultKey(parts, old.header, how);
        openPayload(parts.sodium, old, oldKey); // it is the right key of the old file
        for (const path of [mainPath, copyPath]) {
          const now = sealedIn(path);
          expect(now.header.keyId).not.toBe(old.header.keyId);
          expect(() => openPayload(parts.sodium, now, oldKey)).toThrow(
            expect.objectContaining({ code: 'DAMAGED_VAULT' }),
          );
          await expect(openVaultKey(parts, now.header, how)).rejects.toThrow(StrongroomError);
        }
      }
    },
  );

  it.each(CHANGES)('when %s: keys, fingerprints, the session and the keychain go on', async (_, change) => {
    const { vault, folder, keychain } = await makeVault();
    await vault.add([newKey('Home', 'one')]);
    const before = await vault.list();
    await change(vault);
    expect(await vault.list()).toEqual(before);
    await vault.add([newKey('Cabin', 'two')]);
    expect(keychain.entries.size).toBe(1);
    const other = await vaultIn({ folder, keychain });
    await other.unlock(BY_KEYCHAIN);
    expect((await other.secrets()).map(({ password }) => password.toString())).toEqual(['one', 'two']);
    expect((await other.list())[0]).toEqual(before[0]);
  });

  it.each(CHANGES)('when %s: a keychain that refuses stops it, and nothing is changed', async (_, change) => {
    const { vault, folder, keychain } = await makeVault();
    const before = await stateOf(folder);
    const entries = new Map(keychain.entries);
    keychain.failing = 'write';
    await expect(change(vault)).rejects.toMatchObject({ code: 'KEYCHAIN_FAILED' });
    keychain.failing = null;
    expect(await stateOf(folder)).toEqual(before);
    expect(keychain.entries).toEqual(entries);
    expect(await vault.list()).toEqual([]);
  });

  it('when it is the first one keeps the vault key, and asks no keychain', async () => {
    const { vault, keychain, mainPath } = await makeVault({ ways: 'keychain' });
    const { keyId } = sealedIn(mainPath).header;
    const asked = keychain.asked.length;
    await vault.setPassphrase(passphrase());
    expect(sealedIn(mainPath).header.keyId).toBe(keyId);
    expect(keychain.asked.length).toBe(asked);
  });

  it('without a keychain asks none', async () => {
    const { vault, keychain } = await makeVault({ ways: 'passphrase' });
    await vault.setPassphrase(passphrase(NEW_PASSPHRASE));
    expect(keychain.asked).toEqual([]);
    vault.lock();
    await vault.unlock(byPassphrase(NEW_PASSPHRASE));
  });
});

describe('the keychain’s entries', () => {
  it('each has an account of its own, which begins with the vault’s id', async () => {
    const { vault, keychain, mainPath } = await makeVault();
    const accounts = new Set<string>();
    for (let turn = 0; turn < 3; turn++) {
      for (const account of keychain.entries.keys()) accounts.add(account);
      keychain.entries.clear();
      await vault.addKeychain();
    }
    expect(accounts.size).toBe(3);
    const { vaultId } = sealedIn(mainPath).header;
    for (const account of accounts) expect(account).toMatch(new RegExp(`^${vaultId}-[0-9a-f]{16}$`));
  });

  it('one that opens is left as it is', async () => {
    const { vault, folder, keychain } = await makeVault();
    const before = await stateOf(folder);
    await vault.addKeychain();
    expect(await stateOf(folder)).toEqual(before);
    expect(keychain.asked).toEqual(['write', 'read']);
  });

  it('one that is missing or another is mended, and the wrong one goes', async () => {
    const { vault, keychain } = await makeVault();
    const [account = ''] = keychain.entries.keys();
    keychain.entries.set(account, Buffer.alloc(32, 1));
    await vault.addKeychain();
    expect([...keychain.entries.keys()]).not.toContain(account);
    expect(keychain.entries.size).toBe(1);
    vault.lock();
    await vault.unlock(BY_KEYCHAIN);
  });

  it('a keychain that does not answer is no reason to mend anything', async () => {
    const { vault, folder, keychain } = await makeVault();
    const before = await stateOf(folder);
    const entries = new Map(keychain.entries);
    keychain.failing = 'read';
    await expect(vault.addKeychain()).rejects.toMatchObject({ code: 'KEYCHAIN_FAILED' });
    keychain.failing = null;
    expect(await stateOf(folder)).toEqual(before);
    expect(keychain.entries).toEqual(entries);
    expect(keychain.asked).toEqual(['write', 'read']);
  });

  it.each([
    ['mending', (vault: Vault) => vault.addKeychain()],
    ['changing the passphrase', (vault: Vault) => vault.setPassphrase(passphrase(NEW_PASSPHRASE))],
  ])('a save that fails while %s takes back the new entry only', async (_, change) => {
    const { vault, folder, keychain } = await makeVault();
    const [account = ''] = keychain.entries.keys();
    keychain.entries.set('of another program', Buffer.from('x'));
    if (change.toString().includes('addKeychain')) keychain.entries.set(account, Buffer.alloc(32, 1));
    const entries = new Map(keychain.entries);
    const before = await stateOf(folder);
    disk.before = (call, path) => {
      if (call === 'open' && path.endsWith('.partial')) throw failure('ENOSPC');
    };
    await expect(change(vault)).rejects.toMatchObject({ code: 'NO_SPACE' });
    disk.before = null;
    expect(await stateOf(folder)).toEqual(before);
    expect(keychain.entries).toEqual(entries);
    expect(await vault.list()).toEqual([]);
  });

  it.each(CHANGES)('an old one that cannot be removed fails nothing (passphrase %s)', async (_, change) => {
    const { vault, keychain } = await makeVault();
    keychain.failing = 'remove';
    await change(vault);
    expect(keychain.entries.size).toBe(2);
    vault.lock();
    await vault.unlock(BY_KEYCHAIN);
  });

  it('the old one stays while the copy is still the old one', async () => {
    const { vault, folder, keychain, mainPath, copyPath } = await makeVault();
    disk.before = (call, path) => {
      if (call === 'rename' && path.endsWith('vault.copy.strongroom.partial')) throw failure('EIO');
    };
    await vault.removePassphrase();
    disk.before = null;
    expect(keychain.entries.size).toBe(2);
    rmSync(mainPath);
    renameSync(copyPath, mainPath);
    await (await vaultIn({ folder, keychain })).unlock(BY_KEYCHAIN);
  });

  it('are asked for without holding up who writes', async () => {
    const { vault, folder } = await makeVault();
    const slow = new MemoryKeychain();
    const waiting: (() => void)[] = [];
    slow.write = () => new Promise<void>((resolve) => waiting.push(resolve));
    const holder = await vaultIn({ folder, keychain: slow });
    await holder.unlock(byPassphrase());
    await vault.removeKeychain();
    const adding = holder.addKeychain();
    await vi.waitFor(() => expect(waiting.length).toBe(1));
    expect(await namesIn(folder)).not.toContain('vault.write-lock');
    await vault.add([newKey('Home', 'one')]);
    waiting[0]?.();
    await adding;
    expect((await holder.list()).map(({ label }) => label)).toEqual(['Home']);
    expect((await holder.status()).ways).toEqual(['passphrase', 'keychain']);
  });

  it('do not go into a vault whose ways in were changed meanwhile', async () => {
    const { vault, folder, keychain } = await makeVault({ ways: 'passphrase' });
    const other = await vaultIn({ folder, keychain });
    await other.unlock(byPassphrase());
    const write = keychain.write.bind(keychain);
    keychain.write = async (account, secret) => {
      keychain.write = write;
      await write(account, secret);
      await other.addKeychain();
    };
    await expect(vault.addKeychain()).rejects.toMatchObject({ code: 'BUSY' });
    expect(keychain.entries.size).toBe(1);
    vault.lock();
    await vault.unlock(BY_KEYCHAIN);
  });
});

describe('a process that is killed', () => {
  const mend = async (vault: Vault, { keychain }: MadeVault): Promise<void> => {
    keychain.entries.clear();
    await vault.addKeychain();
  };
  it.each<[string, 'both' | 'passphrase', (vault: Vault, made: MadeVault) => Promise<void>, number]>([
    ['changing the passphrase', 'both', (vault) => vault.setPassphrase(passphrase(NEW_PASSPHRASE)), 5],
    ['removing the passphrase', 'both', (vault) => vault.removePassphrase(), 5],
    ['adding the keychain', 'passphrase', (vault) => vault.addKeychain(), 4],
    ['mending the keychain', 'both', mend, 4],
    ['removing the keychain', 'both', (vault) => vault.removeKeychain(), 4],
  ])('%s, between any two steps, leaves a vault and a copy that open', async (name, ways, change, steps) => {
    const made = await makeVault({ ways });
    const { vault, folder, keychain } = made;
    await vault.add([newKey('Home', 'one')]);
    const moments: { readonly folder: string; readonly entries: Map<string, Buffer> }[] = [];
    const parent = await scratch();
    const look = (): void => {
      const at = join(parent, String(moments.length));
      cpSync(folder, at, { recursive: true, filter: (path) => !path.endsWith('vault.write-lock') });
      moments.push({ folder: at, entries: new Map(keychain.entries) });
    };
    disk.before = (call) => {
      if (call === 'rename') look();
    };
    for (const call of ['read', 'write', 'remove'] as const) {
      const real = keychain[call].bind(keychain) as (...args: unknown[]) => Promise<unknown>;
      const looked = async (...args: unknown[]): Promise<unknown> => {
        look();
        const result = await real(...args);
        look();
        return result;
      };
      Object.assign(keychain, { [call]: looked });
    }
    await change(vault, made);
    disk.before = null;
    look();
    expect(moments.length).toBeGreaterThan(steps);
    for (const [number, moment] of moments.entries()) {
      for (const file of ['vault.strongroom', 'vault.copy.strongroom']) {
        const only = join(moment.folder, file.replace('.strongroom', ''));
        cpSync(join(moment.folder, file), join(only, 'vault.strongroom'));
        expect(await opens(only, moment.entries, name), `${name}, moment ${number}, ${file}`).toBe(true);
      }
    }
  });

  /** By each way that it says it has; a lost entry that is being mended excepted. */
  async function opens(folder: string, entries: Map<string, Buffer>, name: string): Promise<boolean> {
    const keychain = new MemoryKeychain();
    for (const [account, secret] of entries) keychain.entries.set(account, secret);
    const vault = await vaultIn({ folder, keychain });
    const { ways } = await vault.status();
    const wanted = name === 'mending the keychain' && ways.includes('passphrase') ? ['passphrase'] : ways;
    for (const way of wanted) {
      const hows = way === 'keychain' ? [BY_KEYCHAIN] : [byPassphrase(), byPassphrase(NEW_PASSPHRASE)];
      const tries = await Promise.allSettled(hows.map((how) => vault.unlock(how)));
      if (!tries.some(({ status }) => status === 'fulfilled')) return false;
      if ((await vault.secrets())[0]?.password.toString() !== 'one') return false;
    }
    return wanted.length > 0;
  }
});

it('refuses a keychain wrap under another account, or under another key’s id', async () => {
  const { folder, keychain, mainPath } = await makeVault();
  const bytes = readFileSync(mainPath);
  const { account } = parseVaultFile(bytes).header.wraps.find(({ kind }) => kind === 'keychain') as {
    account: string;
  };
  expect(keychain.entries.has(account)).toBe(true);
  writeFileSync(mainPath, bytes);
  const sodium = await loadSodium();
  const { header } = parseVaultFile(bytes);
  const other = `${header.vaultId}-0123456789abcdef`;
  keychain.entries.set(other, keychain.entries.get(account) ?? Buffer.alloc(0));
  const wraps = header.wraps.map((wrap) => (wrap.kind === 'keychain' ? { ...wrap, account: other } : wrap));
  for (const changed of [
    { ...header, wraps },
    { ...header, keyId: '0'.repeat(32) },
  ])
    await expect(openVaultKey({ sodium, keychain, ...CHEAP }, changed, BY_KEYCHAIN)).rejects.toMatchObject({
      code: 'KEYCHAIN_FAILED',
    });
  expect(await vaultIn({ folder, keychain }).then((vault) => vault.unlock(BY_KEYCHAIN))).toBeUndefined();
});
