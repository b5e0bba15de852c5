// What copying would do: one item for each content, from the file that is best, to a name that is free, where there is room.

import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { addFolder } from '../../../core/library/folders.ts';
import { nameNumber } from '../../../core/library/copying/target-folder.ts';
import { backupFolder, tinyBackup } from '../library-samples.ts';
import { mountSmallDisk, smallDiskMissing } from '../../support/small-disk.ts';
import { newCopying, type CopyingSample } from './copying-samples.ts';

const noSmallDisk = smallDiskMissing();

function states({ items }: Awaited<ReturnType<CopyingSample['plan']>>): unknown[] {
  return items.map(({ state, error }) => (error === null ? state : `${state} ${error.code}`)).sort();
}

it('names one file of each content, with its size and where it goes, and touches nothing', async () => {
  const { from, to, library, plan, scan, names } = await newCopying('a.tar', 'b.tar');
  copyFileSync(join(from, 'a.tar'), join(from, 'a (1).tar'));
  await scan();
  const planned = await plan();
  expect(states(planned)).toEqual(['do', 'do']);
  const sizes = planned.items.map(({ path, sizeBytes }) => [readFileSync(path).length, sizeBytes]);
  for (const [real, said] of sizes) expect(said).toBe(real);
  expect(planned).toMatchObject({ to, isInLibrary: false, place: { kind: 'this-disk' } });
  expect(planned.bytes).toBe(sizes.reduce((sum, [real = 0]) => sum + real, 0));
  expect(planned.freeBytes).toBeGreaterThan(planned.bytes);
  expect(names()).toEqual([]);
  expect(library.catalog.folders.find(to)).toBeNull();
});

it('leaves out what is there already, whatever it is called there and whether the library knows of it or not', async () => {
  const { from, to, plan } = await newCopying('a.tar', 'b.tar', 'c.tar');
  copyFileSync(join(from, 'a.tar'), join(to, 'renamed.tar'));
  mkdirSync(join(to, 'deeper'));
  copyFileSync(join(from, 'b.tar'), join(to, 'deeper', 'b.tar'));
  expect(states(await plan())).toEqual(['do', 'do', 'nothing-to-do']);
});

it('takes no link to a file elsewhere for a copy of it', async () => {
  const { from, to, plan, copy, names } = await newCopying('a.tar', 'b.tar');
  symlinkSync(join(from, 'a.tar'), join(to, 'a.tar'));
  const planned = await plan();
  expect(planned.items.map(({ target }) => target).sort()).toEqual([
    join(to, 'a (2).tar'),
    join(to, 'b.tar'),
  ]);
  symlinkSync(join(from, 'b.tar'), join(to, 'b.tar'));
  expect((await copy(planned)).items.map(({ outcome }) => outcome)).toEqual(['verified', 'verified']);
  expect(names()).toEqual(['a (2).tar', 'a.tar', 'b (2).tar', 'b.tar']);
});

it('also at whatever depth, once the folder is one of the library; a file that was cut off there is none', async () => {
  const { from, to, library, plan, scan } = await newCopying('a.tar', 'b.tar');
  mkdirSync(join(to, 'deeper'));
  copyFileSync(join(from, 'a.tar'), join(to, 'deeper', 'a.tar'));
  writeFileSync(join(to, 'b.tar'), readFileSync(join(from, 'b.tar')).subarray(0, 1024));
  await addFolder(library, to);
  await scan();
  const { items } = await plan();
  expect(items.map(({ name, state, target }) => [name, state, target]).length).toBe(2);
  expect(items.find(({ state }) => state === 'nothing-to-do')?.target).toBe(join(to, 'deeper', 'a.tar'));
  expect(items.find(({ state }) => state === 'do')?.target).toBe(join(to, 'b (2).tar'));
});

it('never takes a name that is taken, also by another backup of the same plan or in other letters', async () => {
  const { from, to, library, plan, scan } = await newCopying('a.tar');
  mkdirSync(join(from, 'old'));
  await tinyBackup(join(from, 'old', 'a.tar'));
  await scan();
  writeFileSync(join(to, 'A.TAR'), 'somebody else’s');
  const { items } = await plan();
  expect(items.map(({ target }) => target).sort()).toEqual([join(to, 'a (2).tar'), join(to, 'a (3).tar')]);
  expect(library.catalog.copies.find(join(to, 'A.TAR'))).toBeNull();
  expect([nameNumber('a.tar', 1), nameNumber('a.b.tar', 2), nameNumber('a', 3)]).toEqual([
    'a.tar',
    'a.b (2).tar',
    'a (3)',
  ]);
});

