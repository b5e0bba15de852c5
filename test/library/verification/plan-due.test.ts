// What is due in a library: from its files, its history and the stored policy.

import { copyFileSync, rmSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { recogniseBackup } from '../../../core/library/recognise-backup.ts';
import { planDue, readPolicy, storePolicy } from '../../../core/library/verification/index.ts';
import { DEFAULT_VERIFICATION_POLICY } from '../../../shared/verification-plan.ts';
import { backupFolder, makeLibrary, tinyBackup, type TestLibrary } from '../library-samples.ts';

const NOW = new Date('2026-06-15T10:00:00.000Z');
const HOUR_MS = 3_600_000;
const AT = { now: NOW, timeZone: 'Europe/Berlin' };

function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * HOUR_MS);
}

/** A backup of a folder of the library that was written long ago. */
async function knownBackup(library: TestLibrary, path: string): Promise<string> {
  library.catalog.folders.add(dirname(path));
  await tinyBackup(path);
  utimesSync(path, hoursAgo(9000), hoursAgo(9000));
  return (await recogniseBackup(library, path)).identity;
}

async function knownCopy(library: TestLibrary, from: string, to: string): Promise<string> {
  copyFileSync(from, to);
  utimesSync(to, hoursAgo(5000), hoursAgo(5000));
  await recogniseBackup(library, to);
  return to;
}

function verify(library: TestLibrary, identity: string, path: string, hours: number, bytes = 0): void {
  library.catalog.verifications.add({
    identity,
    path,
    level: 'full',
    status: 'good',
    message: null,
    bytes,
    durationMs: 60_000,
    at: hoursAgo(hours).toISOString(),
  });
}

describe('what is due in a library', () => {
  it('is everything that was never verified, and again what was verified too long ago', async () => {
    const library = await makeLibrary();
    const folder = await backupFolder();
    const paths = ['new', 'good', 'stale'].map((name) => join(folder, `${name}.tar`));
    const [fresh = '', good = '', stale = ''] = paths;
    const ids = [];
    for (const path of paths) ids.push(await knownBackup(library, path));
    verify(library, ids[1] ?? '', good, 24);
    verify(library, ids[2] ?? '', stale, 24 * 40);
    const { due, policy } = planDue(library, AT);
    expect(due.map(({ path, reason, today }) => [path, reason, today])).toEqual([
      [fresh, 'never-verified', true],
      [stale, 'stale', true],
    ]);
    expect(policy).toEqual(DEFAULT_VERIFICATION_POLICY);
  });

  it('is one copy of each content, the one that was read longest ago, or every copy where that is asked', async () => {
    const library = await makeLibrary();
    const folder = await backupFolder();
    const a = join(folder, 'a.tar');
    const identity = await knownBackup(library, a);
    const b = await knownCopy(library, a, join(folder, 'b.tar'));
    const c = await knownCopy(library, a, join(folder, 'c.tar'));
    const due = (copies?: 'all') =>
      planDue(library, { ...AT, ...(copies === undefined ? {} : { copies }) }).due.map(({ path }) => path);
    expect(due()).toEqual([a]);
    verify(library, identity, a, 24 * 70);
    expect(due()).toEqual([b]);
    verify(library, identity, b, 24 * 60);
    verify(library, identity, c, 24 * 50);
    expect(due()).toEqual([a]);
    verify(library, identity, a, 24);
    expect(due()).toEqual([]);
    expect(due('all')).toEqual([b, c]);
  });

  it('does not take a copy that came later for a change of the one that was read', async () => {
    const library = await makeLibrary();
    const folder = await backupFolder();
    const a = join(folder, 'a.tar');
    const identity = await knownBackup(library, a);
    verify(library, identity, a, 24 * 10);
    const b = join(folder, 'b.tar');
    copyFileSync(a, b);
    utimesSync(b, hoursAgo(1), hoursAgo(1));
    await recogniseBackup(library, b);
    expect(planDue(library, AT).due).toEqual([]);
    expect(planDue(library, { ...AT, copies: 'all' }).due.map(({ path }) => path)).toEqual([b]);
    utimesSync(a, hoursAgo(2), hoursAgo(2));
    await recogniseBackup(library, a);
    expect(planDue(library, AT).due).toMatchObject([{ path: b, reason: 'changed' }]);
  });

  it('is nothing that is not there, nor outside of the library, and no original that was kept', async () => {
    const library = await makeLibrary();
    const folder = await backupFolder();
    await knownBackup(library, join(folder, 'a.tar.orig'));
    await recogniseBackup(library, await tinyBackup(join(await backupFolder(), 'elsewhere.tar')));
    const gone = join(folder, 'b.tar');
    await knownBackup(library, gone);
    rmSync(gone);
    library.catalog.copies.markMissing([gone], NOW.toISOString());
    expect(planDue(library, AT).due).toEqual([]);
  });

  it('counts against the budget what was verified today, and nothing from yesterday or from the future', async () => {
    const library = await makeLibrary();
    const path = join(await backupFolder(), 'a.tar');
    const identity = await knownBackup(library, path);
    verify(library, identity, path, -24 * 300, 1_000_000);
    verify(library, identity, path, 12.5, 500);
    verify(library, identity, path, 11.5, 70);
    expect(planDue(library, AT)).toMatchObject({ usedTodayBytes: 70, usedTodayMinutes: 1 });
  });

  it('follows the stored policy', async () => {
    const library = await makeLibrary();
    const folder = await backupFolder();
    for (const name of ['a.tar', 'b.tar']) await knownBackup(library, join(folder, name));
    const policy = { ...DEFAULT_VERIFICATION_POLICY, bytesPerDay: 1, quietHours: { from: 11, to: 13 } };
    storePolicy(library.catalog, policy);
    const plan = planDue(library, AT);
    expect(plan.policy).toEqual(policy);
    expect(plan.due.map(({ today }) => today)).toEqual([true, false]);
    expect(plan.quietUntil).toBe('2026-06-15T11:00:00.000Z');
  });
});

describe('the policy', () => {
  it('is refused where it makes no sense, and stays as it was', async () => {
    const { catalog } = await makeLibrary();
    const nonsense = [
      { staleAfterDays: 0 },
      { staleAfterDays: 1.5 },
      { bytesPerDay: 0 },
      { minutesPerDay: -1 },
      { bytesPerDay: Number.POSITIVE_INFINITY },
      { quietHours: { from: 24, to: 3 } },
    ];
    for (const parts of nonsense)
      expect(() => storePolicy(catalog, { ...DEFAULT_VERIFICATION_POLICY, ...parts })).toThrow(
        expect.objectContaining({ code: 'USAGE' }),
      );
    expect(readPolicy(catalog)).toEqual(DEFAULT_VERIFICATION_POLICY);
  });
});
