// Level deep, the databases: checked by SQLite itself together with their logs, in a temporary folder that is
// private, and gone afterwards however it ends.

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';

import { verify } from '../../core/backup/index.ts';
import type { BackupVerification } from '../../shared/backup.ts';
import { flipped } from '../securetar/pieces.ts';
import { scratch } from '../support/fixtures.ts';
import { check, innerTar, metadata, runner, small, write } from './crafted-backups.ts';
import { backupOf, deep, findings, withTemporary } from './deep-samples.ts';

let temporary = '';

beforeEach(async () => {
  temporary = await scratch();
});

/** A real database; with `log`, as it is while in use: the last commit stands in its write-ahead log alone. */
async function database(log = false): Promise<{ db: Buffer; wal: Buffer }> {
  const path = join(await scratch(), 'home-assistant_v2.db');
  const open = new DatabaseSync(path);
  if (log) open.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  open.exec(
    'CREATE TABLE states (id INTEGER PRIMARY KEY, state TEXT); CREATE INDEX by_state ON states (state)',
  );
  open.exec('PRAGMA synchronous = OFF; BEGIN');
  const insert = open.prepare('INSERT INTO states (state) VALUES (?)');
  for (let row = 0; row < 500; row++) insert.run(`secret state ${row}`);
  open.exec('COMMIT');
  if (log) {
    open.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    open.exec("UPDATE states SET state = 'changed ' || state");
  }
  const files = { db: readFileSync(path), wal: log ? readFileSync(`${path}-wal`) : Buffer.alloc(0) };
  open.close();
  return files;
}

describe('databases', () => {
  test('a whole one is good wherever it lies, and whatever it is called', async () => {
    const { db } = await database();
    const result = await deep(
      { 'data/home-assistant_v2.db': db, 'data/zigbee.sqlite': db, './share/x': db },
      'share.tar.gz',
    );
    expect(result).toMatchObject({ status: 'good', members: [{ deep: { sqliteChecked: 3, findings: [] } }] });
  });

  test('damage is found, and nothing that stands in it is told', async () => {
    const { db } = await database();
    for (const [offset, length] of [
      [4096, 8],
      [4096 * 3 + 100, 2000],
      [db.length - 4096, 300],
    ] as const) {
      const broken = Buffer.from(db).fill(0x5a, offset, offset + length);
      const result = await deep({ 'data/home-assistant_v2.db': broken, 'data/.storage/auth': '{}' });
      expect(result).toMatchObject({ status: 'damaged', error: { code: 'DAMAGED_PAYLOAD' } });
      expect(result.members[0]?.deep?.findings[0]).toMatchObject({
        entry: 'data/home-assistant_v2.db',
        kind: 'sqlite',
      });
      expect(JSON.stringify(result)).not.toMatch(/secret state|by_state|Z{4}/);
      expect(result.members[0]?.deep?.jsonChecked).toBe(1);
    }
    expect(await findings({ 'data/x.db': db.subarray(0, 5000) })).toHaveLength(1);
  });

  test('one in use is checked together with its log, in whatever order the two come', async () => {
    const { db, wal } = await database(true);
    const between = { 'data/www/a.txt': 'between', 'data/.storage/auth': '{}' };
    // The log alone holds the last commit: broken, it counts as never made; a database page broken below it does not.
    for (const files of [
      { 'data/ha.db': db, 'data/ha.db-wal': wal },
      { 'data/ha.db-wal': wal, 'data/ha.db': db },
      { 'data/ha.db': db, ...between, 'data/ha.db-wal': wal },
      { 'data/ha.db-wal': wal, ...between, 'data/ha.db-shm': Buffer.alloc(32_768), 'data/ha.db': db },
      { 'data/ha.db': db, 'data/other.db-wal': wal },
      { 'data/ha.db': db },
    ]) {
      const result = await deep(files);
      expect(result, Object.keys(files).join()).toMatchObject({ status: 'good' });
      expect(result.members[0]?.deep?.sqliteChecked, Object.keys(files).join()).toBe(1);
    }
  });

  test('a page that only the log makes right is not called damage, and one that it does not is', async () => {
    const { db, wal } = await database(true);
    const broken = Buffer.from(db).fill(0x5a, 4096, 8192); // rewritten by the commit in the log
    for (const files of [
      { 'data/ha.db': broken, 'data/ha.db-wal': wal },
      { 'data/ha.db-wal': wal, 'data/x': 'between', 'data/ha.db': broken },
    ])
      expect((await deep(files)).status, Object.keys(files).join()).toBe('good');
    expect((await deep({ 'data/ha.db': broken })).status).toBe('damaged');
    const other = { 'data/ha.db': broken, 'data/other.db-wal': wal };
    expect((await deep(other)).status).toBe('damaged');
  });

  test('what only begins like one is left alone', async () => {
    const result = await deep({
      'data/tiny': 'SQLite format 3\0',
      'data/x.db-wal': 'not a log, but long enough',
    });
    expect(result).toMatchObject({ status: 'good', members: [{ deep: { sqliteChecked: 0 } }] });
  });
});

