// Locking: what is in memory is zeroed, other processes notice, time does it by itself; and what others write is seen.

import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { loadSodium } from '../../core/securetar/index.ts';
import { endMarker, readMarker, writeMarker } from '../../core/vault/lock-marker.ts';
import { Session } from '../../core/vault/session.ts';
import { emptyContents } from '../../core/vault/vault-contents.ts';
import { parseVaultFile } from '../../core/vault/vault-file.ts';
import type { Vault } from '../../core/vault/vault.ts';
import { withWriteLock } from '../../core/vault/write-lock.ts';
import { errorCode } from '../../shared/errors.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { namesIn, stateOf } from '../support/folder-state.ts';
import {
  BY_KEYCHAIN,
  byPassphrase,
  makeVault,
  newKey,
  passphrase,
  vaultIn,
  watchedSodium,
} from './vault-fixture.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('a lock', () => {
  it('zeroes every buffer that held a key, a secret or the payload', async () => {
    const { seen, sodium } = await watchBuffers();
    const { vault } = await makeVault({ sodium });
    const secret = Buffer.from('ABCD-EFGH-secret');
    await vault.add([{ ...newKey('Home', 'x'), secret }, newKey('Cabin', 'ABCD-EFGH-other')]);
    await vault.change((await vault.list())[0]?.id ?? '', { label: 'Changed' });
    await vault.setPassphrase(passphrase('new'));
    vault.lock();
    await vault.unlock(byPassphrase('new'));
    const [home] = await vault.secrets();
    vault.lock();
    expect(seen.length).toBeGreaterThan(30);
    const left = seen.filter(
      (bytes) => bytes.buffer !== home?.password.buffer && bytes.includes('ABCD-EFGH'),
    );
    expect(left.map(String)).toEqual(['ABCD-EFGH-other']); // the second copy that was asked for
    expect(seen.filter((bytes) => bytes.length === 32 && bytes.some((byte) => byte !== 0))).toEqual([]);
    expect(home?.password).toEqual(secret); // copies that were asked for are the caller's
    expect(secret.toString()).toBe('ABCD-EFGH-secret');
  });

  it('while a write is read back zeroes all the same, and the write is saved', async () => {
    const { seen, sodium, onOpen } = await watchBuffers();
    const { vault } = await makeVault({ sodium });
    await vault.add([newKey('Home', 'ABCD-EFGH-secret')]);
    let opened = 0;
    onOpen(() => {
      if (++opened === 2) vault.lock(); // first it is read before the write, then read back after it
    });
    expect((await vault.add([newKey('Cabin', 'ABCD-EFGH-other')]))[0]?.isNew).toBe(true);
    expect(vault.isUnlocked).toBe(false);
    expect(seen.filter((bytes) => bytes.includes('ABCD-EFGH'))).toEqual([]);
    onOpen(() => undefined);
    await vault.unlock(byPassphrase());
    expect((await vault.list()).map(({ label }) => label)).toEqual(['Home', 'Cabin']);
  });

  it('leaves a session that gives nothing, rather than zeros', () => {
    const state = { header: parsedHeader(), contents: emptyContents(), stamp: '', checksum: '' };
    const session = new Session(Buffer.alloc(32, 1), state, null, 0);
    const { vaultKey, contents } = session;
    session.wipe();
    expect([vaultKey, contents.fingerprintKey]).toEqual([Buffer.alloc(32), Buffer.alloc(32)]);
    for (const use of [() => session.vaultKey, () => session.contents])
      expect(use).toThrow(expect.objectContaining({ code: 'VAULT_LOCKED' }));
  });

  it('comes before an unlocking that had begun', async () => {
    const { vault } = await makeVault();
    vault.lock();
    const unlocking = vault.unlock(byPassphrase()).then(() => null, errorCode);
    vault.lock();
    expect(await unlocking).toBe('VAULT_LOCKED');
    expect(vault.isUnlocked).toBe(false);
  });

  it('in the middle of anything gives no zeros for keys, and loses nothing', async () => {
    const { vault, folder } = await makeVault();
    await vault.add([newKey('Home', 'secret of home')]);
    for (let turn = 0; turn < 200; turn++) {
      await vault.unlock(byPassphrase());
      const reading = vault
        .secrets()
        .then((keys) => keys.map(({ password }) => password.toString()), errorCode);
      const writing = vault.add([newKey(`Key ${turn}`, `secret ${turn}`)]).then(() => null, errorCode);
      for (let step = 0; step < turn; step++) await Promise.resolve();
      if (turn % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      vault.lock();
      const secrets = await reading;
      if (Array.isArray(secrets)) expect(secrets[0]).toBe('secret of home');
      else expect(secrets).toBe('VAULT_LOCKED');
      expect([null, 'VAULT_LOCKED']).toContain(await writing);
    }
    const other = await vaultIn({ folder });
    await other.unlock(byPassphrase());
    for (const { label, password } of await other.secrets()) {
      const wanted = label === 'Home' ? 'secret of home' : label.replace('Key', 'secret');
      expect(password.toString()).toBe(wanted);
    }
  });
});

