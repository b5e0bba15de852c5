// The library as hosts get it: nothing is touched before it is needed, and a damaged catalogue keeps nobody from the keys.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { inlineRunner } from '../../core/backup/index.ts';
import { openLibrary, type Library } from '../../core/library/index.ts';
import { makeVault } from '../vault/vault-fixture.ts';
import { backupFolder, cheapSodium, tinyBackup, WatchedEngine } from './library-samples.ts';

async function opened(): Promise<{ library: Library; catalogPath: string; path: string }> {
  const { vault, folder } = await makeVault({ idleLock: 'never' });
  const catalogPath = join(folder, 'catalog.sqlite');
  const engine = new WatchedEngine(inlineRunner(cheapSodium()));
  const library = openLibrary({ vault, catalogPath, engine, threads: 2 });
  onTestFinished(() => library.close());
  const path = await tinyBackup(join(await backupFolder(), 'one.tar'), { password: 'right' });
  await library.addTypedKey({ typed: Buffer.from('right'), label: 'Home' });
  return { library, catalogPath, path };
}

it('makes the catalogue when it is first needed, and opens it again after it was closed', async () => {
  const { library, catalogPath, path } = await opened();
  expect(existsSync(catalogPath)).toBe(false);
  expect((await library.matchKeys([path])).backups[0]).toMatchObject({ outcome: 'opens', remembered: false });
  expect(existsSync(catalogPath)).toBe(true);
  await library.close();
  await library.close();
  expect((await library.matchKeys([path])).backups[0]).toMatchObject({ outcome: 'opens', remembered: true });
  expect((await library.listKeys())[0]).toMatchObject({ label: 'Home', use: { backupCount: 1 } });
});

it('gives and marks the keys, but makes no statement about backups, while the catalogue is damaged', async () => {
  const { library, catalogPath, path } = await opened();
  writeFileSync(catalogPath, 'This was a catalogue once. '.repeat(100));
  const [key] = await library.keysFor(path);
  expect(key?.password.toString()).toBe('right');
  for (const asking of [
    () => library.matchKeys([path]),
    () => library.removeKey(key?.id ?? ''),
    () => library.markCompromised(key?.id ?? ''),
  ])
    await expect(asking()).rejects.toMatchObject({ code: 'DAMAGED_CATALOG' });
  expect(library.catalogProblem()).toMatchObject({
    code: 'DAMAGED_CATALOG',
    hint: expect.stringContaining(catalogPath) as unknown,
  });
  expect(await library.listKeys()).toMatchObject([{ label: 'Home', state: 'compromised', use: null }]);
});
