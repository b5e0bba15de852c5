// The catalogue remembers what it was told, of files that have not changed; a damaged or foreign database is refused,
// never repaired in silence; stored databases of each version open.

import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';

import { openCatalog, type Catalog } from '../../core/catalog/index.ts';
import { MIGRATIONS } from '../../core/catalog/migrations.ts';
import { errorCode, toPlainError } from '../../shared/errors.ts';
import { FIXTURES, scratch } from '../support/fixtures.ts';
import { BACKUP, PATHS, PLAIN_BACKUP, STAMP, TRIALS } from './catalog-samples.ts';

function opened(path: string): Catalog {
  const catalog = openCatalog(path);
  onTestFinished(() => catalog.close());
  return catalog;
}

async function newPath(): Promise<string> {
  return join(await scratch(), 'catalog.sqlite');
}

function refusal(path: string): string {
  try {
    openCatalog(path).close();
    return 'opened';
  } catch (error) {
    return errorCode(error);
  }
}

describe('a backup', () => {
  it('is found again by the path of its unchanged file, also by another program', async () => {
    const path = await newPath();
    const first = opened(path);
    first.rememberCopy(PATHS[0], STAMP, BACKUP);
    first.rememberTrials(BACKUP.identity, TRIALS);
    first.close();
    const second = opened(path);
    expect(second.findUnchanged(PATHS[0], STAMP)).toEqual(BACKUP);
    expect(second.trialsOf(BACKUP.identity)).toEqual(TRIALS);
    expect(second.knows(BACKUP.identity)).toBe(true);
    expect(second.knows(PLAIN_BACKUP.identity)).toBe(false);
  });

  it.each([
    { sizeBytes: STAMP.sizeBytes + 1 },
    { mtimeNs: '1739439360123456788' },
    { ctimeNs: '1739439360987654322' },
    { inode: '18446744073709551614' },
    { device: '2050' },
  ])('is not taken for the file with another %j', async (change) => {
    const catalog = opened(await newPath());
    catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
    expect(catalog.findUnchanged(PATHS[0], { ...STAMP, ...change })).toBeNull();
    expect(catalog.findUnchanged(PATHS[1], STAMP)).toBeNull();
  });

  it('is one, however many copies it has, and none when its last file has become another', async () => {
    const catalog = opened(await newPath());
    catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
    catalog.rememberCopy(PATHS[1], STAMP, BACKUP);
    catalog.rememberTrials(BACKUP.identity, TRIALS);
    expect(catalog.backups()).toEqual([{ ...BACKUP, paths: [PATHS[0], PATHS[1]], trials: TRIALS }]);
    catalog.rememberCopy(PATHS[0], STAMP, PLAIN_BACKUP);
    catalog.rememberCopy(PATHS[1], STAMP, PLAIN_BACKUP);
    expect(catalog.backups()).toEqual([{ ...PLAIN_BACKUP, paths: [PATHS[0], PATHS[1]], trials: [] }]);
    expect(catalog.trialsOf(BACKUP.identity)).toEqual(TRIALS); // the file may come back from a drive
  });

  it('has one answer for each key, the last', async () => {
    const catalog = opened(await newPath());
    catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
    catalog.rememberTrials(BACKUP.identity, TRIALS);
    const later = { keyId: TRIALS[1]?.keyId ?? '', outcome: 'all', settledPositions: [0, 2] } as const;
    catalog.rememberTrials(BACKUP.identity, [later]);
    expect(catalog.trialsOf(BACKUP.identity)).toEqual([TRIALS[0], later]);
    expect(catalog.openings()).toEqual([
      { date: BACKUP.date, instanceId: BACKUP.instanceId, keyIds: TRIALS.map(({ keyId }) => keyId) },
    ]);
  });
});

