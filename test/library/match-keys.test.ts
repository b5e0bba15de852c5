// Which key opens which backup: the likeliest first, remembered, and one bad file never stops the others.

import { appendFileSync, copyFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { matchKeys } from '../../core/library/match-keys.ts';
import type { BackupKeys } from '../../shared/keys.ts';
import { metadata, outer, sodium as realSodium, v3Sealer } from '../backup/crafted-backups.ts';
import { flipped } from '../securetar/pieces.ts';
import { copyFixture, FIXTURES, PASSWORD } from '../support/fixtures.ts';
import { openRunner } from '../support/runners.ts';
import { randomNumbers } from '../tar/tar-blocks.ts';
import { inlineRunner } from '../../core/backup/index.ts';
import { newKey } from '../vault/vault-fixture.ts';
import { backupFolder, day, makeLibrary, sealed, tinyBackup, type TestLibrary } from './library-samples.ts';

const OTHER_PASSWORD = 'OTHR-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const outcomes = (backups: readonly BackupKeys[]): string[] => backups.map(({ outcome }) => outcome);

/** Daily backups of one instance, the keys in force one after the other. */
async function dailyBackups(count: number, passwords: readonly string[]): Promise<string[]> {
  const folder = await backupFolder();
  const paths: string[] = [];
  for (let index = 0; index < count; index++) {
    const password = passwords[Math.floor((index * passwords.length) / count)] ?? null;
    const path = join(folder, `backup-${index}.tar`);
    paths.push(await tinyBackup(path, { password, date: day(index), instanceId: 'home' }));
  }
  return paths;
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const next = randomNumbers(seed);
  const rest = [...items];
  return items.map(() => rest.splice(next(rest.length), 1)[0] as T);
}

describe('500 v3 backups under five keys, one after the other', () => {
  const PASSWORDS = ['first', 'second', 'third', 'fourth', 'fifth'];
  const ORDERS = { 'in the order of their dates': 0, 'in any order': 7 };

  it.each([
    ...Object.entries(ORDERS).map(([name, seed]) => ({ name, seed, threads: 1 })),
    ...Object.entries(ORDERS).map(([name, seed]) => ({ name, seed, threads: 2 })),
  ])('cost about one Argon2id each $name on $threads threads', async ({ seed, threads }) => {
    const library = await makeLibrary(threads);
    const ids = await library.addKeys(...shuffled(PASSWORDS, 3));
    const paths = await dailyBackups(500, PASSWORDS);
    const given = seed === 0 ? paths : shuffled(paths, seed);

    const first = await matchKeys(library, given);
    expect(new Set(outcomes(first.backups))).toEqual(new Set(['opens']));
    expect(first.argon2idCount).toBe(library.sodium.asked.length);
    expect(first.argon2idCount).toBeGreaterThanOrEqual(500);
    expect(first.argon2idCount).toBeLessThanOrEqual(530);
    expect(first.keys.map(({ use }) => use.backupCount)).toEqual([100, 100, 100, 100, 100]);
    expect(first.keys.map(({ id }) => id)).toEqual(ids);

    library.engine.forget();
    const second = await matchKeys(library, given);
    expect(second.argon2idCount).toBe(0);
    expect(library.engine).toMatchObject({ inspected: [], tried: [] });
    expect(second.backups).toEqual(first.backups.map((backup) => ({ ...backup, remembered: true })));
  });
});

it('learns from old formats first, which cost nothing', async () => {
  const library = await makeLibrary();
  await library.addKeys('wrong', 'right', 'other');
  const folder = await backupFolder();
  const paths = [
    await tinyBackup(join(folder, 'new.tar'), { password: 'right', date: day(2) }),
    await tinyBackup(join(folder, 'old.tar'), { password: 'right', date: day(1), format: 'v2' }),
  ];
  const { argon2idCount, backups } = await matchKeys(library, paths);
  expect(outcomes(backups)).toEqual(['opens', 'opens']);
  expect(argon2idCount).toBe(1);
});

describe('what is known already', () => {
  async function matchedOne(): Promise<{ library: TestLibrary; path: string; folder: string }> {
    const library = await makeLibrary();
    await library.addKeys('right', 'wrong');
    const folder = await backupFolder();
    const path = await tinyBackup(join(folder, 'one.tar'), { password: 'right' });
    await matchKeys(library, [path]);
    library.engine.forget();
    return { library, path, folder };
  }

  it('is remembered for renamed files and copies, which are looked at but not tried', async () => {
    const { library, path, folder } = await matchedOne();
    copyFileSync(path, join(folder, 'copy.tar'));
    renameSync(path, join(folder, 'renamed.tar'));
    const paths = [join(folder, 'copy.tar'), join(folder, 'renamed.tar')];
    const report = await matchKeys(library, paths);
    expect(report.backups).toMatchObject([
      { outcome: 'opens', remembered: true },
      { outcome: 'opens', remembered: true },
    ]);
    expect(library.engine.inspected.sort()).toEqual(paths);
    expect(library.engine.tried).toEqual([]);
    expect(report.keys.map(({ use }) => use.backupCount)).toEqual([1, 0]);
  });

  it('is asked anew when another backup takes the place of the file', async () => {
    const { library, path } = await matchedOne();
    await tinyBackup(path, { password: 'wrong' });
    const { backups, keys } = await matchKeys(library, [path]);
    expect(backups[0]).toMatchObject({ outcome: 'opens', remembered: false });
    expect(backups[0]?.keyIds).toEqual([keys[1]?.id]);
    expect(keys.map(({ use }) => use.backupCount)).toEqual([0, 1]);
  });

  it('does not trust a file of the same size and time in the place of another', async () => {
    const { library, path, folder } = await matchedOne();
    const other = await tinyBackup(join(folder, 'other.tar'), { password: 'wrong' });
    const time = new Date('2025-01-01T00:00:00Z');
    utimesSync(path, time, time);
    utimesSync(other, time, time);
    await matchKeys(library, [path]);
    renameSync(other, path);
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({ remembered: false });
  });

  it('lets a locked backup be tried with new keys only', async () => {
    const library = await makeLibrary();
    await library.addKeys('one', 'two', 'three');
    const path = await tinyBackup(join(await backupFolder(), 'locked.tar'), { password: 'later' });
    expect(await matchKeys(library, [path])).toMatchObject({
      argon2idCount: 3,
      backups: [{ outcome: 'locked', keyIds: [], lockedMembers: ['homeassistant'], remembered: false }],
    });
    expect(await matchKeys(library, [path])).toMatchObject({
      argon2idCount: 0,
      backups: [{ outcome: 'locked', lockedMembers: ['homeassistant'], remembered: true }],
    });
    const [later] = await library.addKeys('later');
    expect(await matchKeys(library, [path])).toMatchObject({
      argon2idCount: 1,
      backups: [{ outcome: 'opens', keyIds: [later], lockedMembers: [] }],
    });
  });

  it('counts keys by what they are: one that was removed and comes back is tried anew', async () => {
    const { library, path } = await matchedOne();
    const [right] = await library.vault.list();
    await library.vault.remove(right?.id ?? '');
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({ outcome: 'locked', keyIds: [] });
    const [again] = await library.addKeys('right');
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({
      outcome: 'opens',
      keyIds: [again],
    });
  });
});

describe('a backup with parts under different keys', () => {
  it('names all keys that open a part, now and from memory', async () => {
    const library = await makeLibrary(1, inlineRunner(realSodium));
    const path = copyFixture('shapes/two-keys.tar', await backupFolder());
    const [one] = await library.addKeys(PASSWORD);
    const partly = await matchKeys(library, [path]);
    expect(partly.backups[0]).toMatchObject({ outcome: 'opens-part', keyIds: [one], remembered: false });
    const locked = partly.backups[0]?.lockedMembers ?? [];
    expect(locked.length).toBeGreaterThan(0);
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({
      outcome: 'opens-part',
      lockedMembers: locked,
      remembered: true,
    });
    const [other] = await library.addKeys(OTHER_PASSWORD);
    for (const remembered of [false, true]) {
      const [backup] = (await matchKeys(library, [path])).backups;
      expect(backup).toMatchObject({ outcome: 'opens', lockedMembers: [], remembered });
      expect(new Set(backup?.keyIds)).toEqual(new Set([one, other]));
    }
  });
});

it('names the members that nobody opens, and tries all parts', async () => {
  const library = await makeLibrary();
  const [a, b] = await library.addKeys('a', 'b');
  const path = join(await backupFolder(), 'parts.tar');
  const content = gzipSync(Buffer.alloc(10_240));
  const part = async (name: string, password: string | null) => ({
    name: `${name}.tar.gz`,
    content: await sealed(content, password, 'v3'),
  });
  writeFileSync(
    path,
    outer([
      metadata({ folders: ['share', 'ssl', 'media'] }),
      await part('share', 'b'),
      await part('ssl', 'nobody'),
      await part('media', null),
      await part('one_x', 'b'),
      await part('two_x', 'a'),
    ]),
  );
  for (const remembered of [false, true]) {
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({
      outcome: 'opens-part',
      keyIds: [b, a],
      lockedMembers: ['ssl'],
      remembered,
    });
  }
});

it('does not call a part locked that is damaged at its start, and remembers that', async () => {
  const library = await makeLibrary(1, inlineRunner(realSodium));
  const [, right] = await library.addKeys('wrong', 'right');
  const seal = v3Sealer('right'); // one root salt for all parts, as a backup has
  const content = gzipSync(Buffer.alloc(10_240));
  const path = join(await backupFolder(), 'damaged.tar');
  const share = { name: 'share.tar.gz', content: await seal(content) };
  const media = { name: 'media.tar.gz', content: flipped(await seal(content), 70, 1) }; // its validation key
  writeFileSync(path, outer([metadata({ folders: ['share', 'media'] }), share, media]));
  const answer = { outcome: 'opens', keyIds: [right], lockedMembers: [] };
  expect((await matchKeys(library, [path])).backups[0]).toMatchObject({ ...answer, remembered: false });
  expect(await matchKeys(library, [path])).toMatchObject({
    argon2idCount: 0,
    backups: [{ ...answer, remembered: true }],
  });
});

describe('bad files', () => {
  it('are reported each by itself, and the others are matched all the same', async () => {
    const library = await makeLibrary(2, inlineRunner(realSodium));
    await library.addKeys(PASSWORD);
    const folder = await backupFolder();
    writeFileSync(join(folder, 'notes.tar'), 'these are notes');
    const paths = [
      join(folder, 'gone.tar'),
      join(folder, 'notes.tar'),
      folder,
      join(FIXTURES, 'bad/outer-truncated.tar'),
      join(FIXTURES, 'bad/v3-version-4.tar'),
      join(FIXTURES, 'bad/v3-bit-flip-last-chunk.tar'),
      join(FIXTURES, 'plain-compressed.tar'),
      join(FIXTURES, 'v2-compressed.tar'),
      join(FIXTURES, 'v1-pax-2025.1.tar'),
      join(FIXTURES, 'v3-compressed.tar'),
    ];
    const { backups } = await matchKeys(library, paths);
    expect(backups.map(({ path }) => path)).toEqual(paths);
    expect(backups.map(({ outcome, error }) => error?.code ?? outcome)).toEqual([
      'IO_FAILED',
      'NOT_A_BACKUP',
      'NOT_A_BACKUP',
      'TRUNCATED',
      'opens',
      'opens',
      'plain',
      'opens',
      'opens',
      'opens',
    ]);
  });

  it('do not hide that another copy of the same content can be read', async () => {
    const library = await makeLibrary();
    await library.addKeys('right');
    const folder = await backupFolder();
    const gone = await tinyBackup(join(folder, 'gone.tar'), { password: 'right' });
    const copy = join(folder, 'copy.tar');
    copyFileSync(gone, copy);
    library.engine.beforeTrying = () => rmSync(gone, { force: true });
    expect(outcomes((await matchKeys(library, [gone, copy])).backups)).toEqual(['opens', 'opens']);
  });

  it('that change while they are looked at are said to change, and are not remembered', async () => {
    const library = await makeLibrary();
    await library.addKeys('right');
    const path = await tinyBackup(join(await backupFolder(), 'growing.tar'), { password: 'right' });
    library.engine.beforeInspecting = () => appendFileSync(path, Buffer.alloc(512));
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({
      error: { code: 'SOURCE_CHANGED' },
    });
    expect(library.catalog.backups()).toEqual([]);
    library.engine.beforeInspecting = () => undefined;
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({ outcome: 'opens' });
  });

  it('that change while they are tried are not remembered', async () => {
    const library = await makeLibrary();
    await library.addKeys('right');
    const path = await tinyBackup(join(await backupFolder(), 'changing.tar'), { password: 'other' });
    library.engine.beforeTrying = async () => {
      await tinyBackup(path, { password: 'right' });
    };
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({
      outcome: 'unreadable',
      error: { code: 'SOURCE_CHANGED' },
    });
    library.engine.beforeTrying = () => undefined;
    expect((await matchKeys(library, [path])).backups[0]).toMatchObject({ outcome: 'opens' });
  });
});

it('keeps what was found before a cancel', async () => {
  const library = await makeLibrary();
  await library.addKeys('only');
  const paths = await dailyBackups(20, ['only']);
  const controller = new AbortController();
  const signal = controller.signal;
  const onProgress = (done: number): void => {
    if (done === 8) controller.abort();
  };
  await expect(matchKeys(library, paths, { signal, onProgress })).rejects.toMatchObject({
    code: 'CANCELLED',
  });
  const known = library.catalog.backups().filter(({ trials }) => trials.length > 0);
  expect(known).toHaveLength(8);
  library.engine.forget();
  expect((await matchKeys(library, paths)).argon2idCount).toBe(12);
});

it('tells how far it is, up to all files', async () => {
  const library = await makeLibrary(2);
  await library.addKeys('only');
  const paths = await dailyBackups(5, ['only']);
  await matchKeys(library, paths.slice(0, 2));
  const told: string[] = [];
  await matchKeys(library, paths, { onProgress: (done, total) => told.push(`${done} of ${total}`) });
  expect(told).toEqual(['3 of 5', '4 of 5', '5 of 5']);
});

it('is refused by a locked vault before any file is opened', async () => {
  const library = await makeLibrary();
  library.vault.lock();
  await expect(matchKeys(library, ['/nowhere.tar'])).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
  expect(library.engine.inspected).toEqual([]);
});

it('works on the threads of the pool', async () => {
  const { runner, close } = await openRunner('threads');
  const library = await makeLibrary(2, runner);
  try {
    await library.vault.add([newKey('wrong', 'wrong'), newKey('right', PASSWORD)]);
    const folder = await backupFolder();
    const paths = ['v3-compressed.tar', 'v2-compressed.tar', 'v3-uncompressed.tar', 'v3-multichunk.tar'];
    const report = await matchKeys(
      library,
      paths.map((name) => copyFixture(name, folder)),
    );
    expect(new Set(outcomes(report.backups))).toEqual(new Set(['opens']));
    expect(report.argon2idCount).toBeGreaterThanOrEqual(3);
    expect(report.argon2idCount).toBeLessThanOrEqual(6);
  } finally {
    await close();
  }
});
