// Home Assistant's key form: what a typed key may have meant, and its look-alikes.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  differingPlaces,
  findKeys,
  isHomeAssistantKey,
  lookAlikeKeys,
  normaliseTypedKey,
} from '../../shared/key-format.ts';

const KEY = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const group = fc.string({
  unit: fc.constantFrom(...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789')),
  minLength: 4,
  maxLength: 4,
});
const key = fc.array(group, { minLength: 7, maxLength: 7 }).map((groups) => groups.join('-'));

describe('isHomeAssistantKey', () => {
  it.each([
    [KEY, true],
    [KEY.toLowerCase(), false],
    [KEY.replaceAll('-', ''), false],
    [`${KEY}\n`, false],
    [` ${KEY}`, false],
    [KEY.slice(0, -1), false],
    ['', false],
  ])('%j: %s', (text, expected) => {
    expect(isHomeAssistantKey(text)).toBe(expected);
  });
});

describe('normaliseTypedKey', () => {
  it.each([
    ['without dashes', KEY.replaceAll('-', '')],
    ['lower case', KEY.toLowerCase()],
    ['blanks for dashes', KEY.replaceAll('-', ' ')],
    ['en dashes', KEY.replaceAll('-', '–')],
    ['em dashes', KEY.replaceAll('-', '—')],
    ['minus signs', KEY.replaceAll('-', '−')],
    ['no-break blanks around it', `\u00A0${KEY}\u00A0`],
    ['full-width letters', KEY.replaceAll('K', 'Ｋ').replaceAll('7', '７')],
    ['groups in a wrong rhythm', KEY.replaceAll('-', '').replace(/(.{5})/g, '$1-')],
    ['a zero-width blank inside', KEY.replace('2M9X', '2M\u200B9X')],
  ])('reads %s', (_, typed) => {
    expect(normaliseTypedKey(typed)).toBe(KEY);
  });

  it.each(['hunter2', '', 'correct horse battery staple', `${KEY}A`, KEY.slice(0, -1), 'ÄÖÜÄ'.repeat(7)])(
    'leaves another password alone: %j',
    (typed) => {
      expect(normaliseTypedKey(typed)).toBeNull();
    },
  );

  it('gives back every real key, however its letters and dashes were typed', () => {
    const dash = fc.constantFrom('-', '', ' ', '–', '—', ' - ', '\u2011');
    fc.assert(
      fc.property(key, dash, fc.boolean(), (real, separator, lower) => {
        const typed = real.replaceAll('-', separator);
        expect(normaliseTypedKey(lower ? typed.toLowerCase() : typed)).toBe(real);
      }),
    );
  });

  it('gives only well-formed keys, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const meant = normaliseTypedKey(text);
        if (meant !== null) expect(isHomeAssistantKey(meant)).toBe(true);
      }),
    );
  });
});

describe('lookAlikeKeys', () => {
  it('starts with single changes', () => {
    expect([...lookAlikeKeys('AAAA-AAAA-AAAA-AAAA-AAAA-AAA8-AAAO', 10)]).toEqual([
      'AAAA-AAAA-AAAA-AAAA-AAAA-AAAB-AAAO',
      'AAAA-AAAA-AAAA-AAAA-AAAA-AAA8-AAA0',
      'AAAA-AAAA-AAAA-AAAA-AAAA-AAAB-AAA0',
    ]);
  });

  it('finds a key mistyped in one or two look-alikes, without repeating one, within its bound', () => {
    fc.assert(
      fc.property(key, fc.nat(), (real, seed) => {
        const candidates = [...lookAlikeKeys(real, 500)];
        expect(new Set(candidates).size).toBe(candidates.length);
        expect(candidates.length).toBeLessThanOrEqual(500);
        expect(candidates).not.toContain(real);
        expect(candidates.every(isHomeAssistantKey)).toBe(true);
        const mistyped = candidates[seed % Math.max(1, Math.min(candidates.length, 28))];
        if (mistyped !== undefined) expect([...lookAlikeKeys(mistyped, 500)]).toContain(real);
      }),
    );
  });

  it('stays within its bound for a key of nothing but look-alikes', () => {
    expect([...lookAlikeKeys('OOOO-OOOO-OOOO-OOOO-OOOO-OOOO-OOOO', 40)]).toHaveLength(40);
  });

  it('gives none for another password', () => {
    expect([...lookAlikeKeys('BOSS', 10)]).toEqual([]);
  });
});

describe('differingPlaces', () => {
  it('counts as people read', () => {
    const other = KEY.replace('8ZRB', '8ZR8').replace('C1YE', 'CIYE');
    expect(differingPlaces(KEY, other)).toEqual([
      { group: 4, character: 4 },
      { group: 7, character: 2 },
    ]);
    expect(differingPlaces(KEY, KEY)).toEqual([]);
  });
});

describe('findKeys', () => {
  it('finds each once, in order, and nothing inside longer words', () => {
    const other = 'AAAA-1111-BBBB-2222-CCCC-3333-DDDD';
    expect(findKeys(`x ${other}, ${KEY}; ${other}. X${KEY} ${KEY}-AAAA ${KEY.toLowerCase()}`)).toEqual([
      other,
      KEY,
    ]);
  });
});
