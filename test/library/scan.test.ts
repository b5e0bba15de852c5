// A scan says of every file what came of it, and the catalogue then says what is on the disk.

import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openCatalog } from '../../core/catalog/index.ts';
import { addFolder, removeFolder } from '../../core/library/folders.ts';
import { recogniseBackup } from '../../core/library/recognise-backup.ts';
import { scanFolders, type ScanProgress } from '../../core/library/scan-folders.ts';
import { errorCode } from '../../shared/errors.ts';
import { backupBytes, makeScanLibrary } from './scan-samples.ts';

describe('what a scan finds', () => {
  it('is every backup at whatever depth, and nothing half-loaded, foreign or put aside', async () => {
    const library = await makeScanLibrary();
    for (const name of ['a.tar', 'B.TAR', 'deep/er/c.tar', '.hidden/d.tar', 'ü и 🏠.tar', '.tar'])
      library.put(`backups/${name}`);
    for (const name of [
      '._a.tar',
      '.DS_Store',
      'e.tar.part',
      'f.tar.crdownload',
      'g.tar.partial',
      'h.tar.tmp',
    ])
      library.put(`backups/${name}`);
    for (const name of ['i.tar.orig', 'j.tar.gz', 'notes.txt', 'Strongroom quarantine/k.tar'])
      library.put(`backups/${name}`);
    mkdirSync(library.path('backups/folder.tar'));
    library.put('backups/folder.tar/inside.tar');
    const { added } = await library.scan();
    const names = [
      '.hidden/d.tar',
      '.tar',
      'B.TAR',
      'a.tar',
      'deep/er/c.tar',
      'folder.tar/inside.tar',
      'ü и 🏠.tar',
    ];
    expect(added).toEqual(names.map((name) => `backups/${name}`));
    expect(Object.keys(library.files())).toEqual(added);
  });

  it('is not opened again while nothing changes', async () => {
    const library = await makeScanLibrary();
    library.put('backups/a.tar');
    library.put('backups/b.tar');
    await library.scan();
    library.inspected.length = 0;
    expect(await library.scan()).toEqual({ unchanged: 2, inspected: 0 });
    expect(library.inspected).toEqual([]);
  });

  it('is known again when only its time changes', async () => {
    const library = await makeScanLibrary();
    const path = library.put('backups/a.tar');
    await library.scan();
    utimesSync(path, new Date(), new Date('2020-01-01'));
    expect(await library.scan()).toEqual({ unchanged: 1, inspected: 1 });
    expect(await library.scan()).toEqual({ unchanged: 1, inspected: 0 });
  });

  it('is moved when the file has another name, also in another folder of the library', async () => {
    const library = await makeScanLibrary();
    mkdirSync(library.path('other'));
    await addFolder(library, library.path('other'));
    library.put('backups/a.tar');
    library.put('other/b.tar');
    await library.scan();
    renameSync(library.path('backups/a.tar'), library.path('backups/a (1).tar'));
    expect(await library.scan()).toEqual({
      moved: ['backups/a.tar → backups/a (1).tar'],
      unchanged: 1,
      inspected: 1,
    });
    renameSync(library.path('backups/a (1).tar'), library.path('other/a.tar'));
    renameSync(library.path('other/b.tar'), library.path('backups/b.tar'));
    expect(await library.scan()).toEqual({
      moved: ['other/b.tar → backups/b.tar', 'backups/a (1).tar → other/a.tar'],
      inspected: 2,
    });
    expect(library.files()).toEqual({ 'backups/b.tar': 'present', 'other/a.tar': 'present' });
  });

  it('is moved with its folder', async () => {
    const library = await makeScanLibrary();
    library.put('backups/2024/a.tar');
    library.put('backups/2024/b.tar');
    await library.scan();
    renameSync(library.path('backups/2024'), library.path('backups/old'));
    expect(await library.scan()).toMatchObject({
      moved: ['backups/2024/a.tar → backups/old/a.tar', 'backups/2024/b.tar → backups/old/b.tar'],
    });
  });

  it('is a copy when the other file is still there, and one of several new ones of a content is the first', async () => {
    const library = await makeScanLibrary();
    library.put('backups/a.tar');
    await library.scan();
    copyFileSync(library.path('backups/a.tar'), library.path('backups/b.tar'));
    linkSync(library.path('backups/a.tar'), library.path('backups/c.tar'));
    const report = await library.scan();
    expect(report).toMatchObject({ copies: ['backups/b.tar', 'backups/c.tar'], unchanged: 1 });
    library.put('backups/x1.tar', 'new');
    library.put('backups/x2.tar', 'new');
    const { added = [], copies = [] } = await library.scan();
    expect([...added, ...copies].sort()).toEqual(['backups/x1.tar', 'backups/x2.tar']);
    expect(added).toHaveLength(1);
  });

  it('of two copies that both went, each stands for one that is gone', async () => {
    const library = await makeScanLibrary();
    library.put('backups/a.tar', 'same');
    library.put('backups/b.tar', 'same');
    await library.scan();
    renameSync(library.path('backups/a.tar'), library.path('backups/c.tar'));
    renameSync(library.path('backups/b.tar'), library.path('backups/d.tar'));
    expect((await library.scan()).moved).toEqual([
      'backups/a.tar → backups/c.tar',
      'backups/b.tar → backups/d.tar',
    ]);
    expect(library.files()).toEqual({ 'backups/c.tar': 'present', 'backups/d.tar': 'present' });
  });

  it('is changed when another content takes the place, also one of the same size and time', async () => {
    const library = await makeScanLibrary();
    const time = new Date('2025-01-01T00:00:00Z');
    const path = library.put('backups/a.tar', 'one');
    const other = library.put('elsewhere.tar', 'two');
    utimesSync(path, time, time);
    utimesSync(other, time, time);
    await library.scan();
    renameSync(other, path);
    expect(await library.scan()).toEqual({ changed: ['backups/a.tar'], inspected: 1 });
    writeFileSync(path, backupBytes('third'));
    expect(await library.scan()).toEqual({ changed: ['backups/a.tar'], inspected: 1 });
    expect(library.catalog.library.byPath(path, null)?.name).toBe('third');
  });

  it('is missing once when it is deleted, is not forgotten, and returns', async () => {
    const library = await makeScanLibrary();
    const path = library.put('backups/a.tar');
    library.put('backups/b.tar');
    await library.scan();
    renameSync(path, library.path('kept'));
    expect(await library.scan()).toEqual({ missing: ['backups/a.tar'], unchanged: 1, inspected: 0 });
    expect(await library.scan()).toEqual({ unchanged: 1, inspected: 0 });
    expect(library.files()).toEqual({ 'backups/a.tar': 'missing', 'backups/b.tar': 'present' });
    copyFileSync(library.path('kept'), path);
    expect(await library.scan()).toEqual({ returned: ['backups/a.tar'], unchanged: 1, inspected: 1 });
    expect(library.files()).toEqual({ 'backups/a.tar': 'present', 'backups/b.tar': 'present' });
  });

  it('is moved from where it was missing, however long ago', async () => {
    const library = await makeScanLibrary();
    const path = library.put('backups/a.tar');
    await library.scan();
    renameSync(path, library.path('away'));
    await library.scan();
    mkdirSync(library.path('backups/found'));
    renameSync(library.path('away'), library.path('backups/found/a.tar'));
    expect(await library.scan()).toEqual({ moved: ['backups/a.tar → backups/found/a.tar'], inspected: 1 });
  });
});