describe('locked on purpose', () => {
  it('the keychain is not asked, by anyone, until somebody unlocks it for all', async () => {
    const { vault, folder, keychain } = await makeVault();
    const other = await vaultIn({ folder, keychain });
    await other.unlock(BY_KEYCHAIN);
    await vault.lockForAll();
    expect(await vault.status()).toMatchObject({ state: 'locked', lockedOnPurpose: true });
    expect(other.isUnlocked).toBe(true); // it has not looked yet
    await expect(other.secrets()).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    expect(other.isUnlocked).toBe(false);
    const asked = keychain.asked.length;
    for (const one of [vault, other])
      await expect(one.unlock(BY_KEYCHAIN)).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    expect(keychain.asked.length).toBe(asked);
    await other.unlockForAll(BY_KEYCHAIN);
    expect(await other.status()).toMatchObject({ state: 'unlocked', lockedOnPurpose: false });
    await vault.unlock(BY_KEYCHAIN);
    expect(await namesIn(folder)).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
  });

  it('is noticed by a look at the status, too', async () => {
    const { vault, folder } = await makeVault();
    const other = await vaultIn({ folder });
    await other.unlock(byPassphrase());
    await vault.lockForAll();
    expect(await other.status()).toMatchObject({ state: 'locked', lockedOnPurpose: true });
    expect(other.isUnlocked).toBe(false);
  });

  it('a passphrase opens it for this process only, until it is locked on purpose again', async () => {
    const { vault, folder, keychain } = await makeVault();
    await vault.lockForAll();
    await vault.unlock(byPassphrase());
    await vault.add([newKey('Home', '1')]);
    expect(await vault.status()).toMatchObject({ state: 'unlocked', lockedOnPurpose: true });
    const other = await vaultIn({ folder, keychain });
    await expect(other.unlock(BY_KEYCHAIN)).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    await other.lockForAll();
    await expect(vault.list()).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
  });

  it('a wrong passphrase does not end it', async () => {
    const { vault } = await makeVault();
    await vault.lockForAll();
    await expect(vault.unlockForAll(byPassphrase('no'))).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    expect((await vault.status()).lockedOnPurpose).toBe(true);
    await vault.unlockForAll(byPassphrase());
    expect((await vault.status()).lockedOnPurpose).toBe(false);
  });

  it('by another while this one unlocks it for all stays so, and wins', async () => {
    const { vault, folder, keychain } = await makeVault();
    const other = await vaultIn({ folder, keychain });
    for (const isLockedBefore of [true, false]) {
      if (isLockedBefore) await vault.lockForAll();
      else await vault.unlockForAll(byPassphrase());
      const read = keychain.read.bind(keychain);
      keychain.read = async (account) => {
        await other.lockForAll();
        return read(account);
      };
      await expect(vault.unlockForAll(BY_KEYCHAIN)).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
      keychain.read = read;
      expect(vault.isUnlocked).toBe(false);
      expect(await vault.status()).toMatchObject({ state: 'locked', lockedOnPurpose: true });
    }
    expect(await namesIn(folder)).toEqual(['vault.copy.strongroom', 'vault.locked', 'vault.strongroom']);
  });

  it('a marker that is written while another is taken away stays', async () => {
    const { folder } = await makeVault();
    for (let turn = 0; turn < 50; turn++) {
      await writeMarker(folder);
      const before = await readMarker(folder);
      const ending = endMarker(folder, before);
      for (let step = 0; step < turn; step++) await Promise.resolve();
      await writeMarker(folder);
      await ending;
      const now = await readMarker(folder);
      expect(now).not.toBeNull();
      expect(now).not.toBe(before);
    }
    expect(await namesIn(folder)).toEqual(['vault.copy.strongroom', 'vault.locked', 'vault.strongroom']);
  });

  it('a marker that cannot be read counts', async () => {
    const { vault, folder } = await makeVault();
    mkdirSync(join(folder, 'vault.locked'));
    await expect(vault.list()).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
  });

  it('does not outlive the vault: a new one begins unlocked', async () => {
    const { vault, folder, mainPath, copyPath, keychain } = await makeVault();
    await vault.lockForAll();
    for (const path of [mainPath, copyPath]) rmSync(path);
    await (await vaultIn({ folder, keychain })).create({ keychain: 'use' });
    expect((await vault.status()).lockedOnPurpose).toBe(false);
  });
});

