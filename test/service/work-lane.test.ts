// Work of one kind: one after the other, ended for all at once, and told about until none is left.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';

import { WorkLane } from '../../core/service/work-lane.ts';

it('does one after the other and tells when none is left', async () => {
  const told: (number | null)[] = [];
  const lane = new WorkLane<number>((progress) => told.push(progress));
  let running = 0;
  const work = (number: number) => async (_signal: AbortSignal, tell: (progress: number) => void) => {
    expect(++running).toBe(1);
    tell(number);
    await nextTurn();
    running--;
    return number;
  };
  expect(await Promise.all([lane.run(work(1)), lane.run(work(2))])).toEqual([1, 2]);
  expect(told).toEqual([1, 2, null]);
});

it('goes on after work that failed, which only its own caller hears of', async () => {
  const lane = new WorkLane<number>(() => undefined);
  const failing = lane.run(() => Promise.reject(new Error('no')));
  const next = lane.run(() => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});

it('cancels what runs and what waits, and not what comes after', async () => {
  const lane = new WorkLane<number>(() => undefined);
  const wasCancelled = async (signal: AbortSignal): Promise<boolean> => {
    await nextTurn();
    return signal.aborted;
  };
  const both = [lane.run(wasCancelled), lane.run(wasCancelled)];
  lane.cancel();
  expect(await Promise.all([...both, lane.run(wasCancelled)])).toEqual([true, true, false]);
});

it('is closed when nothing runs any more', async () => {
  const lane = new WorkLane<number>(() => undefined);
  let isOver = false;
  const running = lane.run(async () => {
    await nextTurn();
    isOver = true;
  });
  await lane.close();
  expect(isOver).toBe(true);
  await running;
});