describe('files that cannot be read', () => {
  it('are told each time with why, and not opened again until they change', async () => {
    const library = await makeScanLibrary();
    const page = library.path('backups/page.tar');
    writeFileSync(page, '<!DOCTYPE html><title>Sign in</title>');
    writeFileSync(library.path('backups/cut.tar'), backupBytes('cut').subarray(0, 3000));
    const unreadable = ['backups/cut.tar: TRUNCATED', 'backups/page.tar: NOT_A_BACKUP'];
    expect(await library.scan()).toEqual({ unreadable, inspected: 2 });
    expect(await library.scan()).toEqual({ unreadable, inspected: 0 });
    expect(library.catalog.unreadable.list().map(({ error }) => error.code)).toEqual([
      'TRUNCATED',
      'NOT_A_BACKUP',
    ]);
    library.put('backups/page.tar');
    expect(await library.scan()).toEqual({
      added: ['backups/page.tar'],
      unreadable: ['backups/cut.tar: TRUNCATED'],
      inspected: 1,
    });
    rmSync(library.path('backups/cut.tar'));
    expect(await library.scan()).toEqual({ unchanged: 1, inspected: 0 });
    expect(library.catalog.unreadable.list()).toEqual([]);
  });

  it('leave the backup that was there missing, and it returns', async () => {
    const library = await makeScanLibrary();
    const path = library.put('backups/a.tar');
    await library.scan();
    writeFileSync(path, 'overwritten');
    expect(await library.scan()).toEqual({ unreadable: ['backups/a.tar: NOT_A_BACKUP'], inspected: 1 });
    expect(library.files()).toEqual({ 'backups/a.tar': 'missing' });
    expect(await library.scan()).toEqual({ unreadable: ['backups/a.tar: NOT_A_BACKUP'], inspected: 0 });
    writeFileSync(path, backupBytes('backups/a.tar'));
    expect(await library.scan()).toEqual({ returned: ['backups/a.tar'], inspected: 1 });
    expect(library.catalog.unreadable.list()).toEqual([]);
  });

  it('are taken up by the next scan when they grow during this one', async () => {
    const library = await makeScanLibrary();
    const path = library.put('backups/a.tar');
    library.put('backups/b.tar');
    library.beforeInspecting = (inspected) => {
      if (inspected === path) appendFileSync(path, Buffer.alloc(10_240));
    };
    expect(await library.scan()).toEqual({
      added: ['backups/b.tar'],
      unreadable: ['backups/a.tar: SOURCE_CHANGED'],
      inspected: 2,
    });
    expect(library.catalog.unreadable.list()).toEqual([]);
    library.beforeInspecting = () => undefined;
    expect(await library.scan()).toEqual({ added: ['backups/a.tar'], unchanged: 1, inspected: 1 });
  });

  it('that go during the scan are gone', async () => {
    const library = await makeScanLibrary();
    const path = library.put('backups/a.tar');
    await library.scan();
    writeFileSync(path, backupBytes('another'));
    library.beforeInspecting = (inspected) => rmSync(inspected);
    library.put('backups/new.tar');
    expect(await library.scan()).toEqual({ missing: ['backups/a.tar'], inspected: 0 });
    expect(library.files()).toEqual({ 'backups/a.tar': 'missing' });
  });

  it('by the system’s word are tried again each time, and what was known stays', async () => {
    const library = await makeScanLibrary();
    const path = library.put('backups/a.tar');
    await library.scan();
    utimesSync(path, new Date(), new Date('2020-01-01'));
    library.beforeInspecting = () => {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
    };
    expect(await library.scan()).toEqual({ unreadable: ['backups/a.tar: IO_FAILED'], inspected: 1 });
    expect(library.files()).toEqual({ 'backups/a.tar': 'present' });
    library.beforeInspecting = () => undefined;
    expect(await library.scan()).toEqual({ unchanged: 1, inspected: 1 });
    expect(library.catalog.unreadable.list()).toEqual([]);
  });
});

