// Every damaged or hostile fixture gets the answer that it deserves, with the right key, a wrong one and none: wrong
// key, damage, cut off, unsupported and not-a-backup stay five different things.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { inspect, openWith } from '../../core/backup/index.ts';
import { toPlainError } from '../../shared/errors.ts';
import { BAD, FIXTURES, KEY, expected, keyOf } from '../support/fixtures.ts';
import { check, runner } from './crafted-backups.ts';

const WRONG = keyOf('another key', 'WRNG-0000-0000-0000-0000-0000-0000');
const path = (name: string): string => join(FIXTURES, 'bad', name);
const refusal = (work: Promise<unknown>) =>
  work.then(() => expect.unreachable('it was accepted'), toPlainError);

/** The whole file is refused, whatever the key. */
const REFUSED: Readonly<Record<string, { code: string; message: RegExp }>> = {
  'empty.tar': { code: 'NOT_A_BACKUP', message: /but an empty file\.$/ },
  'html-instead-of-tar.tar': { code: 'NOT_A_BACKUP', message: /^This is not a backup, but a web page\.$/ },
  'outer-garbage-header.tar': { code: 'NOT_A_BACKUP', message: /does not begin like a tar archive/ },
  'outer-truncated.tar': { code: 'TRUNCATED', message: /cut off inside “homeassistant\.tar\.gz”/ },
  'meta-missing.tar': { code: 'DAMAGED_METADATA', message: /its backup\.json is missing/ },
  'meta-not-json.tar': { code: 'DAMAGED_METADATA', message: /backup\.json is damaged: it is not valid JSON/ },
  'meta-wrong-types.tar': { code: 'DAMAGED_METADATA', message: /backup\.json is damaged: “slug”/ },
};

/** One member is damaged in a way that its header shows, so a key makes no difference. */
const HEADER: Readonly<Record<string, { code: string; message: RegExp; variant: string }>> = {
  'v3-magic-damaged.tar': {
    code: 'DAMAGED_HEADER',
    message: /damaged at its start.*newer format/,
    variant: 'unknown',
  },
  'v3-reserved-nonzero.tar': { code: 'DAMAGED_HEADER', message: /reserved bytes/, variant: 'unknown' },
  'v3-size-field-lies.tar': {
    code: 'DAMAGED_HEADER',
    message: /size in the SecureTar header/,
    variant: 'v3',
  },
  'v3-version-4.tar': { code: 'UNSUPPORTED_VERSION', message: /unsupported version 4/, variant: 'unknown' },
  'v3-version-0.tar': { code: 'UNSUPPORTED_VERSION', message: /unsupported version 0/, variant: 'unknown' },
};

/** One member is damaged in its content, which only shows with the key. */
const PAYLOAD: Readonly<Record<string, { code: string; message: RegExp; quick: string; saved: number }>> = {
  'v3-bit-flip-first-chunk.tar': {
    code: 'DAMAGED_PAYLOAD',
    message: /encrypted archive is damaged/,
    quick: 'good',
    saved: 0,
  },
  'v3-bit-flip-last-chunk.tar': {
    code: 'DAMAGED_PAYLOAD',
    message: /encrypted archive is damaged/,
    quick: 'good',
    saved: 11,
  },
  'v3-chunks-swapped.tar': {
    code: 'DAMAGED_PAYLOAD',
    message: /encrypted archive is damaged/,
    quick: 'good',
    saved: 0,
  },
  'v2-bit-flip.tar': { code: 'DAMAGED_PAYLOAD', message: /./, quick: 'good', saved: 3 },
  'v1-bit-flip.tar': { code: 'DAMAGED_PAYLOAD', message: /./, quick: 'good', saved: 3 },
  'v2-size-field-lies.tar': {
    code: 'DAMAGED_HEADER',
    message: /size stored with the archive/,
    quick: 'damaged',
    saved: 0,
  },
};

const SURVIVED: Readonly<Record<string, readonly string[]>> = {
  'evil-bomb.tar': [],
  'evil-hardlink.tar': ['UNSAFE_NAMES'],
  'evil-symlink.tar': ['UNSAFE_NAMES'],
  'evil-traversal.tar': ['UNSAFE_NAMES'],
  'outer-no-end-blocks.tar': [],
};

test('every bad fixture is in one of the tables below', () => {
  const tables = [REFUSED, HEADER, PAYLOAD, SURVIVED, { 'v3-validation-key-damaged.tar': null }];
  expect(tables.flatMap((table) => Object.keys(table)).sort()).toEqual([...BAD].sort());
  expect(BAD.sort()).toEqual(Object.keys(expected.bad).sort());
});

