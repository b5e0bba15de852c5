// Two Strongrooms on one data folder and one folder of backups, at the same time: each survives, each is told when the other is at it,
// and nothing is done twice.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JobEvent } from '../../shared/jobs.ts';
import { requireSoundCatalog } from '../crash/batch-after-a-kill.ts';
import { openRunner, type OpenRunner } from '../support/runners.ts';
import { startDesk, type DeskProcess } from './desk-process.ts';
import { makeSmallLibrary, type SmallLibrary } from './small-library.ts';

const NAMES = Array.from({ length: 12 }, (_, index) => `backup-${String(index).padStart(2, '0')}.tar`);
/** “Within 200 ms” and the tenth of a second in which wishes are looked for, on a machine that is busy with other things. */
const CANCEL_MS = 1_000;
let open: OpenRunner;

beforeAll(async () => {
  open = await openRunner('threads');
});
afterAll(() => open.close());

async function twoOn(library: SmallLibrary): Promise<readonly [DeskProcess, DeskProcess]> {
  await library.open.close();
  return Promise.all([startDesk(library.place), startDesk(library.place)]);
}

async function endBoth(both: readonly DeskProcess[]): Promise<void> {
  expect(await Promise.all(both.map((one) => one.end()))).toEqual([0, 0]);
}

const itemBegun = (event: JobEvent): boolean => event.kind === 'item' && event.item.state === 'running';

describe('two Strongrooms', () => {
  it('that scan one folder at the same time take each file in once', async () => {
    const library = await makeSmallLibrary(open.runner, NAMES);
    const both = await twoOn(library);
    const scans = await Promise.all([...both, ...both].map((one) => one.call('scan')));
    for (const { unreadable, missing, moved, changed } of scans)
      expect([unreadable, missing, moved, changed]).toEqual([[], [], [], []]);
    for (const { added, copies, unchangedCount } of scans)
      expect(added.length + copies.length + unchangedCount).toBe(NAMES.length);
    const backups = await both[0].call('list');
    expect(backups.flatMap(({ copies }) => copies.map(({ path }) => path)).sort()).toEqual(
      NAMES.map(library.path),
    );
    const third = await both[1].call('scan');
    expect([third.unchangedCount, third.inspectedCount]).toEqual([NAMES.length, 0]);
    await endBoth(both);
    requireSoundCatalog(library.place);
  });

  it('that migrate the same backups at the same time rewrite each once, while both scan', async () => {
    const library = await makeSmallLibrary(open.runner, NAMES);
    await library.desk.scan({});
    const both = await twoOn(library);
    const plans = await Promise.all(both.map((one) => one.call('plan', {})));
    const work = await Promise.all([
      both[0].call('run', plans[0] as never),
      both[1].call('run', plans[1] as never),
      both[0].call('scan'),
      both[1].call('scan'),
    ]);
    const [first, second] = work;
    for (const { state, items } of [first, second]) {
      expect(state).toBe('done');
      for (const { error } of items) expect(error).toBe(null);
    }
    const doneBy = (report: typeof first): string[] =>
      report.items.filter(({ outcome }) => outcome === 'done').map(({ path }) => path);
    expect([...doneBy(first), ...doneBy(second)].sort()).toEqual(NAMES.map(library.path));
    expect(await library.requireOrder()).toEqual(NAMES);
    const scan = await both[0].call('scan');
    expect([scan.unchangedCount, scan.inspectedCount]).toEqual([NAMES.length, 0]);
    const backups = await both[1].call('list');
    const present = backups.filter(({ copies }) =>
      copies.some(({ folderId, state }) => folderId !== null && state === 'present'),
    );
    expect(present.map(({ format, keyState }) => [format, keyState])).toEqual(
      NAMES.map(() => ['v3', 'opens']),
    );
    process.stdout.write(`done by one: ${doneBy(first).length}, by the other: ${doneBy(second).length}\n`);
    await endBoth(both);
    requireSoundCatalog(library.place);
  });

  it('do not run one job both: the second is told that it runs, and begins nothing', async () => {
    const library = await makeSmallLibrary(open.runner, NAMES);
    await library.desk.scan({});
    const [one, other] = await twoOn(library);
    const running = one.call('run', await one.call('plan', {}));
    await one.event(itemBegun);
    const answer = await other.call('resume', 1, false);
    expect([answer.state, answer.counts.total]).toEqual(['running', NAMES.length]);
    expect(await other.call('recover')).toEqual([]);
    expect((await running).state).toBe('done');
    const { state, items } = await other.call('job', 1);
    expect([state, items.map(({ attempts }) => attempts)]).toEqual(['done', NAMES.map(() => 1)]);
    expect(other.events.filter(({ kind }) => kind === 'item')).toEqual([]);
    expect(await library.requireOrder()).toEqual(NAMES);
    await endBoth([one, other]);
  });

  it('hear of each other when one cancels what the other does, within a second', async () => {
    const library = await makeSmallLibrary(open.runner, NAMES);
    await library.desk.scan({});
    const [one, other] = await twoOn(library);
    const running = one.call('run', await one.call('plan', {}));
    await one.event(itemBegun);
    const [job] = await other.call('jobs');
    const askedAt = performance.now();
    await other.call('cancel', job?.id ?? 0);
    const answeredMs = performance.now() - askedAt;
    await one.event((event) => event.kind === 'job' && event.job.state === 'cancelled');
    const cancelledMs = performance.now() - askedAt;
    process.stdout.write(
      `cancelled from outside after ${Math.round(cancelledMs)} ms (asked: ${Math.round(answeredMs)} ms)\n`,
    );
    expect(cancelledMs).toBeLessThan(CANCEL_MS);
    const report = await running;
    expect(report.state).toBe('cancelled');
    expect(report.items.filter(({ outcome }) => outcome !== 'done').length).toBeGreaterThan(0);
    await endBoth([one, other]); // what was in work has stopped by then
    await library.requireOrder();

    const next = await startDesk(library.place);
    const resumed = await next.call('resume', job?.id ?? 0, false);
    expect([resumed.state, resumed.counts.done]).toEqual(['done', NAMES.length]);
    await next.end();
    expect(await library.requireOrder()).toEqual(NAMES);
  });
});
