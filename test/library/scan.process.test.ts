// Scans in processes of their own: killed at any moment, and several at once.

import { spawn } from 'node:child_process';
import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import { openCatalog } from '../../core/catalog/index.ts';
import type { ScanReport } from '../../shared/library.ts';
import { makeScanLibrary, type ScanLibrary } from './scan-samples.ts';

const CHILD = fileURLToPath(new URL('scan-child.ts', import.meta.url));
const FILES = 400;
const BATCH_FILES = 100;
const SIDE_BY_SIDE = 8;

interface ScanProcess {
  readonly inspectedCount: number;
  /** null for one that was killed. */
  readonly report: ScanReport | null;
}

/** @param killAfter files that it may begin to inspect */
function scanInProcess(library: ScanLibrary, killAfter = Infinity): Promise<ScanProcess> {
  const child = spawn(process.execPath, [CHILD, join(library.place, 'data', 'catalog.sqlite')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const count = (): number => said.split('inspects\n').length - 1;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (count() > killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      const last = said.trimEnd().split('\n').at(-1) ?? '';
      resolve({
        inspectedCount: count(),
        report: last.startsWith('{') ? (JSON.parse(last) as ScanReport) : null,
      });
    });
  });
}

it('a scan that is killed leaves a catalogue that is right, and little is done twice', async () => {
  const library = await makeScanLibrary();
  for (let index = 0; index < FILES; index++) library.put(`backups/${index % 7}/${index}.tar`, `c${index}`);
  let inspected = 0;
  let kills = 0;
  for (const killAfter of [3, 120, 150, 60]) {
    const scan = await scanInProcess(library, killAfter);
    inspected += scan.inspectedCount;
    if (scan.report === null) kills++;
    const catalog = openCatalog(join(library.place, 'data', 'catalog.sqlite'));
    const known = catalog.library.backups({}, null, null);
    expect(known.flatMap(({ copies }) => copies).every(({ state }) => state === 'present')).toBe(true);
    expect(known.every(({ type, contents }) => type !== null && contents.length > 0)).toBe(true);
    catalog.close();
  }
  const last = await scanInProcess(library);
  inspected += last.inspectedCount;
  expect(kills).toBeGreaterThanOrEqual(3);
  expect(Object.keys(library.files())).toHaveLength(FILES);
  // A kill costs what was read and not yet written: less than two batches and what is read side by side.
  expect(inspected).toBeLessThanOrEqual(FILES + kills * (2 * BATCH_FILES + SIDE_BY_SIDE));
  expect(await library.scan()).toEqual({ unchanged: FILES, inspected: 0 });
});

it('several scans at once end with one truth', async () => {
  const library = await makeScanLibrary();
  for (let index = 0; index < 100; index++) library.put(`backups/${index}.tar`, `c${index}`);
  const [first, second, third] = await Promise.all(Array.from({ length: 3 }, () => scanInProcess(library)));
  for (const scan of [first, second, third])
    expect((scan?.report?.added.length ?? 0) + (scan?.report?.unchangedCount ?? 0)).toBe(100);
  renameSync(library.path('backups/0.tar'), library.path('backups/moved.tar'));
  copyFileSync(library.path('backups/1.tar'), library.path('backups/copy.tar'));
  rmSync(library.path('backups/2.tar'));
  await Promise.all(Array.from({ length: 3 }, () => scanInProcess(library)));
  expect(await library.scan()).toEqual({ unchanged: 100, inspected: 0 });
  const { 'backups/2.tar': deleted, ...present } = library.files();
  expect(deleted).toBe('missing');
  expect(Object.keys(present)).toHaveLength(100);
  expect(present).not.toHaveProperty('backups/0.tar');
});
