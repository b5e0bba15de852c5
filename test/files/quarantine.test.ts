// When an original in quarantine may go: its time is over and what replaced it still stands. In doubt it stays.

import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';

import { OutputFile, identityOf, purgeQuarantine } from '../../core/files/index.ts';
import { scratch } from '../support/fixtures.ts';
import { namesIn } from '../support/folder-state.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS = 30;
const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY_MS);

let folder = '';
let path = '';
let quarantined = '';
let recordPath = '';

beforeEach(async () => {
  folder = await scratch();
  path = join(folder, 'backup.tar');
  writeFileSync(path, 'the original');
  const original = await identityOf(path);
  if (original === null) throw new Error('just written');
  const replacing = { kind: 'replace', original, originals: 'quarantine', quarantineDays: DAYS } as const;
  const output = await OutputFile.create(path, replacing);
  await output.handle.writeFile('the new one');
  quarantined = (await output.publish()).originalPath ?? '';
  recordPath = `${quarantined}.quarantine.json`;
});

function changeRecord(change: Readonly<Record<string, unknown>>): void {
  const record = JSON.parse(readFileSync(recordPath, 'utf8')) as Record<string, unknown>;
  writeFileSync(recordPath, JSON.stringify({ ...record, ...change }));
}

async function expectKept(now: Date): Promise<void> {
  expect(await purgeQuarantine(folder, now)).toEqual([]);
  expect(readFileSync(quarantined, 'utf8')).toBe('the original');
}

it('goes, with its record, when its time is over', async () => {
  expect(await purgeQuarantine(folder, daysFromNow(DAYS + 1))).toEqual([quarantined]);
  expect(await namesIn(folder)).toEqual(['Strongroom quarantine', 'backup.tar']);
});

it('stays until then', () => expectKept(daysFromNow(DAYS - 1)));

it('stays when what replaced it is gone', async () => {
  rmSync(path);
  await expectKept(daysFromNow(DAYS + 1));
});

it('stays when what replaced it has another size', async () => {
  writeFileSync(path, 'the new one, cut or grown');
  await expectKept(daysFromNow(DAYS + 1));
});

it('stays when the clock was set back', () => expectKept(daysFromNow(-1000)));

it('stays when the clock was far behind while it was set aside, as on a computer without one', async () => {
  changeRecord({ quarantinedAt: '1970-01-01T00:01:00.000Z', removeAfter: '1970-01-31T00:01:00.000Z' });
  await expectKept(daysFromNow(DAYS + 1));
});

it.each(['', '{"format":1,"repl', 'null', '[]', '{"format":2}', '{"format":1}'])(
  'stays when its record says “%s”, and others go all the same',
  async (content) => {
    const other = join(folder, 'Strongroom quarantine', 'other.tar.orig');
    writeFileSync(other, 'another original');
    writeFileSync(`${other}.quarantine.json`, content);
    expect(await purgeQuarantine(folder, daysFromNow(DAYS + 1))).toEqual([quarantined]);
    expect(readFileSync(other, 'utf8')).toBe('another original');
  },
);

it.each(['removeAfter', 'quarantinedAt'])('stays when “%s” is no date', async (field) => {
  changeRecord({ [field]: 'soon' });
  await expectKept(daysFromNow(DAYS + 1));
});

it('a file in quarantine without a record is nobody’s to remove', async () => {
  const own = join(folder, 'Strongroom quarantine', 'mine.tar');
  writeFileSync(own, 'put there by hand');
  await purgeQuarantine(folder, daysFromNow(10_000));
  expect(readFileSync(own, 'utf8')).toBe('put there by hand');
});

it('a record cannot point out of its folder', async () => {
  const outside = join(folder, 'sub');
  mkdirSync(outside);
  writeFileSync(join(outside, 'backup.tar'), 'the new one');
  rmSync(path);
  changeRecord({ replacement: 'sub/backup.tar' });
  await expectKept(daysFromNow(DAYS + 1));
});

it('a record whose original was taken out by hand goes, and keeps nothing else from going', async () => {
  rmSync(quarantined);
  utimesSync(path, new Date(), new Date());
  await purgeQuarantine(folder, daysFromNow(DAYS + 1));
  expect(await namesIn(folder)).toEqual(['Strongroom quarantine', 'backup.tar']);
});

it('a folder without a quarantine has nothing to purge', async () => {
  expect(await purgeQuarantine(join(folder, 'Strongroom quarantine'))).toEqual([]);
});
