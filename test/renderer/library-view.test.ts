// What the library's figures count and its filters show. The engine counts and filters, too (`library.status`, LibraryFilter): the two
// have to agree.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isOldFormat as isOldForTheEngine, verificationState } from '../../core/catalog/index.ts';
import {
  chooseBackups,
  countViews,
  isInView,
  isOldFormat,
  matchesText,
  sortBackups,
  verificationStateOf,
  VIEWS,
} from '../../renderer/screens/library/library-view.ts';
import type { LastVerification, LibraryBackup } from '../../shared/library.ts';
import { madeBackup, madeCopy } from './made-backups.ts';

const STALE = '2026-01-15T00:00:00.000Z';
const verified = (
  status: LastVerification['status'],
  at = '2026-02-01T00:00:00.000Z',
): Pick<LibraryBackup, 'lastVerification'> => ({
  lastVerification: { level: 'full', at, status, message: null },
});
const EVERYTHING = { view: 'all', text: '', keyId: null, folderId: null } as const;

describe('views of the library', () => {
  it.each([
    ['verified', verified('good')],
    ['stale', verified('good', '2026-01-01T00:00:00.000Z')],
    ['unverified', {}],
    ['damaged', verified('damaged')],
    ['damaged', verified('truncated')],
    ['without-key', { keyState: 'locked' }],
    ['without-key', { keyState: 'opens-part' }],
    ['old', { format: 'v1' }],
    ['old', { format: 'mixed' }],
    ['plain', { protection: 'plain', format: 'plain' }],
    ['plain', { protection: 'mixed' }],
    ['missing', { copies: [madeCopy('/a.tar'), madeCopy('/b.tar', { state: 'missing' })] }],
  ] as const)('%s has one like %j', (view, of) => {
    expect(isInView(madeBackup({ identity: 'a', ...of }), view, STALE)).toBe(true);
  });

  it('a good one of the newest format is in the good views only', () => {
    const backup = madeBackup({ identity: 'a', ...verified('good') });
    expect(VIEWS.filter((view) => isInView(backup, view, STALE))).toEqual(['all', 'verified']);
  });

  it('files outside of the library are not missed', () => {
    const gone = madeCopy('/elsewhere/a.tar', { state: 'missing', folderId: null });
    expect(isInView(madeBackup({ identity: 'a', copies: [gone] }), 'missing', STALE)).toBe(false);
  });

  it('counts what it shows', () => {
    const backups = [
      madeBackup({ identity: 'a', ...verified('good') }),
      madeBackup({ identity: 'b', format: 'v2' }),
      madeBackup({ identity: 'c', format: 'v1', keyState: 'locked' }),
    ];
    const counts = countViews(backups, STALE);
    expect(counts).toMatchObject({
      all: 3,
      verified: 1,
      unverified: 2,
      old: 2,
      'without-key': 1,
      damaged: 0,
    });
    for (const view of VIEWS)
      expect(chooseBackups(backups, { ...EVERYTHING, view }, STALE)).toHaveLength(counts[view]);
  });

  it('agrees with the engine', () => {
    const format = fc.constantFrom('plain', 'v1', 'v2', 'v3', 'mixed', 'none');
    const status = fc.constantFrom('good', 'locked', 'damaged', 'truncated', 'unsupported');
    const at = fc.constantFrom('2026-01-01T00:00:00.000Z', STALE, '2026-02-01T00:00:00.000Z');
    fc.assert(
      fc.property(format, fc.option(fc.tuple(status, at)), (made, last) => {
        const backup = madeBackup({
          identity: 'a',
          format: made,
          ...(last === null ? {} : verified(last[0], last[1])),
        });
        expect(isOldFormat(backup)).toBe(isOldForTheEngine(backup));
        const mine = verificationStateOf(backup, STALE);
        const its = verificationState(backup, STALE);
        expect(mine === 'good' || mine === 'stale' || mine === 'never' ? mine : 'failed').toBe(its);
      }),
    );
  });
});

describe('the search', () => {
  const backup = madeBackup({
    identity: 'a',
    name: 'Übersiedlung',
    slug: 'c0ffee00',
    homeAssistantVersion: '2025.12.1',
    contents: ['Home Assistant', 'Mosquitto broker'],
    copies: [madeCopy('C:\\Users\\Anna\\Vor dem Update.tar')],
  });

  it.each([
    'über',
    'UBERSIEDLUNG'.replace('U', 'Ü'),
    'mosquitto',
    '2025.12',
    'update.tar',
    'c0ffee',
    'mosq über',
  ])('finds by %j', (text) => {
    expect(matchesText(backup, text)).toBe(true);
  });

  it.each(['Anna', 'zigbee', 'mosquitto zigbee'])('does not find by %j', (text) => {
    expect(matchesText(backup, text)).toBe(false);
  });

  it('narrows by key and folder', () => {
    const backups = [
      madeBackup({ identity: 'a', keyIds: ['x', 'y'] }),
      madeBackup({ identity: 'b', copies: [madeCopy('/b.tar', { folderId: 7 })] }),
    ];
    const identitiesOf = (found: LibraryBackup[]): string[] => found.map(({ identity }) => identity);
    expect(identitiesOf(chooseBackups(backups, { ...EVERYTHING, keyId: 'y' }, null))).toEqual(['a']);
    expect(identitiesOf(chooseBackups(backups, { ...EVERYTHING, folderId: 7 }, null))).toEqual(['b']);
  });
});

describe('the order', () => {
  const names = new Intl.Collator('en', { numeric: true }).compare;
  const backups = [
    madeBackup({ identity: 'a', name: 'Backup 10', sizeBytes: 5, homeAssistantVersion: '2025.9.1' }),
    madeBackup({ identity: 'b', name: 'Backup 9', sizeBytes: 9, homeAssistantVersion: '2025.10.1' }),
    madeBackup({ identity: 'c', name: 'Backup 9', sizeBytes: 1, homeAssistantVersion: null, date: null }),
  ];
  const order = (...by: [Parameters<typeof sortBackups>[1], 'ascending' | 'descending']): string =>
    sortBackups(backups, by[0], by[1], names, ({ slug }) => slug)
      .map(({ identity }) => identity)
      .join('');

  it.each([
    ['name', 'ascending', 'bca'],
    ['size', 'descending', 'bac'],
    ['version', 'ascending', 'cab'],
    ['date', 'ascending', 'cab'],
  ] as const)('by %s, %s', (column, direction, expected) => {
    expect(order(column, direction)).toBe(expected);
  });

  it('leaves what it was given as it was', () => {
    order('size', 'ascending');
    expect(backups.map(({ identity }) => identity).join('')).toBe('abc');
  });
});