describe('the temporary folder', () => {
  /** Looks at the folder each time some bytes of the backup were read. */
  async function watched(path: string, onBytes: () => void): Promise<BackupVerification> {
    const spying: typeof runner = {
      sodium: runner.sodium,
      run: (task, options) => runner.run(task, { ...options, onBytes }),
    };
    return withTemporary(temporary, () => verify(path, { level: 'deep', keys: [] }, spying));
  }

  const bulk = (): Buffer =>
    Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * index * 31) % 251));

  test('is private, and gone in the end', async () => {
    const { db } = await database(true);
    const modes: string[] = [];
    const look = (): void => {
      for (const folder of readdirSync(temporary)) {
        const octal = (path: string): string => (statSync(path).mode & 0o777).toString(8);
        for (const name of readdirSync(join(temporary, folder)))
          modes.push(`${octal(join(temporary, folder))} ${octal(join(temporary, folder, name))}`);
      }
    };
    const path = await backupOf(
      { 'data/a.db': db, 'data/bulk': bulk(), 'data/more': bulk() },
      'homeassistant.tar',
    );
    const result = await watched(path, look);
    expect(result.members[0]?.deep?.sqliteChecked).toBe(1);
    expect([...new Set(modes)]).toEqual(['700 600']);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('is gone after damage behind a database', async () => {
    const { db } = await database(true);
    const gzip = gzipSync(innerTar({ 'data/a.db': db, 'data/bulk': bulk() }), { level: 1 });
    const damaged = { name: 'homeassistant.tar.gz', content: flipped(gzip, gzip.length - 2000, 3) };
    const path = await write([damaged, small('share.tar.gz'), metadata({ folders: ['share'] })]);
    const result = await withTemporary(temporary, () => check(path, 'deep'));
    expect(result.members.map(({ status }) => status)).toEqual(['damaged', 'good']);
    expect(result.members[0]).toMatchObject({ deep: null, error: { code: 'DAMAGED_PAYLOAD' } });
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('is gone after a cancel', async () => {
    const { db } = await database(true);
    const path = await backupOf(
      { 'data/a.db': db, 'data/bulk': bulk(), 'data/more': bulk() },
      'homeassistant.tar',
    );
    const controller = new AbortController();
    let wasThere = false;
    const spying: typeof runner = {
      sodium: runner.sodium,
      run: (task, options) =>
        runner.run(task, {
          ...options,
          onBytes: () => {
            wasThere ||= readdirSync(temporary).length > 0;
            if (wasThere) controller.abort();
          },
        }),
    };
    const options = { level: 'deep', keys: [], signal: controller.signal } as const;
    const verifying = withTemporary(temporary, () => verify(path, options, spying));
    await expect(verifying).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(wasThere).toBe(true);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('where it cannot be made, the backup is not called damaged, but the database not checked', async () => {
    const { db } = await database();
    const path = await backupOf({ 'data/a.db': db, 'data/.storage/a': '{}' });
    const result = await withTemporary(join(temporary, 'missing'), () => check(path, 'deep'));
    expect(result).toMatchObject({
      status: 'good',
      members: [{ deep: { jsonChecked: 1, sqliteChecked: 0 } }],
    });
    expect(result.remarks).toMatchObject([{ code: 'DATABASE_NOT_CHECKED', member: 'homeassistant' }]);
    expect(result.remarks[0]?.message).toContain(
      '“data/a.db” is whole in the backup, but was not looked into.',
    );
  });
});
