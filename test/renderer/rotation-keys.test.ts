// What the Keys and Copies tabs work out by themselves: which key can take the place of which, how far a rotation got, and where backups are.

import { describe, expect, it } from 'vitest';

import { newKeysFor, oldKeysOf } from '../../renderer/screens/rotation/rotation-keys.ts';
import { findingOf, placedBackups, placedShown } from '../../renderer/screens/rotation/places-view.ts';
import {
  foldersAway,
  isFresh,
  isUnderWay,
  leftBy,
  partsOf,
  rotationVerdict,
} from '../../renderer/screens/rotation/rotation-progress.ts';
import { rotationTabOf } from '../../renderer/screens/rotation/rotation-tabs.ts';
import { isUnsaved } from '../../renderer/screens/keys/unsaved.ts';
import type { ListedKey } from '../../shared/keys.ts';
import type { BackupPlaces, LibraryPlace } from '../../shared/places.ts';
import type { RotationCopy } from '../../shared/rotation.ts';
import { madeBackup } from './made-backups.ts';

function key(id: string, parts: Partial<ListedKey> = {}): ListedKey {
  return {
    ...{ id, label: id, instance: null, url: null, kitDate: null, addedAt: '2025-01-01T00:00:00.000Z' },
    ...{ origin: 'typed', state: 'active', stateChangedAt: '2025-01-01T00:00:00.000Z', fingerprint: id },
    ...{ exportedAt: null, drilledAt: null, use: { backupCount: 1, earliest: null, latest: null } },
    ...parts,
  } as ListedKey;
}

const copy = (why: RotationCopy['why'], path: string): RotationCopy => ({
  ...{ path, name: path, date: null, why, error: null },
});

describe('keys to rotate', () => {
  const keys = [
    key('used'),
    key('idle', { use: { backupCount: 0, earliest: null, latest: null } }),
    key('lost', { state: 'compromised' }),
    key('old', { state: 'retired' }),
    key('unknown', { use: null }),
  ];

  it('are those that open something or may, what somebody else knows first', () => {
    expect(oldKeysOf(keys).map(({ id }) => id)).toEqual(['lost', 'unknown', 'used', 'old']);
  });

  it('give way to one that is in use and is not replaced itself', () => {
    expect(newKeysFor(keys, new Set(['used'])).map(({ id }) => id)).toEqual(['idle', 'unknown']);
  });

  it('are unsaved where nothing says that they are anywhere but in the vault', () => {
    const saved = '2025-01-01T00:00:00.000Z';
    expect(isUnsaved(key('a', { origin: 'generated' }))).toBe(true);
    expect(isUnsaved(key('a', { origin: 'typed' }))).toBe(true);
    expect(isUnsaved(key('a', { origin: 'generated', exportedAt: saved }))).toBe(false);
    expect(isUnsaved(key('a', { origin: 'generated', drilledAt: saved }))).toBe(false);
    expect(isUnsaved(key('a', { origin: 'emergency-kit' }))).toBe(false);
  });
});

describe('how far a rotation got', () => {
  const left = [copy('away', 'a'), copy('failed', 'b'), copy('away', 'c'), copy('kept', 'd')];

  it('counts what is done and what is left, by why it is left', () => {
    expect(partsOf({ doneCount: 7, left })).toEqual({ done: 7, waiting: 0, away: 2, failed: 1 });
    expect(leftBy(left).map(({ why, files }) => [why, files.map(({ path }) => path)])).toEqual([
      ['away', ['a', 'c']],
      ['failed', ['b']],
      ['kept', ['d']],
    ]);
  });

  it('knows which folders to look at before it goes on', () => {
    const folders = [{ path: '/stick' }, { path: '/stick 2' }, { path: 'E:\\' }, { path: '/disk' }];
    const files = [
      copy('away', '/stick 2/a.tar'),
      copy('away', 'E:\\old\\b.tar'),
      copy('failed', '/disk/c.tar'),
    ];
    expect(foldersAway(files, folders)).toEqual(['/stick 2', 'E:\\']);
  });

  it('has a word for each state, and is over when it is done or set aside', () => {
    expect(rotationVerdict({ state: 'open' })).toEqual({ tone: 'warning', word: 'Something is left' });
    expect(
      (['running', 'paused', 'interrupted', 'open', 'done', 'ended'] as const).filter((state) =>
        isUnderWay({ state }),
      ),
    ).toEqual(['running', 'paused', 'interrupted', 'open']);
    const ended = { state: 'done', endedAt: '2025-01-01T00:00:00.000Z' } as const;
    expect(isFresh(ended, Date.parse('2025-01-01T20:00:00Z'))).toBe(true);
    expect(isFresh(ended, Date.parse('2025-01-03T00:00:00Z'))).toBe(false);
  });
});

describe('places', () => {
  const disk: LibraryPlace = {
    ...{ id: 'disk', kind: 'this-disk', label: 'This disk', folders: ['/b'], isReachable: true },
  };
  const where = (identity: string, parts: Partial<BackupPlaces> = {}): BackupPlaces => ({
    ...{ identity, placeIds: ['disk'], findings: ['one-place', 'this-disk-only'], meetsGoal: false },
    ...parts,
  });
  const all = placedBackups(
    {
      places: [disk],
      backups: [where('old'), where('gone'), where('new', { findings: [], meetsGoal: true })],
    },
    (identity) =>
      identity === 'gone'
        ? null
        : madeBackup({ identity, name: identity, date: identity === 'new' ? '2025-02-01' : '2025-01-01' }),
  );

  it('list the backups of the library, the newest first, with the places by name', () => {
    expect(all.map(({ backup, places }) => [backup.name, places.map(({ label }) => label)])).toEqual([
      ['new', ['This disk']],
      ['old', ['This disk']],
    ]);
  });

  it('are narrowed by what is to be said of them, and by name', () => {
    const names = (...[filter, text]: [Parameters<typeof placedShown>[1], string?]): string[] =>
      placedShown(all, filter, text ?? '').map(({ backup }) => backup.name);
    expect(names('good')).toEqual(['new']);
    expect(names('one-place')).toEqual(['old']);
    expect(names('cloud-only')).toEqual([]);
    expect(names('all', 'OL')).toEqual(['old']);
  });

  it('say the worst of a backup', () => {
    expect(findingOf(where('a'))).toBe('this-disk-only');
    expect(findingOf(where('a', { findings: ['one-place'] }))).toBe('one-place');
    expect(findingOf(where('a', { findings: ['one-place', 'cloud-only'] }))).toBe('cloud-only');
    expect(findingOf(where('a', { findings: [], meetsGoal: true }))).toBeNull();
  });
});

it('opens on the keys, and on any tab by its address', () => {
  expect(rotationTabOf(null)).toBe('keys');
  expect(rotationTabOf('scheme')).toBe('scheme');
  expect(rotationTabOf('places')).toBe('places');
  expect(rotationTabOf('nonsense')).toBe('keys');
});
