// The places of the library's folders: looked at when they are there, kept while they are away, and as a person says.

import { copyFileSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { addFolder } from '../../../core/library/folders.ts';
import { listBackups } from '../../../core/library/list-backups.ts';
import { notePlace, notePlacesOfAll, placesOverview } from '../../../core/library/places/index.ts';
import { scanFolders } from '../../../core/library/scan-folders.ts';
import type { LibraryFilter } from '../../../shared/library.ts';
import type { PlacesOverview } from '../../../shared/places.ts';
import { newDesk } from '../desk-sample.ts';
import { backupFolder, makeLibrary, tinyBackup, type TestLibrary } from '../library-samples.ts';
import { fakeSystem } from './fake-system.ts';

/** A folder with backups of these names; the first folder's backup of a name is copied into the others. */
async function newFolder(library: TestLibrary, names: readonly string[], from?: string): Promise<string> {
  const folder = await backupFolder();
  for (const name of names) {
    if (from === undefined) await tinyBackup(join(folder, name));
    else copyFileSync(join(from, name), join(folder, name));
  }
  await addFolder(library, folder);
  await scanFolders(library);
  return folder;
}

function overview(library: TestLibrary): PlacesOverview {
  return placesOverview(library, listBackups(library, {}, null));
}

function idOf({ catalog }: TestLibrary, folder: string): number {
  return catalog.folders.find(folder)?.id ?? 0;
}

function namesWith(library: TestLibrary, places: NonNullable<LibraryFilter['places']>): number {
  return listBackups(library, { places }, null).length;
}

it('two folders on this disk are one place; one that a person calls another drive is a second', async () => {
  const library = await makeLibrary();
  const first = await newFolder(library, ['a.tar', 'b.tar']);
  const second = await newFolder(library, ['a.tar'], first);
  expect(overview(library)).toMatchObject({
    places: [{ kind: 'this-disk', folders: [first, second].sort(), isReachable: true }],
    goodCount: 0,
    counts: { 'one-place': 2, 'this-disk-only': 2, 'cloud-only': 0 },
  });
  library.catalog.folders.setPlaceKind(idOf(library, second), 'other-drive');
  const after = overview(library);
  expect(after.places.map(({ kind }) => kind).sort()).toEqual(['other-drive', 'this-disk']);
  expect(after).toMatchObject({ goodCount: 1, counts: { 'one-place': 1, 'this-disk-only': 1 } });
  expect(after.folders.find(({ path }) => path === second)).toMatchObject({
    isChosen: true,
    reason: 'You said so.',
  });
  expect(namesWith(library, 'one-place')).toBe(1);
  expect(namesWith(library, 'goal-missed')).toBe(1);
  expect(namesWith(library, 'cloud-only')).toBe(0);
});

it('folders on one disk stay one place by whatever name: nothing is promised that does not hold', async () => {
  const library = await makeLibrary();
  const first = await newFolder(library, ['a.tar']);
  const second = await newFolder(library, ['a.tar'], first);
  for (const folder of [first, second])
    library.catalog.folders.setPlaceKind(idOf(library, folder), 'other-drive');
  expect(overview(library)).toMatchObject({ goodCount: 0, counts: { 'one-place': 1, 'this-disk-only': 0 } });
  for (const folder of [first, second]) library.catalog.folders.setPlaceKind(idOf(library, folder), 'cloud');
  expect(overview(library)).toMatchObject({ goodCount: 0, counts: { 'one-place': 1, 'cloud-only': 1 } });
  expect(namesWith(library, 'cloud-only')).toBe(1);
});

it('a drive on the shelf counts, a file that is gone does not', async () => {
  const library = await makeLibrary();
  const first = await newFolder(library, ['a.tar', 'b.tar']);
  const drive = await newFolder(library, ['a.tar', 'b.tar'], first);
  library.catalog.folders.setPlaceKind(idOf(library, drive), 'other-drive');
  expect(overview(library).goodCount).toBe(2);
  rmSync(join(drive, 'b.tar'));
  await scanFolders(library);
  expect(overview(library).goodCount).toBe(1);
  renameSync(drive, `${drive}-shelf`);
  await scanFolders(library);
  const away = overview(library);
  expect(away.goodCount).toBe(1);
  expect(away.places.find(({ kind }) => kind === 'other-drive')).toMatchObject({ isReachable: false });
  rmSync(join(first, 'a.tar'));
  await scanFolders(library);
  expect(overview(library).counts).toMatchObject({ 'one-place': 2, 'this-disk-only': 1 });
  renameSync(`${drive}-shelf`, drive);
});

it('a file that was found damaged is no second place; where all were, they are where they are', async () => {
  const library = await makeLibrary();
  const first = await newFolder(library, ['a.tar']);
  const drive = await newFolder(library, ['a.tar'], first);
  library.catalog.folders.setPlaceKind(idOf(library, drive), 'other-drive');
  expect(overview(library).goodCount).toBe(1);
  const [backup] = listBackups(library, {}, null);
  const damaged = (folder: string): void =>
    library.catalog.verifications.add({
      ...{ identity: backup?.identity ?? '', path: join(folder, 'a.tar'), level: 'full', status: 'damaged' },
      ...{ message: null, bytes: 0, durationMs: 0 },
    });
  damaged(drive);
  expect(overview(library)).toMatchObject({ goodCount: 0, counts: { 'one-place': 1, 'this-disk-only': 1 } });
  expect(namesWith(library, 'goal-missed')).toBe(1);
  damaged(first);
  expect(overview(library).backups).toHaveLength(1);
});

it('a folder keeps the place where it was when it is looked at as away, and one never looked at promises nothing', async () => {
  const library = await makeLibrary();
  const { folders } = library.catalog;
  const mounted = fakeSystem({
    texts: { '/proc/self/mountinfo': '1 0 0:60 / / rw - cifs //nas/backup rw' },
  });
  const folder = await newFolder(library, ['a.tar']);
  expect(await notePlace(library, { id: idOf(library, folder), path: folder }, mounted)).toMatchObject({
    kind: 'network',
    label: '//nas/backup',
  });
  await addFolder(library, folder); // once more, as people do
  renameSync(folder, `${folder}-away`);
  await scanFolders(library);
  expect(folders.placeOf(idOf(library, folder))).toMatchObject({ id: 'network:nas' });
  const unseen = folders.add(`${folder}-never`);
  await notePlacesOfAll(library, mounted);
  expect(folders.placeOf(unseen.id)).toBeNull();
  expect(overview(library).folders.find(({ path }) => path === unseen.path)).toMatchObject({
    placeId: 'this-disk',
    isChosen: false,
  });
  renameSync(`${folder}-away`, folder);
});

it('through the desk it is found out for folders that an earlier version took in, and set and taken back', async () => {
  const { desk, folder } = await newDesk();
  await desk.addFolder(folder);
  await desk.scan({});
  const found = await desk.placesOverview();
  expect(found.folders).toMatchObject([{ path: folder, placeId: 'this-disk', isChosen: false }]);
  expect(found.backups.every(({ meetsGoal }) => !meetsGoal)).toBe(true);
  const set = await desk.setPlaceKind(folder, 'cloud');
  expect(set).toMatchObject({ places: [{ kind: 'cloud' }], counts: { 'cloud-only': found.backups.length } });
  expect(await desk.setPlaceKind(folder, null)).toEqual(found);
  await expect(desk.setPlaceKind(join(folder, 'none'), 'cloud')).rejects.toMatchObject({ code: 'USAGE' });
  expect(await desk.listBackups({ places: 'goal-missed' })).toHaveLength(found.backups.length);
});

it('through the desk a copy is planned, made and reported, also as a file', async () => {
  const { desk, folder } = await newDesk();
  await desk.addFolder(folder);
  await desk.scan({});
  const to = await backupFolder();
  const plan = await desk.planCopies(to, { text: 'plain' });
  expect(plan.items).toMatchObject([{ state: 'do', path: join(folder, 'plain.tar') }]);
  const report = await desk.runCopies(plan, { signal: new AbortController().signal });
  expect(report).toMatchObject({
    state: 'done',
    items: [{ outcome: 'verified', target: join(to, 'plain.tar') }],
  });
  const file = join(folder, 'report.txt');
  await desk.saveJobReport(report.jobId, file, 'text');
  expect(readFileSync(file, 'utf8')).toContain('1 backup: 1 copied and verified.');
  await expect(desk.batchReport(report.jobId)).rejects.toMatchObject({ code: 'USAGE' });
});
