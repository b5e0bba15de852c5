// Rules and events of watched folders, in words.

import { describe, expect, it } from 'vitest';

import { list } from '../../renderer/app/formats.ts';
import {
  eventVerdict,
  folderVerdict,
  isProblem,
  ruleSentence,
} from '../../renderer/screens/watched/rule-words.ts';
import type { WatchEvent } from '../../shared/library.ts';

const KINDS: readonly WatchEvent['kind'][] = [
  'watching',
  'arrived',
  'taken-in',
  'verified',
  'migrated',
  'thinned',
  'waits',
  'unreadable',
  'failed',
  'gone',
  'unreachable',
  'back',
  'stopped',
];

describe('a rule', () => {
  it('says what it does, and nothing that it does not', () => {
    expect(ruleSentence({ verify: 'none', migrate: null, scheme: null }, list)).toBe(
      'New backups are taken into the library.',
    );
    expect(ruleSentence({ verify: 'quick', migrate: null, scheme: null }, list)).toBe(
      'New backups are taken into the library and verified quickly.',
    );
    expect(ruleSentence({ verify: 'none', migrate: { originals: 'trash' }, scheme: null }, list)).toBe(
      'New backups are taken into the library and brought to the current format.',
    );
  });

  it('says how long backups stay, and where the rest goes', () => {
    const sentence = (policy: string, to: 'quarantine' | 'trash'): string =>
      ruleSentence({ verify: 'none', migrate: null, scheme: { policy, to, undoDays: 30 } }, list);
    expect(sentence('few', 'quarantine')).toBe(
      'New backups are taken into the library. Of all that is there these stay: the last 3 and 6 monthly. The rest goes into quarantine for 30 days.',
    );
    expect(sentence('daily=7', 'trash')).toMatch(/7 daily\. The rest goes into the trash\.$/);
  });

  it('names all three steps in their order', () => {
    const sentence = ruleSentence({ verify: 'deep', migrate: { originals: 'keep' }, scheme: null }, list);
    expect(sentence).toMatch(
      /taken into the library.*verified to the last file.*brought to the current format/,
    );
  });
});

describe('what happened', () => {
  it('has a word for everything, and a tone that fits it', () => {
    expect(new Set(KINDS.map((kind) => eventVerdict({ kind }).word)).size).toBe(KINDS.length);
    expect(eventVerdict({ kind: 'verified' }).tone).toBe('good');
    expect(eventVerdict({ kind: 'failed' }).tone).toBe('bad');
  });

  it('is a problem where a person has to look', () => {
    expect(KINDS.filter((kind) => isProblem({ kind }))).toEqual(['unreadable', 'failed', 'unreachable']);
  });
});

describe('a folder', () => {
  it('is never called watched while it is not', () => {
    expect(folderVerdict('watching')).toEqual({ tone: 'good', word: 'Watched' });
    for (const state of ['starting', 'unreachable', 'failed', 'paused', 'off'] as const)
      expect(folderVerdict(state)).not.toMatchObject({ tone: 'good' });
  });
});