describe('while a backup is replaced', () => {
  it('it is not called missing', async () => {
    const library = await makeScanLibrary();
    const path = library.put('backups/a.tar');
    await library.scan();
    rmSync(path);
    mkdirSync(`${path}.partial-journal`);
    expect(await library.scan()).toEqual({ inspected: 0 });
    expect(library.files()).toEqual({ 'backups/a.tar': 'present' });
  });

  it('its kept original is no backup of the library, but stays known for its key', async () => {
    const library = await makeScanLibrary();
    const path = library.put('backups/a.tar', 'old');
    const first = await library.scan();
    renameSync(path, `${path}.orig`);
    library.put('backups/a.tar', 'new');
    const original = await recogniseBackup(library, `${path}.orig`);
    await recogniseBackup(library, path);
    expect(await library.scan()).toEqual({ unchanged: 1, inspected: 0 });
    expect(first.added).toHaveLength(1);
    expect(
      library.catalog
        .backups()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['new', 'old']);
    expect(library.catalog.copies.find(`${path}.orig`)).toMatchObject({
      folderId: null,
      identity: original.identity,
      missingSince: null,
    });
  });

  it('nor does it become one by adding the folder that it lies in', async () => {
    const library = await makeScanLibrary();
    mkdirSync(library.path('later/Strongroom quarantine'), { recursive: true });
    const kept = [library.put('later/a.tar.orig'), library.put('later/Strongroom quarantine/b.tar')];
    for (const path of kept) await recogniseBackup(library, path);
    await addFolder(library, library.path('later'));
    expect(await library.scan()).toEqual({ inspected: 0 });
    for (const path of kept) expect(library.catalog.copies.find(path)).toMatchObject({ folderId: null });
  });
});

