// The two files on the disk: failures at any step leave the vault as it was and nothing half-written; a copy is put in
// place only when somebody asks for it.

import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { errorCode } from '../../shared/errors.ts';
import { deadOwner, ownerLike } from '../support/dead-owner.ts';
import { scratch } from '../support/fixtures.ts';
import { stateOf } from '../support/folder-state.ts';
import {
  BY_KEYCHAIN,
  byPassphrase,
  makeVault,
  newKey,
  passphrase,
  rewriteHeader,
  vaultIn,
} from './vault-fixture.ts';

/** Set to look at, or to refuse, what is done to the disk. */
const disk = vi.hoisted(() => ({ before: null as ((call: string, path: string) => void) | null }));

vi.mock('node:fs/promises', async (importOriginal) => {
  const real: object = await importOriginal();
  const calls = ['open', 'rename', 'mkdir', 'writeFile', 'rm', 'readFile'] as const;
  const watched = calls.map((name) => {
    const call = Reflect.get(real, name) as (...args: unknown[]) => Promise<unknown>;
    const replaced = async (...args: unknown[]): Promise<unknown> => {
      disk.before?.(name, typeof args[0] === 'string' ? args[0] : '');
      return call(...args);
    };
    return [name, replaced];
  });
  return Object.assign({ ...real }, Object.fromEntries(watched) as object);
});

afterEach(() => {
  disk.before = null;
});

const failure = (code: string): Error =>
  Object.assign(new Error(`${code}: refused`), { code, syscall: 'test' });

describe('a write that fails', () => {
  it.each([
    ['ENOSPC', 'NO_SPACE'],
    ['EROFS', 'OUTPUT_REFUSED'],
    ['EACCES', 'OUTPUT_REFUSED'],
    ['EIO', 'IO_FAILED'],
  ])('with %s at any call leaves the vault as it was, and nothing else', async (systemCode, code) => {
    const { vault, folder } = await makeVault();
    await vault.add([newKey('Home', '1')]);
    const before = await stateOf(folder);
    let failures = 0;
    for (let failAt = 0; ; failAt++) {
      let count = 0;
      let saved = false;
      disk.before = (call, path) => {
        if (call === 'rename' && path.endsWith('vault.strongroom.partial') && count !== failAt) saved = true;
        // Reading comes before, and the lock's rename is simply tried again.
        const isOfWrite = call === 'open' ? path.endsWith('.partial') : path !== '' && call !== 'rm';
        const matters =
          isOfWrite && !path.endsWith('vault.locked') && !(call === 'rename' && path.includes('-lock-'));
        if (matters && !saved && count++ === failAt) throw failure(systemCode);
      };
      const error: unknown = await vault.add([newKey('Cabin', '2')]).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      disk.before = null;
      if (error === null) break;
      failures++;
      expect(errorCode(error), `call ${failAt}`).toBe(code);
      expect(await stateOf(folder), `call ${failAt}`).toEqual(before);
      expect((await vault.list()).map(({ label }) => label)).toEqual(['Home']);
    }
    expect(failures).toBeGreaterThan(5);
    expect((await vault.list()).map(({ label }) => label)).toEqual(['Home', 'Cabin']);
  });

  it('of the copy alone is told by the status, and made good by the next write', async () => {
    const { vault, folder } = await makeVault();
    disk.before = (call, path) => {
      if (call === 'rename' && path.endsWith('vault.copy.strongroom.partial')) throw failure('EIO');
    };
    await vault.add([newKey('Home', '1')]);
    disk.before = null;
    expect(await vault.status()).toMatchObject({ state: 'unlocked', copy: 'older', keyCount: 1 });
    expect(readdirSync(folder).sort()).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
    await vault.add([newKey('Cabin', '2')]);
    expect((await vault.status()).copy).toBe('intact');
  });

  it('because the disk gives back something else counts as failed', async () => {
    const { vault, folder } = await makeVault();
    const before = await stateOf(folder);
    disk.before = (call, path) => {
      if (call !== 'readFile' || !path.endsWith('vault.strongroom.partial')) return;
      const bytes = readFileSync(path);
      bytes[300]! ^= 1;
      writeFileSync(path, bytes);
    };
    await expect(vault.add([newKey('Home', '1')])).rejects.toMatchObject({ code: 'IO_FAILED' });
    disk.before = null;
    expect(await stateOf(folder)).toEqual(before);
  });

  it('while a vault is made leaves no vault, and nothing in the keychain', async () => {
    const { vault, folder, keychain, mainPath, copyPath } = await makeVault();
    vault.lock();
    for (const path of [mainPath, copyPath]) rmSync(path);
    keychain.entries.clear();
    const again = await vaultIn({ folder, keychain });
    disk.before = (call, path) => {
      if (call === 'open' && path.endsWith('.partial')) throw failure('ENOSPC');
    };
    await expect(again.create({ keychain: 'use' })).rejects.toMatchObject({ code: 'NO_SPACE' });
    disk.before = null;
    expect(readdirSync(folder)).toEqual([]);
    expect(keychain.entries.size).toBe(0);
    expect(again.isUnlocked).toBe(false);
  });

  it('while the keychain is added leaves nothing in the keychain', async () => {
    const { vault, keychain } = await makeVault({ ways: 'passphrase' });
    disk.before = (call, path) => {
      if (call === 'rename' && path.endsWith('vault.strongroom.partial')) throw failure('EROFS');
    };
    await expect(vault.addKeychain()).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    disk.before = null;
    expect(keychain.entries.size).toBe(0);
    expect((await vault.status()).ways).toEqual(['passphrase']);
  });

  it('in a folder that cannot be made is said', async () => {
    const folder = await scratch();
    writeFileSync(join(folder, 'file'), '');
    const vault = await vaultIn({ folder: join(folder, 'file', 'data') });
    const ways = { passphrase: passphrase(), keychain: 'leave' } as const;
    await expect(vault.create(ways)).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
  });
});

