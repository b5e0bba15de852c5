// PAX records: read strictly, written so that any reader gets them back.

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { decodePax, encodePax, paxSize } from '../../core/tar/index.ts';
import { errorCode, type ErrorCode } from '../../shared/errors.ts';

const codeOf = (work: () => unknown): ErrorCode | 'no error' => {
  try {
    work();
    return 'no error';
  } catch (error) {
    return errorCode(error);
  }
};

test('records come back with keys in order, whatever their values hold', () => {
  const key = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('='));
  const records = fc.uniqueArray(fc.tuple(key, fc.string({ unit: 'binary' })), {
    selector: ([name]) => name,
  });
  fc.assert(
    fc.property(records, (pairs) => {
      const wellFormed = pairs.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()] as const);
      expect([...decodePax(encodePax(new Map(wellFormed)))]).toEqual([...new Map(wellFormed)]);
    }),
  );
});

test('the length counts its own digits, at every change of their number', () => {
  for (const length of [1, 3, 4, 5, 6, 90, 93, 94, 95, 96, 985, 990, 991, 992, 993, 9980, 9990]) {
    const encoded = encodePax(new Map([['k', 'v'.repeat(length)]]));
    expect(Number.parseInt(encoded.toString('latin1'), 10)).toBe(encoded.length);
    expect(decodePax(encoded).get('k')).toHaveLength(length);
  }
});

test('a value may hold newlines and equals signs', () => {
  expect(decodePax(Buffer.from('12 a=b=\nc=d\n')).get('a')).toBe('b=\nc=d');
});

test('zeros after the records are padding, and of a key given twice the last counts', () => {
  expect(decodePax(Buffer.from('6 a=b\n6 a=c\n\0\0\0')).get('a')).toBe('c');
});

test.each([
  '6 a=b',
  '7 a=b\n',
  '5 a=b\n',
  'x a=b\n',
  ' a=b\n',
  '0 a=b\n',
  '06 a=b\n',
  '6 abc\n',
  '99999999999 a=b\n',
  '6=a b\n',
])('“%s” is damage', (text) => expect(codeOf(() => decodePax(Buffer.from(text)))).toBe('DAMAGED_HEADER'));

test('a size is a whole number of bytes that a program can count with', () => {
  const size = (value: string) => paxSize(new Map([['size', value]]));
  expect(paxSize(new Map())).toBeNull();
  expect(size('0')).toBe(0);
  expect(size('53687091200')).toBe(53_687_091_200);
  expect(size(String(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER);
  for (const wrong of ['', '-1', '1.5', '1e3', ' 1', '9007199254740992', '99999999999999999'])
    expect(codeOf(() => size(wrong))).toBe('DAMAGED_HEADER');
});
