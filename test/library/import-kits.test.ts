// Emergency kits into the vault: many at once and whole folders, in one write, the same key once.

import { copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { importKits } from '../../core/library/import-kits.ts';
import { FIXTURES, scratch } from '../support/fixtures.ts';
import { makeLibrary } from './library-samples.ts';

const KITS = join(FIXTURES, 'kits');
const NEWEST = 'home_assistant_backup_emergency_kit_26_03_2026_15_23.txt';

it('takes every key of a folder of kits, with what the kits say', async () => {
  const library = await makeLibrary();
  const { files, passedOver } = await importKits(library, [KITS]);
  expect(files.every(({ error }) => error === null)).toBe(true);
  expect(passedOver).toEqual([join(KITS, 'no-key.txt')]);
  const keys = await library.vault.list();
  expect(keys.length).toBeGreaterThan(2);
  for (const key of keys) {
    expect(key).toMatchObject({ origin: 'emergency-kit', state: 'active', strength: { verdict: 'strong' } });
    expect(key.sourceName).toMatch(/\.txt$/);
  }
  const newest = files.find(({ path }) => path === join(KITS, NEWEST))?.keys[0]?.key;
  expect(newest?.instance).not.toBeNull();
  expect(newest?.url).toMatch(/^https?:/);
});

it('takes the same key once, from several files and from an earlier import', async () => {
  const library = await makeLibrary();
  const folder = await scratch();
  mkdirSync(join(folder, 'more'));
  for (const name of ['a.txt', 'b.txt', 'more/c.txt']) copyFileSync(join(KITS, NEWEST), join(folder, name));
  const isNew = async (): Promise<boolean[]> =>
    (await importKits(library, [folder])).files.flatMap(({ keys }) => keys.map((added) => added.isNew));
  expect(await isNew()).toEqual([true, false, false]);
  expect(await isNew()).toEqual([false, false, false]);
  expect(await library.vault.list()).toHaveLength(1);
});

it('writes the vault once, however many kits there are', async () => {
  const library = await makeLibrary();
  let writes = 0;
  const stop = library.vault.onChange((why) => void (writes += why === 'changed' ? 1 : 0));
  await importKits(library, [KITS]);
  stop();
  expect(writes).toBe(1);
});

describe('files that are no kits', () => {
  it('are answered by themselves when they were named, and the others are taken', async () => {
    const library = await makeLibrary();
    const paths = [join(KITS, 'no-key.txt'), join(KITS, NEWEST), '/no/such/kit.txt'];
    const { files, passedOver } = await importKits(library, paths);
    expect(files.map(({ path, keys, error }) => [path, keys.length, error?.code ?? 'taken'])).toEqual([
      [paths[0], 0, 'USAGE'],
      [paths[1], 1, 'taken'],
      [paths[2], 0, 'IO_FAILED'],
    ]);
    expect(passedOver).toEqual([]);
  });

  it('leave the vault untouched when there is nothing else', async () => {
    const library = await makeLibrary();
    const path = join(library.folder, 'vault.strongroom');
    const before = statSync(path).mtimeMs;
    const folder = await scratch();
    writeFileSync(join(folder, 'notes.txt'), 'nothing');
    const { files } = await importKits(library, [join(folder, 'notes.txt')]);
    expect(files[0]?.error?.code).toBe('USAGE');
    expect(statSync(path).mtimeMs).toBe(before);
  });
});

it('is refused by a locked vault', async () => {
  const library = await makeLibrary();
  library.vault.lock();
  await expect(importKits(library, [KITS])).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
});

it('is stopped by a cancel, and then nothing is taken', async () => {
  const library = await makeLibrary();
  const signal = AbortSignal.abort();
  await expect(importKits(library, [KITS], { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await library.vault.list()).toEqual([]);
});