describe('folders in folders', () => {
  it('have each file once, in the deepest folder, whichever came first', async () => {
    const library = await makeScanLibrary();
    library.put('backups/a.tar');
    library.put('backups/inner/b.tar');
    await library.scan();
    const inner = await addFolder(library, library.path('backups/inner'));
    expect(await library.scan()).toEqual({ unchanged: 2, inspected: 0 });
    expect(library.catalog.folders.list()).toMatchObject([{ copyCount: 1 }, { id: inner.id, copyCount: 1 }]);
    await removeFolder(library, inner.path);
    expect(await library.scan()).toEqual({ unchanged: 2, inspected: 0 });
    expect(library.catalog.folders.list()).toMatchObject([{ copyCount: 2 }]);
  });

  it('are scanned with the one around them, and alone where only they are asked for', async () => {
    const library = await makeScanLibrary();
    mkdirSync(library.path('backups/inner'));
    await addFolder(library, library.path('backups/inner'));
    library.put('backups/a.tar');
    library.put('backups/inner/b.tar');
    expect(await library.scan({ folders: [library.path('backups/inner')] })).toMatchObject({
      added: ['backups/inner/b.tar'],
    });
    expect(await library.scan({ folders: [library.path('backups')] })).toEqual({
      added: ['backups/a.tar'],
      unchanged: 1,
      inspected: 1,
    });
  });

  it('that are not of this scan are asked whether a file is still there', async () => {
    const library = await makeScanLibrary();
    mkdirSync(library.path('other'));
    await addFolder(library, library.path('other'));
    library.put('other/a.tar');
    library.put('other/b.tar');
    await library.scan();
    renameSync(library.path('other/a.tar'), library.path('backups/a.tar'));
    copyFileSync(library.path('other/b.tar'), library.path('backups/b.tar'));
    expect(await library.scan({ folders: [library.path('backups')] })).toEqual({
      moved: ['other/a.tar → backups/a.tar'],
      copies: ['backups/b.tar'],
      inspected: 2,
    });
  });

  it('are scanned only where they are the library’s', async () => {
    const library = await makeScanLibrary();
    const error: unknown = await library
      .scan({ folders: [library.place] })
      .catch((thrown: unknown) => thrown);
    expect(errorCode(error)).toBe('USAGE');
  });
});

