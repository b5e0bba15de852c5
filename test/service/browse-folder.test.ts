// Walking through folders where the system's dialogs cannot be had.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

import { browseFolder } from '../../core/service/browse-folder.ts';
import { scratch } from '../support/fixtures.ts';

it('lists folders first, then files with size and time, and nothing that is hidden', async () => {
  const folder = await scratch();
  for (const name of ['zeta', 'Alpha']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'b.tar'), 'four');
  writeFileSync(join(folder, 'a.tar'), '');
  writeFileSync(join(folder, '.hidden'), '');
  symlinkSync(join(folder, 'nowhere'), join(folder, 'broken'));
  symlinkSync(join(folder, 'zeta'), join(folder, 'link'));
  const listing = await browseFolder(folder);
  expect(listing.entries.map(({ name, kind, sizeBytes }) => [name, kind, sizeBytes])).toEqual([
    ['Alpha', 'folder', null],
    ['link', 'folder', null],
    ['zeta', 'folder', null],
    ['a.tar', 'file', 0],
    ['b.tar', 'file', 4],
  ]);
  expect(listing).toMatchObject({ path: folder, parent: dirname(folder), isCut: false });
  expect(Date.parse(listing.entries[3]?.modified ?? '')).toBeGreaterThan(0);
});

it('begins at home, and knows when it is at the top', async () => {
  expect(await browseFolder(null)).toMatchObject({ path: homedir() });
  const top = await browseFolder('/');
  expect(top.parent).toBeNull();
  expect(top.places).toContainEqual({ label: 'Home', path: homedir() });
});

it('says that there is more than it lists', async () => {
  const folder = await scratch();
  for (let file = 0; file < 5001; file++) writeFileSync(join(folder, `${file}.tar`), '');
  const { entries, isCut } = await browseFolder(folder);
  expect(entries).toHaveLength(5000);
  expect(isCut).toBe(true);
});

it('says in words why a folder cannot be shown', async () => {
  const folder = await scratch();
  writeFileSync(join(folder, 'file'), '');
  await expect(browseFolder(join(folder, 'gone'))).rejects.toMatchObject({ code: 'USAGE' });
  await expect(browseFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'USAGE' });
});
