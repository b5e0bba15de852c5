// A member written by two threads is the member that one thread writes, and ends in the same way when it goes wrong.

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { pooledRunner, recode, verify, type MemberRunner } from '../../core/backup/index.ts';
import { shareSecret, type MemberSource } from '../../core/backup/open/member-source.ts';
import { writePipelined } from '../../core/backup/recode/pipelined-member.ts';
import type { TargetCipher, WriteMemberTask, WriteTarget } from '../../core/backup/recode/write-member.ts';
import { WorkerPool } from '../../core/jobs/index.ts';
import { deriveLegacyKey, loadSodium, newV3Archive, sealV2 } from '../../core/securetar/index.ts';
import { BLOCK_BYTES, encodeTarHeader, paddedBytes } from '../../core/tar/index.ts';
import { KEY, PASSWORD, scratch } from '../support/fixtures.ts';
import { stateOf } from '../support/folder-state.ts';
import { makeBackup } from '../support/make-backup.ts';

type TaskWithTarget = WriteMemberTask & { readonly target: WriteTarget };

const MEBIBYTE = 1024 * 1024;
/** The promise is 200 ms; the rest is for a machine that runs many tests at once. */
const STOPPED_WITHIN_MS = 2000;
const DIGEST_KEY = new Uint8Array(32).fill(9);
const V2_KEY = deriveLegacyKey(Buffer.from(PASSWORD));

let runner: MemberRunner;
let pool: WorkerPool;
let threads: Worker[] = [];

beforeAll(async () => {
  const sodium = await loadSodium();
  const start = (): Worker => {
    const worker = new Worker(new URL('../../core/worker.ts', import.meta.url));
    threads.push(worker);
    worker.once('exit', () => (threads = threads.filter((other) => other !== worker)));
    return worker;
  };
  pool = new WorkerPool({ threads: 2, start });
  runner = pooledRunner(sodium, pool);
});
afterAll(() => pool.close());

async function newTask(
  content: Buffer,
  options: {
    readonly format?: 'plain' | 'v3';
    readonly variant?: 'plain' | 'v2';
    readonly isArchive?: boolean;
    readonly plaintextBytes?: number;
    readonly change?: (stored: Buffer) => Buffer;
  } = {},
): Promise<TaskWithTarget> {
  const {
    format = 'plain',
    variant = 'plain',
    isArchive = false,
    change = (stored: Buffer) => stored,
  } = options;
  const folder = await scratch();
  const path = join(folder, 'source');
  const stored = variant === 'plain' ? content : await sealedV2(content);
  await writeFile(path, change(stored));
  const target = join(folder, 'target');
  await writeFile(target, '');
  const source: MemberSource = {
    path,
    name: 'share',
    dataOffset: 0,
    sizeBytes: stored.length,
    cipher: variant === 'plain' ? { variant } : { variant, key: shareSecret(V2_KEY) },
  };
  return {
    kind: 'write',
    source,
    variant,
    isArchive,
    content: { plaintextBytes: options.plaintextBytes ?? content.length, cure: null },
    target: { path: target, offset: 0, cipher: cipherOf(format) },
    digestKey: DIGEST_KEY,
  };
}

function cipherOf(format: 'plain' | 'v3'): TargetCipher {
  if (format === 'plain') return { format };
  const archive = newV3Archive(runner.sodium, Buffer.from(PASSWORD));
  return { ...archive, format, rootKey: shareSecret(archive.rootKey) };
}

async function sealedV2(content: Buffer): Promise<Buffer> {
  const pieces = (async function* () {
    yield content;
  })();
  const options = { key: V2_KEY, plaintextSizeBytes: content.length };
  return Buffer.concat(await Array.fromAsync(sealV2(pieces, options)));
}

/** A gzip tar with one file of `bytes` that do not compress. */
function archiveOf(bytes: number): Buffer {
  const header = encodeTarHeader({
    name: 'file.bin',
    sizeBytes: bytes,
    typeFlag: '0',
    mode: 0o644,
    mtimeSeconds: 1_780_000_000,
  });
  const padding = Buffer.alloc(paddedBytes(bytes) - bytes + 2 * BLOCK_BYTES);
  const tar = Buffer.concat([header, randomBytes(bytes), padding]);
  return gzipSync(Buffer.concat([tar], Math.ceil(tar.length / 10_240) * 10_240), { level: 1 });
}

type Options = Parameters<typeof writePipelined>[3];

function onTwo(task: TaskWithTarget, options: Options = {}) {
  const writing = writePipelined(task, runner, 0, options);
  if (writing === null) throw new Error('two threads are free in these tests');
  return writing;
}

