// Folders of the library: by their real paths, each once.

import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { expect, it } from 'vitest';

import { addFolder, folderAt, listFolders, removeFolder } from '../../core/library/folders.ts';
import { errorCode } from '../../shared/errors.ts';
import { makeScanLibrary } from './scan-samples.ts';

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'nothing', errorCode);

it('is one folder, however it is written', async () => {
  const library = await makeScanLibrary();
  symlinkSync(library.path('backups'), library.path('link'));
  const written = [
    library.path('backups'),
    `${library.path('backups')}/`,
    library.path('link'),
    library.path('backups/../backups'),
  ];
  for (const path of [...written, relative(process.cwd(), library.path('backups'))])
    expect(await addFolder(library, path)).toEqual(library.folder);
  expect(listFolders(library)).toEqual([library.folder]);
  expect(library.folder).toMatchObject({
    state: 'never-scanned',
    scannedAt: null,
    watch: null,
    copyCount: 0,
  });
  expect(await folderAt(library.catalog, library.path('link'))).toEqual(library.folder);
});

it('is not made of what is no folder, or not there', async () => {
  const library = await makeScanLibrary();
  writeFileSync(library.path('file'), '');
  expect(await failureOf(addFolder(library, library.path('file')))).toBe('USAGE');
  expect(await failureOf(addFolder(library, library.path('nothing')))).toBe('USAGE');
  expect(listFolders(library)).toEqual([library.folder]);
});

it('that is removed takes its files out of the library, and leaves what is known of their contents', async () => {
  const library = await makeScanLibrary();
  library.put('backups/a.tar');
  await library.scan();
  const [{ identity } = { identity: '' }] = library.catalog.backups();
  library.catalog.rememberTrials(identity, [{ keyId: 'k', outcome: 'none', settledPositions: [] }]);
  expect(await removeFolder(library, library.path('backups'))).toMatchObject({ id: library.folder.id });
  expect(listFolders(library)).toEqual([]);
  expect(library.files()).toEqual({});
  expect(library.catalog.trialsOf(identity)).toHaveLength(1);
  await addFolder(library, library.path('backups'));
  expect(await library.scan()).toEqual({ added: ['backups/a.tar'], inspected: 1 });
});

it('can be removed while it is not there, and only one that is of the library', async () => {
  const library = await makeScanLibrary();
  renameSync(library.path('backups'), library.path('away'));
  mkdirSync(library.path('other'));
  expect(await failureOf(removeFolder(library, library.path('other')))).toBe('USAGE');
  expect(await failureOf(removeFolder(library, join(library.path('backups'), 'inside')))).toBe('USAGE');
  await removeFolder(library, library.path('backups'));
  expect(listFolders(library)).toEqual([]);
});
