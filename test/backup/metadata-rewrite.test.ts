// Rewriting metadata changes `protected` and drops `crypto` at the top, and not one other byte.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseMetadata, rewriteMetadata } from '../../core/backup/file/metadata.ts';
import { errorCode } from '../../shared/errors.ts';
import { ARCHIVES, FIXTURES } from '../support/fixtures.ts';
import { metadataText } from '../support/outer-archive.ts';

const rewrite = (text: string, isProtected: boolean): string =>
  rewriteMetadata(Buffer.from(text), isProtected).toString('utf8');

describe('one case after the other', () => {
  test.each([
    ['crypto last', '{"a":1,"crypto":"aes128"}', '{"a":1}'],
    ['crypto first', '{ "crypto" : "aes128" ,\r\n\t"a":1}', '{ "a":1}'],
    ['crypto in the middle', '{"a":1 , "crypto":null,"b":2}', '{"a":1,"b":2}'],
    ['crypto alone', '{"crypto":"aes128"}', '{}'],
    ['crypto twice', '{"crypto":1,"a":2,"crypto":3}', '{"a":2}'],
    ['crypto twice in front', '{"crypto":1,"crypto":2,"a":3}', '{"a":3}'],
    ['crypto twice and alone', '{"crypto":1,"crypto":2}', '{}'],
    ['crypto twice in a row', '{"a":1,"crypto":null , "crypto":2}', '{"a":1}'],
    [
      'crypto on a line of its own',
      '{\n  "a": 1,\n  "crypto": "aes128",\n  "b": 2\n}',
      '{\n  "a": 1,\n  "b": 2\n}',
    ],
    ['an escaped key', '{"cr\\u0079pto":1,"a":2}', '{"a":2}'],
    ['protected false to begin with', '{"protected": false}', '{"protected": false}'],
    ['protected true', '{ "protected" :true }', '{ "protected" :false }'],
    ['protected as a string', '{"protected":"{,\\"}"}', '{"protected":false}'],
    [
      'protected twice',
      '{"protected":true,"a":0.0,"protected":false}',
      '{"protected":false,"a":0.0,"protected":false}',
    ],
    [
      'the same keys further down',
      '{"x":{"protected":true,"crypto":1},"protected":true}',
      '{"x":{"protected":true,"crypto":1},"protected":false}',
    ],
    ['a byte order mark', '\uFEFF{"protected":true}\n', '\uFEFF{"protected":false}\n'],
  ])('to plain, %s', (_, before, after) => {
    expect(rewrite(before, false)).toBe(after);
  });

  test.each([
    ['already so, as a string', '{"protected":"hash","crypto":"aes128","a":1}', '{"protected":"hash","a":1}'],
    ['an empty string', '{"protected":""}', '{"protected":true}'],
    ['null', '{"protected":null}', '{"protected":true}'],
    ['missing', '{"a":1}', '{"protected": true, "a":1}'],
    ['missing, and nothing else there', '{"crypto":1}', '{"protected": true}'],
    ['missing behind a byte order mark', '\uFEFF {}', '\uFEFF {"protected": true}'],
  ])('to encrypted, %s', (_, before, after) => {
    expect(rewrite(before, true)).toBe(after);
  });

  test('what needs no change is given back as it is', () => {
    const bytes = Buffer.from('{"protected":true}');
    expect(rewriteMetadata(bytes, true)).toBe(bytes);
  });

  test.each(['', '[]', '{"a":1,}', '{"a":1} x', '{a:1}', '{"a":1 // x\n}'])('“%s” is no metadata', (text) => {
    let code = 'accepted';
    try {
      rewrite(text, true);
    } catch (error) {
      code = errorCode(error);
    }
    expect(code).toBe('DAMAGED_METADATA');
  });

  test.each(ARCHIVES)('%s: there and back gives the same bytes but for crypto', async (name) => {
    const text = await metadataText(`${FIXTURES}${name}`);
    const { protected: state } = JSON.parse(text) as { protected: boolean | string };
    const there = rewrite(text, !state);
    const { crypto: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
    expect(JSON.parse(there)).toEqual({ ...rest, protected: !state });
    expect(Object.keys(JSON.parse(there) as object)).toEqual(Object.keys(rest));
    if (typeof state === 'boolean') expect(rewrite(there, state)).toBe(rewrite(text, state));
  });
});

/** A field as text in three parts, so that what must come out can be put together without a parser. */
interface Field {
  readonly key: string;
  readonly value: string;
  readonly before: string;
  readonly after: string;
}

const space = fc.constantFrom('', '', ' ', '  ', '\n', '\r\n\t', '\n    ');
const leaf = fc.constantFrom(
  '0.0',
  '-0',
  '1e3',
  '1E+3',
  '0.10',
  '12345678901234567890',
  'true',
  'null',
  '"\\u00e4\\/"',
  '"ä灯"',
  '"\\ud83d\\ude00"',
  '"{\\"crypto\\":1,"',
  '""',
  '[]',
  '{}',
  '[ 1 ,2 ]',
  '{"protected" : true , "crypto":"x"}',
  '[{"crypto":1},{"protected":"y"}]',
);
const key = fc.constantFrom(
  '"a"',
  '"slug"',
  '"extra"',
  '"Crypto"',
  '" protected"',
  '"cry\\\\pto"',
  '"\\u0070rotecte"',
  '"名"',
);
const field = (keys: fc.Arbitrary<string>, values: fc.Arbitrary<string>): fc.Arbitrary<Field> =>
  fc.record({ key: keys, value: values, before: space, after: space });

test('whatever the JSON looks like, only those two change', () => {
  const wanted = fc.constantFrom('true', 'false', '"hash"', '""', 'null');
  const cases = fc.record({
    others: fc.array(field(key, leaf), { maxLength: 5 }),
    protection: field(fc.constantFrom('"protected"', '"prot\\u0065cted"'), wanted),
    crypto: fc.option(field(fc.constant('"crypto"'), leaf)),
    places: fc.tuple(fc.nat(5), fc.nat(6)),
    bom: fc.constantFrom('', '\uFEFF'),
    isProtected: fc.boolean(),
    end: space,
  });
  fc.assert(
    fc.property(cases, ({ others, protection, crypto, places, bom, isProtected, end }) => {
      const kept = others.toSpliced(places[0] % (others.length + 1), 0, protection);
      const at = places[1] % (kept.length + 1);
      const all = crypto === null ? kept : kept.toSpliced(at, 0, crypto);
      const write = ({ key: name, value, before, after }: Field): string =>
        `${before}${name}${after}:${before}${value}`;
      const join = (fields: readonly Field[]): string => `${bom}{${fields.map(write).join(',')}${end}}${end}`;
      const was = protection.value === 'true' || protection.value === '"hash"';
      const now = was === isProtected ? protection.value : String(isProtected);
      const expected = kept.map((one) => (one === protection ? { ...one, value: now } : one));
      // Where crypto was first, the space before it stays in place of the next field's.
      const first = expected[0];
      if (crypto !== null && at === 0 && first !== undefined)
        expected[0] = { ...first, before: crypto.before };
      const after = rewrite(join(all), isProtected);
      const text = join(expected);
      // The moved space stands only before the key, not before the value.
      expect(after).toBe(
        crypto !== null && at === 0 && first !== undefined
          ? text.replace(
              write(expected[0]!),
              `${crypto.before}${expected[0]!.key}${first.after}:${first.before}${expected[0]!.value}`,
            )
          : text,
      );
      JSON.parse(after.replace('\uFEFF', ''));
      expect(rewrite(after, isProtected)).toBe(after);
    }),
    { numRuns: 500 },
  );
});

test('after a rewrite the metadata says what was asked for, whatever it was', () => {
  const protection = fc.array(fc.constantFrom('"protected":true', '"protected":""', '"crypto":1', '"a":2'), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(protection, fc.boolean(), (fields, isProtected) => {
      const after = rewriteMetadata(Buffer.from(`{${['"slug":"s"', ...fields].join(',')}}`), isProtected);
      expect(parseMetadata(after, 'backup.json').metadata.protected).toBe(isProtected);
      expect(String(after)).not.toContain('crypto');
    }),
  );
});
