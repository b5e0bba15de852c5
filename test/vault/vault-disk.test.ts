// The two files on the disk: failures at any step leave the vault as it was and nothing half-written; a copy is put in
// place only when somebody asks for it.

import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { endMarker, readMarker, writeMarker } from '../../core/vault/lock-marker.ts';
import { errorCode } from '../../shared/errors.ts';
import { deadOwner, ownerLike } from '../support/dead-owner.ts';
import { scratch } from '../support/fixtures.ts';
import { stateOf } from '../support/folder-state.ts';
import {
  BY_KEYCHAIN,
  byPassphrase,
  makeVault,
  MemoryKeychain,
  newKey,
  passphrase,
  rewriteHeader,
  vaultIn,
} from './vault-fixture.ts';
import { disk, failure } from './watched-disk.ts';

vi.mock('node:fs/promises', async (original) => (await import('./watched-disk.ts')).watch(await original()));

afterEach(() => {
  disk.before = null;
});

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

  it('after the vault has its new content is told, and the change counts all the same', async () => {
    const { vault, folder, keychain } = await makeVault({ ways: 'passphrase' });
    const failAfterRename = (): void => {
      let isPlaced = false;
      disk.before = (call, path) => {
        if (call === 'open' && path === folder && isPlaced) throw failure('EIO');
        if (call === 'rename' && path.endsWith('vault.strongroom.partial')) isPlaced = true;
      };
    };
    const told = { code: 'IO_FAILED', message: expect.stringContaining('is written') };
    failAfterRename();
    await expect(vault.add([newKey('Home', '1')])).rejects.toMatchObject(told);
    failAfterRename();
    await expect(vault.addKeychain()).rejects.toMatchObject(told);
    failAfterRename();
    await expect(vault.setPassphrase(passphrase('new'))).rejects.toMatchObject(told);
    disk.before = null;
    expect((await vault.list()).map(({ label }) => label)).toEqual(['Home']);
    expect(readdirSync(folder).sort()).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
    expect((await vault.status()).copy).toBe('older'); // what a power cut may leave fits together
    for (const how of [BY_KEYCHAIN, byPassphrase('new')])
      await (await vaultIn({ folder, keychain })).unlock(how);
    const made = await vaultIn({ folder: join(folder, 'other'), keychain });
    disk.before = (call, path) => {
      if (call === 'open' && path === join(folder, 'other')) throw failure('EIO');
    };
    await expect(made.create({ keychain: 'use' })).rejects.toMatchObject(told);
    disk.before = null;
    expect(made.isUnlocked).toBe(true);
    made.lock();
    await made.unlock(BY_KEYCHAIN);
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

describe('what the person reads', () => {
  it.each([
    ['EACCES', 'may not read'],
    ['EPERM', 'may not read'],
    ['EIO', 'cannot be read at present'],
    ['ESTALE', 'cannot be read at present'],
  ])(
    '%s for a file that may be in order is no damage, and no reason to restore',
    async (systemCode, words) => {
      const { vault, folder, mainPath, keychain } = await makeVault();
      await vault.add([newKey('Home', '1')]);
      const before = await stateOf(folder);
      const locked = await vaultIn({ folder, keychain });
      disk.before = (call, path) => {
        if (call === 'open' && path === mainPath) throw failure(systemCode);
      };
      const wanted = { code: 'IO_FAILED', message: expect.stringContaining(words) };
      expect(await locked.status()).toMatchObject({ state: 'locked', ways: [], error: wanted });
      expect(await vault.status()).toMatchObject({ state: 'unlocked', error: wanted });
      for (const call of [
        () => locked.unlock(BY_KEYCHAIN),
        () => vault.list(),
        () => vault.add([newKey('Cabin', '2')]),
        () => locked.restoreCopy(),
      ])
        await expect(call()).rejects.toMatchObject(wanted);
      disk.before = null;
      expect(await stateOf(folder)).toEqual(before);
      expect((await vault.list()).length).toBe(1);
    },
  );

  it('a folder in the place of the marker is said, and stays', async () => {
    const { vault, folder } = await makeVault();
    mkdirSync(join(folder, 'vault.locked'));
    const inTheWay = { code: 'OUTPUT_REFUSED', message: expect.stringContaining('vault.locked') };
    await expect(vault.lockForAll()).rejects.toMatchObject(inTheWay);
    expect(vault.isUnlocked).toBe(false);
    await expect(vault.unlockForAll(byPassphrase())).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    expect(readdirSync(folder).sort()).toEqual(['vault.copy.strongroom', 'vault.locked', 'vault.strongroom']);
  });

  it('a vault is not made where the marker of another cannot be taken away', async () => {
    const folder = await scratch();
    mkdirSync(join(folder, 'vault.locked'));
    const keychain = new MemoryKeychain();
    const vault = await vaultIn({ folder, keychain });
    await expect(vault.create({ keychain: 'use' })).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    expect(readdirSync(folder)).toEqual(['vault.locked']);
    expect(keychain.entries.size).toBe(0);
    expect(vault.isUnlocked).toBe(false);
  });
});

describe('a symbolic link', () => {
  it.each(['vault.strongroom', 'vault.copy.strongroom'])(
    '%s stays, and its target is written',
    async (name) => {
      const { vault, folder } = await makeVault();
      const elsewhere = await scratch();
      const target = join(elsewhere, 'target.strongroom');
      renameSync(join(folder, name), target);
      symlinkSync(target, join(folder, name));
      await vault.add([newKey('Home', '1')]);
      expect(readlinkSync(join(folder, name))).toBe(target);
      expect(readdirSync(elsewhere)).toEqual(['target.strongroom']);
      expect(readFileSync(target)).toEqual(readFileSync(join(folder, 'vault.copy.strongroom')));
      expect(readFileSync(target)).toEqual(readFileSync(join(folder, 'vault.strongroom')));
      expect(readdirSync(folder).sort()).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
    },
  );

  it('of a damaged vault stays when the copy is put in place, also where it leads to nothing', async () => {
    const { vault, folder, mainPath } = await makeVault();
    const elsewhere = await scratch();
    rmSync(mainPath);
    symlinkSync(join('..', basename(elsewhere), 'target.strongroom'), mainPath);
    await vault.restoreCopy();
    expect(readdirSync(elsewhere)).toEqual(['target.strongroom']);
    writeFileSync(mainPath, 'damaged');
    await vault.restoreCopy();
    expect(readdirSync(elsewhere).length).toBe(2); // the damaged file lies beside it
    expect(lstatSync(mainPath).isSymbolicLink()).toBe(true);
    await vault.unlock(byPassphrase());
    expect(readdirSync(folder).sort()).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
  });
});

it('does not read the file again that it wrote itself', async () => {
  const { vault } = await makeVault();
  await vault.add([newKey('Home', '1')]);
  const read: string[] = [];
  disk.before = (call, path) => {
    if (call === 'readFile') read.push(path);
  };
  await vault.list();
  expect(read.filter((path) => !path.endsWith('vault.locked'))).toEqual([]);
});

describe('what comes in between', () => {
  it('a file that was read before a write of the same program, and is looked at after it, is not an older one', async () => {
    const { vault, folder } = await makeVault();
    const other = await vaultIn({ folder });
    await other.unlock(byPassphrase());
    await other.add([newKey('Home', '1')]);
    const held = Promise.withResolvers<null>();
    const isReading = Promise.withResolvers<null>();
    let reads = 0;
    disk.before = async (call, path) => {
      if (call !== 'readFile' || path !== '' || ++reads !== 2) return; // the copy comes first
      isReading.resolve(null);
      await held.promise;
    };
    const listing = vault.list();
    await isReading.promise;
    await vault.add([newKey('Cabin', '2')]);
    held.resolve(null);
    expect((await listing).map(({ label }) => label)).toEqual(['Home', 'Cabin']);
    expect(vault.isUnlocked).toBe(true);
  });

  it('a look while the same program puts a file under a new vault key in place waits for it', async () => {
    const { vault } = await makeVault();
    await vault.add([newKey('Home', '1')]);
    const held = Promise.withResolvers<null>();
    const isPlaced = Promise.withResolvers<null>();
    disk.before = async (call, path) => {
      if (call !== 'rename' || !path.endsWith('vault.copy.strongroom.partial')) return;
      isPlaced.resolve(null);
      await held.promise;
    };
    const changing = vault.setPassphrase(passphrase('new'));
    await isPlaced.promise;
    const looks = Promise.all([vault.list(), vault.status()]);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    held.resolve(null);
    await changing;
    const [keys, status] = await looks;
    expect(keys.map(({ label }) => label)).toEqual(['Home']);
    expect(status).toMatchObject({ state: 'unlocked', error: null });
  });

  it('a marker that is written just before the last one is taken away stays', async () => {
    const { folder } = await makeVault();
    await writeMarker(folder);
    const last = await readMarker(folder);
    disk.before = async (call, path) => {
      if (call !== 'rename' || !path.endsWith('vault.locked')) return;
      disk.before = null;
      await writeMarker(folder);
    };
    expect(await endMarker(folder, last)).toBe(false);
    const now = await readMarker(folder);
    expect(now).not.toBe(last);
    expect(now).toMatch(/^[0-9a-f]{32}$/);
    expect(await endMarker(folder, now)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
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
    await expect(vault.restoreCopy()).rejects.toMatchObject({ code: 'IO_FAILED' });
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
