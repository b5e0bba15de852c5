// Folders of the library and the files in them: a file belongs to the deepest folder it lies in, a missing one is not
// forgotten, and removing a folder loses nothing that was found out about its backups.

import { join, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isBelow, isSameFile } from '../../core/catalog/index.ts';
import { BACKUP, ERROR, MEMBERS, PLAIN_BACKUP, STAMP, TRIALS } from './catalog-samples.ts';
import { handSetClock, newCatalog } from './opened-catalog.ts';

const BACKUPS = join(sep, 'backups');
const HOUSE = join(BACKUPS, 'house');
const FILE = join(HOUSE, 'one.tar');

describe('a folder', () => {
  it('is there once, however often it is added', async () => {
    const clock = handSetClock('2025-03-01T12:00:00.000Z');
    const { folders } = await newCatalog(clock.now);
    const first = folders.add(BACKUPS);
    clock.set('2025-03-02T12:00:00.000Z');
    folders.setScan(first.id, { state: 'ready', problem: null, scannedAt: '2025-03-02T00:00:00.000Z' });
    const again = folders.add(BACKUPS);
    expect(again).toEqual({
      ...{ id: first.id, path: BACKUPS, addedAt: '2025-03-01T12:00:00.000Z', state: 'ready' },
      ...{ scannedAt: '2025-03-02T00:00:00.000Z', copyCount: 0, totalBytes: 0, watch: null, problem: null },
    });
    expect(folders.list()).toEqual([again]);
    expect(folders.find(BACKUPS)).toEqual(again);
    expect(folders.find(HOUSE)).toBeNull();
  });

  it('keeps the time of its last whole scan when one could not be finished', async () => {
    const { folders } = await newCatalog();
    const { id } = folders.add(BACKUPS);
    folders.setScan(id, { state: 'ready', problem: null, scannedAt: '2025-03-02T00:00:00.000Z' });
    folders.setScan(id, { state: 'unreachable', problem: ERROR });
    expect(folders.get(id)).toMatchObject({
      ...{ state: 'unreachable', problem: ERROR, scannedAt: '2025-03-02T00:00:00.000Z' },
    });
    folders.setWatch(id, { verify: 'quick', migrate: null, scheme: null });
    expect(folders.get(id)?.watch).toEqual({ verify: 'quick', migrate: null, scheme: null });
    folders.setWatch(id, null);
    expect(folders.get(id)?.watch).toBeNull();
  });

  it('has the files that were known in it before, counted without the missing ones', async () => {
    const catalog = await newCatalog();
    catalog.rememberCopy(FILE, STAMP, BACKUP);
    catalog.rememberCopy(join(BACKUPS, 'two.tar'), STAMP, BACKUP);
    catalog.rememberCopy(join(sep, 'backups-of-others', 'three.tar'), STAMP, BACKUP);
    catalog.unreadable.put(join(HOUSE, 'bad.tar'), null, STAMP, ERROR);
    const { id } = catalog.folders.add(BACKUPS);
    expect(catalog.folders.get(id)).toMatchObject({ copyCount: 2, totalBytes: 2 * STAMP.sizeBytes });
    catalog.copies.markMissing([FILE], '2025-03-01T00:00:00.000Z');
    expect(catalog.folders.get(id)).toMatchObject({ copyCount: 1, totalBytes: STAMP.sizeBytes });
    expect([...catalog.unreadable.inFolder(id).keys()]).toEqual([join(HOUSE, 'bad.tar')]);
  });

  it('gives its files to the deeper one, and gets them back when that one is removed', async () => {
    const catalog = await newCatalog();
    const outer = catalog.folders.add(BACKUPS);
    catalog.rememberCopy(FILE, STAMP, BACKUP);
    expect([...catalog.copies.inFolder(outer.id).keys()]).toEqual([FILE]);
    const inner = catalog.folders.add(HOUSE);
    expect([...catalog.copies.inFolder(inner.id).keys()]).toEqual([FILE]);
    expect(catalog.copies.inFolder(outer.id).size).toBe(0);
    expect(catalog.folders.holding(FILE)).toBe(inner.id);
    catalog.folders.remove(inner.id);
    expect([...catalog.copies.inFolder(outer.id).keys()]).toEqual([FILE]);
  });

  it('takes its files with it, but not what opens them and how they were verified', async () => {
    const catalog = await newCatalog();
    const { id } = catalog.folders.add(BACKUPS);
    catalog.rememberCopy(FILE, STAMP, { ...BACKUP, members: MEMBERS });
    catalog.rememberCopy(join(sep, 'elsewhere', 'one.tar'), STAMP, PLAIN_BACKUP);
    catalog.unreadable.put(join(HOUSE, 'bad.tar'), id, STAMP, ERROR);
    catalog.rememberTrials(BACKUP.identity, TRIALS);
    const verification = { identity: BACKUP.identity, path: FILE, level: 'quick', status: 'good' } as const;
    catalog.verifications.add({ ...verification, message: null, bytes: 1, durationMs: 1 });
    catalog.folders.remove(id);
    catalog.folders.remove(id); // again: nothing
    catalog.prune();
    expect(catalog.folders.list()).toEqual([]);
    expect(catalog.unreadable.list()).toEqual([]);
    expect(catalog.backups().map(({ identity }) => identity)).toEqual([PLAIN_BACKUP.identity]);
    expect(catalog.trialsOf(BACKUP.identity)).toEqual(TRIALS);
    expect(catalog.verifications.lastOf(BACKUP.identity)).toMatchObject(verification);
    catalog.rememberCopy(FILE, STAMP, BACKUP); // it is added again
    expect(catalog.library.members(BACKUP.identity)).toEqual(MEMBERS);
    expect(catalog.folders.add(BACKUPS).id).not.toBe(id);
  });
});

