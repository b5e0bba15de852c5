// The library's list: one row for each content with its files, keys and last verification; what a filter means; and that
// ten thousand backups are listed at once.

import { describe, expect, it } from 'vitest';

import { verificationState } from '../../core/catalog/index.ts';
import type { Catalog } from '../../core/catalog/index.ts';
import type { LibraryFilter } from '../../shared/library.ts';
import { BACKUP, DETAILS, PLAIN_BACKUP, STAMP, backupOf } from './catalog-samples.ts';
import { handSetClock, newCatalog } from './opened-catalog.ts';

const STALE = '2025-02-01T00:00:00.000Z';
const KEYS = new Set(['key-a', 'key-b']);

function slugs(catalog: Catalog, filter: LibraryFilter): string[] {
  return catalog.library.backups(filter, KEYS, STALE).map(({ slug }) => slug);
}

function verify(catalog: Catalog, identity: string, status: 'good' | 'damaged' | 'locked', at: string): void {
  const verification = {
    identity,
    path: '/x.tar',
    level: 'full',
    message: null,
    bytes: 1,
    durationMs: 1,
  } as const;
  catalog.verifications.add({ ...verification, status, at });
}

describe('a backup in the list', () => {
  it('has everything that is known of it', async () => {
    const catalog = await newCatalog();
    const folder = catalog.folders.add('/backups');
    catalog.rememberCopy('/backups/two.tar', STAMP, BACKUP);
    catalog.rememberCopy(
      '/elsewhere/one.tar',
      { ...STAMP, mtimeNs: '0', sizeBytes: 7 },
      { ...BACKUP, details: DETAILS },
    );
    catalog.copies.markMissing(['/elsewhere/one.tar'], '2025-03-01T00:00:00.000Z');
    catalog.rememberTrials(BACKUP.identity, [
      { keyId: 'key-a', outcome: 'some', settledPositions: [2] },
      { keyId: 'key-c', outcome: 'all', settledPositions: [0, 2] },
    ]);
    verify(catalog, BACKUP.identity, 'good', '2025-03-01T00:00:00.000Z');
    verify(catalog, BACKUP.identity, 'damaged', '2025-02-28T00:00:00.000Z'); // the clock was set back
    const { encryptedParts: _, ...facts } = BACKUP;
    const backup = {
      ...facts,
      ...DETAILS,
      copies: [
        {
          ...{ path: '/backups/two.tar', folderId: folder.id, sizeBytes: STAMP.sizeBytes },
          ...{ modified: '2025-02-13T09:36:00.123Z', state: 'present', missingSince: null },
          verified: null,
        },
        {
          ...{
            path: '/elsewhere/one.tar',
            folderId: null,
            sizeBytes: 7,
            modified: '1970-01-01T00:00:00.000Z',
          },
          ...{ state: 'missing', missingSince: '2025-03-01T00:00:00.000Z', verified: null },
        },
      ],
      keyState: 'opens-part',
      keyIds: ['key-a'],
      lastVerification: { level: 'full', at: '2025-02-28T00:00:00.000Z', status: 'damaged', message: null },
      isPinned: false,
    };
    expect(catalog.library.backups({}, KEYS, null)).toEqual([backup]);
    expect(catalog.library.byPath('/elsewhere/one.tar', KEYS)).toEqual(backup);
    expect(catalog.library.byIdentity(BACKUP.identity, KEYS)).toEqual(backup);
    expect(catalog.library.byPath('/backups/three.tar', KEYS)).toBeNull();
    catalog.folders.setScan(folder.id, { state: 'unreachable', problem: null });
    expect(catalog.library.byPath('/backups/two.tar', KEYS)?.copies.map(({ state }) => state)).toEqual(
      ['unreachable', 'missing'], // prettier-ignore
    );
  });

  it.each([
    ['opens', ['key-a', 'all', [0, 2]], KEYS],
    ['opens-part', ['key-a', 'some', [0]], KEYS],
    ['untried', ['key-a', 'none', []], KEYS],
    ['locked', ['key-a', 'none', []], new Set(['key-a'])],
    ['locked', ['key-c', 'all', [0, 2]], new Set<string>()],
    ['opens', ['key-c', 'all', [0, 2]], null],
    ['untried', ['key-a', 'none', []], null],
  ] as const)(
    'is %s after the trial %j with the keys %j',
    async (state, [keyId, outcome, settledPositions], keys) => {
      const catalog = await newCatalog();
      catalog.rememberCopy('/backups/one.tar', STAMP, BACKUP);
      catalog.rememberTrials(BACKUP.identity, [{ keyId, outcome, settledPositions }]);
      expect(catalog.library.byPath('/backups/one.tar', keys)?.keyState).toBe(state);
    },
  );

  it('is opened by two keys together', async () => {
    const catalog = await newCatalog();
    catalog.rememberCopy('/backups/one.tar', STAMP, BACKUP);
    catalog.rememberTrials(BACKUP.identity, [
      { keyId: 'key-a', outcome: 'some', settledPositions: [2] },
      { keyId: 'key-b', outcome: 'some', settledPositions: [0] },
    ]);
    expect(catalog.library.byPath('/backups/one.tar', KEYS)).toMatchObject({
      ...{ keyState: 'opens', keyIds: ['key-a', 'key-b'] },
    });
  });

  it('has a time also where its file has one that no calendar knows', async () => {
    const catalog = await newCatalog();
    for (const mtimeNs of ['-1', '-62135596800000000000', '9223372036854775807000000000']) {
      catalog.rememberCopy('/backups/one.tar', { ...STAMP, mtimeNs }, PLAIN_BACKUP);
      const [copy] = catalog.library.byPath('/backups/one.tar', null)?.copies ?? [];
      expect(Number.isNaN(Date.parse(copy?.modified ?? ''))).toBe(false);
    }
  });
});

