// The small parts of the work that goes on by itself: what counts as in hand, what becomes a notice, and how changes are gathered.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LibraryChanges } from '../../core/service/background/library-changes.ts';
import { NoticeDesk } from '../../core/service/background/notice-desk.ts';
import { DailyPurge } from '../../core/service/background/daily-purge.ts';
import { noticeOfJob, noticeOfWatchEvent } from '../../core/service/background/notices.ts';
import { WorkBook } from '../../core/service/background/work-book.ts';
import type { StrongroomEvent } from '../../shared/contract/index.ts';
import type { Job, JobDetails, JobState } from '../../shared/jobs.ts';
import type { WatchEvent } from '../../shared/library.ts';
import type { Notice } from '../../shared/window.ts';
import { MemoryLog } from './memory-log.ts';

const AT = '2026-07-01T12:00:00.000Z';

function job(id: number, state: JobState, changes: Partial<Job> = {}): Job {
  return {
    id,
    kind: 'verify',
    title: 'Verify 2 backups',
    state,
    priority: 0,
    createdAt: AT,
    startedAt: AT,
    endedAt: null,
    counts: { total: 2, done: 2, skipped: 0, failed: 0, cancelled: 0, left: 0 },
    totalBytes: 100,
    doneBytes: 0,
    error: null,
    ...changes,
  };
}

const watched = (kind: WatchEvent['kind'], changes: Partial<WatchEvent> = {}): WatchEvent => ({
  at: AT,
  kind,
  folder: '/srv/backups',
  path: '/srv/backups/new.tar',
  message: 'What happened.',
  error: null,
  ...changes,
});

describe('work in hand', () => {
  it('is what waits or runs, with a progress by bytes', async () => {
    const book = new WorkBook();
    book.note({ kind: 'job', job: job(1, 'waiting') });
    book.note({ kind: 'job', job: job(2, 'running', { totalBytes: 300 }) });
    const progress = { jobId: 2, doneBytes: 200, totalBytes: 300, doneItems: 0, totalItems: 2 };
    const rates = { bytesPerSecond: null, secondsLeft: null, current: [] };
    book.note({ kind: 'progress', progress: { ...progress, ...rates } });
    expect(book.describe()).toEqual({ jobCount: 2, progress: 0.5 });
    const idle = book.idle();
    expect(book.note({ kind: 'job', job: job(1, 'cancelled') })).toMatchObject({ id: 1 });
    expect(book.note({ kind: 'job', job: job(2, 'paused') })).toMatchObject({ id: 2 });
    await idle;
    expect(book.describe()).toEqual({ jobCount: 0, progress: null });
  });

  it('is not the end of a job that was not in hand', () => {
    expect(new WorkBook().note({ kind: 'job', job: job(1, 'interrupted') })).toBeNull();
  });
});

describe('a notice', () => {
  const details = (changes: Partial<JobDetails>): JobDetails => ({
    ...job(7, 'done'),
    items: [],
    ...changes,
  });

  it('says why a job could not go on', () => {
    const error = { code: 'NO_SPACE', message: 'The disk is full.', hint: 'Free some space.' } as const;
    expect(noticeOfJob(details({ state: 'failed', error }))).toEqual({
      kind: 'failure',
      title: 'Verify 2 backups: it could not go on',
      body: 'The disk is full. Free some space.',
      route: '#/activity/7',
    });
  });

  it.each(['cancelled', 'paused', 'interrupted'] as const)('is not given of a job that was %s', (state) => {
    expect(noticeOfJob(details({ state }))).toBeNull();
  });

  it('is not given of a job that found nothing to do', () => {
    const counts = { total: 2, done: 0, skipped: 2, failed: 0, cancelled: 0, left: 0 };
    expect(noticeOfJob(details({ counts }))).toBeNull();
  });

  it('tells of a backup that came once its rule is through', () => {
    const verifyOnly = { verify: 'full', migrate: null, scheme: null } as const;
    const both = { verify: 'full', migrate: { originals: 'keep' }, scheme: null } as const;
    expect(noticeOfWatchEvent(watched('verified'), verifyOnly)).toMatchObject({ kind: 'success' });
    expect(noticeOfWatchEvent(watched('verified'), both)).toBeNull();
    expect(noticeOfWatchEvent(watched('migrated'), both)).toMatchObject({ kind: 'success' });
    expect(noticeOfWatchEvent(watched('arrived'), both)).toBeNull();
  });

  it('tells of what failed in a watched folder, and not of what a person cancelled', () => {
    const error = { code: 'WRONG_KEY', message: 'No key fits.', hint: 'Bring in its kit.' } as const;
    expect(noticeOfWatchEvent(watched('failed', { error }), null)).toMatchObject({
      kind: 'failure',
      title: '“new.tar” needs you',
      body: 'What happened. Bring in its kit.',
    });
    const cancelled = { code: 'CANCELLED', message: 'Stopped.' } as const;
    expect(noticeOfWatchEvent(watched('failed', { error: cancelled }), null)).toBeNull();
  });
});

