// settings.json: what is set stays set, and nothing that stands in the file can keep the program from starting.

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { SettingsFile } from '../../core/service/settings-file.ts';
import { DEFAULT_SETTINGS } from '../../shared/settings.ts';
import { scratch } from '../support/fixtures.ts';
import { MemoryLog } from './memory-log.ts';

const open = (folder: string, log = new MemoryLog()): Promise<SettingsFile> => SettingsFile.open(folder, log);
const kept = (folder: string): string[] =>
  readdirSync(folder).filter((name) => /^settings-.+\.json$/.test(name));

it('begins with the defaults and writes nothing for it', async () => {
  const folder = await scratch();
  expect((await open(folder)).current).toEqual(DEFAULT_SETTINGS);
  expect(readdirSync(folder)).toEqual([]);
});

it('remembers what was changed, and only that', async () => {
  const folder = join(await scratch(), 'not', 'there', 'yet');
  const settings = await open(folder);
  expect(await settings.change({ theme: 'dark', clipboardSeconds: 10 })).toEqual({
    ...DEFAULT_SETTINGS,
    theme: 'dark',
    clipboardSeconds: 10,
  });
  await settings.change({ theme: 'light' });
  expect((await open(folder)).current).toEqual({ ...DEFAULT_SETTINGS, theme: 'light', clipboardSeconds: 10 });
  expect(readdirSync(folder)).toEqual(['settings.json']);
  if (process.platform !== 'win32') expect(statSync(join(folder, 'settings.json')).mode & 0o777).toBe(0o600);
});

it('loses none of the changes that are made at once', async () => {
  const folder = await scratch();
  const settings = await open(folder);
  await Promise.all([
    settings.change({ theme: 'dark' }),
    settings.change({ quarantineDays: 7 }),
    settings.change({ background: false }),
  ]);
  const expected = { ...DEFAULT_SETTINGS, theme: 'dark', quarantineDays: 7, background: false };
  expect(settings.current).toEqual(expected);
  expect((await open(folder)).current).toEqual(expected);
});

it('keeps what another program has changed meanwhile', async () => {
  const folder = await scratch();
  const [one, other] = [await open(folder), await open(folder)];
  await one.change({ theme: 'dark' });
  await other.change({ quarantineDays: 7 });
  const expected = { ...DEFAULT_SETTINGS, theme: 'dark', quarantineDays: 7 };
  expect(other.current).toEqual(expected);
  expect((await open(folder)).current).toEqual(expected);
});

it('loses nothing to a file that somebody spoilt while the program runs', async () => {
  const folder = await scratch();
  const settings = await open(folder);
  await settings.change({ theme: 'dark' });
  writeFileSync(join(folder, 'settings.json'), '{"the');
  expect(await settings.change({ quarantineDays: 7 })).toMatchObject({ theme: 'dark', quarantineDays: 7 });
  expect(kept(folder)).toHaveLength(1);
});

it('takes each value by itself, and keeps a file that it did not understand in all', async () => {
  const folder = await scratch();
  const text = JSON.stringify({ theme: 'dark', quarantineDays: -1, notifyFailures: 'no', fromTheFuture: 1 });
  writeFileSync(join(folder, 'settings.json'), text);
  const log = new MemoryLog();
  expect((await open(folder, log)).current).toEqual({ ...DEFAULT_SETTINGS, theme: 'dark' });
  const [aside] = kept(folder);
  expect(readFileSync(join(folder, aside!), 'utf8')).toBe(text);
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]).toContain(aside);
  // The next start has nothing to complain of any more.
  expect((await open(folder)).current).toEqual({ ...DEFAULT_SETTINGS, theme: 'dark' });
  expect(kept(folder)).toHaveLength(1);
});

it.each([
  ['no JSON', '{"theme": "dark"'],
  ['a list', '[1, 2]'],
  ['null', 'null'],
  ['nothing', ''],
  ['names that objects inherit', '{"__proto__": {"theme": "dark"}, "constructor": 1, "toString": "x"}'],
  ['far too much', `{"theme": "dark", "x": "${'x'.repeat(70_000)}"}`],
])('starts with the defaults where the file holds %s', async (_what, text) => {
  const folder = await scratch();
  writeFileSync(join(folder, 'settings.json'), text);
  expect((await open(folder)).current).toEqual(DEFAULT_SETTINGS);
  expect(kept(folder)).toHaveLength(1);
});

it('starts with the defaults where something else has the name, and says so in the log', async () => {
  const folder = await scratch();
  mkdirSync(join(folder, 'settings.json'));
  const log = new MemoryLog();
  expect((await open(folder, log)).current).toEqual(DEFAULT_SETTINGS);
  expect(log.lines).toHaveLength(1);
});

it('changes nothing where the file cannot be written, and can be changed again later', async () => {
  const folder = await scratch();
  const settings = await open(folder);
  mkdirSync(join(folder, 'settings.json', 'full'), { recursive: true });
  await expect(settings.change({ theme: 'dark' })).rejects.toThrow();
  expect(settings.current).toEqual(DEFAULT_SETTINGS);
  const elsewhere = await open(await scratch());
  expect(await elsewhere.change({ theme: 'dark' })).toMatchObject({ theme: 'dark' });
});

it('removes what a killed program left of a write', async () => {
  const folder = await scratch();
  writeFileSync(join(folder, 'settings.json.partial'), '{"the');
  await (await open(folder)).change({ theme: 'dark' });
  expect(readdirSync(folder)).toEqual(['settings.json']);
});
