// Whatever stops a recode, the original is byte for byte as it was and nothing is left behind: no output, no partial
// file, no journal.

import { chmodSync, copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { recode, type Destination, type RecodeOptions } from '../../core/backup/index.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { BAD, FIXTURES, KEY, NEW_KEY, copyFixture, keyOf, scratch } from '../support/fixtures.ts';
import { stateOf } from '../support/folder-state.ts';
import { openRunner, type OpenRunner, type RunnerKind } from '../support/runners.ts';
import { mountSmallDisk, smallDiskMissing } from '../support/small-disk.ts';

const diskMissing = smallDiskMissing();
const IN_PLACE: Destination = { kind: 'in-place', originals: 'keep' };

/** What each of test/fixtures/bad is refused with; those that are whole for a recode are not here. */
const REFUSED: Readonly<Record<string, ErrorCode>> = {
  'empty.tar': 'NOT_A_BACKUP',
  'html-instead-of-tar.tar': 'NOT_A_BACKUP',
  'meta-missing.tar': 'DAMAGED_METADATA',
  'meta-not-json.tar': 'DAMAGED_METADATA',
  'meta-wrong-types.tar': 'DAMAGED_METADATA',
  'outer-garbage-header.tar': 'NOT_A_BACKUP',
  'outer-truncated.tar': 'TRUNCATED',
  'v1-bit-flip.tar': 'DAMAGED_PAYLOAD',
  'v2-bit-flip.tar': 'DAMAGED_PAYLOAD',
  'v2-size-field-lies.tar': 'DAMAGED_HEADER',
  'v3-bit-flip-first-chunk.tar': 'DAMAGED_PAYLOAD',
  'v3-bit-flip-last-chunk.tar': 'DAMAGED_PAYLOAD',
  'v3-chunks-swapped.tar': 'DAMAGED_PAYLOAD',
  'v3-magic-damaged.tar': 'DAMAGED_HEADER',
  'v3-reserved-nonzero.tar': 'DAMAGED_HEADER',
  'v3-size-field-lies.tar': 'DAMAGED_HEADER',
  'v3-validation-key-damaged.tar': 'DAMAGED_HEADER',
  'v3-version-0.tar': 'UNSUPPORTED_VERSION',
  'v3-version-4.tar': 'UNSUPPORTED_VERSION',
};
const WHOLE = [
  'evil-bomb.tar',
  'evil-hardlink.tar',
  'evil-symlink.tar',
  'evil-traversal.tar',
  'outer-no-end-blocks.tar',
];

describe.each<RunnerKind>(['inline', 'threads'])('nothing is left behind, %s', (kind) => {
  let open: OpenRunner;
  beforeAll(async () => {
    open = await openRunner(kind);
  });
  afterAll(() => open.close());

  /** Runs what must fail and compares everything around it before and after. */
  async function expectRefused(
    path: string,
    options: Partial<RecodeOptions>,
    code: ErrorCode,
    around = dirname(path),
  ): Promise<unknown> {
    const before = await stateOf(around);
    const wanted = { operation: 'decrypt', keys: [KEY], destination: IN_PLACE, ...options } as const;
    const error: unknown = await recode(path, wanted, open.runner).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code });
    expect(await stateOf(around)).toEqual(before);
    return error;
  }

  it('every bad fixture is accounted for', () => {
    expect([...Object.keys(REFUSED), ...WHOLE].sort()).toEqual([...BAD].sort());
  });

  it.each(Object.entries(REFUSED))('%s is refused as %s', async (name, code) => {
    const folder = await scratch();
    const path = copyFixture(`bad/${name}`, folder);
    await expectRefused(path, {}, code);
    await expectRefused(path, { operation: 'rekey', newKey: NEW_KEY }, code);
    await mkdir(join(folder, 'out'));
    const destination = { kind: 'folder', folder: join(folder, 'out') } as const;
    await expectRefused(path, { destination }, code);
  });

  it('damage is said of the part that it is in', async () => {
    const path = copyFixture('bad/v3-bit-flip-last-chunk.tar', await scratch());
    const error = await expectRefused(path, {}, 'DAMAGED_PAYLOAD');
    expect((error as Error).message).toContain('homeassistant');
  });

  it('a wrong key and no key at all', async () => {
    const path = copyFixture('v2-compressed.tar', await scratch());
    await expectRefused(path, { keys: [keyOf('wrong', 'wrong')] }, 'WRONG_KEY');
    await expectRefused(path, { keys: [] }, 'KEY_REQUIRED');
    const newKey = { operation: 'rekey', newKey: undefined } as const;
    await expectRefused(path, newKey, 'KEY_REQUIRED');
  });

  it('a backup that needs two keys where one is missing', async () => {
    const path = copyFixture('shapes/two-keys.tar', await scratch());
    await expectRefused(path, {}, 'WRONG_KEY');
  });

  it('an output that exists, be it a file or a folder', async () => {
    const folder = await scratch();
    const path = copyFixture('v2-compressed.tar', folder);
    const out = (name: string) => ({ kind: 'folder', folder: join(folder, name) }) as const;
    await mkdir(join(folder, 'file'));
    writeFileSync(join(folder, 'file', 'v2-compressed.tar'), 'something of the user’s');
    await expectRefused(path, { destination: out('file') }, 'OUTPUT_REFUSED');
    await mkdir(join(folder, 'folder', 'v2-compressed.tar'), { recursive: true });
    await expectRefused(path, { destination: out('folder') }, 'OUTPUT_REFUSED');
  });

  it('an output folder that is the backup’s own, under whatever name', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'own'));
    const path = copyFixture('v2-compressed.tar', join(folder, 'own'));
    symlinkSync(join(folder, 'own'), join(folder, 'link'));
    for (const name of ['own', 'link', 'own/../own'])
      await expectRefused(
        path,
        { destination: { kind: 'folder', folder: `${folder}/${name}` } },
        'OUTPUT_REFUSED',
      );
  });

  it('an output folder that is missing or is a file', async () => {
    const folder = await scratch();
    const path = copyFixture('v2-compressed.tar', folder);
    for (const name of ['missing', 'v2-compressed.tar'])
      await expectRefused(
        path,
        { destination: { kind: 'folder', folder: join(folder, name) } },
        'OUTPUT_REFUSED',
      );
  });

  it('a stranger’s partial file, which is never deleted', async () => {
    const folder = await scratch();
    const path = copyFixture('v2-compressed.tar', folder);
    writeFileSync(`${path}.partial`, 'half of a download');
    chmodSync(`${path}.partial`, 0o600);
    await expectRefused(path, {}, 'OUTPUT_REFUSED');
    writeFileSync(`${path}.partial`, '');
    await expectRefused(path, {}, 'OUTPUT_REFUSED');
  });

  it.skipIf(diskMissing !== null)('a disk that may not be written to', async () => {
    const disk = mountSmallDisk(2 * 1024 * 1024);
    onTestFinished(() => disk.remove());
    const path = copyFixture('v2-compressed.tar', disk.folder);
    const elsewhere = copyFixture('v2-compressed.tar', await scratch());
    disk.makeReadOnly();
    await expectRefused(path, {}, 'OUTPUT_REFUSED');
    const destination = { kind: 'folder', folder: disk.folder } as const;
    await expectRefused(elsewhere, { destination }, 'OUTPUT_REFUSED', disk.folder);
  });

  it.skipIf(diskMissing !== null)(
    'a disk without room for the new file, before anything is begun',
    async () => {
      const disk = mountSmallDisk(3 * 1024 * 1024);
      onTestFinished(() => disk.remove());
      const path = join(disk.folder, 'backup.tar');
      copyFileSync(join(FIXTURES, 'v3-multichunk.tar'), path);
      const error = await expectRefused(path, {}, 'NO_SPACE');
      const { neededBytes, freeBytes } = (error as { details: Record<string, number> }).details;
      expect(neededBytes).toBeGreaterThan(freeBytes ?? Infinity);
      expect(readFileSync(path).length).toBeGreaterThan(freeBytes ?? 0);
    },
  );
});
