// The names inside the backups are found by any part of them, whatever characters they have, and by nothing else.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ContentsMatch } from '../../core/catalog/index.ts';
import { BACKUP, PLAIN_BACKUP, STAMP, backupOf } from './catalog-samples.ts';
import { newCatalog } from './opened-catalog.ts';

const ALL = 1_000_000;

function namesOf(matches: readonly ContentsMatch[]): string[] {
  return matches.map(({ name }) => name);
}

async function catalogWith(...names: string[]) {
  const catalog = await newCatalog();
  catalog.rememberCopy('/backups/one.tar', STAMP, BACKUP);
  catalog.contents.put(
    BACKUP.identity,
    'homeassistant',
    names.map((name) => ({ name, sizeBytes: name.length })),
  );
  return catalog;
}

describe('a name', () => {
  it.each([
    ['data/configuration.yaml', 'CONFIG'],
    ['data/Жалюзи/Über.yaml', 'жалюзи/ü'],
    ['data/u\u0308ber.txt', 'Über'], // composed in another way
    ['data/50%_"quoted"\'s*.txt', '%_"quoted"\'s*'],
    ['data/🏠🏡🏘.png', '🏡'],
    ['data/new\nline\0nul.txt', 'line\0nul'],
    ['data/AND OR NOT.txt', 'and or not'],
    ['ab', 'B'],
  ])('%j is found by %j', async (name, searched) => {
    const { contents } = await catalogWith(name, 'data/other');
    expect(contents.search(searched, ALL)).toEqual([
      { identity: BACKUP.identity, member: 'homeassistant', name, sizeBytes: name.length },
    ]);
  });

  it('is found by all of its parts, and by what is in no name nothing is', async () => {
    const names = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), {
      maxLength: 12,
    });
    const catalog = await newCatalog();
    catalog.rememberCopy('/backups/one.tar', STAMP, BACKUP);
    const folded = (text: string): string => text.normalize('NFC').toLowerCase();
    fc.assert(
      fc.property(
        names,
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }),
        fc.nat(),
        (all, other, at) => {
          catalog.contents.put(
            BACKUP.identity,
            'share',
            all.map((name) => ({ name, sizeBytes: 1 })),
          );
          const some = all[at % Math.max(all.length, 1)] ?? '';
          for (const searched of [other, some.slice(at % 3), some.slice(0, 3)]) {
            const wanted = folded(searched.toWellFormed());
            const expected = wanted === '' ? [] : all.filter((name) => folded(name).includes(wanted));
            expect(namesOf(catalog.contents.search(searched, ALL)).toSorted()).toEqual(expected.toSorted());
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

it('finds what stands everywhere, in the newest backups first', async () => {
  const catalog = await newCatalog();
  const count = 300;
  catalog.batch(() => {
    for (let index = 0; index < count; index++) {
      const backup = backupOf(index, { date: new Date(Date.UTC(2025, 0, 1 + index)).toISOString() });
      catalog.rememberCopy(`/backups/${index}.tar`, STAMP, backup);
      const names = Array.from({ length: 50 }, (_, file) => ({
        name: `data/file-${file}.yaml`,
        sizeBytes: index,
      }));
      catalog.contents.put(backup.identity, 'homeassistant', [
        ...names,
        { name: `data/${index}.db`, sizeBytes: 1 },
      ]);
    }
  });
  for (const searched of ['.yaml', 'ta/fi', 'a']) {
    const found = catalog.contents.search(searched, 60);
    expect(found).toHaveLength(60);
    expect(new Set(found.slice(0, 50).map(({ identity }) => identity))).toEqual(
      new Set([backupOf(299).identity]),
    );
  }
  expect(catalog.contents.search('file-7.yaml', 2).map(({ sizeBytes }) => sizeBytes)).toEqual([299, 298]);
  expect(catalog.contents.search('file-7.yaml', ALL)).toHaveLength(count);
  expect(namesOf(catalog.contents.search('data/12', ALL))).toHaveLength(1 + 10); // 12 and 120 to 129
  expect(catalog.contents.search('', ALL)).toEqual([]);
  expect(catalog.contents.search('.yaml', 0)).toEqual([]);
});

describe('what is in a part', () => {
  it('takes the place of what was noted before; the last of entries with one name counts', async () => {
    const { contents } = await catalogWith('old/name');
    const entries = [1, 2].map((sizeBytes) => ({ name: 'new/name', sizeBytes }));
    contents.put(BACKUP.identity, 'homeassistant', entries);
    expect(contents.search('name', ALL)).toMatchObject([{ name: 'new/name', sizeBytes: 2 }]);
    contents.put(BACKUP.identity, 'share', [{ name: 'share/name', sizeBytes: 3 }]);
    expect(namesOf(contents.search('name', ALL)).toSorted()).toEqual(['new/name', 'share/name']);
    expect(contents.has(BACKUP.identity, 'share')).toBe(true);
    expect(contents.has(BACKUP.identity, 'media')).toBe(false);
    expect(contents.has(PLAIN_BACKUP.identity)).toBe(false);
  });

  it('is not half noted when it cannot be read to its end', async () => {
    const { contents } = await catalogWith('old/name');
    const broken = function* () {
      yield { name: 'new/name', sizeBytes: 1 };
      throw new Error('damaged');
    };
    expect(() => contents.put(BACKUP.identity, 'homeassistant', broken())).toThrow('damaged');
    expect(namesOf(contents.search('name', ALL))).toEqual(['old/name']);
  });

  it('is found while a file of the backup is known, and gone from the disk when it is forgotten', async () => {
    const catalog = await catalogWith('data/secret-plan.txt', 'data/shared.txt');
    catalog.rememberCopy('/backups/two.tar', STAMP, PLAIN_BACKUP);
    catalog.contents.put(PLAIN_BACKUP.identity, 'share', [{ name: 'data/shared.txt', sizeBytes: 1 }]);
    catalog.copies.markMissing(['/backups/one.tar'], '2025-03-01T00:00:00.000Z');
    expect(catalog.contents.search('secret', ALL)).toHaveLength(1);
    catalog.copies.remove('/backups/one.tar');
    expect(catalog.contents.search('secret', ALL)).toEqual([]);
    expect(catalog.contents.has(BACKUP.identity)).toBe(true); // until the catalogue is pruned
    catalog.prune();
    expect(catalog.contents.has(BACKUP.identity)).toBe(false);
    expect(catalog.contents.search('shared', ALL)).toMatchObject([{ identity: PLAIN_BACKUP.identity }]);
    catalog.contents.remove(PLAIN_BACKUP.identity);
    expect(catalog.contents.search('shared', ALL)).toEqual([]);
    catalog.contents.put(PLAIN_BACKUP.identity, 'share', [{ name: 'data/secret-plan.txt', sizeBytes: 1 }]);
    expect(catalog.contents.search('secret', ALL)).toHaveLength(1);
  });

  it('goes over to the backup that was written in its place, and so does its history', async () => {
    const catalog = await catalogWith('data/one.txt');
    const [second, third] = [backupOf(2), backupOf(3)];
    for (const backup of [second, third]) catalog.rememberCopy('/backups/one.tar', STAMP, backup);
    const step = { operation: 'rekey', path: '/backups/one.tar' } as const;
    catalog.replacements.add({ ...step, oldIdentity: BACKUP.identity, newIdentity: second.identity });
    catalog.replacements.add({ ...step, oldIdentity: second.identity, newIdentity: third.identity });
    expect(catalog.contents.search('one.txt', ALL)).toMatchObject([{ identity: third.identity }]);
    const origins = catalog.replacements.originsOf(third.identity);
    expect(origins.map(({ oldIdentity }) => oldIdentity)).toEqual([second.identity, BACKUP.identity]);
    expect(catalog.replacements.replacedBy(BACKUP.identity)).toMatchObject([
      { newIdentity: second.identity },
    ]);
    catalog.replacements.add({ ...step, oldIdentity: third.identity, newIdentity: BACKUP.identity });
    expect(catalog.replacements.originsOf(third.identity)).toHaveLength(2); // in a circle
    catalog.prune();
    expect(catalog.knows(BACKUP.identity)).toBe(true);
  });
});