describe('a scan that is stopped', () => {
  it('keeps what it had read, and the next one reads the rest', async () => {
    const library = await makeScanLibrary();
    const count = 40;
    for (let index = 0; index < count; index++) library.put(`backups/${index}.tar`, `c${index}`);
    const stop = new AbortController();
    library.beforeInspecting = () => {
      if (library.inspected.length === 20) stop.abort();
    };
    const error: unknown = await library.scan({ signal: stop.signal }).catch((thrown: unknown) => thrown);
    expect(errorCode(error)).toBe('CANCELLED');
    const known = Object.keys(library.files()).length;
    expect(known).toBeGreaterThanOrEqual(10);
    expect(library.catalog.folders.list()[0]).toMatchObject({ state: 'never-scanned', scannedAt: null });
    expect(await library.scan()).toMatchObject({ unchanged: known, inspected: count - known });
    expect(Object.keys(library.files())).toHaveLength(count);
  });

  it('before it began does nothing', async () => {
    const library = await makeScanLibrary();
    library.put('backups/a.tar');
    const error: unknown = await library
      .scan({ signal: AbortSignal.abort() })
      .catch((thrown: unknown) => thrown);
    expect(errorCode(error)).toBe('CANCELLED');
    expect(library.inspected).toEqual([]);
  });
});

it('two scans at once, each with a catalogue of its own on one file, end with one truth', async () => {
  const library = await makeScanLibrary();
  for (let index = 0; index < 30; index++) library.put(`backups/${index}.tar`, `c${index % 10}`);
  const catalog = openCatalog(join(library.place, 'data', 'catalog.sqlite'));
  try {
    await Promise.all([library.scan(), scanFolders({ ...library, catalog })]);
    renameSync(library.path('backups/0.tar'), library.path('backups/moved.tar'));
    rmSync(library.path('backups/1.tar'));
    await Promise.all([library.scan(), scanFolders({ ...library, catalog })]);
  } finally {
    catalog.close();
  }
  const files = library.files();
  expect(Object.keys(files)).toHaveLength(30);
  expect(files).toMatchObject({ 'backups/moved.tar': 'present', 'backups/1.tar': 'missing' });
  expect(await library.scan()).toEqual({ unchanged: 29, inspected: 0 });
});

it('a folder that is removed while it is scanned leaves nothing behind', async () => {
  const library = await makeScanLibrary();
  library.put('backups/a.tar');
  library.beforeInspecting = async () => {
    await removeFolder(library, library.folder.path);
  };
  await library.scan();
  expect(library.files()).toEqual({});
  expect(library.catalog.folders.list()).toEqual([]);
});

it('what only version 1 of the catalogue knew is inspected once more', async () => {
  const library = await makeScanLibrary();
  const path = library.put('backups/a.tar');
  await recogniseBackup(library, path);
  const { identity } = library.catalog.backups()[0] ?? { identity: '' };
  const { stamp } = library.catalog.copies.find(path) ?? {};
  if (stamp === undefined) throw new Error('the file should be known');
  const old = openCatalog(join(library.place, 'old.sqlite'));
  try {
    const facts = { identity, slug: 's', name: 'n', date: null, instanceId: null, encryptedParts: [] };
    old.rememberCopy(path, stamp, facts, old.folders.add(library.folder.path).id);
    const services = { ...library, catalog: old };
    expect(await scanFolders(services)).toMatchObject({ unchangedCount: 1, inspectedCount: 1 });
    expect(await scanFolders(services)).toMatchObject({ unchangedCount: 1, inspectedCount: 0 });
  } finally {
    old.close();
  }
});

it('tells how far it is, and the end', async () => {
  const library = await makeScanLibrary();
  for (let index = 0; index < 5; index++) library.put(`backups/${index}.tar`, `c${index}`);
  const told: ScanProgress[] = [];
  await library.scan({ onProgress: (progress) => told.push(progress) });
  expect(told[0]).toMatchObject({ inspected: 0 });
  expect(told.at(-1)).toEqual({ seen: 5, toInspect: 5, inspected: 5 });
});
