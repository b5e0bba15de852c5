// Fixtures with bytes flipped, cut out, put in or taken from elsewhere: reading them never fails in any but the
// agreed ways, never hangs, and never calls a v3 part good of which a bit was changed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openBackup } from '../../core/backup/file/backup-file.ts';
import { inlineRunner, inspect, openWith, verify } from '../../core/backup/index.ts';
import { StrongroomError } from '../../shared/errors.ts';
import { FIXTURES, KEY, scratch } from '../support/fixtures.ts';
import { randomNumbers } from '../tar/tar-blocks.ts';
import { countingSodium } from './crafted-backups.ts';

const SOURCES = [
  'v1-compressed.tar',
  'v1-pax-2025.1.tar',
  'v2-compressed.tar',
  'v3-compressed.tar',
  'plain-compressed.tar',
  'shapes/core-container-v3.tar',
  'shapes/stale-pax-size.tar',
  'shapes/ha-decrypted-short-tail.tar',
];
const REFUSALS = new Set([
  'NOT_A_BACKUP',
  'TRUNCATED',
  'DAMAGED_METADATA',
  'DAMAGED_HEADER',
  'DAMAGED_PAYLOAD',
  'UNSUPPORTED_VERSION',
  'LIMIT_EXCEEDED',
]);
const ANSWERS = new Set([...REFUSALS, 'WRONG_KEY', 'KEY_REQUIRED']);
const sodium = countingSodium();
const runner = inlineRunner(sodium);

test('mutated backups are read or refused by the rules', async () => {
  const next = randomNumbers(Number(process.env['FUZZ_SEED'] ?? 1));
  const path = join(await scratch(), 'mutated.tar');
  const originals = SOURCES.map((name) => readFileSync(join(FIXTURES, name)));
  const tally = new Map<string, number>();
  for (let input = 0; input < 400; input++) {
    const original = originals[input % originals.length]!;
    const bytes = mutated(original, originals[next(originals.length)]!, next);
    writeFileSync(path, bytes);
    const verdict = await verdictOn(path, `input ${input}`, input % 4 === 0 ? 'full' : 'quick');
    tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
  }
  expect(tally.size).toBeGreaterThan(5); // it reaches what it shall reach
});

async function verdictOn(path: string, which: string, level: 'quick' | 'full'): Promise<string> {
  try {
    const { members, problem } = await inspect(path);
    for (const error of [problem, ...members.map((member) => member.problem)])
      if (error !== null) expect(REFUSALS, which).toContain(error.code);
    const match = await openWith(path, [KEY], runner);
    expect(match.members).toHaveLength(members.length);
    const result = await verify(path, { level, keys: [KEY] }, runner);
    for (const { error } of result.members) if (error !== null) expect(ANSWERS, which).toContain(error.code);
    if (result.error !== null) expect(ANSWERS, which).toContain(result.error.code);
    return result.status;
  } catch (error) {
    if (!(error instanceof StrongroomError))
      throw new Error(`${which} fails in another way`, { cause: error });
    expect(REFUSALS, which).toContain(error.code);
    return error.code;
  }
}

function mutated(original: Buffer, other: Buffer, next: (below: number) => number): Buffer {
  const at = next(original.length);
  const length = [1, 16, 512, 1024, 10_240][next(5)]!;
  // Headers are small and matter most.
  const place = next(2) === 0 ? at : at - (at % 512);
  switch (next(6)) {
    case 0:
      return original.subarray(0, place);
    case 1:
      return Buffer.concat([original.subarray(0, place), original.subarray(place + length)]);
    case 2:
      return Buffer.concat([
        original.subarray(0, place),
        other.subarray(place, place + length),
        original.subarray(place),
      ]);
    case 3: {
      const copy = Buffer.from(original);
      other.copy(copy, place, next(other.length), next(other.length));
      return copy;
    }
    case 4: {
      const copy = Buffer.from(original);
      return copy.fill(0, place, Math.min(copy.length, place + length));
    }
    default: {
      const copy = Buffer.from(original);
      for (let flips = 1 + next(3); flips > 0; flips--) {
        const offset = next(3) === 0 ? next(copy.length) : place + next(512);
        if (offset < copy.length) copy[offset]! ^= 1 << next(8);
      }
      return copy;
    }
  }
}

test('no bit of a v3 part can change and the part stay good', async () => {
  const next = randomNumbers(2);
  const original = readFileSync(join(FIXTURES, 'v3-compressed.tar'));
  const backup = await openBackup(join(FIXTURES, 'v3-compressed.tar'));
  await backup.close();
  const path = join(await scratch(), 'flipped.tar');
  for (const { entry, name } of backup.members) {
    // Every byte of the header, and some of the content.
    const header = name === 'share' ? Array.from({ length: 136 }, (_, index) => index) : [next(136)];
    for (const offset of [...header, 136, entry.sizeBytes - 1, 136 + next(entry.sizeBytes - 136)]) {
      const copy = Buffer.from(original);
      copy[entry.dataOffset + offset]! ^= 1 << next(8);
      writeFileSync(path, copy);
      const result = await verify(path, { level: 'full', keys: [KEY] }, runner);
      const unread = offset >= 24 && offset < 32; // reserved, ignored when read
      const bad = result.members.filter(({ status }) => status !== 'good');
      expect(
        bad.map((member) => member.name),
        `${name}, byte ${offset}`,
      ).toEqual(unread ? [] : [name]);
    }
  }
});
