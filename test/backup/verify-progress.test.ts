// Progress only grows, ends at its total and is told ten times a second at most; a cancel is obeyed at once.

import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { verify, type MemberRunner } from '../../core/backup/index.ts';
import { ProgressMeter } from '../../core/backup/progress-meter.ts';
import type { Progress } from '../../shared/backup.ts';
import { FIXTURES, KEY } from '../support/fixtures.ts';
import { openRunner, withBetween } from '../support/runners.ts';
import { runner } from './crafted-backups.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the meter', () => {
  function meter(totalBytes: number): { told: Progress[]; meter: ProgressMeter; clock: { now: number } } {
    const clock = { now: 1000 };
    vi.spyOn(performance, 'now').mockImplementation(() => clock.now);
    const told: Progress[] = [];
    return {
      told,
      clock,
      meter: new ProgressMeter('reading', totalBytes, (progress) => told.push(progress)),
    };
  }
  const bytes = (told: readonly Progress[]): number[] => told.map(({ doneBytes }) => doneBytes);

  test('begins at nothing, tells every tenth of a second, and the end at once', () => {
    const { told, meter: running, clock } = meter(1000);
    for (let step = 0; step < 100; step++) {
      clock.now += 7;
      running.add(10);
    }
    expect(bytes(told)).toEqual([0, 150, 300, 450, 600, 750, 900, 1000]);
    expect(told.every(({ totalBytes, phase }) => totalBytes === 1000 && phase === 'reading')).toBe(true);
  });

  test('never goes beyond its total', () => {
    const { told, meter: running } = meter(10);
    running.add(25);
    expect(bytes(told)).toEqual([0, 10]);
  });

  test('tells a new phase and a step back at once', () => {
    const { told, meter: running } = meter(100);
    running.enter('reading-back');
    running.reset(0);
    expect(told.map(({ phase }) => phase)).toEqual(['reading', 'reading-back', 'reading-back']);
  });

  test('without a listener it is quiet', () => {
    expect(() => new ProgressMeter('reading', 1, undefined).add(1)).not.toThrow();
  });
});

describe.each(['inline', 'threads'] as const)('a verification, %s', (kind) => {
  const cases = [
    'v3-multichunk.tar',
    'v1-uncompressed.tar',
    'bad/v3-chunks-swapped.tar',
    'bad/v3-magic-damaged.tar',
  ];

  test.each(cases)('%s: progress grows to its total', async (name) => {
    const { runner: own, close } = await openRunner(kind);
    try {
      const told: Progress[] = [];
      const result = await verify(
        join(FIXTURES, name),
        { level: 'full', keys: [KEY], onProgress: (progress) => told.push(progress) },
        own,
      );
      const done = told.map(({ doneBytes }) => doneBytes);
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      expect(done[0]).toBe(0);
      const readable = result.members.filter(({ error }) => error?.code !== 'DAMAGED_HEADER');
      const total = readable.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      expect(told.at(-1)).toEqual({ phase: 'reading', doneBytes: total, totalBytes: total });
      expect(told.length).toBeLessThanOrEqual(2 + result.durationMs / 100);
    } finally {
      await close();
    }
  });

  test('a cancel while members are read rejects, when all of them have stopped', async () => {
    const { runner: own, close } = await openRunner(kind);
    const controller = new AbortController();
    let running = 0;
    const counting = withBetween(own, {
      before: () => {
        running++;
        controller.abort();
      },
    });
    const ended: MemberRunner = {
      sodium: own.sodium,
      run: (task, options) => counting.run(task, options).finally(() => running--),
    };
    try {
      const options = { level: 'full', keys: [KEY], signal: controller.signal } as const;
      await expect(verify(join(FIXTURES, 'v3-multichunk.tar'), options, ended)).rejects.toMatchObject({
        code: 'CANCELLED',
        message: 'Stopped at your request.',
      });
      expect(running).toBe(0);
    } finally {
      await close();
    }
  });
});

test.each(['quick', 'full'] as const)('a cancel before it begins reads no member (%s)', async (level) => {
  let tasks = 0;
  const counting = withBetween(runner, {
    before: () => {
      tasks++;
    },
  });
  const options = { level, keys: [KEY], signal: AbortSignal.abort() };
  await expect(verify(join(FIXTURES, 'v2-compressed.tar'), options, counting)).rejects.toMatchObject({
    code: 'CANCELLED',
  });
  expect(tasks).toBe(0);
});
