// One file, by the rules and in the words of a scan.

import { appendFileSync, copyFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { takeIn } from '../../core/library/take-in.ts';
import { errorCode } from '../../shared/errors.ts';
import { backupBytes, makeScanLibrary } from './scan-samples.ts';

it('says of each file what a scan would say, and leaves nothing for one to do', async () => {
  const library = await makeScanLibrary();
  const outcomeOf = async (name: string) => (await takeIn(library, library.path(`backups/${name}`))).outcome;
  library.put('backups/a.tar', 'a');
  expect(await outcomeOf('a.tar')).toBe('added');
  library.inspected.length = 0;
  expect(await outcomeOf('a.tar')).toBe('unchanged');
  expect(library.inspected).toEqual([]);
  copyFileSync(library.path('backups/a.tar'), library.path('backups/b.tar'));
  expect(await outcomeOf('b.tar')).toBe('copy');
  library.put('backups/b.tar', 'another');
  expect(await outcomeOf('b.tar')).toBe('changed');
  utimesSync(library.path('backups/b.tar'), 1, 1);
  expect(await outcomeOf('b.tar')).toBe('unchanged');
  renameSync(library.path('backups/a.tar'), library.path('backups/c.tar'));
  expect(await takeIn(library, library.path('backups/c.tar'))).toMatchObject({
    outcome: 'moved',
    movedFrom: library.path('backups/a.tar'),
    error: null,
  });
  renameSync(library.path('backups/c.tar'), library.path('kept'));
  expect(await outcomeOf('c.tar')).toBe('missing');
  expect(await outcomeOf('c.tar')).toBe('missing');
  renameSync(library.path('kept'), library.path('backups/c.tar'));
  expect(await outcomeOf('c.tar')).toBe('returned');
  expect(await library.scan()).toEqual({ unchanged: 2, inspected: 0 });
});

it('names the content that is there, and the one that went', async () => {
  const library = await makeScanLibrary();
  const path = library.put('backups/a.tar', 'a');
  const { identity } = await takeIn(library, path);
  expect(library.catalog.factsOf(identity ?? '')?.name).toBe('a');
  rmSync(path);
  expect(await takeIn(library, path)).toEqual({
    path,
    outcome: 'missing',
    identity,
    movedFrom: null,
    error: null,
  });
  expect(await takeIn(library, library.path('backups/never.tar'))).toMatchObject({
    outcome: 'missing',
    identity: null,
  });
});

it('says why a file is unreadable, and remembers it for the scan', async () => {
  const library = await makeScanLibrary();
  const path = library.path('backups/a.tar');
  writeFileSync(path, 'garbage');
  expect(await takeIn(library, path)).toMatchObject({
    outcome: 'unreadable',
    error: { code: 'NOT_A_BACKUP' },
  });
  expect(await library.scan()).toEqual({ unreadable: ['backups/a.tar: NOT_A_BACKUP'], inspected: 0 });
  rmSync(path);
  await takeIn(library, path);
  expect(library.catalog.unreadable.list()).toEqual([]);
});

it('waits with a file that is still being written', async () => {
  const library = await makeScanLibrary();
  const path = library.put('backups/a.tar');
  library.beforeInspecting = () => appendFileSync(path, Buffer.alloc(10_240));
  expect(await takeIn(library, path)).toMatchObject({
    outcome: 'unreadable',
    error: { code: 'SOURCE_CHANGED' },
  });
  expect(library.catalog.unreadable.list()).toEqual([]);
  library.beforeInspecting = () => undefined;
  expect(await takeIn(library, path)).toMatchObject({ outcome: 'added' });
});

it('calls no file missing whose folder is not there', async () => {
  const library = await makeScanLibrary();
  const path = library.put('backups/deep/a.tar');
  await takeIn(library, path);
  rmSync(library.path('backups/deep'), { recursive: true });
  await takeIn(library, path);
  expect(library.files()).toEqual({ 'backups/deep/a.tar': 'missing' });
});

it('a file outside of all folders is known, and no file of the library', async () => {
  const library = await makeScanLibrary();
  const path = library.put('elsewhere/a.tar');
  expect(await takeIn(library, path)).toMatchObject({ outcome: 'added' });
  expect(library.catalog.copies.find(path)).toMatchObject({ folderId: null });
  copyFileSync(path, library.path('backups/a.tar'));
  expect(await takeIn(library, library.path('backups/a.tar'))).toMatchObject({ outcome: 'added' });
});

it('a kept original is no file of the library, wherever it lies', async () => {
  const library = await makeScanLibrary();
  const path = library.put('backups/a.tar.orig');
  await takeIn(library, path);
  expect(library.catalog.copies.find(path)).toMatchObject({ folderId: null });
});

it('gives up when it is told to', async () => {
  const library = await makeScanLibrary();
  const path = library.path('backups/a.tar');
  writeFileSync(path, backupBytes('a'));
  const error: unknown = await takeIn(library, path, { signal: AbortSignal.abort() }).catch(
    (thrown: unknown) => thrown,
  );
  expect(errorCode(error)).toBe('CANCELLED');
  expect(library.files()).toEqual({});
});