describe('what a crash left', () => {
  it('a half-written file of ours is in nobody’s way', async () => {
    const { vault, folder } = await makeVault();
    for (const name of ['vault.strongroom.partial', 'vault.copy.strongroom.partial'])
      writeFileSync(join(folder, name), 'half of a vau');
    await vault.add([newKey('Home', '1')]);
    expect(readdirSync(folder).sort()).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
  });

  it('a lock of a dead process is taken over, an empty one is taken, and its remains are swept', async () => {
    const { vault, folder } = await makeVault();
    const dead = deadOwner();
    const staging = join(folder, `.vault-lock-${dead}`);
    mkdirSync(staging);
    writeFileSync(join(staging, dead), '');
    mkdirSync(join(folder, 'vault.write-lock'));
    writeFileSync(join(folder, 'vault.write-lock', deadOwner()), '');
    await vault.add([newKey('Home', '1')]);
    mkdirSync(join(folder, 'vault.write-lock'));
    await vault.add([newKey('Cabin', '2')]);
    expect(readdirSync(folder).sort()).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
  });

  it.each([
    ['another machine', () => ownerLike({ host: '0123456789ab' })],
    ['nobody known', () => 'something-else'],
  ])('a lock of %s is not touched', async (_, owner) => {
    const { vault, folder } = await makeVault({ writeLockWaitMs: 50 });
    const name = owner();
    mkdirSync(join(folder, 'vault.write-lock'));
    writeFileSync(join(folder, 'vault.write-lock', name), '');
    await expect(vault.add([newKey('Home', '1')])).rejects.toMatchObject({ code: 'BUSY' });
    expect(readdirSync(join(folder, 'vault.write-lock'))).toEqual([name]);
    expect(await vault.list()).toEqual([]); // reading needs no lock
  });
});

