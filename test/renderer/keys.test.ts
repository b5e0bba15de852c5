// What the Keys screen makes of what it knows: words, orders, and what is said of a key while it is being typed.

import { beforeAll, describe, expect, it } from 'vitest';

import { setFormats } from '../../renderer/app/formats.ts';
import { arrange } from '../../renderer/screens/keys/key-order.ts';
import {
  pageFileName,
  placesInWords,
  strengthInWords,
  useInWords,
} from '../../renderer/screens/keys/key-words.ts';
import { provingBackups, readableBackups } from '../../renderer/screens/keys/proving-backups.ts';
import { groupsOf, lookAtTyped } from '../../renderer/screens/keys/typed-key.ts';
import type { ListedKey } from '../../shared/keys.ts';
import type { LibraryBackup } from '../../shared/library.ts';
import { keyInfo } from '../support/key-info.ts';

const KEY = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';

beforeAll(() => setFormats('en-GB', 'UTC'));

function key(label: string, more: Partial<ListedKey> = {}): ListedKey {
  const use = { backupCount: 0, earliest: null, latest: null };
  return { ...keyInfo({ id: label, label, origin: 'typed' }), use, ...more };
}

const opening = (latest: string): Partial<ListedKey> => ({
  use: { backupCount: 1, earliest: latest, latest },
});

describe('a key while it is typed', () => {
  it('is counted as people read it', () => {
    expect(lookAtTyped('')).toEqual({ kind: 'empty' });
    expect(lookAtTyped('  ')).toEqual({ kind: 'empty' });
    expect(lookAtTyped('k7qf')).toEqual({ kind: 'growing', typed: 4, group: 2 });
    expect(lookAtTyped('K7QF-2M')).toEqual({ kind: 'growing', typed: 6, group: 2 });
    expect(lookAtTyped(KEY.slice(0, -1))).toEqual({ kind: 'growing', typed: 27, group: 7 });
  });

  it('is whole with and without dashes and capitals, and says when it is kept otherwise', () => {
    expect(lookAtTyped(KEY)).toEqual({ kind: 'key', isChanged: false });
    expect(lookAtTyped(KEY.toLowerCase())).toEqual({ kind: 'key', isChanged: true });
    expect(lookAtTyped(KEY.replaceAll('-', ' '))).toEqual({ kind: 'key', isChanged: true });
    expect(lookAtTyped(KEY.replaceAll('-', '–'))).toEqual({ kind: 'key', isChanged: true });
  });

  it('says what does not belong there', () => {
    expect(lookAtTyped(`${KEY}-AB`)).toEqual({ kind: 'too-long', over: 2 });
    expect(lookAtTyped('hunter2!')).toEqual({ kind: 'foreign', character: '!' });
    expect(lookAtTyped('pässwörd')).toEqual({ kind: 'foreign', character: 'ä' });
    expect(lookAtTyped('灯')).toEqual({ kind: 'foreign', character: '灯' });
  });

  it('is read in groups only where it has groups', () => {
    expect(groupsOf(KEY)).toHaveLength(7);
    expect(groupsOf('two-words')).toEqual(['two-words']);
  });
});

describe('the words about a key', () => {
  it('say what it opens', () => {
    expect(useInWords(null)).toBe('What it opens cannot be said at present');
    expect(useInWords({ backupCount: 0, earliest: null, latest: null })).toBe('Opens no known backup');
    expect(useInWords({ backupCount: 2, earliest: null, latest: null })).toBe('Opens 2 backups');
    const [earliest, latest] = ['2025-01-16T08:00:00Z', '2026-03-02T08:00:00Z'];
    expect(useInWords({ backupCount: 31, earliest, latest })).toBe(
      'Opens 31 backups, made 16 Jan 2025 to 2 Mar 2026',
    );
    expect(useInWords({ backupCount: 1, earliest, latest: earliest })).toBe(
      'Opens 1 backup, made 16 Jan 2025',
    );
  });

  it('say how long it keeps a stranger out, and why no longer', () => {
    const weak = { legacyCrackSeconds: 0.1, argon2idCrackSeconds: 4, warning: 'It is too short.' };
    expect(strengthInWords(weak)).toBe(
      'Guessing it takes less than a second with a backup in an old format, about 4 seconds with one in v3. It is too short.',
    );
    const strong = { legacyCrackSeconds: 1e30, argon2idCrackSeconds: 1e35, warning: null };
    expect(strengthInWords(strong)).toBe('Guessing it takes millions of years.');
  });

  it('say where a copy differs', () => {
    const places = [
      { group: 3, character: 2 },
      { group: 5, character: 1 },
    ];
    expect(placesInWords(places)).toBe('group 3, character 2 and group 5, character 1');
  });

  it('make a file name of any label', () => {
    expect(pageFileName('Home 2025')).toBe('strongroom-key Home 2025.pdf');
    expect(pageFileName('a/b\\c:d*?"<>|\u0007')).toBe('strongroom-key a b c d.pdf');
    expect(pageFileName('///')).toBe('strongroom-key.pdf');
  });
});

describe('the order of the keys', () => {
  const keys = [
    key('retired', { state: 'retired', ...opening('2026-01-01T00:00:00Z') }),
    key('b idle'),
    key('A idle'),
    key('lost', { state: 'compromised' }),
    key('old', opening('2024-01-01T00:00:00Z')),
    key('new', { instance: 'Beach house', ...opening('2026-01-01T00:00:00Z') }),
  ];
  const labels = (text: string): string[] => arrange(keys, text).map(({ label }) => label);

  it('has those in use first that open the newest backups, then the marked, then the retired', () => {
    expect(labels('')).toEqual(['new', 'old', 'A idle', 'b idle', 'lost', 'retired']);
  });

  it('is searched by label, Home Assistant and fingerprint', () => {
    expect(labels(' beach')).toEqual(['new']);
    expect(labels('IDLE')).toEqual(['A idle', 'b idle']);
    expect(labels('3f9a')).toHaveLength(keys.length);
    expect(labels('nothing')).toEqual([]);
  });
});

describe('backups that tell of a key', () => {
  const backup = (
    name: string,
    keyState: LibraryBackup['keyState'],
    date: string | null,
    state: 'present' | 'missing' = 'present',
  ): LibraryBackup =>
    ({
      identity: name,
      name,
      keyState,
      date,
      copies: [{ path: `/${name}.tar`, state }],
    }) as unknown as LibraryBackup;
  const backups = [
    backup('open', 'opens', '2026-02-01T00:00:00Z'),
    backup('plain', 'plain', '2026-03-01T00:00:00Z'),
    backup('locked', 'locked', '2025-01-01T00:00:00Z'),
    backup('untried', 'untried', '2025-06-01T00:00:00Z'),
    backup('gone', 'locked', '2026-06-01T00:00:00Z', 'missing'),
  ];

  it('prove a key where they are encrypted and there, the locked ones first', () => {
    expect(provingBackups(backups).map(({ name }) => name)).toEqual(['untried', 'locked', 'open']);
  });

  it('are looked into where they open, the newest first', () => {
    expect(readableBackups(backups).map(({ name }) => name)).toEqual(['plain', 'open']);
  });
});
