// Copying through the real program: onto another volume where one can be mounted, proven, and the goal met.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import type { CopyPlan, CopyReport, PlacesOverview } from '../../shared/places.ts';
import { mountSmallDisk, smallDiskMissing } from '../support/small-disk.ts';
import { makeBackup } from '../support/make-backup.ts';
import { documentOf, KEY, type Run } from './run-program.ts';
import { newVault, type VaultFolder } from './vault-folder.ts';

const noSmallDisk = smallDiskMissing();
const NAMES = ['a.tar', 'b.tar'];

/** A library of two backups under one key. */
async function newLibrary(): Promise<VaultFolder & { readonly backups: string }> {
  const folder = await newVault();
  await ends(0, folder.run(['keys', 'add', '--label', 'Home', '--key-file', '-'], { input: KEY }));
  const backups = join(folder.path, 'backups');
  mkdirSync(backups);
  for (const name of NAMES) await makeBackup(join(backups, name), KEY, 1, 64 * 1024, `c0ffee0${name[0]}`);
  await ends(0, folder.run(['library', 'add', 'backups']));
  return { ...folder, backups };
}

async function ends(exitCode: number, running: Promise<Run>): Promise<Run> {
  const run = await running;
  expect(run, run.stderr).toMatchObject({ exitCode });
  return run;
}

async function placesOf(folder: VaultFolder): Promise<PlacesOverview> {
  return documentOf<PlacesOverview>(await ends(0, folder.run(['library', 'places', '--json']))).report;
}

it('what is in one place is copied, proven, and not copied again; a taken name is left alone', async () => {
  await using folder = await newLibrary();
  const to = join(folder.path, 'shelf');
  mkdirSync(to);
  writeFileSync(join(to, 'a.tar'), 'mine');
  const before = await placesOf(folder);
  expect(before).toMatchObject({ goodCount: 0, counts: { 'one-place': 2, 'this-disk-only': 2 } });

  const copy = ['library', 'copy', '--places', 'goal-missed', '--to', 'shelf'];
  const dry = await ends(0, folder.run([...copy, '--dry-run']));
  expect(dry.stdout).toContain('if it dies, these copies die with it');
  expect(readdirSync(to)).toEqual(['a.tar']);
  const run = await ends(0, folder.run([...copy, '--yes', '--json']));
  const { report } = documentOf<{ plan: CopyPlan; report: CopyReport }>(run).report;
  expect(report.items.map(({ outcome }) => outcome)).toEqual(['verified', 'verified']);
  expect(readdirSync(to).sort()).toEqual(['a (2).tar', 'a.tar', 'b.tar']);
  expect(readFileSync(join(to, 'a.tar'), 'utf8')).toBe('mine');
  for (const [name, target] of [
    ['a.tar', 'a (2).tar'],
    ['b.tar', 'b.tar'],
  ] as const)
    expect(readFileSync(join(to, target)).equals(readFileSync(join(folder.backups, name)))).toBe(true);

  // It is one disk until somebody who knows better says otherwise.
  expect((await placesOf(folder)).goodCount).toBe(0);
  await ends(0, folder.run(['library', 'places', 'shelf', '--kind', 'other-drive']));
  expect(await placesOf(folder)).toMatchObject({ goodCount: 2, counts: { 'one-place': 0 } });
  const again = await ends(0, folder.run(['library', 'copy', '--all', '--to', 'shelf', '--yes']));
  expect(again.stdout).toBe('2 backups are there already.\n');
  const job = await ends(0, folder.run(['library', 'report', String(report.jobId)]));
  expect(job.stdout).toContain('2 backups: 2 copied and verified.');
});

it.skipIf(noSmallDisk !== null)(
  'on a second volume the goal is met at once; one that is away gets nothing',
  async () => {
    await using folder = await newLibrary();
    const drive = mountSmallDisk(32 * 1024 * 1024);
    const copy = ['library', 'copy', '--all', '--to', drive.folder, '--yes'];
    try {
      await ends(0, folder.run([...copy.slice(0, 2), '--name', 'a.tar', ...copy.slice(3)]));
      expect(await placesOf(folder)).toMatchObject({ goodCount: 1, counts: { 'one-place': 1 } });
    } finally {
      drive.remove();
    }
    mkdirSync(drive.folder); // what is left where it was
    onTestFinished(() => rmSync(drive.folder, { recursive: true, force: true }));
    const refused = await folder.run(copy);
    expect(refused.exitCode).toBe(8);
    expect(refused.stderr).toContain('seems not to be connected');
    expect(readdirSync(drive.folder)).toEqual([]);
    const away = await folder.run(['library', 'scan']);
    expect(away.exitCode).not.toBe(0);
    const { goodCount, places } = await placesOf(folder);
    expect(goodCount).toBe(1); // a drive on the shelf is a place
    expect(places.find(({ kind }) => kind === 'other-drive')).toMatchObject({ isReachable: false });
    expect(existsSync(join(folder.backups, 'a.tar'))).toBe(true);
  },
);