describe('a filter', () => {
  it.each<[LibraryFilter, string[]]>([
    [{}, ['newest', 'middle', 'oldest', 'undated']],
    [{ folder: '/backups' }, ['newest', 'middle']],
    [{ folder: '/backups/deep' }, ['middle']],
    [{ paths: ['/elsewhere/third.tar', '/backups/deep'] }, ['middle', 'oldest']],
    [{ paths: [] }, []],
    [{ format: 'v3' }, ['newest']],
    [{ format: 'old' }, ['middle', 'oldest']],
    [{ format: 'plain' }, ['undated']],
    [{ text: 'ÜBER' }, ['oldest']], // a name
    [{ text: 'MIDD' }, ['middle']], // a slug
    [{ text: 'third' }, ['oldest']], // a file
    [{ text: 'elsewhere' }, []], // a folder is no file name
    [{ keyId: 'key-a' }, ['newest']],
    [{ keyState: 'plain' }, ['undated']],
    [{ keyState: 'untried' }, ['middle', 'oldest']],
    [{ verified: 'good' }, ['newest']],
    [{ verified: 'stale' }, ['middle']],
    [{ verified: 'failed' }, ['oldest']],
    [{ verified: 'never' }, ['undated']],
    [{ since: '2025-01-02' }, ['newest', 'middle']],
    [{ before: '2025-01-02T00:00:00Z' }, ['oldest']],
    [{ since: '2025-01-02', before: '2025-01-03' }, ['middle']],
    [{ folder: '/backups', format: 'old' }, ['middle']],
  ])('%j means %j', async (filter, expected) => {
    const catalog = await newCatalog();
    const part = { position: 0, name: 'homeassistant', variant: 'v2' };
    const make = (
      index: number,
      slug: string,
      path: string,
      format: 'plain' | 'v1' | 'v2' | 'v3',
      name = '',
    ): void =>
      catalog.rememberCopy(path, STAMP, {
        ...backupOf(index, { slug, name, date: index === 0 ? null : `2025-01-0${index}T00:00:00.000Z` }),
        encryptedParts: format === 'plain' ? [] : [part],
        details: { ...DETAILS, format },
      });
    catalog.folders.add('/backups');
    make(0, 'undated', '/elsewhere/undated.tar', 'plain');
    make(1, 'oldest', '/elsewhere/third.tar', 'v1', 'Über alles');
    make(2, 'middle', '/backups/deep/second.tar', 'v2');
    make(3, 'newest', '/backups/first.tar', 'v3');
    catalog.rememberTrials(backupOf(3).identity, [{ keyId: 'key-a', outcome: 'all', settledPositions: [0] }]);
    verify(catalog, backupOf(3).identity, 'good', '2025-02-01T00:00:00.000Z');
    verify(catalog, backupOf(2).identity, 'good', '2025-01-31T23:59:59.999Z');
    verify(catalog, backupOf(1).identity, 'good', '2025-02-01T00:00:00.000Z');
    verify(catalog, backupOf(1).identity, 'locked', '2025-02-01T00:00:00.000Z');
    expect(slugs(catalog, filter)).toEqual(expected);
  });
});

