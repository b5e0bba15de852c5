// The journal of jobs keeps what it was told, in the order of the jobs whatever the clock says, and forgets only old jobs
// that have ended.

import { describe, expect, it } from 'vitest';

import type { JobJournal } from '../../core/jobs/index.ts';
import type { JobState } from '../../shared/jobs.ts';
import { thrown } from '../support/thrown.ts';
import { ERROR } from './catalog-samples.ts';
import { handSetClock, newCatalog, newPath, opened } from './opened-catalog.ts';

const ITEMS = [
  { path: '/backups/one.tar', sizeBytes: 10 },
  { path: '/backups/two.tar', sizeBytes: 200 },
  { path: '/backups/two.tar', sizeBytes: 3000 }, // the same file again is another item
];
const DONE = { state: 'done', message: 'Migrated.', error: null, resultJson: '{"bytes":7}' } as const;

describe('a job', () => {
  it('waits when it is made, with all its items', async () => {
    const path = await newPath();
    const clock = handSetClock('2025-03-01T00:00:00.000Z');
    const first = opened(path, clock.now);
    const journal: JobJournal = first.jobs;
    const job = journal.create('migrate', 'Migrate 3 backups', 5, '{"a":1}', ITEMS);
    const waiting = { total: 3, done: 0, skipped: 0, failed: 0, cancelled: 0, left: 3 };
    expect(job).toEqual({
      ...{ id: job.id, kind: 'migrate', title: 'Migrate 3 backups', state: 'waiting', priority: 5 },
      ...{ createdAt: '2025-03-01T00:00:00.000Z', startedAt: null, endedAt: null, counts: waiting },
      ...{ totalBytes: 3210, doneBytes: 0, error: null },
    });
    first.close();
    const { jobs } = opened(path);
    const item = {
      state: 'waiting',
      attempts: 0,
      message: null,
      error: null,
      startedAt: null,
      endedAt: null,
    };
    expect(jobs.get(job.id)).toEqual({
      ...job,
      items: ITEMS.map((given, position) => ({ position, ...given, ...item })),
    });
    expect(jobs.job(job.id)).toEqual(job);
    expect(jobs.requestOf(job.id)).toBe('{"a":1}');
    expect(jobs.get(job.id + 1)).toBeNull();
    expect(jobs.job(job.id + 1)).toBeNull();
  });

  it('may have nothing to do', async () => {
    const { jobs } = await newCatalog();
    expect(jobs.create('scan', 'Scan', 0, '{}', [])).toMatchObject({
      counts: { total: 0, left: 0 },
      totalBytes: 0,
    });
  });

  it('keeps when it was first begun and when it ended, and is open again when it is taken up', async () => {
    const clock = handSetClock('2025-03-01T00:00:00.000Z');
    const { jobs } = await newCatalog(clock.now);
    const { id } = jobs.create('verify', 'Verify', 0, '{}', ITEMS);
    jobs.setState(id, 'running');
    clock.set('2025-02-01T00:00:00.000Z'); // set back
    jobs.setState(id, 'failed', ERROR);
    const times = { startedAt: '2025-03-01T00:00:00.000Z', endedAt: '2025-02-01T00:00:00.000Z' };
    expect(jobs.job(id)).toMatchObject({ ...times, state: 'failed', error: ERROR });
    jobs.setState(id, 'running');
    expect(jobs.job(id)).toMatchObject({ ...times, endedAt: null, state: 'running', error: null });
    jobs.setPriority(id, -3);
    expect(jobs.job(id)?.priority).toBe(-3);
  });

  it.each<[JobState, boolean]>([
    ['waiting', false],
    ['running', false],
    ['paused', false],
    ['interrupted', false],
    ['done', true],
    ['cancelled', true],
    ['failed', true],
  ])('that is %s has ended: %s', async (state, hasEnded) => {
    const { jobs } = await newCatalog();
    const { id } = jobs.create('verify', 'Verify', 0, '{}', ITEMS);
    jobs.setState(id, 'done');
    jobs.setState(id, state);
    expect(jobs.job(id)?.endedAt !== null).toBe(hasEnded);
  });

  it('that is not there is refused in words', async () => {
    const { jobs } = await newCatalog();
    expect(thrown(() => jobs.requestOf(7))).toBe('USAGE');
    expect(thrown(() => jobs.setState(7, 'done'))).toBe('USAGE');
    expect(thrown(() => jobs.startItem(7, 0))).toBe('USAGE');
    expect(jobs.claim(7, 'me')).toBe(false);
    expect(jobs.ownerOf(7)).toBeNull();
    expect(jobs.wishOf(7)).toBeNull();
    expect(jobs.resultOf(7, 0)).toBeNull();
  });
});

