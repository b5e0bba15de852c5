// Several real processes make, open and write one catalogue at the same instant: none is refused and nothing is lost.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

import { openCatalog } from '../../core/catalog/index.ts';
import { scratch } from '../support/fixtures.ts';
import { BACKUP } from './catalog-samples.ts';

const CHILD = fileURLToPath(new URL('catalog-child.ts', import.meta.url));
const PROCESSES = 4;
const WRITES = 50;
/** Long enough for all to be there. */
const START_IN_MS = 1500;

it('several processes write one new catalogue', async () => {
  for (let round = 0; round < 3; round++) {
    const path = join(await scratch(), 'catalog.sqlite');
    const startAt = String(Date.now() + START_IN_MS);
    const children = Array.from({ length: PROCESSES }, (_, index) =>
      promisify(execFile)(process.execPath, [CHILD, path, `child${index}`, startAt, String(WRITES)]),
    );
    const said = (await Promise.all(children)).map(({ stdout, stderr }) => `${stdout}${stderr}`);
    expect(said).toEqual(Array.from({ length: PROCESSES }, () => 'done'));
    const catalog = openCatalog(path);
    const [backup] = catalog.backups();
    expect(backup?.identity).toBe(BACKUP.identity);
    expect(backup?.paths).toHaveLength(PROCESSES * WRITES);
    expect(backup?.trials).toHaveLength(PROCESSES * WRITES + 1);
    catalog.close();
  }
});
