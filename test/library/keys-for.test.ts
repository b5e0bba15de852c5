// The keys for one backup in the order to try them, without trying any; and remembering what a command found out.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { inlineRunner } from '../../core/backup/index.ts';
import { keysFor, rememberMatch } from '../../core/library/keys-for.ts';
import { matchKeys } from '../../core/library/match-keys.ts';
import type { LibraryServices } from '../../core/library/services.ts';
import { StrongroomError } from '../../shared/errors.ts';
import { sodium as realSodium } from '../backup/crafted-backups.ts';
import { copyFixture, FIXTURES, keyOf, PASSWORD } from '../support/fixtures.ts';
import { backupFolder, day, makeLibrary, tinyBackup, type TestLibrary } from './library-samples.ts';

const passwords = async (library: LibraryServices, path: string): Promise<string[]> =>
  (await keysFor(library, path)).map(({ password }) => password.toString());

async function libraryWithOne(): Promise<{ library: TestLibrary; path: string; folder: string }> {
  const library = await makeLibrary();
  await library.addKeys('a', 'b', 'c');
  const folder = await backupFolder();
  const path = await tinyBackup(join(folder, 'one.tar'), { password: 'c', date: day(10) });
  return { library, path, folder };
}

describe('the keys for a backup', () => {
  it('are all keys, and none is tried', async () => {
    const { library, path } = await libraryWithOne();
    expect((await passwords(library, path)).sort()).toEqual(['a', 'b', 'c']);
    expect(library.engine.tried).toEqual([]);
    expect(library.sodium.asked).toEqual([]);
  });

  it('begin with the one that is known to open it', async () => {
    const { library, path } = await libraryWithOne();
    await matchKeys(library, [path]);
    library.engine.forget();
    expect((await passwords(library, path))[0]).toBe('c');
    expect(library.engine).toMatchObject({ inspected: [], tried: [] });
  });

  it('begin with the one that opens the neighbours', async () => {
    const { library, path, folder } = await libraryWithOne();
    await matchKeys(library, [path]);
    const next = await tinyBackup(join(folder, 'next.tar'), { password: 'c', date: day(11) });
    expect((await passwords(library, next))[0]).toBe('c');
  });

  it.each(['no-such-file.tar', 'bad/empty.tar', 'bad/meta-not-json.tar'])(
    'are there for a file that cannot be read, too: %s',
    async (name) => {
      const { library } = await libraryWithOne();
      expect((await passwords(library, join(FIXTURES, name))).sort()).toEqual(['a', 'b', 'c']);
    },
  );

  it.each(['DAMAGED_CATALOG', 'UNSUPPORTED_VERSION', 'BUSY', 'NO_SPACE', 'IO_FAILED'] as const)(
    'are there without a catalogue that can be used, too: %s',
    async (code) => {
      const { library, path } = await libraryWithOne();
      const services = {
        ...library,
        get catalog(): never {
          throw new StrongroomError(code, 'the catalogue cannot be used');
        },
      };
      expect((await passwords(services, path)).sort()).toEqual(['a', 'b', 'c']);
    },
  );

  it('hide no mistake of ours', async () => {
    const { library, path } = await libraryWithOne();
    library.catalog.close();
    await expect(keysFor(library, path)).rejects.toThrow(/finalized/);
  });

  it('are copies: wiping them leaves the vault as it is', async () => {
    const { library, path } = await libraryWithOne();
    for (const { password } of await keysFor(library, path)) password.fill(0);
    expect((await passwords(library, path)).sort()).toEqual(['a', 'b', 'c']);
  });

  it('are refused by a locked vault', async () => {
    const { library, path } = await libraryWithOne();
    library.vault.lock();
    await expect(keysFor(library, path)).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
  });
});

describe('what a command found out', () => {
  it('is remembered under the ids of the keys', async () => {
    const { library, path } = await libraryWithOne();
    const keys = await keysFor(library, path);
    await rememberMatch(library, path, await library.engine.openWith(path, keys), keys);
    library.engine.forget();
    const { backups } = await matchKeys(library, [path]);
    expect(backups[0]).toMatchObject({ outcome: 'opens', remembered: true });
    expect(library.engine.tried).toEqual([]);
  });

  it('saves later tries for a backup that stayed locked', async () => {
    const { library, folder } = await libraryWithOne();
    const path = await tinyBackup(join(folder, 'locked.tar'), { password: 'nobody' });
    const keys = await keysFor(library, path);
    await rememberMatch(library, path, await library.engine.openWith(path, keys), keys);
    expect(await matchKeys(library, [path])).toMatchObject({
      argon2idCount: 0,
      backups: [{ outcome: 'locked' }],
    });
  });

  it('is not remembered for a file that has become another since', async () => {
    const { library, path } = await libraryWithOne();
    const keys = await keysFor(library, path);
    const match = await library.engine.openWith(path, keys);
    await tinyBackup(path, { password: 'a' });
    await rememberMatch(library, path, match, keys);
    expect(library.catalog.backups().flatMap(({ trials }) => trials)).toEqual([]);
  });

  it('says nothing about keys that are in no vault', async () => {
    const { library, path } = await libraryWithOne();
    const keys = [keyOf('from a file', 'c')];
    await rememberMatch(library, path, await library.engine.openWith(path, keys), keys);
    expect(library.catalog.backups().flatMap(({ trials }) => trials)).toEqual([]);
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({ outcome: 'opens' });
  });

  it('does not confuse a key of the vault with another of the same name', async () => {
    const { library, path } = await libraryWithOne();
    const fromVault = await keysFor(library, path);
    const right = fromVault.find(({ label }) => label === 'c');
    const keys = [keyOf('c', 'from a file'), ...(right === undefined ? [] : [right])];
    await rememberMatch(library, path, await library.engine.openWith(path, keys), keys);
    expect(library.catalog.backups().flatMap(({ trials }) => trials)).toEqual([]);
  });

  it('keeps keys of the vault and others apart in a backup with parts under both', async () => {
    const library = await makeLibrary(1, inlineRunner(realSodium));
    const [id] = await library.addKeys(PASSWORD);
    const path = copyFixture('shapes/two-keys.tar', await backupFolder());
    const keys = [...(await keysFor(library, path)), keyOf('other', 'OTHR-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE')];
    await rememberMatch(library, path, await library.engine.openWith(path, keys), keys);
    const { backups } = await matchKeys(library, [path]);
    expect(backups[0]).toMatchObject({ outcome: 'opens-part', keyIds: [id], remembered: true });
  });
});
