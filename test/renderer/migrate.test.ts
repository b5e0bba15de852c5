// What the Migrate screen says before anything is planned, and how it sums a plan up.

import { describe, expect, it } from 'vitest';

import {
  candidatesFor,
  countObstacles,
  obstacleOf,
  whichToPlan,
} from '../../renderer/screens/migrate/candidates.ts';
import {
  countBackups,
  countStates,
  itemsShown,
  restoreGroups,
} from '../../renderer/screens/migrate/plan-summary.ts';
import { wholePlan } from '../../renderer/screens/migrate/whole-plan.ts';
import { sortCandidates } from '../../renderer/screens/migrate/sort-candidates.ts';
import type { BatchPlan, LastVerification, PlannedItem } from '../../shared/library.ts';
import { madeBackup, madeCopy } from './made-backups.ts';

const DAMAGED: LastVerification = {
  level: 'full',
  at: '2026-01-01T00:00:00.000Z',
  status: 'damaged',
  message: null,
};

const old = madeBackup({ identity: 'aa', format: 'v1', sizeBytes: 3 });
const parts = madeBackup({ identity: 'bb', format: 'mixed', sizeBytes: 1 });
const damaged = madeBackup({ identity: 'cc', format: 'v2', sizeBytes: 2, lastVerification: DAMAGED });
const plain = madeBackup({ identity: 'dd', format: 'plain', protection: 'plain', keyState: 'plain' });
const current = madeBackup({ identity: 'ee' });
const all = [old, parts, damaged, plain, current];

const identities = (candidates: ReturnType<typeof candidatesFor>): string[] =>
  candidates.map(({ backup }) => backup.identity);

function item(of: Partial<PlannedItem>): PlannedItem {
  return {
    path: '/backups/one.tar',
    identity: 'aa',
    name: 'Nightly',
    date: null,
    state: 'do',
    message: '',
    error: null,
    inputBytes: 0,
    outputBytes: 0,
    restoreNeeds: { core: '2026.3', supervisor: '2026.02.3' },
    ...of,
  };
}

describe('what a batch is about', () => {
  it('is every old format for a migration, and what lies open for an encryption', () => {
    expect(identities(candidatesFor('migrate', all, null))).toEqual(['aa', 'bb', 'cc']);
    expect(identities(candidatesFor('encrypt', all, null))).toEqual(['dd']);
  });

  it('is what was chosen where something was, whatever its format', () => {
    expect(identities(candidatesFor('encrypt', all, new Set(['ee', 'aa'])))).toEqual(['aa', 'ee']);
  });

  it('names the greatest obstacle of each backup', () => {
    const gone = madeBackup({ identity: 'ff', copies: [madeCopy('/a.tar', { state: 'unreachable' })] });
    const elsewhere = madeBackup({ identity: 'ff', copies: [madeCopy('/a.tar.orig', { folderId: null })] });
    expect(obstacleOf(old)).toBe('ready');
    expect(obstacleOf(plain)).toBe('ready');
    expect(obstacleOf({ ...damaged, keyState: 'locked' })).toBe('damaged');
    expect(obstacleOf({ ...old, keyState: 'locked' })).toBe('no-key');
    expect(obstacleOf({ ...old, keyState: 'opens-part' })).toBe('part-key');
    expect(obstacleOf({ ...old, keyState: 'untried' })).toBe('untried');
    expect(obstacleOf({ ...gone, lastVerification: DAMAGED })).toBe('unreachable');
    expect(obstacleOf(elsewhere)).toBe('unreachable');
  });

  it('counts every backup once', () => {
    const counts = countObstacles(candidatesFor('migrate', all, null));
    expect(counts).toMatchObject({ ready: 2, damaged: 1, 'no-key': 0 });
  });
});

describe('what is planned', () => {
  it('is asked for by a filter where all of it is meant', () => {
    const whole = candidatesFor('migrate', [old, parts], null);
    expect(whichToPlan('migrate', null, whole)).toEqual({ kind: 'filter', filter: { format: 'old' } });
    expect(whichToPlan('encrypt', null, [])).toEqual({ kind: 'filter', filter: { format: 'plain' } });
  });

  it('never has a backup in it that is known to be damaged', () => {
    const some = candidatesFor('migrate', all, null);
    expect(whichToPlan('migrate', null, some)).toEqual({ kind: 'backups', identities: ['aa', 'bb'] });
    const chosen = { kind: 'backups' as const, identities: ['cc', 'aa'] };
    const candidates = candidatesFor('migrate', all, new Set(chosen.identities));
    expect(whichToPlan('migrate', chosen, candidates)).toEqual({ kind: 'backups', identities: ['aa'] });
  });

  it('is what another screen asked for where that was a filter', () => {
    const asked = { kind: 'filter' as const, filter: { keyId: 'key-1' } };
    expect(whichToPlan('encrypt', asked, [])).toBe(asked);
  });
});