describe('without use', () => {
  it('it locks after the time that was set, counted from the last use', async () => {
    const { vault } = await makeVault();
    await vault.setIdleLock(60_000);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    await vault.list();
    vi.advanceTimersByTime(59_000);
    await vault.list();
    vi.advanceTimersByTime(59_000);
    expect(vault.isUnlocked).toBe(true);
    await vault.status(); // looking is not using
    vi.advanceTimersByTime(1000);
    expect(vault.isUnlocked).toBe(false);
    await expect(vault.list()).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
  });

  it('a screen that asks for the ids of the keys does not count as use', async () => {
    const { vault } = await makeVault();
    await vault.add([newKey('Home', '1')]);
    await vault.setIdleLock(60_000);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const [home] = await vault.list();
    vi.advanceTimersByTime(40_000);
    expect([...(await vault.keyIds())]).toEqual([home?.id]);
    vi.advanceTimersByTime(30_000);
    await expect(vault.keyIds()).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
  });

  it('it stays open where never was set, or where the process ends with its work', async () => {
    const one = await makeVault();
    await one.vault.setIdleLock(null);
    const two = await makeVault({ idleLock: 'never' });
    await two.vault.setIdleLock(1000);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    for (const { vault } of [one, two]) await vault.list();
    vi.advanceTimersByTime(1_000_000_000);
    for (const { vault } of [one, two]) expect(await vault.list()).toEqual([]);
  });

  it('a sleep of the computer counts, although its timers stood still', async () => {
    let time = new Date('2026-01-01T00:00:00Z');
    const { vault } = await makeVault({ now: () => time });
    await vault.setIdleLock(60_000);
    time = new Date('2026-01-01T08:00:00Z');
    await expect(vault.secrets()).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    expect(vault.isUnlocked).toBe(false);
    await vault.unlock(byPassphrase());
    time = new Date('2026-01-01T16:00:00Z');
    expect((await vault.status()).state).toBe('locked');
  });
});