it('writes a batch as a whole or not at all', async () => {
  const catalog = opened(await newPath());
  const stopped = new Error('stopped');
  const batch = (): void =>
    catalog.batch(() => {
      catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
      throw stopped;
    });
  expect(batch).toThrow(stopped);
  expect(catalog.backups()).toEqual([]);
  catalog.rememberCopy(PATHS[0], STAMP, BACKUP); // the next write is not caught in the failed one
  expect(catalog.backups()).toHaveLength(1);
});

it('is readable by its owner only, with its side files, also where it was not', async ({ skip }) => {
  if (process.platform === 'win32') skip('Windows has other permissions');
  const folder = join(await scratch(), 'new', 'folder');
  const path = join(folder, 'catalog.sqlite');
  opened(path).close();
  chmodSync(path, 0o644);
  const catalog = opened(path);
  catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

describe('a database that is not ours to read', () => {
  it('is refused when it is damaged, with the word that it can be made anew', async () => {
    const path = await newPath();
    const catalog = openCatalog(path);
    catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
    catalog.close();
    const bytes = readFileSync(path);
    for (const damage of [
      Buffer.from('This is not a database, but a text that somebody put here.'.repeat(20)),
      Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0x55)]),
      bytes.subarray(0, 5000),
    ]) {
      writeFileSync(path, damage);
      expect(refusal(path)).toBe('DAMAGED_CATALOG');
    }
    let hint: string | undefined;
    try {
      openCatalog(path);
    } catch (error) {
      hint = toPlainError(error).hint;
    }
    expect(hint).toMatch(/can be deleted/);
  });

  it('is refused when a newer program wrote it, and left as it is', async () => {
    const path = await newPath();
    openCatalog(path).close();
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    database.close();
    expect(refusal(path)).toBe('UNSUPPORTED_VERSION');
    const after = new DatabaseSync(path);
    expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length + 1 });
    after.close();
  });

  it('is refused when it is some other program’s, and nothing is put into it', async () => {
    const path = await newPath();
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    expect(refusal(path)).toBe('DAMAGED_CATALOG');
    const after = new DatabaseSync(path);
    expect(after.prepare('SELECT name FROM sqlite_master').all()).toEqual([{ name: 'recipes' }]);
    after.close();
  });

  it('is refused when its tables are not those of its version', async () => {
    const path = await newPath();
    const database = new DatabaseSync(path);
    database.exec(`CREATE TABLE backups (identity TEXT); PRAGMA user_version = ${MIGRATIONS.length}`);
    database.close();
    expect(refusal(path)).toBe('DAMAGED_CATALOG');
  });

  it('is refused when it is a folder', async () => {
    const path = await newPath();
    mkdirSync(path);
    expect(refusal(path)).toBe('OUTPUT_REFUSED');
  });

  it('says so, without what stands in it, when a row is not what was written', async () => {
    const path = await newPath();
    const catalog = opened(path);
    catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
    const database = new DatabaseSync(path);
    database.exec(`UPDATE backups SET encrypted_parts = '[{"position":"secret words"}]'`);
    database.close();
    try {
      catalog.backups();
      expect.unreachable();
    } catch (error) {
      expect(errorCode(error)).toBe('DAMAGED_CATALOG');
      expect(JSON.stringify(toPlainError(error))).not.toContain('secret words');
    }
  });
});

describe('a stored database', () => {
  it('of version 1 opens with everything in it', async () => {
    const path = await newPath();
    copyFileSync(join(FIXTURES, 'catalog/v1.sqlite'), path);
    const catalog = opened(path);
    expect(catalog.findUnchanged(PATHS[1], STAMP)).toEqual(BACKUP);
    expect(catalog.backups()).toEqual([
      { ...BACKUP, paths: [PATHS[0], PATHS[1]], trials: TRIALS },
      { ...PLAIN_BACKUP, paths: [PATHS[2]], trials: [] },
    ]);
  });

  it('is there for every version', () => {
    for (let version = 1; version <= MIGRATIONS.length; version++)
      expect(statSync(join(FIXTURES, `catalog/v${version}.sqlite`)).isFile()).toBe(true);
  });
});
