// What is told of a running job: how much, how fast, how long; often enough, never too often, and the last word is complete.

import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { JobEvent, JobProgress } from '../../shared/jobs.ts';
import { HeldHandler } from './held-handler.ts';
import { holdTime, newQueue, pass } from './queue-fixture.ts';

beforeEach(holdTime);

function progressOf(events: readonly JobEvent[]): JobProgress[] {
  return events.flatMap((event) => (event.kind === 'progress' ? [event.progress] : []));
}

describe('progress', () => {
  it('is told at most ten times a second, however often the work reports', async () => {
    const { handler, events, start } = newQueue();
    start('ab');
    await pass();
    for (let ms = 0; ms < 2_000; ms += 5) {
      handler.progress('a', ms / 2, 1000);
      await pass(5);
    }
    expect(progressOf(events).length).toBe(20);
  });

  it('counts each item by its share of its own work, whatever the handler counts in', async () => {
    const { handler, events, start } = newQueue();
    start('abc');
    await pass();
    handler.progress('a', 50, 100);
    handler.progress('b', 5_000, 20_000);
    await pass(100);
    expect(progressOf(events).at(-1)).toMatchObject({
      doneBytes: 750,
      totalBytes: 3000,
      doneItems: 0,
      totalItems: 3,
      current: [
        { path: 'a', doneBytes: 50, totalBytes: 100 },
        { path: 'b', doneBytes: 5_000, totalBytes: 20_000 },
      ],
    });
    handler.finish('a');
    await pass(100);
    expect(progressOf(events).at(-1)).toMatchObject({ doneBytes: 1250, doneItems: 1 });
  });

  it.each([
    [Number.NaN, 10],
    [-1, 10],
    [1, Number.POSITIVE_INFINITY],
    [1, 0],
    [20, 10],
  ])('a report of %s out of %s gives no number that is none', async (done, total) => {
    const { handler, events, start } = newQueue();
    start('a');
    await pass();
    handler.progress('a', done, total);
    await pass(100);
    const last = progressOf(events).at(-1);
    expect(last?.doneBytes).toBeGreaterThanOrEqual(0);
    expect(last?.doneBytes).toBeLessThanOrEqual(1000);
  });

  it('has a last word that is complete, also for work that reported nothing', async () => {
    const { handler, events, start } = newQueue();
    const { ended } = start('ab');
    await pass();
    handler.progress('a', 1, 3);
    handler.finish('a');
    handler.finish('b');
    await ended;
    expect(events.slice(-2)).toMatchObject([
      {
        kind: 'progress',
        progress: {
          doneBytes: 2000,
          totalBytes: 2000,
          doneItems: 2,
          totalItems: 2,
          secondsLeft: 0,
          current: [],
        },
      },
      { kind: 'job', job: { state: 'done' } },
    ]);
  });

  it('of a job that is taken up again begins where it was', async () => {
    const { queue, handler, events, start } = newQueue({ places: 1 });
    const { id, ended } = start('ab');
    await pass();
    void queue.pause(id);
    handler.finish('a');
    await ended;
    void queue.resume(id);
    await pass(100);
    expect(progressOf(events).at(-1)).toMatchObject({ doneBytes: 1000, doneItems: 1 });
  });
});

describe('speed', () => {
  const items = [{ path: 'big', sizeBytes: 1_000_000 }];
  const newBigJob = () => {
    const { queue, handler, events } = newQueue();
    void queue.run(queue.create('migrate', 'Big', null, items).id);
    const work = async (bytesPerSecond: number, seconds: number, from: number): Promise<number> => {
      for (let step = 1; step <= seconds * 10; step++) {
        await pass(100);
        handler.progress('big', from + (bytesPerSecond * step) / 10, 1_000_000);
      }
      await pass(100);
      return from + bytesPerSecond * seconds;
    };
    return { events, handler, work };
  };

  it('is told only when there is enough to tell, and then with the time that is left', async () => {
    const { events, work } = newBigJob();
    await pass();
    await work(10_000, 3, 0);
    const told = progressOf(events);
    expect(told[0]).toMatchObject({ bytesPerSecond: null, secondsLeft: null });
    const last = told.at(-1);
    expect(last?.bytesPerSecond).toBeGreaterThan(9_000);
    expect(last?.bytesPerSecond).toBeLessThanOrEqual(10_000);
    expect(last?.secondsLeft).toBe(Math.ceil((1_000_000 - 30_000) / last!.bytesPerSecond!));
  });

  it('is that of the last five seconds: what was before is forgotten', async () => {
    const { events, work } = newBigJob();
    await pass();
    const slow = await work(1_000, 20, 0);
    await work(50_000, 6, slow);
    expect(progressOf(events).at(-1)?.bytesPerSecond).toBeGreaterThan(48_000);
  });

  it('of work that stands still is seen to fall, though nothing is reported', async () => {
    const { events, work } = newBigJob();
    await pass();
    await work(10_000, 5, 0);
    await pass(6_000);
    expect(progressOf(events).at(-1)).toMatchObject({ bytesPerSecond: 0, secondsLeft: null });
  });

  it('does not come from items that were skipped', async () => {
    const { queue, handler, events } = newQueue();
    const paths = ['skipped', 'slow', 'waits'];
    void queue.run(
      queue.create(
        'migrate',
        'Three',
        null,
        paths.map((path) => ({ path, sizeBytes: 1e9 })),
      ).id,
    );
    await pass(1_500);
    handler.finish('skipped', 'skipped');
    await pass(100);
    expect(progressOf(events).at(-1)).toMatchObject({ bytesPerSecond: 0, secondsLeft: null, doneBytes: 1e9 });
  });

  it('is right when the clock of the computer is set back', async () => {
    const { events, work } = newBigJob();
    await pass();
    const before = await work(10_000, 3, 0);
    vi.setSystemTime(Date.now() - 3_600_000);
    await work(10_000, 3, before);
    const told = progressOf(events).map(({ bytesPerSecond }) => bytesPerSecond ?? 10_000);
    expect(Math.max(...told)).toBeLessThanOrEqual(10_000);
    expect(Math.min(...told)).toBeGreaterThan(5_000);
  });
});

it('a clock can be handed in', async () => {
  let nowMs = 0;
  const handler = new HeldHandler();
  const { events, start } = newQueue({ now: () => nowMs, handlers: [handler] });
  start('a');
  await pass();
  nowMs = 1_000;
  handler.progress('a', 1, 2);
  await pass(100);
  expect(progressOf(events).at(-1)).toMatchObject({ bytesPerSecond: 500, secondsLeft: 1 });
});