describe('a plan that is shown', () => {
  const made: BatchPlan = {
    request: {
      operation: 'migrate',
      originals: 'quarantine',
      quarantineDays: 30,
      newKeyId: null,
      format: 'v3',
    },
    items: [
      item({ path: '/backups/aa.tar', inputBytes: 700 }),
      item({ path: '/stick/bb.tar', identity: 'bb', state: 'blocked' }),
      item({ path: '/stick/unknown.tar', identity: '', state: 'blocked' }),
    ],
    volumes: [],
    inputBytes: 700,
    outputBytes: 800,
    estimatedSeconds: null,
  };
  const away = madeBackup({
    identity: 'bb',
    format: 'v1',
    copies: [madeCopy('/stick/bb.tar', { state: 'unreachable', sizeBytes: 4321 })],
  });
  const candidates = candidatesFor('migrate', [old, away, damaged], null);
  const { items } = wholePlan(made, candidates, [old, away, damaged]);

  it('has all that was chosen in it, also what is left out because it is damaged', () => {
    expect(items.map(({ identity, state }) => [identity, state])).toEqual([
      ['aa', 'do'],
      ['bb', 'blocked'],
      ['', 'blocked'],
      ['cc', 'blocked'],
    ]);
    expect(items.at(-1)).toMatchObject({ path: '/backups/cc.tar', inputBytes: 1000 });
    expect(items.at(-1)?.message).toContain('did not read completely');
  });

  it('knows the size of a file that is away, and none where nobody knows it', () => {
    expect(items.map(({ inputBytes }) => inputBytes)).toEqual([700, 4321, 0, 1000]);
  });

  it('counts a backup of several files once, as the best that becomes of one of them', () => {
    const copies = [...items, item({ path: '/stick/aa.tar', state: 'blocked' })];
    expect(countStates({ items: copies })).toMatchObject({ do: 1, blocked: 4 });
    expect(countBackups({ items: copies })).toMatchObject({ do: 1, blocked: 3 });
  });
});

describe('the order of the candidates', () => {
  it('turns round, and leaves what is equal as it was', () => {
    const candidates = candidatesFor('migrate', all, null);
    const byNames = (a: string, b: string): number => a.localeCompare(b);
    const sorted = (direction: 'ascending' | 'descending', column: 'size' | 'date'): string[] =>
      identities(sortCandidates(candidates, { column, direction }, byNames));
    expect(sorted('ascending', 'size')).toEqual(['bb', 'cc', 'aa']);
    expect(sorted('descending', 'size')).toEqual(['aa', 'cc', 'bb']);
    expect(sorted('descending', 'date')).toEqual(['aa', 'bb', 'cc']);
  });

  it('puts a backup without a date before all others', () => {
    const dateless = { backup: madeBackup({ identity: 'ff', date: null }), obstacle: 'ready' as const };
    const candidates = [...candidatesFor('migrate', all, null), dateless];
    const [first] = sortCandidates(candidates, { column: 'date', direction: 'ascending' }, () => 0);
    expect(first).toBe(dateless);
  });
});

describe('a plan summed up', () => {
  const items = [
    item({}),
    item({ path: '/backups/two.tar', name: 'Weekly' }),
    item({ path: '/backups/three.tar', restoreNeeds: { core: null, supervisor: null } }),
    item({ path: '/backups/four.tar', state: 'blocked', restoreNeeds: null }),
  ];

  it('says who can restore what will be done, the most backups first', () => {
    expect(restoreGroups(items)).toEqual([
      { text: 'Home Assistant 2026.3 or newer, with Supervisor 2026.02.3 or newer', count: 2 },
      { text: 'With any Home Assistant', count: 1 },
    ]);
  });

  it('counts the files of each kind, and finds them by name or file', () => {
    expect(countStates({ items })).toEqual({ do: 3, 'no-room': 0, blocked: 1, 'nothing-to-do': 0 });
    expect(itemsShown(items, 'all', ' WEEK ')).toEqual([items[1]]);
    expect(itemsShown(items, 'blocked', 'four')).toEqual([items[3]]);
    expect(itemsShown(items, 'do', 'four')).toEqual([]);
    expect(itemsShown(items, 'all', '')).toBe(items);
  });
});