describe('another process', () => {
  it('is read again when it changed the file, and nobody overwrites the other', async () => {
    const { vault, folder } = await makeVault();
    const other = await vaultIn({ folder });
    await other.unlock(byPassphrase());
    await vault.add([newKey('Home', '1')]);
    expect((await other.list()).map(({ label }) => label)).toEqual(['Home']);
    await Promise.all([
      vault.add([newKey('A', 'a')]),
      other.add([newKey('B', 'b')]),
      vault.add([newKey('C', 'c')]),
      other.add([newKey('D', 'd')]),
    ]);
    const labels = (await vault.list()).map(({ label }) => label);
    expect([...labels].sort()).toEqual(['A', 'B', 'C', 'D', 'Home']);
    expect((await other.list()).map(({ label }) => label)).toEqual(labels);
  });

  it('that adds a first passphrase changes nothing for who is unlocked', async () => {
    const { vault, folder, keychain } = await makeVault({ ways: 'keychain' });
    const other = await vaultIn({ folder, keychain });
    await other.unlock(BY_KEYCHAIN);
    await other.setPassphrase(passphrase('new'));
    await vault.add([newKey('Home', '1')]);
    expect((await vault.status()).ways).toEqual(['keychain', 'passphrase']);
  });

  it.each([
    ['changes', (other: Vault) => other.setPassphrase(passphrase('new'))],
    ['removes', (other: Vault) => other.removePassphrase()],
  ])('that %s the passphrase locks this one, which says so and writes nothing', async (_, change) => {
    const { vault, folder, keychain } = await makeVault();
    const other = await vaultIn({ folder, keychain });
    const refused = {
      code: 'VAULT_LOCKED',
      message: expect.stringContaining('passphrase of the vault was changed'),
    };
    for (const use of [() => vault.list(), () => vault.add([newKey('Home', '1')])]) {
      await vault.unlock(BY_KEYCHAIN);
      await other.unlock(BY_KEYCHAIN);
      await other.setPassphrase(passphrase()); // there has to be one
      await vault.unlock(BY_KEYCHAIN);
      await change(other);
      const before = await stateOf(folder);
      await expect(use()).rejects.toMatchObject(refused);
      expect(vault.isUnlocked).toBe(false);
      expect(await stateOf(folder)).toEqual(before);
    }
    await vault.unlock(BY_KEYCHAIN);
    await other.setPassphrase(passphrase('once more'));
    await other.setPassphrase(passphrase('and once more'));
    expect(await vault.status()).toMatchObject({ state: 'locked', error: null });
    expect(vault.isUnlocked).toBe(false);
  });

  it('of the same program that reads while the passphrase is changed is not disturbed', async () => {
    const { vault } = await makeVault();
    await vault.add([newKey('Home', '1')]);
    for (let turn = 0; turn < 20; turn++) {
      const changing = vault.setPassphrase(passphrase(`new ${turn}`));
      let isDone = false;
      void changing.finally(() => (isDone = true));
      while (!isDone) expect((await vault.secrets())[0]?.password.toString()).toBe('1');
      await changing;
      const adding = vault.add([newKey(`Key ${turn}`, `secret ${turn}`)]);
      const [listed] = await Promise.all([vault.list(), vault.status(), adding]);
      expect(listed.length).toBeGreaterThan(turn);
    }
  });

  it('that puts another vault in its place locks this one', async () => {
    const { vault, mainPath } = await makeVault();
    const stranger = await makeVault();
    copyFileSync(stranger.mainPath, mainPath);
    await expect(vault.add([newKey('Home', '1')])).rejects.toMatchObject({
      code: 'DAMAGED_VAULT',
      message: expect.stringContaining('Another vault'),
    });
    expect(vault.isUnlocked).toBe(false);
    expect(readFileSync(mainPath)).toEqual(readFileSync(stranger.mainPath));
  });

  it('that removes it locks this one', async () => {
    const { vault, mainPath, copyPath } = await makeVault();
    rmSync(mainPath);
    rmSync(copyPath);
    await expect(vault.list()).rejects.toMatchObject({ code: 'NO_VAULT' });
    expect(vault.isUnlocked).toBe(false);
  });

  it('that damages it locks this one, and nothing is written over it', async () => {
    const { vault, mainPath } = await makeVault();
    writeFileSync(mainPath, 'something else');
    await expect(vault.add([newKey('Home', '1')])).rejects.toMatchObject({ code: 'DAMAGED_VAULT' });
    expect(vault.isUnlocked).toBe(false);
    expect(readFileSync(mainPath, 'utf8')).toBe('something else');
  });

  it('that writes a file which looks like the old one is not overwritten', async () => {
    const { vault, folder, mainPath } = await makeVault();
    const [home] = await vault.add([newKey('Home', '1')]);
    const other = await vaultIn({ folder });
    await other.unlock(byPassphrase());
    const setTime = (): void => utimesSync(mainPath, 1_700_000_000, 1_700_000_000);
    setTime();
    await vault.list();
    const before = statSync(mainPath);
    const sameInode = join(folder, 'same-inode');
    linkSync(mainPath, sameInode);
    await other.change(home?.key.id ?? '', { label: 'Haus' });
    writeFileSync(sameInode, readFileSync(mainPath));
    renameSync(sameInode, mainPath);
    setTime();
    const { ino, size, mtimeMs } = statSync(mainPath);
    expect({ ino, size, mtimeMs }).toEqual({ ino: before.ino, size: before.size, mtimeMs: before.mtimeMs });
    await vault.add([newKey('Cabin', '2')]);
    expect((await vault.list()).map(({ label }) => label)).toEqual(['Haus', 'Cabin']);
  });

  it('is seen even where size and time of the file are what they were', async () => {
    const { vault, folder, mainPath } = await makeVault();
    const [home] = await vault.add([newKey('Home', '1')]);
    const other = await vaultIn({ folder });
    await other.unlock(byPassphrase());
    const setTime = (): void => utimesSync(mainPath, 1_700_000_000, 1_700_000_000);
    setTime();
    await vault.list();
    const before = statSync(mainPath);
    const sameInode = join(folder, 'same-inode');
    linkSync(mainPath, sameInode);
    await other.change(home?.key.id ?? '', { label: 'Haus' });
    writeFileSync(sameInode, readFileSync(mainPath));
    renameSync(sameInode, mainPath);
    setTime();
    const { ino, size, mtimeMs } = statSync(mainPath);
    expect({ ino, size, mtimeMs }).toEqual({ ino: before.ino, size: before.size, mtimeMs: before.mtimeMs });
    expect((await vault.list()).map(({ label }) => label)).toEqual(['Haus']);
  });

  it('that holds the write lock for too long is said', async () => {
    const { folder } = await makeVault();
    let goOn = (): void => undefined;
    const holding = withWriteLock(folder, 1000, () => new Promise<void>((resolve) => (goOn = resolve)));
    await vi.waitFor(async () => expect(await namesIn(folder)).toContain('vault.write-lock'));
    const other = await vaultIn({ folder, writeLockWaitMs: 60 });
    await other.unlock(byPassphrase());
    await expect(other.add([newKey('Home', '1')])).rejects.toMatchObject({ code: 'BUSY' });
    goOn();
    await holding;
    await other.add([newKey('Home', '1')]);
    expect(await namesIn(folder)).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
  });
});

