// The list of backups and the state of the library in numbers, on what real scans found.

import { renameSync, rmSync, writeFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { addFolder } from '../../core/library/folders.ts';
import { libraryStatus } from '../../core/library/library-status.ts';
import { listBackups } from '../../core/library/list-backups.ts';
import { matchKeys } from '../../core/library/match-keys.ts';
import { recogniseBackup } from '../../core/library/recognise-backup.ts';
import { scanFolders } from '../../core/library/scan-folders.ts';
import { storePolicy } from '../../core/library/verification/index.ts';
import { DEFAULT_VERIFICATION_POLICY } from '../../shared/verification-plan.ts';
import { backupFolder, day, makeLibrary, tinyBackup } from './library-samples.ts';
import { makeScanLibrary } from './scan-samples.ts';

const DAY_MS = 86_400_000;

it('tells which key opens what, from the vault or, while that is locked, from what is known', async () => {
  const library = await makeLibrary();
  const folder = await backupFolder();
  await addFolder(library, folder);
  const [right = '', other = ''] = await library.addKeys('right', 'other');
  const paths = {
    open: await tinyBackup(`${folder}/open.tar`, { password: 'right', date: day(3) }),
    locked: await tinyBackup(`${folder}/locked.tar`, { password: 'nobody', date: day(2) }),
    plain: await tinyBackup(`${folder}/plain.tar`, { date: day(1) }),
  };
  await scanFolders(library);
  const keyIds = new Set([right, other]);
  const states = (ids: ReadonlySet<string> | null) =>
    listBackups(library, {}, ids).map(({ keyState }) => keyState);
  expect(states(keyIds)).toEqual(['untried', 'untried', 'plain']);
  await matchKeys(library, Object.values(paths));
  expect(states(keyIds)).toEqual(['opens', 'locked', 'plain']);
  expect(states(null)).toEqual(['opens', 'untried', 'plain']);
  expect(listBackups(library, { keyId: right }, null).map((backup) => backup.copies[0]?.path)).toEqual([
    paths.open,
  ]);
  expect(libraryStatus(library, keyIds)).toMatchObject({
    backupCount: 3,
    withoutKey: 1,
    unencrypted: 1,
    byFormat: { v3: 2, plain: 1 },
  });
});

it('counts verifications by the plan that is stored', async () => {
  const library = await makeScanLibrary();
  library.put('backups/a.tar');
  library.put('backups/b.tar');
  await library.scan();
  const [{ identity } = { identity: '' }] = library.catalog.backups();
  const path = library.path('backups/a.tar');
  library.catalog.verifications.add({
    identity,
    path,
    level: 'full',
    status: 'good',
    message: null,
    bytes: 1,
    durationMs: 1,
  });
  const soon = new Date(Date.now() + 10 * DAY_MS);
  const counts = (now: Date) => {
    const { verifiedCount, neverVerified, stale } = libraryStatus(library, null, now);
    return { verifiedCount, neverVerified, stale };
  };
  expect(counts(soon)).toEqual({ verifiedCount: 1, neverVerified: 1, stale: 0 });
  storePolicy(library.catalog, { ...DEFAULT_VERIFICATION_POLICY, staleAfterDays: 7 });
  expect(counts(soon)).toEqual({ verifiedCount: 0, neverVerified: 1, stale: 1 });
  expect(listBackups(library, { verified: 'stale' }, null, soon)).toHaveLength(1);
});

it('counts what is missing and what cannot be read', async () => {
  const library = await makeScanLibrary();
  rmSync(library.put('backups/gone.tar'));
  library.put('backups/gone.tar');
  library.put('backups/there.tar');
  await library.scan();
  rmSync(library.path('backups/gone.tar'));
  writeFileSync(library.path('backups/page.tar'), '<html>');
  await library.scan();
  const status = libraryStatus(library, null);
  expect(status).toMatchObject({
    backupCount: 2,
    copyCount: 2,
    missingCopies: 1,
    folders: [{ copyCount: 1 }],
  });
  expect(status.unreadable).toMatchObject([
    { path: library.path('backups/page.tar'), error: { code: 'NOT_A_BACKUP' } },
  ]);
});

it('leaves out what is known outside of the folders only, as kept originals', async () => {
  const library = await makeScanLibrary();
  const path = library.put('backups/a.tar', 'old');
  await library.scan();
  renameSync(path, `${path}.orig`);
  library.put('backups/a.tar', 'new');
  await recogniseBackup(library, `${path}.orig`);
  await recogniseBackup(library, library.put('elsewhere/b.tar'));
  await library.scan();
  expect(listBackups(library, {}, null).map(({ name }) => name)).toEqual(['new']);
  expect(libraryStatus(library, null)).toMatchObject({
    backupCount: 1,
    copyCount: 1,
    byFormat: { plain: 1 },
  });
});