describe('an item', () => {
  it('counts its attempts and keeps what came of the last one', async () => {
    const clock = handSetClock('2025-03-01T00:00:00.000Z');
    const { jobs } = await newCatalog(clock.now);
    const { id } = jobs.create('migrate', 'Migrate', 0, '{}', ITEMS);
    expect(jobs.startItem(id, 1)).toMatchObject({
      state: 'running',
      attempts: 1,
      startedAt: '2025-03-01T00:00:00.000Z',
    });
    const again = { state: 'waiting', message: 'Later.', error: ERROR, resultJson: null } as const;
    expect(jobs.endItem(id, 1, again)).toMatchObject({ state: 'waiting', error: ERROR, endedAt: null });
    expect(jobs.startItem(id, 1)).toMatchObject({ attempts: 2, message: null, error: null });
    clock.set('2025-03-02T00:00:00.000Z');
    expect(jobs.endItem(id, 1, DONE)).toEqual({
      ...{ position: 1, ...ITEMS[1], state: 'done', attempts: 2, message: 'Migrated.', error: null },
      ...{ startedAt: '2025-03-01T00:00:00.000Z', endedAt: '2025-03-02T00:00:00.000Z' },
    });
    expect(jobs.resultOf(id, 1)).toBe('{"bytes":7}');
    expect(jobs.resultOf(id, 0)).toBeNull();
  });

  it('is counted by what came of it, in the list as in the job', async () => {
    const { jobs } = await newCatalog();
    const other = jobs.create('verify', 'Verify', 0, '{}', ITEMS);
    const { id } = jobs.create('migrate', 'Migrate', 0, '{}', [...ITEMS, ...ITEMS]);
    jobs.startItem(id, 0);
    for (const [index, state] of (['done', 'skipped', 'failed', 'cancelled'] as const).entries())
      jobs.endItem(id, index + 1, { ...DONE, state });
    const counts = { total: 6, done: 1, skipped: 1, failed: 1, cancelled: 1, left: 2 };
    expect(jobs.job(id)).toMatchObject({ counts, totalBytes: 6420, doneBytes: 200 + 3000 + 10 + 200 });
    expect(jobs.list()).toEqual([jobs.job(id), other]);
    jobs.reopenItems(id, ['failed', 'cancelled']);
    expect(jobs.job(id)?.counts).toEqual({ ...counts, failed: 0, cancelled: 0, left: 4 });
    expect(jobs.get(id)?.items[3]).toMatchObject({ state: 'waiting', endedAt: null });
  });
});

describe('the owner of a job', () => {
  it('is one: who comes second does not get it, and a dead one is followed by one only', async () => {
    const path = await newPath();
    const [first, second] = [opened(path).jobs, opened(path).jobs];
    const { id } = first.create('migrate', 'Migrate', 0, '{}', ITEMS);
    expect(first.claim(id, 'first', null)).toBe(true);
    expect(second.claim(id, 'second', null)).toBe(false);
    expect(first.claim(id, 'first', null)).toBe(false);
    expect(second.ownerOf(id)).toBe('first');
    expect(second.claim(id, 'second', 'first')).toBe(true);
    expect(first.claim(id, 'third', 'first')).toBe(false);
    expect(first.held()).toEqual([{ id, owner: 'second' }]);
    second.release(id);
    expect(first.held()).toEqual([]);
    first.setState(id, 'running');
    expect(second.held()).toEqual([{ id, owner: null }]);
  });

  it('sees what another process wishes, and a new owner does not', async () => {
    const path = await newPath();
    const [first, second] = [opened(path).jobs, opened(path).jobs];
    const { id } = first.create('migrate', 'Migrate', 0, '{}', ITEMS);
    first.claim(id, 'first');
    second.ask(id, 'pause');
    expect(first.wishOf(id)).toBe('pause');
    second.ask(id, null);
    expect(first.wishOf(id)).toBeNull();
    second.ask(id, 'cancel');
    first.release(id);
    expect(first.wishOf(id)).toBe('cancel');
    second.claim(id, 'second');
    expect(second.wishOf(id)).toBeNull();
  });
});

describe('the history of jobs', () => {
  it('is the newest first, whatever the clock said', async () => {
    const clock = handSetClock();
    const { jobs } = await newCatalog(clock.now);
    const ids = ['2025-03-03', '2025-03-01', '2025-03-02'].map((day) => {
      clock.set(`${day}T00:00:00.000Z`);
      return jobs.create('scan', day, 0, '{}', []).id;
    });
    expect(jobs.list().map(({ id }) => id)).toEqual(ids.toReversed());
    expect(jobs.list(2).map(({ title }) => title)).toEqual(['2025-03-02', '2025-03-01']);
  });

  it('keeps the newest 500 that have ended, and all that have not', async () => {
    const catalog = await newCatalog();
    const { jobs } = catalog;
    const open = (['paused', 'interrupted', 'running', 'waiting'] as const).map((state) => {
      const { id } = jobs.create('verify', 'Verify', 0, '{}', ITEMS);
      jobs.setState(id, state);
      return id;
    });
    const held = jobs.create('verify', 'Verify', 0, '{}', ITEMS).id;
    jobs.setState(held, 'failed');
    jobs.claim(held, 'somebody who takes it up again');
    catalog.batch(() => {
      for (let count = 0; count < 510; count++) {
        const { id } = jobs.create('scan', `Scan ${count}`, 0, '{}', ITEMS);
        jobs.setState(id, (['done', 'cancelled', 'failed'] as const)[count % 3] ?? 'done');
      }
    });
    const last = jobs.create('scan', 'The last', 0, '{}', []);
    const titles = jobs.list().map(({ title }) => title);
    expect(titles).toHaveLength(1 + 500 + open.length + 1);
    expect(titles.slice(0, 2)).toEqual(['The last', 'Scan 509']);
    expect(titles.at(500)).toBe('Scan 10');
    expect(jobs.list().map(({ id }) => id)).toEqual(expect.arrayContaining([...open, held]));
    const oldest = jobs.get(held + 1);
    expect(oldest).toBeNull();
    expect(jobs.resultOf(held + 1, 0)).toBeNull();
    expect(last.id).toBe(held + 511); // a number is never given again
  });
});
