// A recode that something comes into the middle of: the source changes, the disk fills up, the new file is not what
// was written, the user stops it. The original is whole and in its place, and nothing else is left.

import { open as openFile, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import {
  recode,
  verify,
  type Destination,
  type MemberTask,
  type RecodeOptions,
} from '../../core/backup/index.ts';
import type { Progress } from '../../shared/backup.ts';
import { errorCode } from '../../shared/errors.ts';
import { KEY, NEW_KEY, PASSWORD, copyFixture, newFolder, scratch } from '../support/fixtures.ts';
import { namesIn, sha256Of, stateOf } from '../support/folder-state.ts';
import { makeBackup } from '../support/make-backup.ts';
import {
  openRunner,
  withBetween,
  type Between,
  type OpenRunner,
  type RunnerKind,
} from '../support/runners.ts';
import { mountSmallDisk, smallDiskMissing } from '../support/small-disk.ts';

const diskMissing = smallDiskMissing();
const MEMBERS = 4;
const MEMBER_BYTES = 1024 * 1024;
const STOPPED_WITHIN_MS = 1000;
let big = '';

beforeAll(async () => {
  big = join(await newFolder(), 'backup.tar');
  await makeBackup(big, PASSWORD, MEMBERS, MEMBER_BYTES);
});
afterAll(async () => {
  const { rm } = await import('node:fs/promises');
  await rm(dirname(big), { recursive: true, force: true });
});

const inPlace = (originals: 'keep' | 'quarantine' | 'trash'): Destination => ({
  kind: 'in-place',
  originals,
});

describe.each<RunnerKind>(['inline', 'threads'])('a recode that is interrupted, %s', (kind) => {
  let open: OpenRunner;
  beforeAll(async () => {
    open = await openRunner(kind);
  });
  afterAll(() => open.close());

  async function bigCopy(folder: string): Promise<string> {
    const path = join(folder, 'backup.tar');
    await writeFile(path, await readFile(big));
    return path;
  }

  /** Runs it and returns the code it failed with, null where it did not. */
  async function failing(path: string, options: Partial<RecodeOptions>, between: Between = {}) {
    const wanted = { operation: 'migrate', keys: [KEY], destination: inPlace('keep'), ...options } as const;
    return recode(path, wanted, withBetween(open.runner, between)).then(() => null, errorCode);
  }

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
  const moments = ['write', 'digest'] as const;
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
        },
      );

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

  it.each(['writing', 'reading-back'] as const)(
    'stopped while %s, it ends at once and leaves only the original',
    async (phase) => {
      const folder = await scratch();
      const path = await bigCopy(folder);
      const before = await stateOf(folder);
      const stop = new AbortController();
      let stoppedAt = 0;
      const onProgress = (progress: Progress): void => {
        if (progress.phase !== phase || stop.signal.aborted) return;
        stoppedAt = performance.now();
        stop.abort();
      };
      expect(await failing(path, { signal: stop.signal, onProgress })).toBe('CANCELLED');
      expect(performance.now() - stoppedAt).toBeLessThan(STOPPED_WITHIN_MS);
      expect(await stateOf(folder)).toEqual(before);
    },
  );

  it.each(['write', 'digest'] as const)(
    'stopped in the middle of a %s task, it ends at once and leaves only the original',
    async (task) => {
      const folder = await scratch();
      const path = await bigCopy(folder);
      const before = await stateOf(folder);
      const stop = new AbortController();
      let stoppedAt = 0;
      const after = once(task, () => {
        stoppedAt = performance.now();
        stop.abort();
      });
      expect(await failing(path, { signal: stop.signal }, { after })).toBe('CANCELLED');
      expect(performance.now() - stoppedAt).toBeLessThan(STOPPED_WITHIN_MS);
      expect(await stateOf(folder)).toEqual(before);
    },
  );

  it('stopped before it began, it does not begin', async () => {
    const folder = await scratch();
    const path = copyFixture('v2-compressed.tar', folder);
    const before = await stateOf(folder);
    expect(await failing(path, { signal: AbortSignal.abort() })).toBe('CANCELLED');
    expect(await stateOf(folder)).toEqual(before);
  });

  it('stopped while swapping, it is done all the same', async () => {
    const folder = await scratch();
    const path = copyFixture('v2-compressed.tar', folder);
    const stop = new AbortController();
    const onProgress = ({ phase }: Progress): void => {
      if (phase === 'swapping') stop.abort();
    };
    expect(await failing(path, { signal: stop.signal, onProgress })).toBe(null);
    expect(stop.signal.aborted).toBe(true);
    expect(await namesIn(folder)).toEqual([basename(path), `${basename(path)}.orig`]);
    expect((await verify(path, { keys: [KEY], level: 'full' }, open.runner)).status).toBe('good');
  });
});

/** Runs `act` at the first task of that kind. */
function once(
  kind: MemberTask['kind'],
  act: () => Promise<void> | void,
): (task: MemberTask) => Promise<void> {
  let done: Promise<void> | null = null;
  return async (task) => {
    if (task.kind !== kind) return;
    done ??= Promise.resolve(act());
    await done;
  };
}

/** Runs `act` when the last of `count` members has been written. */
function lastWrite(count: number, act: () => Promise<void>): (task: MemberTask) => Promise<void> {
  let written = 0;
  return async (task) => {
    if (task.kind === 'write' && ++written === count) await act();
  };
}

function flip(bytes: Buffer, at: number): void {
  bytes[at]! ^= 0x10;
}

async function touched(path: string): Promise<number> {
  const now = new Date();
  const { utimes } = await import('node:fs/promises');
  await utimes(path, now, now);
  return (await stat(path)).mtimeMs;
}

/** The user's files and what is in them; what is being written does not count until it has a name of its own. */
async function namesAndSums(folder: string): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const name of await namesIn(folder)) {
    if (/\.partial(-journal.*)?$/.test(name)) continue;
    if ((await stat(join(folder, name))).isFile()) sums[name] = await sha256Of(join(folder, name));
  }
  return sums;
}
