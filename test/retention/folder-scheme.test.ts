// What a scheme takes from the library for one folder: only its own files, judged each by itself, so that damage in one place never
// condemns a whole copy in another.

import { expect, it } from 'vitest';

import { parsePolicy, planFolder } from '../../shared/retention/index.ts';
import type { LibraryBackup, LibraryCopy } from '../../shared/library.ts';
import { madeBackup, madeCopy } from '../renderer/made-backups.ts';

const HERE = { id: 1, path: '/here' };
const THERE = { id: 2, path: '/there' };
const OPTIONS = { now: new Date('2026-01-31T12:00:00Z'), timeZone: 'UTC' };

function copyIn(folderId: number, name: string, of: Partial<LibraryCopy> = {}): LibraryCopy {
  return madeCopy(`/${folderId === 1 ? 'here' : 'there'}/${name}.tar`, { folderId, sizeBytes: 10, ...of });
}

function backup(day: number, copies: readonly LibraryCopy[], of: Partial<LibraryBackup> = {}): LibraryBackup {
  const identity = `day-${String(day).padStart(2, '0')}`;
  return madeBackup({
    identity,
    date: `2026-01-${String(day).padStart(2, '0')}T03:00:00.000Z`,
    copies,
    ...of,
  });
}

const DAMAGED = { level: 'full', at: '2026-01-30T00:00:00.000Z', status: 'damaged', message: null } as const;
const GOOD = { ...DAMAGED, status: 'good' } as const;

function verdicts(
  folder: typeof HERE,
  backups: readonly LibraryBackup[],
  policy: string,
): Record<string, string> {
  const { items } = planFolder(folder, backups, parsePolicy(policy), OPTIONS);
  return Object.fromEntries(
    items.map(({ identity, decision }) => [identity, decision.reasons.map(({ kind }) => kind).join()]),
  );
}

it('means only the files that are in the folder now, with their bytes', () => {
  const backups = [
    backup(3, [copyIn(1, 'c'), copyIn(1, 'c again'), copyIn(2, 'c')]),
    backup(2, [copyIn(1, 'b', { state: 'missing' }), copyIn(2, 'b')]),
    backup(1, [copyIn(1, 'a')]),
  ];
  const plan = planFolder(HERE, backups, parsePolicy('last=1'), OPTIONS);
  expect(plan.items.map(({ identity, paths, sizeBytes }) => [identity, paths, sizeBytes])).toEqual([
    ['day-03', ['/here/c.tar', '/here/c again.tar'], 20],
    ['day-01', ['/here/a.tar'], 10],
  ]);
  expect(plan).toMatchObject({
    keptCount: 1,
    removedCount: 1,
    keptBytes: 20,
    freedBytes: 10,
    folder: '/here',
  });
});

it('does not condemn a whole copy for the damage of another one elsewhere', () => {
  const copies = [copyIn(1, 'a', { verified: 'damaged' }), copyIn(2, 'a')];
  const backups = [
    backup(3, [copyIn(1, 'c'), copyIn(2, 'c')]),
    backup(2, copies, { lastVerification: DAMAGED }),
  ];
  expect(verdicts(HERE, backups, 'daily=7')['day-02']).toBe('failed');
  expect(verdicts(THERE, backups, 'daily=7')['day-02']).toBe('rule');
});

it('keeps one of which a file in the folder is whole, whatever the other file there is', () => {
  const copies = [copyIn(1, 'a', { verified: 'truncated' }), copyIn(1, 'a again')];
  const backups = [backup(3, [copyIn(1, 'c')]), backup(2, copies, { lastVerification: DAMAGED })];
  expect(verdicts(HERE, backups, 'daily=7')['day-02']).toBe('rule');
});

it('keeps the last one that was proven here, although a newer one was proven elsewhere', () => {
  const backups = [
    backup(4, [copyIn(1, 'd')]),
    backup(3, [copyIn(1, 'c'), copyIn(2, 'c', { verified: 'good' })], { lastVerification: GOOD }),
    backup(2, [copyIn(1, 'b', { verified: 'good' })], { lastVerification: GOOD }),
  ];
  expect(verdicts(HERE, backups, 'last=1')).toEqual({
    'day-04': 'newest,rule',
    'day-03': 'used-up',
    'day-02': 'last-verified',
  });
});

it('keeps the last one that was proven anywhere where none was here, as after all were renamed', () => {
  const backups = [backup(4, [copyIn(1, 'd')]), backup(3, [copyIn(1, 'c')], { lastVerification: GOOD })];
  expect(verdicts(HERE, backups, 'last=1')['day-03']).toBe('last-verified');
});

it('never lets go what no key opens, nor lets it fill a slot', () => {
  const backups = [
    backup(4, [copyIn(1, 'd')], { keyState: 'locked' }),
    backup(3, [copyIn(1, 'c')]),
    backup(2, [copyIn(1, 'b')], { keyState: 'opens-part' }),
    backup(1, [copyIn(1, 'a')]),
  ];
  expect(verdicts(HERE, backups, 'last=1')).toEqual({
    'day-04': 'newest,locked',
    'day-03': 'rule',
    'day-02': 'locked',
    'day-01': 'used-up',
  });
});
