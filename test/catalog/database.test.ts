// What the database promises: durable writes, what another process wrote is seen, a full disk or a damaged page costs nothing
// that was written before, and a damaged catalogue makes way for a new one without being lost.

import {
  existsSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';

import { openCatalog, resetCatalog, type Catalog } from '../../core/catalog/index.ts';
import { Database } from '../../core/catalog/database.ts';
import { scratch } from '../support/fixtures.ts';
import { mountSmallDisk, smallDiskMissing } from '../support/small-disk.ts';
import { thrown } from '../support/thrown.ts';
import { BACKUP, PATHS, PLAIN_BACKUP, STAMP, backupOf, fillVersion3 } from './catalog-samples.ts';
import { newCatalog, newPath, opened } from './opened-catalog.ts';

describe('a durable write', () => {
  it('waits for the disk, and the ones after it do not, also when it fails', async () => {
    const database = Database.open(await newPath());
    onTestFinished(() => database.close());
    const level = (): unknown => database.statement('PRAGMA synchronous').get()?.['synchronous'];
    const [normal, full] = [1, 2];
    expect(level()).toBe(normal);
    expect(database.durably(level)).toBe(full);
    expect(level()).toBe(normal);
    const failing = (): never => {
      throw new Error('failed');
    };
    expect(() => database.durably(failing)).toThrow('failed');
    expect(level()).toBe(normal);
    expect(database.durably(() => database.durably(level))).toBe(full);
    expect(database.transaction(() => database.durably(level))).toBe(normal); // a part of that one
  });

  it('is whole or not there', async () => {
    const catalog = await newCatalog();
    const stopped = new Error('stopped');
    const work = (): void =>
      catalog.durably(() => {
        catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
        catalog.jobs.create('scan', 'Scan', 0, '{}', []);
        throw stopped;
      });
    expect(work).toThrow(stopped);
    expect(catalog.backups()).toEqual([]);
    expect(catalog.jobs.list()).toEqual([]);
  });
});

it('sees that another program wrote, and not its own writes', async () => {
  const path = await newPath();
  const [mine, other] = [opened(path), opened(path)];
  const before = mine.changeCounter();
  mine.settings.set('a', 1);
  expect(mine.changeCounter()).toBe(before);
  other.settings.set('a', 2);
  const after = mine.changeCounter();
  expect(after).not.toBe(before);
  expect(mine.changeCounter()).toBe(after);
});

it('keeps settings in the form that was given, and refuses another', async () => {
  const { settings } = await newCatalog();
  const schema = v.object({ hours: v.array(v.number()) });
  expect(settings.get('plan', schema)).toBeNull();
  settings.set('plan', { hours: [22, 7] });
  settings.set('plan', { hours: [23, 6] });
  expect(settings.get('plan', schema)).toEqual({ hours: [23, 6] });
  expect(thrown(() => settings.get('plan', v.string()))).toBe('DAMAGED_CATALOG');
});

describe('a full disk', () => {
  const reason = smallDiskMissing();

  /** Opens a catalogue on a disk of 4 MiB, with one backup in it. */
  function onSmallDisk(): { catalog: Catalog; path: string; fill: () => void; folder: string } {
    const disk = mountSmallDisk(4 * 1024 * 1024);
    onTestFinished(() => disk.remove());
    const path = join(disk.folder, 'catalog.sqlite');
    const catalog = openCatalog(path);
    onTestFinished(() => catalog.close());
    catalog.rememberCopy(PATHS[0], STAMP, BACKUP);
    return { catalog, path, fill: () => disk.fill(), folder: disk.folder };
  }

  it('refuses what does not fit as a whole, and what was written stays', (ctx) => {
    if (reason !== null) ctx.skip(reason);
    const { catalog, path } = onSmallDisk();
    const tooMuch = (): void =>
      catalog.batch(() => {
        for (let index = 0; index < 20_000; index++)
          catalog.rememberCopy(`/backups/${index}.tar`, STAMP, backupOf(index, { name: 'x'.repeat(500) }));
      });
    expect(thrown(tooMuch)).toBe('NO_SPACE');
    expect(catalog.backups().map(({ identity }) => identity)).toEqual([BACKUP.identity]);
    expect(opened(path).backups()).toHaveLength(1);
  });

  it('refuses each kind of write until there is room, and then goes on', (ctx) => {
    if (reason !== null) ctx.skip(reason);
    const { catalog, path, fill, folder } = onSmallDisk();
    const { id } = catalog.jobs.create('migrate', 'Migrate', 0, '{}', [{ path: PATHS[0], sizeBytes: 1 }]);
    const { id: folderId } = catalog.folders.add('/backups');
    fill();
    const big = 'x'.repeat(200_000);
    const end = { state: 'done', message: big, error: null, resultJson: null } as const;
    const verification = {
      identity: BACKUP.identity,
      path: PATHS[0],
      level: 'full',
      status: 'good',
    } as const;
    const writes: (() => unknown)[] = [
      () => catalog.rememberCopy(PATHS[1], STAMP, { ...PLAIN_BACKUP, name: big }),
      () => catalog.jobs.endItem(id, 0, end),
      () => catalog.jobs.create('scan', big, 0, '{}', []),
      () => catalog.contents.put(BACKUP.identity, 'share', [{ name: big, sizeBytes: 1 }]),
      () => catalog.unreadable.put(PATHS[1], folderId, STAMP, { code: 'TRUNCATED', message: big }),
      () => catalog.settings.set('a', big),
      () => catalog.verifications.add({ ...verification, message: big, bytes: 1, durationMs: 1 }),
    ];
    for (const write of writes) expect(thrown(write)).toBe('NO_SPACE');
    expect(catalog.backups()).toHaveLength(1);
    expect(catalog.jobs.get(id)).toMatchObject({ counts: { left: 1 }, items: [{ state: 'waiting' }] });
    writeFileSync(join(folder, 'filler'), '');
    for (const write of writes) write();
    expect(catalog.jobs.get(id)).toMatchObject({ counts: { done: 1 } });
    const other = opened(path);
    expect(other.backups()).toHaveLength(2);
    expect(other.contents.search('xxx', 1)).toHaveLength(1);
  });

  it('where no catalogue can be made is told as that', (ctx) => {
    if (reason !== null) ctx.skip(reason);
    const disk = mountSmallDisk(64 * 1024);
    onTestFinished(() => disk.remove());
    disk.fill();
    expect(thrown(() => openCatalog(join(disk.folder, 'catalog.sqlite')))).toBe('NO_SPACE');
  });
});

describe('a damaged catalogue', () => {
  it('is known by its pages that matter when it is opened', async () => {
    const path = await newPath();
    const catalog = openCatalog(path);
    catalog.batch(() => {
      for (let index = 0; index < 500; index++)
        catalog.rememberCopy(`/backups/${index}.tar`, STAMP, backupOf(index));
    });
    catalog.close();
    const bytes = readFileSync(path);
    const at = bytes.indexOf('/backups/250.tar');
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(4096, 0x55), 0, 4096, at - (at % 4096));
    closeSync(file);
    expect(thrown(() => openCatalog(path).close())).toBe('DAMAGED_CATALOG');
  });

  it('is moved aside with everything that belongs to it, and a new one is empty', async () => {
    const path = await newPath();
    const first = openCatalog(path);
    fillVersion3(first);
    writeFileSync(join(dirname(path), 'vault.strongroom'), 'the keys');
    const copied = join(await scratch(), 'catalog.sqlite');
    for (const suffix of ['', '-wal', '-shm']) writeFileSync(copied + suffix, readFileSync(path + suffix)); // as a crash leaves it
    first.close();
    const at = new Date('2025-03-01T09:08:07.123Z');
    const aside = resetCatalog(copied, () => at);
    expect(aside).toBe(join(dirname(copied), 'catalog.damaged-20250301T090807.sqlite'));
    expect(readdirSync(dirname(copied)).toSorted()).toEqual(
      ['', '-shm', '-wal'].map((suffix) => `catalog.damaged-20250301T090807.sqlite${suffix}`),
    );
    expect(opened(copied).backups()).toEqual([]);
    expect(opened(aside ?? '').backups()).toHaveLength(2); // nothing of it was lost
    opened(copied).close();
    const second = resetCatalog(copied, () => at);
    expect(second).toBe(join(dirname(copied), 'catalog.damaged-20250301T090807-2.sqlite'));
    expect(existsSync(copied)).toBe(false);
    expect(existsSync(join(dirname(path), 'vault.strongroom'))).toBe(true);
  });

  it('that is not there needs no way made', async () => {
    const path = join(await scratch(), 'nowhere', 'catalog.sqlite');
    expect(resetCatalog(path)).toBeNull();
    expect(existsSync(dirname(path))).toBe(false);
  });

  it('leaves side files of one that was deleted to no new one', async () => {
    const path = await newPath();
    writeFileSync(`${path}-wal`, 'left');
    expect(resetCatalog(path)).not.toBeNull();
    expect(existsSync(`${path}-wal`)).toBe(false);
    opened(path);
    expect(statSync(path).isFile()).toBe(true);
  });
});
