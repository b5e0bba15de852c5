// A disk that fills up, or does not keep what was written to it: the original is whole, in its place and alone.

import { copyFile, open as openFile, readFile, rm, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import type { RecodeOptions } from '../../core/backup/index.ts';
import { NEW_KEY, PASSWORD, copyFixture, newFolder, scratch } from '../support/fixtures.ts';
import { namesIn, sha256Of, stateOf } from '../support/folder-state.ts';
import { failureOf, flip, lastWrite, once } from '../support/interruptions.ts';
import { makeBackup } from '../support/make-backup.ts';
import { openRunner, type Between, type OpenRunner, type RunnerKind } from '../support/runners.ts';
import { mountSmallDisk, smallDiskMissing } from '../support/small-disk.ts';

const diskMissing = smallDiskMissing();
const moments = ['write', 'digest'] as const;
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

describe.each<RunnerKind>(['inline', 'threads'])('a bad disk, %s', (kind) => {
  let open: OpenRunner;
  beforeAll(async () => {
    open = await openRunner(kind);
  });
  afterAll(() => open.close());

  const failing = (path: string, options: Partial<RecodeOptions>, between: Between = {}) =>
    failureOf(path, open.runner, options, between);

  it.skipIf(diskMissing !== null).each(moments)(
    'a disk that is full before the first %s leaves only the original',
    async (moment) => {
      const disk = mountSmallDisk(16 * 1024 * 1024);
      onTestFinished(() => disk.remove());
      const path = await bigCopy(disk.folder);
      const sum = await sha256Of(path);
      const code = await failing(path, {}, { before: once(moment, () => disk.fill()) });
      expect(code).toBe('NO_SPACE');
      expect(await sha256Of(path)).toBe(sum);
      expect(await namesIn(disk.folder)).toEqual(['backup.tar', 'filler']);
    },
  );

  const corruptions: Readonly<Record<string, (bytes: Buffer) => void>> = {
    'a byte of a part': (bytes) => flip(bytes, Math.floor(bytes.length / 3)),
    'a byte of the last part’s end': (bytes) => flip(bytes, bytes.lastIndexOf('./backup.json') - 600),
    'a byte of a SecureTar header': (bytes) => flip(bytes, bytes.indexOf('SecureTar') + 40),
    'the magic': (bytes) => flip(bytes, bytes.indexOf('SecureTar')),
    'the version': (bytes) => flip(bytes, bytes.indexOf('SecureTar') + 9),
    'a header of the outer archive': (bytes) => flip(bytes, bytes.indexOf('SecureTar') - 400),
    'the metadata': (bytes) => flip(bytes, bytes.lastIndexOf('"slug"') + 3),
    'the end marker': (bytes) => flip(bytes, bytes.length - 5),
    'the whole beginning': (bytes) => bytes.fill(0, 0, 4096),
  };

  it.each(Object.entries(corruptions))(
    'nothing is replaced when the disk does not keep %s',
    async (_, corrupt) => {
      const folder = await scratch();
      const path = copyFixture('v2-compressed.tar', folder);
      const before = await stateOf(folder);
      const after = lastWrite(7, async () => {
        const bytes = await readFile(`${path}.partial`);
        const changed = Buffer.from(bytes);
        corrupt(changed);
        expect(changed.equals(bytes)).toBe(false);
        const file = await openFile(`${path}.partial`, 'r+');
        await file.write(changed, 0, changed.length, 0);
        await file.close();
      });
      expect(await failing(path, {}, { after })).toBe('IO_FAILED');
      expect(await stateOf(folder)).toEqual(before);
    },
  );

  it.each([
    ['decrypt', 'v3'],
    ['rekey', 'v2'],
  ] as const)(
    'nothing is replaced when the disk does not keep what %s wrote (%s)',
    async (operation, format) => {
      const folder = await scratch();
      const path = copyFixture('v3-uncompressed.tar', folder);
      const before = await stateOf(folder);
      const after = lastWrite(7, async () => {
        const file = await openFile(`${path}.partial`, 'r+');
        await file.write(Buffer.from([0xa5]), 0, 1, 30_000);
        await file.close();
      });
      const options = { operation, format, newKey: operation === 'rekey' ? NEW_KEY : undefined } as const;
      expect(await failing(path, options, { after })).toBe('IO_FAILED');
      expect(await stateOf(folder)).toEqual(before);
    },
  );

  it('nothing is replaced when the new file lost its end', async () => {
    const folder = await scratch();
    const path = copyFixture('v2-compressed.tar', folder);
    const before = await stateOf(folder);
    const after = lastWrite(7, () => truncate(`${path}.partial`, 20_000));
    expect(await failing(path, {}, { after })).toBe('IO_FAILED');
    expect(await stateOf(folder)).toEqual(before);
  });
});
