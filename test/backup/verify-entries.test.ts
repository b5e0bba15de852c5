// A full verification tells what lies in each inner archive, as far as it was proven, and never more than can be kept.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { list, verify, type NamedEntry, type VerifyOptions } from '../../core/backup/index.ts';
import { EntryNameList, unpackNames } from '../../core/backup/read/entry-names.ts';
import type { ArchiveEntry } from '../../shared/backup.ts';
import { FIXTURES, KEY, PASSWORD, scratch } from '../support/fixtures.ts';
import { makeBackup } from '../support/make-backup.ts';
import { openRunner, type OpenRunner, type RunnerKind } from '../support/runners.ts';

interface Told {
  readonly member: string;
  readonly entries: readonly NamedEntry[];
  readonly isComplete: boolean;
}

describe.each<RunnerKind>(['inline', 'threads'])('names of entries, %s', (kind) => {
  let open: OpenRunner;
  beforeAll(async () => {
    open = await openRunner(kind);
  });
  afterAll(() => open.close());

  async function told(path: string, options: Partial<VerifyOptions> = {}): Promise<Told[]> {
    const all: Told[] = [];
    const onEntries: VerifyOptions['onEntries'] = (member, entries, isComplete) =>
      void all.push({ member, entries, isComplete });
    await verify(path, { keys: [KEY], level: 'full', onEntries, ...options }, open.runner);
    return all.toSorted((a, b) => a.member.localeCompare(b.member));
  }

  it.each(['v2-compressed.tar', 'v3-compressed.tar'])(
    'of %s are those that a listing gives, without folders',
    async (name) => {
      const path = join(FIXTURES, name);
      const listed: ArchiveEntry[] = await Array.fromAsync(list(path, { keys: [KEY] }, open.runner.sodium));
      const all = await told(path);
      expect(all.length).toBeGreaterThan(1);
      for (const { member, entries, isComplete } of all) {
        const wanted = listed.filter((entry) => entry.member === member && entry.type !== 'directory');
        expect(entries).toEqual(wanted.map(({ name, sizeBytes }) => ({ name, sizeBytes })));
        expect(isComplete).toBe(true);
      }
      expect(await told(path, { level: 'deep' })).toEqual(all);
    },
  );

  it('are told of nothing that was not read', async () => {
    const path = join(FIXTURES, 'v2-compressed.tar');
    expect(await told(path, { level: 'quick' })).toEqual([]);
    expect(await told(path, { keys: [] })).toEqual([]);
  });

  it('end at a damage, and say so', async () => {
    const path = join(await scratch(), 'backup.tar');
    await makeBackup(path, PASSWORD, 2, 4 * 1024 * 1024);
    const whole = await told(path);
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.length * 0.75)]! ^= 0xff; // in the middle of the second
    writeFileSync(path, bytes);
    const half = await told(path);
    const broken = half.filter(({ isComplete }) => !isComplete);
    expect(broken.length).toBe(1);
    expect(broken[0]?.entries.length).toBeLessThan(4);
    for (const { member, entries } of half) {
      const before = whole.find((one) => one.member === member)?.entries ?? [];
      expect(before.slice(0, entries.length)).toEqual(entries);
    }
  });
});

describe('the list that crosses threads', () => {
  const entry = fc.record({
    name: fc.string({ unit: 'grapheme' }).filter((name) => !name.includes('\0')),
    sizeBytes: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  });

  it('gives back what was put in, up to its limit, and says when that was not all', () => {
    fc.assert(
      fc.property(fc.array(entry), fc.nat(20), fc.nat(20), fc.boolean(), (entries, kept, wanted, whole) => {
        const names = new EntryNameList(kept);
        for (const one of entries) names.add(one);
        const packed = names.pack(whole);
        expect(unpackNames(packed, wanted)).toEqual(entries.slice(0, Math.min(kept, wanted)));
        expect(packed.isComplete).toBe(whole && entries.length <= kept);
      }),
    );
  });

  it('holds no more text than it may, whatever the names', () => {
    const names = new EntryNameList(200_000);
    const long = 'x'.repeat(32_000);
    for (let count = 0; count < 1000; count++) names.add({ name: long, sizeBytes: 1 });
    const packed = names.pack(true);
    expect(packed.names.length).toBeLessThan(17 * 1024 * 1024);
    expect(packed.isComplete).toBe(false);
  });

  it('leaves out a name that no system has, and keeps the others', () => {
    const names = new EntryNameList(10);
    for (const name of ['a', 'b\0c', 'd']) names.add({ name, sizeBytes: 1 });
    const packed = names.pack(true);
    expect(unpackNames(packed, 10).map(({ name }) => name)).toEqual(['a', 'd']);
    expect(packed.isComplete).toBe(false);
  });
});