describe.each(Object.entries(REFUSED))('%s', (name, { code, message }) => {
  test(`is refused as ${code} by everything, with something to do next`, async () => {
    const file = path(name);
    for (const work of [
      () => inspect(file),
      () => openWith(file, [KEY], runner),
      ...(['quick', 'full', 'deep'] as const).map((level) => () => check(file, level, [KEY])),
      () => check(file, 'full', [WRONG]),
      () => check(file, 'full', []),
    ]) {
      const error = await refusal(work());
      expect(error).toMatchObject({ code, hint: expect.stringMatching(/\w+ .*\.$/) as string });
      expect(error.message).toMatch(message);
    }
  });
});

describe.each(Object.entries(HEADER))('%s', (name, { code, message, variant }) => {
  test(`is ${code} with the right key, a wrong one and none; the other members keep their own answers`, async () => {
    const status = code === 'UNSUPPORTED_VERSION' ? 'unsupported' : 'damaged';
    for (const [keys, others] of [
      [[KEY], 'good'],
      [[WRONG], 'locked'],
      [[], 'locked'],
    ] as const) {
      for (const level of ['quick', 'full'] as const) {
        const result = await check(path(name), level, keys);
        expect(result).toMatchObject({
          status,
          error: { code, details: { member: 'homeassistant.tar.gz' } },
        });
        expect(result.error?.message).toMatch(message);
        expect(result.members.map((member) => member.status)).toEqual([
          status,
          ...Array<string>(6).fill(others),
        ]);
        expect(result.members[0]).toMatchObject({ variant, tarBytes: 0, entryCount: 0 });
      }
    }
    const [inspected] = (await inspect(path(name))).members;
    expect(inspected?.problem?.code).toBe(code);
    const [match] = (await openWith(path(name), [KEY], runner)).members;
    expect(match).toMatchObject({ status: 'unreadable', keyLabel: null, error: { code } });
  });
});

describe.each(Object.entries(PAYLOAD))('%s', (name, { code, message, quick, saved }) => {
  test(`is ${code} with the key, locked without; the other members stay good`, async () => {
    for (const level of ['full', 'deep'] as const) {
      const result = await check(path(name), level, [KEY]);
      expect(result).toMatchObject({
        status: 'damaged',
        error: { code, details: { member: 'homeassistant' } },
      });
      expect(result.error?.message).toMatch(message);
      expect(result.error?.message).toContain('“homeassistant”');
      expect(result.members[0]?.salvageable?.entryCount).toBe(saved);
      expect(result.members.slice(1).map(({ status }) => status)).toEqual(Array(6).fill('good'));
    }
    expect((await check(path(name), 'quick', [KEY])).status).toBe(quick);
    expect(await check(path(name), 'full', [WRONG])).toMatchObject({
      status: 'locked',
      error: { code: 'WRONG_KEY' },
    });
    expect(await check(path(name), 'full', [])).toMatchObject({ error: { code: 'KEY_REQUIRED' } });
  });
});

test('a damaged validation key is never decrypted: a sibling proves the key right, so the header is damaged', async () => {
  const file = path('v3-validation-key-damaged.tar');
  const result = await check(file, 'full', [WRONG, KEY]);
  expect(result).toMatchObject({ status: 'damaged', error: { code: 'DAMAGED_HEADER' } });
  expect(result.error?.message).toContain(`your key “${KEY.label}” is right`);
  expect(result.members[0]).toMatchObject({ keyLabel: null, tarBytes: 0, entryCount: 0, salvageable: null });
  expect(result.members.slice(1).every(({ status }) => status === 'good')).toBe(true);
  expect((await check(file, 'full', [WRONG])).error?.code).toBe('WRONG_KEY');
});

describe.each(Object.entries(SURVIVED))('%s', (name, remarks) => {
  test(`is whole${remarks.length === 0 ? '' : ', with a warning'}, and locked without its key`, async () => {
    const result = await check(path(name), 'deep', [KEY]);
    expect(result).toMatchObject({ status: 'good', error: null });
    expect(result.remarks.map(({ code }) => code)).toEqual(remarks);
    expect((await check(path(name), 'full', [])).error?.code).toBe('KEY_REQUIRED');
  });
});

test('a missing end mark is a warning where no part is missing', async () => {
  const { remarks, problem } = await inspect(path('outer-no-end-blocks.tar'));
  expect(remarks.map(({ code }) => code)).toEqual(['END_MARKER_MISSING']);
  expect(problem).toBeNull();
});