describe('a file', () => {
  it('that is missing keeps the time since when, and is there again when it is found or noted', async () => {
    const catalog = await newCatalog();
    const { id } = catalog.folders.add(BACKUPS);
    const since = (): (string | null)[] =>
      [...catalog.copies.inFolder(id).values()].map(({ missingSince }) => missingSince);
    catalog.rememberCopy(FILE, STAMP, BACKUP);
    catalog.copies.markMissing([FILE, join(sep, 'never', 'known.tar')], '2025-03-01T00:00:00.000Z');
    catalog.copies.markMissing([FILE], '2025-03-02T00:00:00.000Z');
    expect(since()).toEqual(['2025-03-01T00:00:00.000Z']);
    catalog.copies.markPresent([FILE]);
    expect(since()).toEqual([null]);
    catalog.copies.markMissing([FILE], '2025-03-03T00:00:00.000Z');
    catalog.rememberCopy(FILE, STAMP, BACKUP);
    expect(since()).toEqual([null]);
  });

  it('is found by its path and by its content, with its new stamp', async () => {
    const catalog = await newCatalog();
    const folderId = catalog.folders.add(BACKUPS).id;
    catalog.rememberCopy(FILE, STAMP, BACKUP);
    const stamp = { ...STAMP, mtimeNs: '-1', inode: '7' };
    catalog.copies.restamp([[FILE, stamp]]);
    const copy = { path: FILE, stamp, identity: BACKUP.identity, folderId, missingSince: null };
    expect(catalog.copies.find(FILE)).toEqual(copy);
    expect(catalog.copies.byIdentity(BACKUP.identity)).toEqual([copy]);
    expect(catalog.findUnchanged(FILE, STAMP)).toBeNull();
    expect(catalog.findUnchanged(FILE, stamp)).toEqual(BACKUP);
    catalog.copies.remove(FILE);
    expect(catalog.copies.find(FILE)).toBeNull();
    expect(catalog.knows(BACKUP.identity)).toBe(true);
  });

  it('belongs to the folder that the caller names, to none where he says so', async () => {
    const catalog = await newCatalog();
    catalog.folders.add(HOUSE);
    const outer = catalog.folders.add(BACKUPS);
    catalog.rememberCopy(FILE, STAMP, BACKUP, outer.id);
    expect(catalog.copies.find(FILE)?.folderId).toBe(outer.id);
    catalog.rememberCopy(FILE, STAMP, BACKUP, null);
    expect(catalog.copies.find(FILE)?.folderId).toBeNull();
  });

  it('that could not be read keeps the time of the first failure, until it is a backup', async () => {
    const clock = handSetClock('2025-03-01T00:00:00.000Z');
    const catalog = await newCatalog(clock.now);
    const { id } = catalog.folders.add(BACKUPS);
    catalog.unreadable.put(FILE, id, STAMP, ERROR);
    clock.set('2025-03-02T00:00:00.000Z');
    const error = { code: 'TRUNCATED', message: 'The file ends too early.' } as const;
    catalog.unreadable.put(FILE, id, { ...STAMP, sizeBytes: 7 }, error);
    expect(catalog.unreadable.list()).toEqual([
      { path: FILE, folderId: id, sizeBytes: 7, error, since: '2025-03-01T00:00:00.000Z' },
    ]);
    expect(catalog.unreadable.inFolder(id)).toEqual(
      new Map([[FILE, { stamp: { ...STAMP, sizeBytes: 7 }, error }]]),
    );
    catalog.rememberCopy(FILE, STAMP, BACKUP);
    expect(catalog.unreadable.list()).toEqual([]);
  });
});

it('keeps files apart whatever characters their names have', async () => {
  const catalog = await newCatalog();
  const { id } = catalog.folders.add(BACKUPS);
  const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 8 }), (names) => {
      const paths = names.map((part) => BACKUPS + sep + part.replaceAll(sep, '_'));
      for (const path of paths) catalog.rememberCopy(path, STAMP, BACKUP);
      const known = catalog.copies.inFolder(id);
      for (const path of new Set(paths)) expect(known.has(path)).toBe(true);
      expect(known.size).toBe(new Set(paths).size);
      for (const path of paths) catalog.copies.remove(path);
    }),
    { numRuns: 100 },
  );
});

it('takes a path that only begins like a folder for another', () => {
  expect(isBelow(join(sep, 'backups2', 'x.tar'), BACKUPS)).toBe(false);
  expect(isBelow(BACKUPS, BACKUPS)).toBe(false);
  expect(isBelow(FILE, BACKUPS)).toBe(true);
  expect(isBelow(FILE, sep)).toBe(true);
});

it('tells one file from another by everything but the device', () => {
  expect(isSameFile(STAMP, { ...STAMP, device: '1' })).toBe(true);
  for (const change of [{ sizeBytes: 1 }, { mtimeNs: '1' }, { ctimeNs: '1' }, { inode: '1' }])
    expect(isSameFile(STAMP, { ...STAMP, ...change })).toBe(false);
});
