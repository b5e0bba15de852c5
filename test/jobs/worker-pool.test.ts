// The pool gives every task an end: its result, its error, or the reason why there is none.

import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';

import { WorkerPool, type RunOptions } from '../../core/jobs/index.ts';
import type { TestTask } from './task-worker.ts';

const ENTRY = new URL('./task-worker.ts', import.meta.url);

function newPool(threads = 2) {
  const started: Worker[] = [];
  const start = (): Worker => {
    const worker = new Worker(ENTRY, { stderr: true });
    started.push(worker);
    return worker;
  };
  const pool = new WorkerPool({ threads, start });
  onTestFinished(() => pool.close());
  const run = (task: TestTask, options?: RunOptions) => pool.run(task, options);
  return { pool, run, started };
}

/** Starts a task and waits until it runs. */
function running(run: ReturnType<typeof newPool>['run'], task: TestTask, options: RunOptions = {}) {
  const { promise: runs, resolve } = Promise.withResolvers<undefined>();
  const ended = run(task, { ...options, onBytes: () => resolve(undefined) });
  ended.catch(() => undefined); // looked at by the test
  return { runs, ended };
}

describe('results', () => {
  it('each caller gets the result of its own task', async () => {
    const { run } = newPool();
    const values = Array.from({ length: 50 }, (_, index) => index);
    expect(await Promise.all(values.map((value) => run({ kind: 'echo', value })))).toEqual(values);
  });

  it('no more threads are started than asked for, and none without need', async () => {
    const { run, started } = newPool(3);
    await run({ kind: 'echo', value: 1 });
    await run({ kind: 'echo', value: 2 });
    expect(started.length).toBe(1);
    await Promise.all(Array.from({ length: 20 }, (_, value) => run({ kind: 'echo', value })));
    expect(started.length).toBe(3);
  });

  it('no byte of progress is lost or told after the end', async () => {
    const { run } = newPool();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 1_000_000 })), async (pieces) => {
        let told = 0;
        await run({ kind: 'bytes', pieces }, { onBytes: (bytes) => (told += bytes) });
        expect(told).toBe(pieces.reduce((sum, piece) => sum + piece, 0));
      }),
      { numRuns: 50 },
    );
  });

  it('memory that is shared stays shared: what is wiped here is wiped there', async () => {
    const { run } = newPool();
    const secret = new Uint8Array(new SharedArrayBuffer(32)).fill(7);
    const back = (await run({ kind: 'echo', value: secret })) as Uint8Array;
    secret.fill(0);
    expect([...back].every((byte) => byte === 0)).toBe(true);
  });
});

describe('errors', () => {
  it('keep their code, hint and details across the thread', async () => {
    const { run } = newPool();
    await expect(run({ kind: 'fail' })).rejects.toMatchObject({
      code: 'DAMAGED_PAYLOAD',
      message: 'It is damaged.',
      hint: 'Do this.',
      details: { at: 7 },
    });
    await expect(run({ kind: 'fail-plainly' })).rejects.toMatchObject({ code: 'NO_SPACE' });
  });

  it.each(['exit', 'crash'] as const)(
    'a thread that dies (%s) fails its task, and the pool goes on',
    async (kind) => {
      const { run, started } = newPool(1);
      const dying = run({ kind });
      const waiting = run({ kind: 'echo', value: 'after' });
      await expect(dying).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(await waiting).toBe('after');
      expect(started.length).toBe(2);
    },
  );

  it('a task that cannot cross to the thread, and a result that cannot come back, fail alone', async () => {
    const { pool, run } = newPool(1);
    await expect(pool.run({ kind: 'echo', value: () => undefined })).rejects.toThrow();
    await expect(run({ kind: 'give-function' })).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await run({ kind: 'echo', value: 'after' })).toBe('after');
  });

  it('a thread that cannot even be loaded fails each task, and none waits for ever', async () => {
    const pool = new WorkerPool({
      threads: 2,
      start: () => new Worker(new URL('./no-such-file.ts', import.meta.url)),
    });
    onTestFinished(() => pool.close());
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map((value) => pool.run(value)));
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'INTERNAL' } });
  });
});

describe('cancelling', () => {
  it('a task that waits never runs', async () => {
    const { run } = newPool(1);
    const stopFirst = new AbortController();
    const first = running(run, { kind: 'until-cancelled' }, { signal: stopFirst.signal });
    await first.runs;
    const stop = new AbortController();
    let ran = false;
    const waiting = run({ kind: 'bytes', pieces: [1] }, { signal: stop.signal, onBytes: () => (ran = true) });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    stopFirst.abort();
    await expect(first.ended).rejects.toMatchObject({ code: 'CANCELLED' });
    await run({ kind: 'echo', value: 0 });
    expect(ran).toBe(false);
  });

  it('a task that runs is asked to stop, and its thread is used again', async () => {
    const { run, started } = newPool(1);
    const stop = new AbortController();
    const { runs, ended } = running(run, { kind: 'until-cancelled' }, { signal: stop.signal });
    await runs;
    stop.abort();
    await expect(ended).rejects.toMatchObject({ code: 'CANCELLED', message: 'Stopped.' });
    expect(await run({ kind: 'echo', value: 'after' })).toBe('after');
    expect(started.length).toBe(1);
  });

  it('a signal that was given before is not even started on', async () => {
    const { run, started } = newPool();
    const cancelled = run({ kind: 'never' }, { signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(started.length).toBe(0);
  });

  it('a signal that comes after the end changes nothing, for its own task or another', async () => {
    const { run } = newPool(1);
    const stop = new AbortController();
    expect(await run({ kind: 'echo', value: 1 }, { signal: stop.signal })).toBe(1);
    const { runs, ended } = running(run, { kind: 'never' });
    await runs;
    stop.abort();
    const state = await Promise.race([
      ended.then(
        () => 'ended',
        () => 'failed',
      ),
      nextTurns('still running'),
    ]);
    expect(state).toBe('still running');
  });
});

describe('closing', () => {
  it('cancels what runs and what waits', async () => {
    const { pool, run } = newPool(1);
    const { runs, ended } = running(run, { kind: 'never' });
    const waiting = run({ kind: 'echo', value: 1 });
    waiting.catch(() => undefined); // looked at below
    await runs;
    await pool.close();
    await expect(ended).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('is final, and may be done twice', async () => {
    const { pool, run, started } = newPool();
    await pool.close();
    await pool.close();
    await expect(run({ kind: 'echo', value: 1 })).rejects.toMatchObject({ code: 'CANCELLED' });
    pool.warmUp();
    expect(started.length).toBe(0);
  });
});

/** A few turns of the event loop and one answer of another thread: enough for any message that is on its way. */
async function nextTurns<T>(value: T): Promise<T> {
  const { run } = newPool(1);
  for (let turn = 0; turn < 5; turn++) await run({ kind: 'echo', value: turn });
  return value;
}
