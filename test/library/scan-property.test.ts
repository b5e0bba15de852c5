// Whatever is done to files between two scans: the catalogue then says exactly what is on the disk, and the report accounts for
// every file once.

import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { addFolder } from '../../core/library/folders.ts';
import { scanFolders } from '../../core/library/scan-folders.ts';
import { takeIn } from '../../core/library/take-in.ts';
import type { ScanReport } from '../../shared/library.ts';
import { backupBytes, makeScanLibrary, type ScanLibrary } from './scan-samples.ts';

const NAMES = [
  'one/a.tar',
  'one/b.tar',
  'one/deep/a.tar',
  'two/a.tar',
  'two/deep/er/b.tar',
  'one/inner/a.tar',
];
/** Each of another size: what is written within one tick of the clock differs in that, too. */
const CONTENTS = ['a', 'bb', 'ccc', 'dddd'];

const name = fc.constantFrom(...NAMES);
const content = fc.constantFrom(...CONTENTS, 'garbage');
const operation = fc.oneof(
  fc.record({ do: fc.constant('write' as const), to: name, content }),
  fc.record({ do: fc.constant('rename' as const), from: name, to: name }),
  fc.record({ do: fc.constant('copy' as const), from: name, to: name }),
  fc.record({ do: fc.constant('delete' as const), from: name }),
  fc.record({ do: fc.constant('touch' as const), from: name, second: fc.nat(1000) }),
  fc.record({ do: fc.constant('take in' as const), from: name }),
  fc.constant({ do: 'scan' as const }),
  fc.constant({ do: 'scan one folder' as const }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

it('any operations between scans', { timeout: 120_000 }, async () => {
  const library = await makeScanLibrary();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 25 }), async (operations) => {
      const place = join(library.place, `run ${run++}`);
      const folders = ['one', 'two', 'one/inner'].map((folder) => join(place, folder));
      for (const folder of folders) {
        mkdirSync(folder, { recursive: true });
        await addFolder(library, folder);
      }
      for (const step of [...operations, { do: 'scan' as const }])
        await perform(step, place, folders, library);
      expect(await scanFolders(library, { folders })).toMatchObject({
        added: [],
        moved: [],
        copies: [],
        changed: [],
        returned: [],
        missing: [],
      });
    }),
    { numRuns: 150 },
  );
});

async function perform(
  step: Operation,
  place: string,
  folders: string[],
  library: ScanLibrary,
): Promise<void> {
  const disk = readDisk(place);
  const from = 'from' in step ? join(place, step.from) : '';
  if ('from' in step && step.do !== 'take in' && !disk.has(from)) return;
  const to = 'to' in step ? join(place, step.to) : '';
  if (to !== '') mkdirSync(dirname(to), { recursive: true });
  switch (step.do) {
    case 'write':
      writeFileSync(to, step.content === 'garbage' ? 'no backup' : backupBytes(step.content));
      break;
    case 'rename':
      renameSync(from, to);
      break;
    case 'copy':
      if (from !== to) copyFileSync(from, to);
      break;
    case 'delete':
      rmSync(from);
      break;
    case 'touch':
      utimesSync(from, step.second, step.second);
      break;
    case 'take in': {
      const { outcome, identity } = await takeIn(library, from);
      expect(outcome === 'missing').toBe(!disk.has(from));
      if (outcome !== 'missing' && outcome !== 'unreadable')
        expect(nameOf(library, identity)).toBe(disk.get(from));
      break;
    }
    case 'scan': {
      const before = knownPaths(place, library);
      checkReport(await scanFolders(library, { folders }), disk, before, place);
      checkCatalog(disk, place, library);
      break;
    }
    case 'scan one folder':
      await scanFolders(library, { folders: folders.slice(1, 2) });
      break;
  }
}

/** Every file once, and of what was there before everything that is not. */
function checkReport(
  report: ScanReport,
  disk: ReadonlyMap<string, string>,
  before: ReadonlySet<string>,
  place: string,
): void {
  const { added, copies, changed, returned, moved, unreadable, missing, unchangedCount } = report;
  const named = [
    added,
    copies,
    changed,
    returned,
    moved.map(({ to }) => to),
    unreadable.map(({ path }) => path),
  ].flat();
  expect(new Set(named).size, 'named once').toBe(named.length);
  for (const path of named) expect(disk.has(path), `${relative(place, path)} is there`).toBe(true);
  expect(named.length + unchangedCount).toBe(disk.size);
  const gone = [...missing, ...moved.map(({ from }) => from).filter((path) => before.has(path))];
  expect(gone.sort()).toEqual([...before].filter((path) => !disk.has(path)).sort());
  const isBackup = (path: string): boolean => disk.get(path) !== 'garbage';
  expect(unreadable.map(({ path }) => path).sort()).toEqual(
    [...disk.keys()].filter((path) => !isBackup(path)).sort(),
  );
}

function checkCatalog(disk: ReadonlyMap<string, string>, place: string, library: ScanLibrary): void {
  const found = new Map<string, string>();
  for (const { name: backupName, copies } of library.catalog.library.backups({}, null, null))
    for (const { path, state } of copies) {
      if (!path.startsWith(place)) continue;
      if (state === 'present') found.set(path, backupName);
      else expect(disk.get(path) ?? 'garbage', `${relative(place, path)} is missing`).toBe('garbage');
    }
  const backups = [...disk].filter(([, held]) => held !== 'garbage');
  expect([...found].sort()).toEqual(backups.sort());
  const unreadable = library.catalog.unreadable.list().filter(({ path }) => path.startsWith(place));
  expect(unreadable.map(({ path }) => path)).toEqual(
    [...disk.keys()].filter((path) => disk.get(path) === 'garbage').sort(),
  );
}

/** Present as far as the catalogue knows. */
function knownPaths(place: string, library: ScanLibrary): Set<string> {
  const copies = library.catalog.library.backups({}, null, null).flatMap((backup) => backup.copies);
  return new Set(
    copies.filter(({ path, state }) => path.startsWith(place) && state === 'present').map(({ path }) => path),
  );
}

function readDisk(place: string): Map<string, string> {
  const held = new Map<string, string>();
  for (const entry of readdirSync(place, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    held.set(path, CONTENTS.find((each) => bytes.equals(backupBytes(each))) ?? 'garbage');
  }
  return held;
}

function nameOf(library: ScanLibrary, identity: string | null): string | undefined {
  return identity === null ? undefined : library.catalog.factsOf(identity)?.name;
}