describe('verifications', () => {
  it('are kept, in the order in which they were made', async () => {
    const clock = handSetClock('2025-03-02T00:00:00.000Z');
    const catalog = await newCatalog(clock.now);
    catalog.rememberCopy('/backups/one.tar', STAMP, BACKUP);
    const made = {
      identity: BACKUP.identity,
      path: '/backups/one.tar',
      level: 'deep',
      status: 'good',
    } as const;
    catalog.verifications.add({ ...made, message: null, bytes: 1000, durationMs: 30_000 });
    clock.set('2025-03-01T00:00:00.000Z'); // set back
    catalog.verifications.add({
      ...made,
      status: 'truncated',
      message: 'Cut.',
      bytes: 500,
      durationMs: 90_000,
    });
    expect(catalog.verifications.history(BACKUP.identity)).toEqual([
      { ...made, id: 2, at: '2025-03-01T00:00:00.000Z', status: 'truncated', message: 'Cut.', bytes: 500, durationMs: 90_000 },
      { ...made, id: 1, at: '2025-03-02T00:00:00.000Z', message: null, bytes: 1000, durationMs: 30_000 },
    ]); // prettier-ignore
    expect(catalog.verifications.lastOf(BACKUP.identity)?.id).toBe(2);
    expect(catalog.verifications.lastOf(PLAIN_BACKUP.identity)).toBeNull();
    expect(catalog.verifications.usedSince('2025-03-01T00:00:00.000Z')).toEqual({ bytes: 1500, minutes: 2 });
    expect(catalog.verifications.usedSince('2025-03-01T12:00:00.000Z')).toEqual({
      bytes: 1000,
      minutes: 0.5,
    });
    expect(catalog.verifications.usedSince('2025-03-04T00:00:00.000Z')).toEqual({ bytes: 0, minutes: 0 });
  });

  it('never grow stale where no plan says when', () => {
    const lastVerification = {
      level: 'quick',
      at: '1999-01-01T00:00:00.000Z',
      status: 'good',
      message: null,
    } as const;
    expect(verificationState({ lastVerification }, null)).toBe('good');
  });
});

it('lists ten thousand backups in twenty thousand files', async () => {
  const catalog = await newCatalog();
  const { id } = catalog.folders.add('/backups');
  const encryptedParts = BACKUP.encryptedParts;
  catalog.batch(() => {
    for (let index = 0; index < 20_000; index++) {
      const backup = backupOf(index >> 1, { encryptedParts, details: DETAILS, date: BACKUP.date });
      catalog.rememberCopy(`/backups/${index}.tar`, { ...STAMP, inode: `${index}` }, backup, id);
    }
    for (let index = 0; index < 10_000; index++) {
      const { identity } = backupOf(index);
      catalog.rememberTrials(identity, [{ keyId: 'key-a', outcome: 'all', settledPositions: [0, 2] }]);
      verify(catalog, identity, 'good', STALE);
    }
  });
  expect(catalog.library.backups({ verified: 'good', keyState: 'opens' }, KEYS, STALE)).toHaveLength(10_000);
});
