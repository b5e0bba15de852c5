// Backups under every name that the file system allows: each is scanned, planned, rewritten and verified like all others; a name that is
// no text, or too long for the work beside it, is said, and never taken for another.

import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';

import { PASSWORD } from '../support/fixtures.ts';
import { makeBackup } from '../support/make-backup.ts';
import { openRunner, type OpenRunner } from '../support/runners.ts';
import { makeSmallLibrary, type SmallLibrary } from './small-library.ts';

const ALL = { kind: 'filter', filter: {}, copies: 'every' } as const;
const RUNNING = { signal: new AbortController().signal, level: 'full' } as const;
/** Every byte but NUL, the slash, and those that are no UTF-8 alone. */
const BYTES = Array.from({ length: 127 }, (_, code) => String.fromCharCode(code + 1)).filter(
  (one) => one !== '/',
);
const NAMES = [
  '-rf.tar',
  '--help.tar',
  'new\nline.tar',
  '"quoted" \'twice\' `thrice`.tar',
  '$(reboot) && ${HOME}; %s %00 *?[a].tar',
  'back\\slash.tar',
  ' spaces before and inside .tar',
  '\u202Erat.gnol\u202C \u200F.tar',
  'e\u0301 and \u00E9.tar',
  '\uFFFD replacement.tar',
  '\u{1F512} backup.tar',
  '日本語のバックアップ.tar',
  '..tar',
  '...tar',
  'x.orig.tar',
  'x.partial.tar',
  `${'l'.repeat(200)}.tar`,
  `${'ü'.repeat(100)}.tar`,
];
let open: OpenRunner;

beforeAll(async () => {
  open = await openRunner('threads');
});
afterAll(() => open.close());

function skipElsewhere(ctx: TestContext): void {
  if (process.platform !== 'linux') ctx.skip(`${process.platform} forbids some of these names`);
}

async function requireAll(library: SmallLibrary, names: readonly string[]): Promise<void> {
  const { desk, path } = library;
  const { results } = await desk.verifyBackups(ALL, RUNNING);
  expect(results.map((one) => [one.path, one.status]).sort()).toEqual(
    names.map((name) => [path(name), 'good']).sort(),
  );
  const scan = await desk.scan({});
  expect([scan.unchangedCount, scan.inspectedCount]).toEqual([names.length, 0]);
}

it('backups under odd names are migrated and verified, and nothing else comes to be', async (ctx) => {
  skipElsewhere(ctx);
  const library = await makeSmallLibrary(open.runner, NAMES);
  const { added } = await library.desk.scan({});
  expect(added).toEqual(NAMES.map(library.path).sort());
  const planned = await library.plan();
  expect(planned.items.map(({ path, state }) => [path, state]).sort()).toEqual(
    NAMES.map((name) => [library.path(name), 'do']).sort(),
  );
  const { state, items } = await library.run(planned);
  expect([state, items.filter(({ error }) => error !== null)]).toEqual(['done', []]);
  expect(await library.requireOrder()).toEqual([...NAMES].sort());
  await requireAll(library, NAMES);
});

it('every byte of ASCII in a name is kept by scan, batch and verification', async (ctx) => {
  skipElsewhere(ctx);
  const names = BYTES.map((byte) => `x${byte}y.tar`);
  const library = await makeSmallLibrary(open.runner, ['a.tar']);
  for (const name of names) copyFileSync(library.path('a.tar'), library.path(name));
  for (const name of names) await library.know(name);
  const all = ['a.tar', ...names];
  const { added, copies } = await library.desk.scan({});
  expect([...added, ...copies].sort()).toEqual(all.map(library.path).sort());
  const [, newKeyId = ''] = library.keyIds;
  const report = await library.run(await library.plan({ operation: 'rekey', newKeyId, format: 'v2' }));
  expect(report.items.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  expect(await library.requireOrder()).toEqual([...all].sort());
  await requireAll(library, all);
});

it('a name of 255 bytes is read and verified; a batch leaves it and says why', async (ctx) => {
  skipElsewhere(ctx);
  const longest = `${'l'.repeat(251)}.tar`;
  const library = await makeSmallLibrary(open.runner, ['a.tar', longest]);
  expect((await library.desk.scan({})).added).toHaveLength(2);
  const { results } = await library.desk.verifyBackups(ALL, RUNNING);
  expect(results.map(({ status }) => status)).toEqual(['good', 'good']);
  const report = await library.run(await library.plan());
  const long = report.items.find(({ path }) => path === library.path(longest));
  expect([long?.outcome, long?.error?.code]).toEqual(['failed', 'OUTPUT_REFUSED']);
  expect(await library.requireOrder()).toEqual(['a.tar']);
});

it('names that are no text are said one by one, and the files under them stay as they are', async (ctx) => {
  skipElsewhere(ctx);
  const library = await makeSmallLibrary(open.runner, ['a.tar', '\uFFFD.tar', '\\xff.tar']);
  const { backups } = library.place;
  const original = `${library.place.folder}/other.tar`;
  await makeBackup(original, PASSWORD, 1, 64 * 1024, '0badf00d');
  const raw = Array.from({ length: 128 }, (_, index) => Buffer.from([128 + index, 0x2e, 0x74, 0x61, 0x72])); // “\x80.tar” …
  for (const name of raw) copyFileSync(original, Buffer.concat([Buffer.from(`${backups}/`), name]));
  mkdirSync(Buffer.concat([Buffer.from(`${backups}/`), Buffer.from([0xfe])]));
  writeFileSync(
    Buffer.concat([Buffer.from(`${backups}/`), Buffer.from([0xfe]), Buffer.from('/in.tar')]),
    'x',
  );

  const scan = await library.desk.scan({});
  expect(scan.added.map((path) => path.slice(backups.length + 1))).toEqual([
    '\\xff.tar',
    'a.tar',
    '\uFFFD.tar',
  ]);
  expect(scan.unreadable).toHaveLength(raw.length + 1);
  expect(new Set(scan.unreadable.map(({ path }) => path)).size).toBe(raw.length + 1);
  for (const { error } of scan.unreadable)
    expect([error.code, error.message]).toEqual(['IO_FAILED', expect.stringContaining('no text')]);
  expect((await library.desk.status()).unreadable).toHaveLength(raw.length + 1);

  const { items } = await library.run(await library.plan());
  expect(items.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
  const names = readdirSync(backups, 'buffer').map((name) => name.toString('latin1'));
  const { length } = names.filter((name) => raw.some((one) => one.toString('latin1') === name));
  expect(length).toBe(raw.length);
  expect(names).toHaveLength(raw.length + 1 + 6);
  const again = await library.desk.scan({});
  expect([again.unchangedCount, again.unreadable.length, again.missing]).toEqual([3, raw.length + 1, []]);
});