describe('the copy', () => {
  it('is never used by itself; the refusal tells of it', async () => {
    const { folder, mainPath, keychain } = await makeVault();
    writeFileSync(mainPath, 'damaged');
    const vault = await vaultIn({ folder, keychain });
    const wanted = { code: 'DAMAGED_VAULT', hint: expect.stringContaining('intact copy') };
    await expect(vault.unlock(BY_KEYCHAIN)).rejects.toMatchObject(wanted);
    expect(await vault.status()).toMatchObject({ state: 'damaged', copy: 'intact', ways: [], error: wanted });
    rmSync(mainPath);
    await expect(vault.unlock(BY_KEYCHAIN)).rejects.toMatchObject({ code: 'DAMAGED_VAULT' });
    expect(await vault.status()).toMatchObject({ state: 'damaged', copy: 'intact' });
    expect(existsSync(mainPath)).toBe(false);
  });

  it('is put in place when asked for, and the damaged file is kept', async () => {
    const { vault, folder, mainPath } = await makeVault({ now: () => new Date('2026-03-04T05:06:07Z') });
    await vault.add([newKey('Home', 'one')]);
    const wasIn = 'vault.damaged-2026-03-04T05-06-07.strongroom';
    for (const kept of [wasIn, wasIn.replace('07.', '07-2.')]) {
      writeFileSync(mainPath, 'damaged');
      await vault.restoreCopy();
      expect(readFileSync(join(folder, kept), 'utf8')).toBe('damaged');
      expect(vault.isUnlocked).toBe(false);
    }
    await vault.unlock(byPassphrase());
    expect((await vault.secrets()).map(({ password }) => password.toString())).toEqual(['one']);
    expect((await vault.status()).copy).toBe('intact');
    expect(readdirSync(folder).length).toBe(4);
  });

  it('is put in place of a vault that is gone', async () => {
    const { vault, folder, mainPath } = await makeVault();
    rmSync(mainPath);
    await vault.restoreCopy();
    await vault.unlock(byPassphrase());
    expect(readdirSync(folder).sort()).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
  });

  it('is put in place of a vault that was changed on purpose, which nothing but a key shows', async () => {
    const { vault, folder, mainPath } = await makeVault();
    rewriteHeader(mainPath, (json) => json.replace('"generation":1', '"generation":7'));
    await expect(vault.list()).rejects.toMatchObject({ code: 'DAMAGED_VAULT' });
    await vault.restoreCopy();
    await vault.unlock(byPassphrase());
    expect(readdirSync(folder).length).toBe(3);
  });

  it('is not put in place of an intact vault, and not when it is damaged itself', async () => {
    const { vault, folder, mainPath, copyPath } = await makeVault();
    await expect(vault.restoreCopy()).rejects.toMatchObject({ code: 'USAGE' });
    vault.lock();
    await expect(vault.restoreCopy()).rejects.toMatchObject({ code: 'USAGE' });
    writeFileSync(copyPath, 'damaged');
    writeFileSync(mainPath, 'damaged, too');
    const before = await stateOf(folder);
    await expect(vault.restoreCopy()).rejects.toMatchObject({ code: 'DAMAGED_VAULT' });
    rmSync(copyPath);
    await expect(vault.restoreCopy()).rejects.toMatchObject({ code: 'NO_VAULT' });
    expect(readFileSync(mainPath, 'utf8')).toBe('damaged, too');
    expect(Object.keys(before).length).toBe(2);
  });

  it('a failure half-way keeps both', async () => {
    const { vault, folder, mainPath } = await makeVault();
    writeFileSync(mainPath, 'damaged');
    disk.before = (call, path) => {
      if (call === 'rename' && path.endsWith('.partial')) throw failure('EIO');
    };
    await expect(vault.restoreCopy()).rejects.toMatchObject({ code: 'EIO' });
    disk.before = null;
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
    await vault.restoreCopy();
    await vault.unlock(byPassphrase());
  });

  it('is older, missing, damaged or another’s, and the status says so', async () => {
    const { vault, mainPath, copyPath, folder } = await makeVault();
    const old = join(folder, '..', 'old.strongroom');
    copyFileSync(copyPath, old);
    await vault.add([newKey('Home', '1')]);
    const copyIs = async (): Promise<string> => (await vault.status()).copy;
    renameSync(old, copyPath);
    expect(await copyIs()).toBe('older');
    writeFileSync(copyPath, '');
    expect(await copyIs()).toBe('damaged');
    rmSync(copyPath);
    expect(await copyIs()).toBe('missing');
    linkSync((await makeVault()).mainPath, copyPath);
    expect(await copyIs()).toBe('damaged');
    await vault.add([newKey('Cabin', '2')]);
    expect(await copyIs()).toBe('intact');
    rmSync(mainPath);
    writeFileSync(copyPath, '');
    expect(await vault.status()).toMatchObject({ state: 'damaged', copy: 'damaged' });
  });
});

describe('what stands in the vault’s place', () => {
  it('a file larger than any vault is refused by its size', async () => {
    const { vault, mainPath } = await makeVault();
    truncateSync(mainPath, 2 ** 40); // no computer could read that into memory
    await expect(vault.list()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await vault.status()).toMatchObject({ state: 'damaged', error: { code: 'LIMIT_EXCEEDED' } });
  });

  it('a folder is refused', async () => {
    const { vault, mainPath, copyPath } = await makeVault();
    for (const path of [mainPath, copyPath]) {
      rmSync(path);
      mkdirSync(path);
    }
    expect(await vault.status()).toMatchObject({ state: 'damaged', copy: 'damaged' });
    await expect(vault.unlock(byPassphrase())).rejects.toMatchObject({ code: 'DAMAGED_VAULT' });
    await expect(vault.create({ keychain: 'use' })).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
  });
});