it('takes the file whose last verification was good, and never one that was found damaged', async () => {
  const { from, library, plan, scan } = await newCopying('a.tar');
  for (const name of ['b.tar', 'c.tar']) copyFileSync(join(from, 'a.tar'), join(from, name));
  await scan();
  const { catalog } = library;
  const identity = catalog.copies.find(join(from, 'a.tar'))?.identity ?? '';
  const verified = (name: string, status: 'good' | 'damaged' | 'truncated'): void =>
    catalog.verifications.add({
      identity,
      path: join(from, name),
      level: 'full',
      status,
      message: status === 'good' ? null : 'It is not whole.',
      bytes: 1,
      durationMs: 1,
    });
  verified('c.tar', 'good');
  verified('a.tar', 'damaged');
  const sourceOf = async (): Promise<unknown> => (await plan()).items.map(({ path }) => path);
  expect(await sourceOf()).toEqual([join(from, 'c.tar')]);
  verified('c.tar', 'truncated');
  expect(await sourceOf()).toEqual([join(from, 'b.tar')]);
  verified('b.tar', 'damaged');
  const [item] = (await plan()).items;
  expect(item).toMatchObject({ state: 'blocked', error: { code: 'DAMAGED_PAYLOAD' } });
  expect(item?.message).toContain('It is not whole.');
});

it('takes another file where the first is gone, and says of a backup of which none is there why', async () => {
  const { from, plan, scan } = await newCopying('a.tar', 'b.tar');
  copyFileSync(join(from, 'a.tar'), join(from, 'a (1).tar'));
  await scan();
  rmSync(join(from, 'a (1).tar'));
  rmSync(join(from, 'b.tar'));
  const planned = await plan();
  expect(states(planned)).toEqual(['blocked IO_FAILED', 'do']);
  expect(planned.items.find(({ state }) => state === 'do')?.path).toBe(join(from, 'a.tar'));
});

it('refuses a folder that is none, a quarantine, and one that stands empty where a drive was', async () => {
  const { to, from, library, plan } = await newCopying('a.tar');
  await expect(plan(join(to, 'nowhere'))).rejects.toMatchObject({ code: 'USAGE' });
  await expect(plan(join(from, 'a.tar'))).rejects.toMatchObject({ code: 'USAGE' });
  const quarantine = join(to, 'Strongroom quarantine');
  mkdirSync(quarantine);
  await expect(plan(quarantine)).rejects.toMatchObject({ code: 'USAGE' });
  await expect(plan(library.catalog.folder)).rejects.toMatchObject({
    code: 'USAGE',
    hint: 'Choose a folder for backups, best on another drive.',
  });
  const drive = await backupFolder();
  const { id } = await addFolder(library, drive);
  const place = { id: 'disk:1', kind: 'other-drive', label: 'My drive', reason: 'It was.' } as const;
  library.catalog.folders.setPlace(id, place);
  await expect(plan(drive)).rejects.toMatchObject({
    code: 'OUTPUT_REFUSED',
    message: expect.stringContaining('My drive') as string,
  });
});

it('says what a person said about the folder, also of a folder in it', async () => {
  const { to, library, plan } = await newCopying('a.tar');
  const { id } = await addFolder(library, to);
  library.catalog.folders.setPlaceKind(id, 'other-drive');
  mkdirSync(join(to, 'deeper'));
  const wanted = { place: { kind: 'other-drive' }, isInLibrary: true };
  expect(await plan()).toMatchObject(wanted);
  expect(await plan(join(to, 'deeper'))).toMatchObject(wanted);
});

it.skipIf(noSmallDisk !== null)(
  'says of what does not fit that there is no room, in their order',
  async () => {
    const { plan, scan, from } = await newCopying('a.tar', 'b.tar');
    const disk = mountSmallDisk(17 * 1024 * 1024);
    try {
      await tinyBackup(join(from, 'huge.tar'), { files: { x: 'a'.repeat(10) } });
      writeFileSync(join(from, 'filler.bin'), '');
      await scan();
      expect(states(await plan(disk.folder))).toEqual(['do', 'do', 'do']);
      disk.fill();
      const full = await plan(disk.folder);
      expect(states(full)).toEqual(['no-room NO_SPACE', 'no-room NO_SPACE', 'no-room NO_SPACE']);
      expect(full.bytes).toBe(0);
      expect(full.place.kind).toBe('other-drive');
    } finally {
      disk.remove();
    }
  },
);
