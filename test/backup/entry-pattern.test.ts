// Patterns: the table says what users may expect, the properties hold for everything.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { EntryPatterns, matchesPattern } from '../../core/backup/extract/entry-pattern.ts';

describe.each([
  [
    'secrets.yaml',
    ['secrets.yaml', './data/secrets.yaml', 'a/b/secrets.yaml/'],
    ['Secrets.yaml', 'data/secrets.yml', 'xsecrets.yaml'],
  ],
  ['*.yaml', ['a.yaml', './data/x/.yaml', 'dir.yaml/inside'], ['a.yaml.bak', 'yaml']],
  ['data/*.yaml', ['data/a.yaml', './data/.hidden.yaml'], ['data/x/a.yaml', 'x/data/a.yaml', 'a.yaml']],
  [
    'data/.storage',
    ['data/.storage', './data/.storage/', 'data/.storage/a/b'],
    ['data/.storagex', 'x/data/.storage'],
  ],
  ['/data', ['data', 'data/a'], ['x/data']],
  ['./data', ['data', './data/a'], ['x/data']],
  ['.storage/', ['data/.storage/x', '.storage'], ['data/storage']],
  ['**/secrets.yaml', ['secrets.yaml', 'a/secrets.yaml', 'a/b/secrets.yaml'], ['a/b/secrets.yam']],
  ['data/**/x', ['data/x', 'data/a/x', 'data/a/b/x', 'data/a/b/x/y'], ['x', 'data/a/xx']],
  ['data/**', ['data', 'data/a', 'data/.a/b'], ['a', 'dat']],
  ['**', ['a', './', '.a/b'], []],
  ['?.txt', ['a.txt', '灯.txt', 'x/😀.txt'], ['.txt', 'ab.txt']],
  ['a*b*c', ['abc', 'aXbYc', 'abbcc'], ['ab', 'acb']],
  ['[ab].{x,y}', ['[ab].{x,y}'], ['a.x']],
  ['urn:*', ['data/urn:miot-spec-v2'], ['data/xurn:miot']],
])('%s', (pattern, yes, no) => {
  it('selects', () => {
    for (const name of yes) expect(matchesPattern(pattern, name), name).toBe(true);
  });
  it('leaves alone', () => {
    for (const name of no) expect(matchesPattern(pattern, name), name).toBe(false);
  });
});

it.each(['', '/', './', '.', '././/'])('%j names nothing', (pattern) => {
  expect(() => matchesPattern(pattern, 'a')).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

const part = fc
  .string({ unit: fc.constantFrom('a', 'b', '.', '-', '灯'), minLength: 1, maxLength: 5 })
  .filter((text) => text !== '.');
const path = fc.array(part, { minLength: 1, maxLength: 5 });

it('a path selects itself and all in it, with any spelling of the top', () => {
  fc.assert(
    fc.property(path, path, (folder, below) => {
      const pattern = `/${folder.join('/')}`;
      expect(matchesPattern(pattern, folder.join('/'))).toBe(true);
      expect(matchesPattern(pattern, `./${folder.join('/')}/`)).toBe(true);
      expect(matchesPattern(pattern, [...folder, ...below].join('/'))).toBe(true);
      expect(matchesPattern(folder.at(-1) ?? '', [...below, ...folder].join('/'))).toBe(true);
    }),
  );
});

it('agrees with a regular expression that says the same', () => {
  const piece = fc.constantFrom('a', 'b', '*', '?', '**', 'a*', '*b', '?b', 'a*b*');
  const name = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), name, (pieces, parts) => {
      const source = pieces
        .map((text) =>
          text === '**' ? '(?:[^/]+/)*' : `${text.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}/`,
        )
        .join('');
      const meant = new RegExp(`^${source}(?:[^/]+/)*$`).test(`${parts.join('/')}/`);
      expect(matchesPattern(`/${pieces.join('/')}`, parts.join('/'))).toBe(meant);
    }),
    { numRuns: 2000 },
  );
});

it('takes no longer for a pattern and a name made to be slow', () => {
  const started = performance.now();
  expect(matchesPattern(`/${'a*'.repeat(30)}b`, 'a'.repeat(30_000))).toBe(false);
  expect(
    matchesPattern('/**/a/**/a/**/a/**/a/**/b', Array.from({ length: 15_000 }, () => 'a').join('/')),
  ).toBe(false);
  expect(performance.now() - started).toBeLessThan(5_000); // a backtracking matcher takes years
});

it('remembers which patterns were of use; none at all select everything', () => {
  const patterns = new EntryPatterns(['a', '*', 'never/there']);
  expect(patterns.unused).toEqual(['a', '*', 'never/there']);
  expect(patterns.select('x/a')).toBe(true);
  expect(patterns.unused).toEqual(['never/there']);
  expect(new EntryPatterns(['a']).select('b')).toBe(false);
  expect(new EntryPatterns([]).select('anything')).toBe(true);
});
