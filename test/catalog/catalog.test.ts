// The catalogue remembers what it was told, of files that have not changed; a damaged or foreign database is refused,
// never repaired in silence; stored databases of each version open.

import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';

import { openCatalog } from '../../core/catalog/index.ts';
import { MIGRATIONS } from '../../core/catalog/migrations.ts';
import { errorCode, toPlainError } from '../../shared/errors.ts';
import { FIXTURES, scratch } from '../support/fixtures.ts';
import {
  BACKUP,
  DETAILS,
  ERROR,
  MEMBERS,
  PATHS,
  PLACE,
  PLAIN_BACKUP,
  STAMP,
  TRIALS,
} from './catalog-samples.ts';
import { newPath, opened } from './opened-catalog.ts';

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
  ])('is not taken for the file with another %j', async (change) => {
    const catalog = opened(await newPath());
    catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
    expect(catalog.findUnchanged(PATHS[0], { ...STAMP, ...change })).toBeNull();
    expect(catalog.findUnchanged(PATHS[1], STAMP)).toBeNull();
  });

  it('is known again after its drive was mounted anew, under another number of the device', async () => {
    const catalog = opened(await newPath());
    catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
    expect(catalog.findUnchanged(PATHS[0], { ...STAMP, device: '2050' })).toEqual(BACKUP);
  });

  it('keeps its details and parts when somebody notes it who does not know them', async () => {
    const catalog = opened(await newPath());
    catalog.rememberCopy(PATHS[0], STAMP, { ...BACKUP, details: DETAILS, members: MEMBERS });
    catalog.rememberCopy(PATHS[1], STAMP, BACKUP);
    expect(catalog.findUnchanged(PATHS[1], STAMP)).toEqual({ ...BACKUP, details: DETAILS });
    expect(catalog.library.members(BACKUP.identity)).toEqual(MEMBERS);
    const corrected = { ...DETAILS, type: null, homeAssistantVersion: null };
    catalog.rememberCopy(PATHS[1], STAMP, { ...BACKUP, details: corrected, members: MEMBERS.slice(0, 1) });
    expect(catalog.factsOf(BACKUP.identity)).toEqual({ ...BACKUP, details: corrected });
    expect(catalog.library.members(BACKUP.identity)).toEqual(MEMBERS.slice(0, 1));
  });

  it('needs its keys while its only file is missing or its drive is away', async () => {
    const catalog = opened(await newPath());
    const folder = catalog.folders.add('/backups');
    catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
    catalog.rememberTrials(BACKUP.identity, TRIALS);
    catalog.copies.markMissing([PATHS[0]], '2025-03-01T00:00:00.000Z');
    catalog.folders.setScan(folder.id, { state: 'unreachable', problem: null });
    expect(catalog.backups()).toEqual([{ ...BACKUP, paths: [PATHS[0]], trials: TRIALS }]);
    expect(catalog.openings()).toHaveLength(1);
  });

  it('is forgotten only when nothing refers to it', async () => {
    const catalog = opened(await newPath());
    for (const facts of [BACKUP, PLAIN_BACKUP])
      catalog.rememberCopy(PATHS[0], STAMP, { ...facts, members: MEMBERS });
    catalog.copies.remove(PATHS[0]);
    catalog.rememberTrials(BACKUP.identity, TRIALS);
    catalog.prune();
    expect(catalog.knows(BACKUP.identity)).toBe(true);
    expect(catalog.knows(PLAIN_BACKUP.identity)).toBe(false);
    expect(catalog.library.members(PLAIN_BACKUP.identity)).toEqual([]);
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
    const [plain, encrypted] = catalog.library.backups({}, null, null).toReversed();
    expect(plain).toMatchObject({ identity: PLAIN_BACKUP.identity, protection: 'unclear', format: 'plain' });
    expect(encrypted).toMatchObject({ identity: BACKUP.identity, format: 'mixed', keyState: 'opens-part' });
    expect(encrypted?.copies.map(({ state, folderId }) => [state, folderId])).toEqual([
      ['present', null],
      ['present', null],
    ]);
  });

  it('of version 2 opens with everything in it', async () => {
    const path = await newPath();
    copyFileSync(join(FIXTURES, 'catalog/v2.sqlite'), path);
    const catalog = opened(path);
    expect(catalog.backups()).toEqual([
      { ...BACKUP, details: DETAILS, paths: [PATHS[0], PATHS[1]], trials: TRIALS },
      { ...PLAIN_BACKUP, paths: ['/backups/plain.tar', '/mnt/drive/plain.tar'], trials: [] },
    ]);
    expect(catalog.library.members(BACKUP.identity)).toEqual(MEMBERS);
    expect(catalog.folders.list()).toMatchObject([
      { path: '/backups', state: 'ready', copyCount: 2, watch: { verify: 'full' }, problem: null },
      { path: '/mnt/drive', state: 'unreachable', copyCount: 1, watch: null, problem: ERROR },
    ]);
    const [encrypted, plain] = catalog.library.backups({}, null, null);
    expect(encrypted?.copies.map(({ state }) => state)).toEqual(['present', 'missing']);
    expect(plain?.copies.map(({ state }) => state)).toEqual(['present', 'unreachable']);
    expect(encrypted?.lastVerification).toMatchObject({ level: 'full', status: 'damaged' });
    expect(catalog.unreadable.list()).toMatchObject([{ path: '/backups/half.tar', error: ERROR }]);
    expect(
      catalog.contents
        .search('ЖАЛЮЗИ', 9)
        .map(({ identity }) => identity)
        .toSorted(),
    ).toEqual(
      [BACKUP.identity, PLAIN_BACKUP.identity], // prettier-ignore
    );
    expect(catalog.replacements.originsOf(PLAIN_BACKUP.identity)).toMatchObject([{ operation: 'decrypt' }]);
    expect(catalog.settings.get('verification', v.object({ level: v.string() }))).toEqual({ level: 'full' });
    expect(catalog.jobs.get(1)).toMatchObject({
      state: 'running',
      counts: { total: 2, failed: 1, left: 1 },
      items: [
        { state: 'failed', attempts: 1, error: ERROR },
        { state: 'running', attempts: 1 },
      ],
    });
    expect(catalog.jobs.held()).toEqual([{ id: 1, owner: 'process-1' }]);
  });

  it('of version 3 opens with everything in it', async () => {
    const path = await newPath();
    copyFileSync(join(FIXTURES, 'catalog/v3.sqlite'), path);
    const catalog = opened(path);
    const [folder] = catalog.folders.list();
    const scheme = { policy: 'daily=7', to: 'trash', undoDays: 30 };
    expect(folder?.watch).toEqual({ verify: 'full', migrate: null, scheme });
    expect(catalog.folders.placeOf(folder?.id ?? 0)).toEqual(PLACE);
    expect(catalog.folders.placeKindOf(folder?.id ?? 0)).toBe('network');
    expect(catalog.folders.approvedScheme(folder?.id ?? 0)).toBe('daily=7 to trash');
    const [encrypted, plain] = catalog.library.backups({}, null, null);
    expect([encrypted?.isPinned, plain?.isPinned]).toEqual([false, true]);
    const rotation = {
      ...{ id: 1, requestJson: '{"newKeyId":"0011223344556677"}', jobIds: [1] },
      ...{ settledJobId: 1, endedBy: 'person' },
      ...{ createdAt: '2025-03-03T00:00:00.000Z', endedAt: '2025-03-03T00:00:00.000Z' },
    };
    expect(catalog.rotations.list()).toEqual([rotation]);
    expect(catalog.rotations.ofJob(1)).toEqual(rotation);
  });

  it('is there for every version', () => {
    for (let version = 1; version <= MIGRATIONS.length; version++)
      expect(statSync(join(FIXTURES, `catalog/v${version}.sqlite`)).isFile()).toBe(true);
  });
});
