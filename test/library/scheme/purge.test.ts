// When a file in quarantine may go for good: its days are over, the clock can be believed, it is the file that was moved there, and its
// folder still has a backup that can be read. In doubt it stays.

import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, it } from 'vitest';

import { purgeRemoved } from '../../../core/library/scheme/index.ts';
import type { RemovedFile } from '../../../shared/scheme.ts';
import { tinyBackup } from '../library-samples.ts';
import { newScheme, type SchemeSample } from './scheme-samples.ts';

const DAY_MS = 86_400_000;
const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY_MS);

let sample: SchemeSample;
let removed: RemovedFile;

beforeEach(async () => {
  sample = await newScheme('a.tar', 'b.tar', 'c.tar');
  await sample.run(await sample.plan());
  const [first] = await sample.desk.removedFiles();
  if (first === undefined) throw new Error('nothing was removed');
  removed = first;
});

const purgeAt = (days: number): Promise<string[]> =>
  purgeRemoved(sample.services, undefined, daysFromNow(days));

function changeRecord(change: Readonly<Record<string, unknown>>): void {
  const path = `${removed.keptAt}.quarantine.json`;
  const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...record, ...change }));
}

async function expectKept(days = 31): Promise<void> {
  expect(await purgeAt(days)).toEqual([]);
  expect(existsSync(removed.keptAt)).toBe(true);
}

it('goes, with its note, when its days are over', async () => {
  expect(await purgeAt(31)).toEqual([sample.path('a.tar')]);
  expect(existsSync(removed.keptAt)).toBe(false);
  expect(existsSync(`${removed.keptAt}.quarantine.json`)).toBe(false);
  expect(sample.catalog.copies.find(removed.keptAt)).toBeNull();
  expect(await sample.names()).toEqual(['b.tar', 'c.tar']);
});

it('stays until then', () => expectKept(29));

it('stays when the clock was far behind while it was moved', async () => {
  changeRecord({ removedAt: '1970-01-01T00:01:00.000Z', deleteAfter: '1970-01-31T00:01:00.000Z' });
  await expectKept();
});

it('stays when it is not the file that was moved there', async () => {
  truncateSync(removed.keptAt, 100);
  await expectKept();
});

it('stays when its folder has no backup any more', async () => {
  for (const name of ['b.tar', 'c.tar']) rmSync(sample.path(name));
  await expectKept();
});

it('stays when the newest in its folder cannot be read', async () => {
  truncateSync(sample.path('c.tar'), 1000);
  await expectKept();
});

it('stays when the newest in its folder was found damaged since', async () => {
  const [newest] = await sample.desk.listBackups();
  sample.catalog.verifications.add({
    ...{ identity: newest?.identity ?? '', path: sample.path('c.tar'), level: 'full', status: 'damaged' },
    ...{ message: null, bytes: 0, durationMs: 0 },
  });
  await expectKept();
});

it('stays when its backup was pinned since', async () => {
  await sample.desk.pin([sample.catalog.copies.find(removed.keptAt)?.identity ?? ''], true);
  await expectKept();
});

it('stays when its folder has backups of another instance only', async () => {
  for (const name of ['b.tar', 'c.tar']) rmSync(sample.path(name));
  await tinyBackup(sample.path('other.tar'), { instanceId: 'another house' });
  await sample.desk.scan({});
  await expectKept();
});

it('stays when its folder is none of the library any more', async () => {
  await sample.desk.removeFolder(sample.folder);
  await expectKept();
});

it.each([
  { format: 1 },
  { removedFrom: '../a.tar' },
  { removedFrom: '..' },
  { removedFrom: 'a\0.tar' },
  { deleteAfter: 'soon' },
  { runId: 'x' },
  { sizeBytes: null },
])('stays when its note says %o', async (change) => {
  changeRecord(change);
  await expectKept();
});

it.each(['whole', 'only begun'])('a note that no file followed goes after its first day: %s', async (how) => {
  rmSync(removed.keptAt);
  const note = `${removed.keptAt}.quarantine.json`;
  if (how === 'only begun') truncateSync(note, 0);
  await purgeAt(0);
  expect(existsSync(note)).toBe(true);
  await purgeAt(2);
  expect(existsSync(note)).toBe(false);
});
