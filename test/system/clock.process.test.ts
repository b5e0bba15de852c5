// A clock that is set back by ten years while Strongroom works: everything goes on, durations are never below zero, and the plan of what to
// verify is right then and after the clock was put right again.

import { afterAll, beforeAll, expect, it } from 'vitest';

import { openRunner, type OpenRunner } from '../support/runners.ts';
import { startDesk } from './desk-process.ts';
import { makeSmallLibrary } from './small-library.ts';

const NAMES = ['a.tar', 'b.tar', 'c.tar'];
const SET_BACK = new URL('./clock-set-back.ts', import.meta.url);
const YEAR_MS = 365 * 24 * 3_600_000;
let open: OpenRunner;

beforeAll(async () => {
  open = await openRunner('threads');
});
afterAll(() => open.close());

it('a clock that is set back in the middle spoils neither scan nor batch nor verification', async () => {
  const library = await makeSmallLibrary(open.runner, NAMES);
  await library.open.close();
  const desk = await startDesk(library.place, { preload: SET_BACK });
  const first = await desk.call('scan');
  expect([first.added.length, first.durationMs >= 0]).toEqual([NAMES.length, true]);
  const report = await desk.call('run', await desk.call('plan', {}));
  expect([report.state, report.durationMs >= 0]).toEqual(['done', true]);
  expect(report.items.map(({ outcome }) => outcome)).toEqual(NAMES.map(() => 'done'));
  const verified = await desk.call('verify');
  expect(verified.results.map(({ status }) => status)).toEqual(NAMES.map(() => 'good'));
  expect(verified.durationMs).toBeGreaterThanOrEqual(0);
  const [last, batch] = await desk.call('jobs'); // in the order in which they were made
  expect([last?.kind, batch?.kind]).toEqual(['verify', 'migrate']);
  const wasSetBack = Date.parse(last?.createdAt ?? '') < Date.now() - YEAR_MS;
  expect(wasSetBack).toBe(true);
  const second = await desk.call('scan');
  expect([second.unchangedCount, second.inspectedCount, second.missing]).toEqual([NAMES.length, 0, []]);
  const { due, usedTodayBytes } = await desk.call('verificationPlan');
  expect(due).toEqual([]);
  expect(usedTodayBytes).toBeGreaterThan(0);
  await desk.end();

  const right = await startDesk(library.place); // the clock is right again: that was ten years ago
  const later = await right.call('verificationPlan');
  expect(later.due.map(({ path, today }) => [path, today]).sort()).toEqual(
    NAMES.map((name) => [library.path(name), true]),
  );
  await right.call('verify');
  expect((await right.call('verificationPlan')).due).toEqual([]);
  expect((await right.call('jobs')).map(({ id }) => id)).toEqual([3, 2, 1]);
  expect((await right.call('scan')).unchangedCount).toBe(NAMES.length);
  await right.end();
  expect(await library.requireOrder()).toEqual(NAMES);

  const back = await startDesk(library.place, { preload: SET_BACK }); // what was verified lies ahead of this clock
  for (let looks = 0; looks < 20; looks++) await back.call('verificationPlan');
  expect((await back.call('verificationPlan')).due).toEqual([]);
  await back.end();
});
