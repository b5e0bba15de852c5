// Level deep: what Home Assistant would choke on is found, what it reads without complaint is not called broken,
// nothing of a file's content is repeated, and the private temporary folder is private and gone afterwards.

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';

import type { BackupVerification } from '../../shared/backup.ts';
import { flipped } from '../securetar/pieces.ts';
import { scratch } from '../support/fixtures.ts';
import { HOME_ASSISTANT, check, innerTar, metadata, runner, small, write } from './crafted-backups.ts';
import { verify } from '../../core/backup/index.ts';

type Files = Readonly<Record<string, string | Buffer>>;

let temporary = '';

beforeEach(async () => {
  temporary = await scratch();
});

/** Runs with the system's temporary folder in another place. */
async function withTemporary<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

async function backupOf(files: Files, member = 'homeassistant.tar.gz'): Promise<string> {
  const content = member.endsWith('gz') ? gzipSync(innerTar(files)) : innerTar(files);
  return write([{ name: member, content }, metadata({ folders: ['share'] })]);
}

/** Verifies deep; nothing may be left behind. */
async function deep(files: Files, member = 'homeassistant.tar.gz'): Promise<BackupVerification> {
  const path = await backupOf(files, member);
  const result = await withTemporary(temporary, () => check(path, 'deep'));
  expect(readdirSync(temporary)).toEqual([]);
  return result;
}

async function findings(files: Files): Promise<string[]> {
  const [member] = (await deep(files)).members;
  return member!.deep!.findings.map(({ entry, kind, message }) => `${entry} ${kind}: ${message}`);
}

/** A real database; with `log`, as it is while in use: the last commit stands in its write-ahead log alone. */
async function database(log = false): Promise<{ db: Buffer; wal: Buffer }> {
  const path = join(await scratch(), 'home-assistant_v2.db');
  const open = new DatabaseSync(path);
  if (log) open.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  open.exec(
    'CREATE TABLE states (id INTEGER PRIMARY KEY, state TEXT); CREATE INDEX by_state ON states (state)',
  );
  const insert = open.prepare('INSERT INTO states (state) VALUES (?)');
  for (let row = 0; row < 500; row++) insert.run(`secret state ${row}`);
  if (log) {
    open.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    open.exec("UPDATE states SET state = 'changed ' || state");
  }
  const files = { db: readFileSync(path), wal: log ? readFileSync(`${path}-wal`) : Buffer.alloc(0) };
  open.close();
  return files;
}

