// A source that changes while it is recoded: nothing is replaced, and whoever changed it finds his file as he left it.

import {
  copyFile,
  mkdir,
  open as openFile,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { RecodeOptions } from '../../core/backup/index.ts';
import { PASSWORD, newFolder, scratch } from '../support/fixtures.ts';
import { namesIn } from '../support/folder-state.ts';
import { failureOf, inPlace, namesAndSums, once, touched } from '../support/interruptions.ts';
import { makeBackup } from '../support/make-backup.ts';
import { openRunner, type Between, type OpenRunner, type RunnerKind } from '../support/runners.ts';

const MEMBERS = 4;
const MEMBER_BYTES = 1024 * 1024;
let big = '';

beforeAll(async () => {
  big = join(await newFolder(), 'backup.tar');
  await makeBackup(big, PASSWORD, MEMBERS, MEMBER_BYTES);
});
afterAll(() => rm(dirname(big), { recursive: true, force: true }));

async function bigCopy(folder: string): Promise<string> {
  const path = join(folder, 'backup.tar');
  await copyFile(big, path);
  return path;
}

describe.each<RunnerKind>(['inline', 'threads'])('a source that changes, %s', (kind) => {
  let open: OpenRunner;
  beforeAll(async () => {
    open = await openRunner(kind);
  });
  afterAll(() => open.close());

  const failing = (path: string, options: Partial<RecodeOptions>, between: Between = {}) =>
    failureOf(path, open.runner, options, between);

  const moments = ['write', 'digest'] as const;
  const changes: Readonly<Record<string, { change(path: string): Promise<void>; codes: readonly string[] }>> =
    {
      'is cut off': {
        change: async (path) => truncate(path, Math.floor((await stat(path)).size / 2)),
        codes: ['TRUNCATED', 'SOURCE_CHANGED', 'DAMAGED_PAYLOAD'],
      },
      grows: {
        change: (path) => writeFile(path, Buffer.alloc(10_240), { flag: 'a' }),
        codes: ['SOURCE_CHANGED'],
      },
      'is replaced by another backup': {
        change: async (path) => {
          const { mtimeMs } = await stat(path);
          await writeFile(`${path}.new`, await readFile(big));
          await expect.poll(async () => (await touched(`${path}.new`)) !== mtimeMs).toBe(true);
          await rename(`${path}.new`, path);
        },
        codes: ['SOURCE_CHANGED'],
      },
      'is written to in its middle': {
        change: async (path) => {
          const file = await openFile(path, 'r+');
          const { size } = await file.stat();
          await file.write(Buffer.alloc(4096, 0x5a), 0, 4096, Math.floor(size / 2));
          await file.close();
          await touched(path);
        },
        codes: ['SOURCE_CHANGED', 'DAMAGED_PAYLOAD', 'DAMAGED_HEADER'],
      },
      'is moved away': {
        change: (path) => rename(path, `${path}.moved`),
        codes: ['SOURCE_CHANGED', 'IO_FAILED'],
      },
    };
  const places = ['in place', 'to a folder'] as const;

  for (const [what, { change, codes }] of Object.entries(changes))
    for (const moment of moments)
      it.each(places)(
        `nothing is replaced when the source ${what} before the first ${moment}, %s`,
        async (place) => {
          const folder = await scratch();
          const path = await bigCopy(folder);
          const out = join(folder, 'out');
          await mkdir(out);
          let after: unknown = null;
          const destination =
            place === 'in place' ? inPlace('keep') : ({ kind: 'folder', folder: out } as const);
          const before = once(moment, async () => {
            await change(path);
            after = await namesAndSums(folder);
          });
          const code = await failing(path, { destination }, { before });
          expect(codes).toContain(code);
          expect(await namesAndSums(folder)).toEqual(after); // as whoever changed it left it
          expect((await namesIn(folder)).filter((name) => /partial|strongroom/.test(name))).toEqual([]);
          expect((await namesIn(folder)).filter((name) => /partial|strongroom/.test(name))).toEqual([]);
        },
      );
});