function parsedHeader() {
  return parseVaultFile(readFileSync(join(FIXTURES, 'vault', 'v1-passphrase.strongroom'))).header;
}

const realAlloc = Buffer.alloc.bind(Buffer);

/** Keeps a view of every buffer that is made for secrets, or goes through the provider. */
async function watchBuffers() {
  const real = await loadSodium();
  const seen: Buffer[] = [];
  const keep = <Bytes extends Uint8Array | null>(bytes: Bytes): Bytes => {
    if (bytes !== null) seen.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)); // the same memory
    return bytes;
  };
  const alloc = vi.spyOn(Buffer, 'alloc');
  alloc.mockImplementation((...args: Parameters<typeof realAlloc>) => {
    const bytes = realAlloc(...args);
    keep(bytes);
    return bytes;
  });
  onTestFinished(() => alloc.mockRestore());
  let onOpen = (): void => undefined;
  const sodium = await watchedSodium({
    argon2idWith: async (...args) => keep(await real.argon2idWith(...args)),
    openAead: (...args) => {
      onOpen();
      return keep(real.openAead(...args));
    },
    sealAead: (key, nonce, plain, additional) => {
      keep(key);
      keep(plain);
      return real.sealAead(key, nonce, plain, additional);
    },
  });
  const listen = (listener: () => void): void => void (onOpen = listener);
  return { seen, sodium, onOpen: listen };
}