describe('JSON in .storage', () => {
  test.each([
    ['cut off', '{"data": {"password": "hunter2"', 'It is not valid JSON.'],
    ['with something behind', '{"data":1} hunter2', 'It is not valid JSON.'],
    ['empty', '', 'It is empty.'],
    ['of zeros, as power cuts leave it', Buffer.alloc(300), 'It holds only zeros.'],
  ])('%s is found', async (_, content, message) => {
    const name = 'data/.storage/core.config_entries';
    const result = await deep({ 'data/.storage/auth': '{"a":1}', [name]: content });
    expect(result.members[0]?.deep).toEqual({
      jsonChecked: 2,
      sqliteChecked: 0,
      yamlChecked: 0,
      findings: [{ entry: name, kind: 'json', message }],
    });
    expect(result).toMatchObject({ status: 'damaged', error: { code: 'DAMAGED_PAYLOAD' } });
    expect(result.members[0]?.status).toBe('damaged');
    expect(result.error?.message).toBe(`“${name}” was already broken when the backup was made: ${message}`);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test('what is no JSON by its nature, or is set aside, is no damage', async () => {
    expect(
      await findings({
        'data/.storage/core.config_entries': '\uFEFF {"data": [1, 2.0, "ä"]}\n',
        'data/.storage/core.config.corrupt.2024-05-01T10:00:00+00:00': '{"half": ',
        'data/.storage/tmpab12cd_9': '{"half": ',
        'data/.storage/lovelace.bak': '{',
        'data/.storage/image.png': Buffer.from('89504e470d0a', 'hex'),
        'data/.storage/some.key': 'not json',
        'data/.storage/some.lock': '',
        'data/.storage/folder/deeper.json': '{"not": "a storage file"',
        'data/www/broken.json': '{',
      }),
    ).toEqual([]);
  });

  test('several findings are all in the result, and the error counts them', async () => {
    const result = await deep({ 'data/.storage/a': '{', 'data/.storage/b': '[', 'data/.storage/c': '{' });
    expect(result.members[0]?.deep?.findings).toHaveLength(3);
    expect(result.error?.message).toMatch(/^“data\/\.storage\/a” and 2 more was already broken/);
  });

  test('where no checksum vouches for the bytes, the blame is left open', async () => {
    const result = await deep({ 'data/.storage/a': '{' }, 'homeassistant.tar');
    expect(result.remarks.map(({ code }) => code)).toEqual(['NO_CHECKSUM']);
    expect(result.error?.message).toBe('“data/.storage/a” is broken: It is not valid JSON.');
    expect(result.error?.hint).toContain('or was damaged since');
  });
});

describe('YAML at the top', () => {
  test.each([
    ['a tab', 'homeassistant:\n\tname: hunter2\n', 'line 2, tab as indent'],
    ['a quote that is open', 'a: 1\nb: "hunter2\n', 'line 3, missing char'],
    ['a list in a mapping', 'a:\n  b: 1\n - hunter2\n', 'line 3,'],
    ['a template without quotes', 'a: {{ states("x") }}}\n', 'line 1,'],
  ])('%s is found, with its line', async (_, content, says) => {
    const [finding, ...others] = await findings({ 'data/configuration.yaml': content });
    expect(finding).toContain('data/configuration.yaml yaml: It is not valid YAML (');
    expect(finding).toContain(says);
    expect(finding).not.toContain('hunter2');
    expect(others).toEqual([]);
  });

  test('everything that Home Assistant reads is fine', async () => {
    const yaml = [
      'homeassistant: !include home.yaml',
      'group: !include_dir_merge_named groups/',
      'password: !secret x',
      'port: !env_var PORT 8123',
      'input: !input motion_entity',
      'list: [',
      '  1,',
      ']',
      'template: "{{ states(\'a\') }}"',
      'old: on',
      'twice: 1',
      'twice: 2',
      'text: |',
      '  {{ x }}',
      'anchor: &a {b: 1}',
      'merged:',
      '  <<: *a',
    ].join('\n');
    expect(
      await findings({
        'data/configuration.yaml': yaml,
        'data/empty.yaml': '',
        'data/only.yml': '# comment',
      }),
    ).toEqual([]);
    const result = await deep({ 'data/configuration.yaml': yaml, 'data/packages/broken.yaml': '\t{' });
    expect(result.members[0]?.deep?.yamlChecked).toBe(1);
  });

  test('only Home Assistant’s own: other members may hold what they like', async () => {
    const result = await deep({ './broken.yaml': '\ta: {' }, 'share.tar.gz');
    expect(result).toMatchObject({ status: 'good', members: [{ deep: { yamlChecked: 0 } }] });
  });

  test('a file that nests without end is refused, not a crash', async () => {
    const result = await deep({
      'data/deep.yaml': '['.repeat(50_000),
      'data/.storage/deep': '['.repeat(50_000),
    });
    expect(result.members[0]?.deep?.findings).toHaveLength(2);
  });
});

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

test('the other levels look into no file', async () => {
  const path = await backupOf({ 'data/.storage/a': '{', 'data/configuration.yaml': '\t' });
  for (const level of ['quick', 'full'] as const) {
    const result = await check(path, level);
    expect(result).toMatchObject({ status: 'good', members: [{ deep: null }] });
  }
  expect((await check(await write([HOME_ASSISTANT, metadata()]), 'deep')).status).toBe('good');
});