describe('as time goes by', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('many notices of one kind are given as one, and those nobody wants not at all', async () => {
    const given: Notice[] = [];
    const settings = { notifyFailures: true, notifySuccesses: false };
    const desk = new NoticeDesk({ settings: () => settings, give: (notice) => void given.push(notice) });
    const error = { code: 'TRUNCATED', message: 'Cut off.' } as const;
    for (const name of ['a.tar', 'b.tar', 'c.tar'])
      desk.gather(noticeOfWatchEvent(watched('failed', { path: `/srv/${name}`, error }), null));
    desk.gather(noticeOfWatchEvent(watched('migrated'), null));
    await vi.advanceTimersByTimeAsync(2000);
    expect(given).toMatchObject([{ kind: 'failure', title: '3 things in watched folders need you' }]);
    expect(given[0]?.body).toContain('And 2 more.');
    desk.close();
  });

  function changes() {
    const told: StrongroomEvent[] = [];
    let counter = 1;
    const made = new LibraryChanges({
      desk: {
        changeCounter: () => Promise.resolve(counter),
        identitiesAt: (path) => Promise.resolve([`new of ${path}`, `old of ${path}`]),
        catalogProblem: () => null,
      },
      emit: (event) => void told.push(event),
      log: new MemoryLog(),
    });
    return { made, told, writeElsewhere: () => counter++ };
  }

  it('changes are told once a second, with all the contents that are concerned', async () => {
    const { made, told } = changes();
    made.note(['one']);
    made.note(['two', 'one']);
    made.noteFile('/a.tar');
    await vi.advanceTimersByTimeAsync(999);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual([{ kind: 'library', identities: ['one', 'two', 'new of /a.tar', 'old of /a.tar'] }]);
    made.note(['three']);
    made.note(null);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told.slice(1)).toEqual([{ kind: 'library', identities: null }]);
    made.close();
  });

  it('what another program writes is seen within seconds, and what this one writes is not told twice', async () => {
    const { made, told, writeElsewhere } = changes();
    made.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual([]);
    writeElsewhere();
    await vi.advanceTimersByTimeAsync(3000);
    expect(told).toEqual([{ kind: 'library', identities: null }]);
    made.close();
    writeElsewhere();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toHaveLength(1);
  });
});

describe('the quarantine of schemes', () => {
  it('is looked through at the start, and a failure ends nothing', async () => {
    const log = new MemoryLog();
    const answers = [() => Promise.resolve(['/a.tar']), () => Promise.reject(new Error('no'))];
    for (const answer of answers) {
      const purge = new DailyPurge({ desk: { purgeRemoved: answer }, mayBegin: () => true, log });
      purge.start();
      purge.close();
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.tail()).toContain('1 file left the quarantine');
    expect(log.tail()).toContain('could not be looked through');
  });

  it('is left alone while nothing may begin by itself', () => {
    let asked = 0;
    const purgeRemoved = (): Promise<string[]> => Promise.resolve([String(asked++)]);
    const purge = new DailyPurge({
      ...{ desk: { purgeRemoved }, mayBegin: () => false, log: new MemoryLog() },
    });
    purge.start();
    purge.close();
    expect(asked).toBe(0);
  });
});