async function outcome(writing: Promise<unknown>): Promise<unknown> {
  try {
    return await writing;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}

describe('what is written', () => {
  const around = (bytes: number): number[] => [bytes - 1, bytes, bytes + 1];
  const sizes = [0, 1, ...around(MEBIBYTE), ...around(6 * MEBIBYTE), 7 * MEBIBYTE + 13];

  it.each(sizes)('%i bytes are the same bytes, whether one thread writes them or two', async (bytes) => {
    const content = randomBytes(bytes);
    const task = await newTask(content);
    const two = await onTwo(task);
    expect((await readFile(task.target.path)).equals(content)).toBe(true);
    expect(two).toEqual(await runner.run(task, {}));
  });

  it.each([100, MEBIBYTE - 600, MEBIBYTE, 3 * MEBIBYTE + 1])(
    'an archive of about %i bytes has the same digest in v3 and is checked all the same',
    async (bytes) => {
      const task = await newTask(archiveOf(bytes), { format: 'v3', variant: 'v2', isArchive: true });
      const one = await runner.run(task, {});
      expect(await onTwo(task)).toEqual(one);
      expect(one).toMatchObject({ outcome: 'written', entryCount: 1, remarks: [] });
    },
  );

  it('progress is told for every byte of the source', async () => {
    const task = await newTask(archiveOf(2 * MEBIBYTE), { format: 'v3', variant: 'v2', isArchive: true });
    let told = 0;
    await onTwo(task, { onBytes: (bytes) => (told += bytes) });
    expect(told).toBe(task.source.sizeBytes);
  });

  it('a gzip end that was cut is found and the plan made anew', async () => {
    const whole = archiveOf(2 * MEBIBYTE);
    const cut = whole.subarray(0, whole.length - (whole.length % 16 === 0 ? 16 : whole.length % 16));
    const task = await newTask(cut, { isArchive: true });
    const two = await outcome(onTwo(task));
    expect(two).toEqual(await outcome(runner.run(task, {})));
    expect(two).toMatchObject({ outcome: 'other-content' });
  });
});

describe('where two threads are not free', () => {
  it('nothing is begun', async () => {
    const content = randomBytes(3 * MEBIBYTE);
    const task = await newTask(content);
    const busy = runner.run(task, {});
    expect(writePipelined(task, runner, 0, {})).toBe(null);
    await busy;
    expect(writePipelined(task, runner, 1, {})).toBe(null); // none would be left for others
    expect(await onTwo(task)).toMatchObject({ outcome: 'written' });
  });

  it('a runner without threads does it alone', async () => {
    const task = await newTask(randomBytes(10));
    const alone: MemberRunner = { sodium: runner.sodium, run: (task, options) => runner.run(task, options) };
    expect(writePipelined(task, alone, 0, {})).toBe(null);
  });
});

describe('errors', () => {
  const flip = (at: number) => (stored: Buffer) => {
    const changed = Buffer.from(stored);
    changed[changed.length + at]! ^= 0xff;
    return changed;
  };
  const wrongCrc = (gzip: Buffer): Buffer => flip(-6)(gzip);
  const big = 8 * MEBIBYTE;

  it.each<[string, string, () => Promise<TaskWithTarget>]>([
    [
      'wrong padding',
      'DAMAGED_PAYLOAD',
      () => newTask(archiveOf(big), { variant: 'v2', format: 'v3', isArchive: true, change: flip(-1) }),
    ],
    [
      'a wrong checksum at the end of the gzip data',
      'DAMAGED_PAYLOAD',
      () => newTask(wrongCrc(archiveOf(big)), { variant: 'v2', format: 'v3', isArchive: true }),
    ],
    [
      'damage in the middle',
      'DAMAGED_PAYLOAD',
      () => newTask(archiveOf(big), { variant: 'v2', format: 'v3', isArchive: true, change: flip(-big / 2) }),
    ],
    [
      'a file that ends too early',
      'TRUNCATED',
      () =>
        newTask(archiveOf(big), {
          variant: 'v2',
          format: 'v3',
          isArchive: true,
          change: (stored) => stored.subarray(0, -3_000_000),
        }),
    ],
    [
      'a source that became longer',
      'INTERNAL',
      () => newTask(randomBytes(big), { format: 'v3', plaintextBytes: big - 1 }),
    ],
    [
      'a source that became shorter',
      'INTERNAL',
      () => newTask(randomBytes(big), { format: 'v3', plaintextBytes: big + 1 }),
    ],
    [
      'a source that is gone',
      'IO_FAILED',
      async () => {
        const task = await newTask(randomBytes(10));
        return { ...task, source: { ...task.source, path: `${task.source.path}-gone` } };
      },
    ],
    [
      'an output that is gone',
      'IO_FAILED',
      async () => {
        const task = await newTask(randomBytes(big));
        return { ...task, target: { ...task.target, path: `${task.target.path}-gone` } };
      },
    ],
  ])('%s is %s on two threads as on one', async (_, code, make) => {
    const task = await make();
    const two = await outcome(onTwo(task));
    expect(two).toEqual(await outcome(runner.run(task, {})));
    expect((two as { code: string }).code).toBe(code);
    expect(await onTwo(await newTask(randomBytes(10)))).toMatchObject({ outcome: 'written' });
  });

  it('a full disk stops the reading side', async (ctx) => {
    if (process.platform !== 'linux') ctx.skip('only Linux has /dev/full');
    const task = await newTask(archiveOf(3 * big), { variant: 'v2', format: 'v3', isArchive: true });
    const full = { ...task, target: { ...task.target, path: '/dev/full' } };
    let told = 0;
    const two = await outcome(onTwo(full, { onBytes: (bytes) => (told += bytes) }));
    expect(two).toMatchObject({ code: 'NO_SPACE' });
    expect(await outcome(runner.run(full, {}))).toEqual(two);
    expect(told).toBeLessThan(2 * big);
  });
});

describe('a stop', () => {
  it('at any moment ends both threads at once and leaves them fit for work', async () => {
    const task = await newTask(archiveOf(32 * MEBIBYTE), { variant: 'v2', format: 'v3', isArchive: true });
    let stopped = 0;
    // What is told lags behind what is done: a stop near the end may come when all is written.
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: task.source.sizeBytes - 1 }), async (atBytes) => {
        const stop = new AbortController();
        let told = 0;
        let stoppedAt = 0;
        const onBytes = (bytes: number): void => {
          told += bytes;
          if (told < atBytes || stop.signal.aborted) return;
          stoppedAt = performance.now();
          stop.abort();
        };
        const result = (await outcome(onTwo(task, { signal: stop.signal, onBytes }))) as object;
        expect(performance.now() - stoppedAt).toBeLessThan(STOPPED_WITHIN_MS);
        if ('code' in result) {
          stopped++;
          expect(result).toMatchObject({ code: 'CANCELLED' });
        } else expect(result).toMatchObject({ outcome: 'written' });
      }),
      { numRuns: 25, examples: [[0], [1], [MEBIBYTE], [2 * MEBIBYTE]] },
    );
    expect(stopped).toBeGreaterThanOrEqual(4);
    expect(await onTwo(task)).toMatchObject({ outcome: 'written' });
  });

  it('of a whole migration leaves only the original', async () => {
    const folder = await scratch();
    const path = join(folder, 'backup.tar');
    await makeBackup(path, PASSWORD, 1, 24 * MEBIBYTE);
    const before = await stateOf(folder);
    const destination = { kind: 'in-place', originals: 'keep' } as const;
    for (const share of [0, 0.2, 0.45]) {
      const stop = new AbortController();
      let pairs = 0;
      const watched: MemberRunner = {
        sodium: runner.sodium,
        run: (task, options) => {
          if (task.kind === 'write-content') pairs++;
          return runner.run(task, options);
        },
        get freeThreads() {
          return runner.freeThreads ?? 0;
        },
      };
      const stopping = recode(
        path,
        {
          operation: 'migrate',
          keys: [KEY],
          destination,
          signal: stop.signal,
          onProgress: ({ doneBytes, totalBytes }) => {
            if (pairs > 0 && doneBytes >= share * totalBytes) stop.abort();
          },
        },
        watched,
      );
      await expect(stopping).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(pairs).toBe(1);
      expect(await stateOf(folder)).toEqual(before);
    }
    const report = await recode(path, { operation: 'migrate', keys: [KEY], destination }, runner);
    expect(report.outcome).toBe('done');
    expect((await verify(path, { keys: [KEY], level: 'full' }, runner)).status).toBe('good');
  });
});

describe('a thread that dies', () => {
  it.each([0, 1])('takes the other with it, which is fit for work again (thread %i)', async (which) => {
    const task = await newTask(archiveOf(24 * MEBIBYTE), { variant: 'v2', format: 'v3', isArchive: true });
    await onTwo(await newTask(randomBytes(10))); // both threads are there
    let killing: Promise<number> | undefined;
    const onBytes = (): void => {
      killing ??= threads[which]?.terminate();
    };
    const result = await outcome(onTwo(task, { onBytes }));
    expect(result).toMatchObject({
      code: 'INTERNAL',
      message: 'A worker thread stopped unexpectedly.',
    });
    await killing;
    expect(await onTwo(task)).toMatchObject({ outcome: 'written' });
  });
});
