// What is said of jobs and their files, and what can be done with each as it stands.

import { describe, expect, it } from 'vitest';

import { jobTitle } from '../../renderer/app/job-title.ts';
import {
  canResume,
  canRetryFailed,
  canStop,
  filesInWords,
  itemVerdict,
  jobVerdict,
  sectionOf,
  tookMs,
} from '../../renderer/screens/activity/job-words.ts';
import { outcomeSentences } from '../../renderer/screens/activity/outcome-words.ts';
import { folderOfPath, nameOfPath } from '../../renderer/app/paths.ts';
import type { Job, JobState } from '../../shared/jobs.ts';
import type { BatchReport } from '../../shared/library.ts';

const NOW_MS = Date.parse('2026-03-01T00:00:00.000Z');
const NONE = { total: 0, done: 0, skipped: 0, failed: 0, cancelled: 0, left: 0 };

function job(of: Partial<Omit<Job, 'counts'>> & { readonly counts?: Partial<Job['counts']> } = {}): Job {
  return {
    id: 1,
    kind: 'migrate',
    title: 'Migrate 4 backups',
    state: 'done',
    priority: 0,
    createdAt: '2026-02-28T00:00:00.000Z',
    startedAt: '2026-02-28T00:00:00.000Z',
    endedAt: '2026-02-28T00:01:00.000Z',
    totalBytes: 100,
    doneBytes: 100,
    error: null,
    ...of,
    counts: { ...NONE, total: 4, done: 4, ...of.counts },
  };
}

describe('the place of a job in the list', () => {
  it('is with the person as long as it stands still', () => {
    const sections = (['running', 'waiting', 'paused', 'interrupted', 'cancelled', 'done'] as const).map(
      (state) => sectionOf(job({ state }), NOW_MS),
    );
    expect(sections).toEqual(['now', 'now', 'attention', 'attention', 'past', 'past']);
  });

  it('is with the person for a week where some of it failed, and in the past after that', () => {
    const failed = { counts: { done: 3, failed: 1 } };
    expect(sectionOf(job(failed), NOW_MS)).toBe('attention');
    expect(sectionOf(job({ state: 'failed' }), NOW_MS)).toBe('attention');
    expect(sectionOf(job({ ...failed, endedAt: '2026-02-01T00:00:00.000Z' }), NOW_MS)).toBe('past');
  });
});

describe('a job in words', () => {
  it('is called after its work, with its number written as the person writes numbers', () => {
    const counts = { total: 12_345, done: 0, skipped: 0, failed: 0, cancelled: 0, left: 12_345 };
    expect(jobTitle({ kind: 'migrate', counts })).toBe('Migrate 12,345 backups');
    expect(jobTitle({ kind: 'verify', counts: { ...counts, total: 1 } })).toBe('Verify 1 backup');
  });

  it('does not call done what failed in part', () => {
    expect(jobVerdict(job())).toEqual({ tone: 'good', word: 'Done' });
    expect(jobVerdict(job({ counts: { done: 3, failed: 1 } }))).toEqual({ tone: 'bad', word: '1 failed' });
    expect(jobVerdict(job({ kind: 'verify', counts: { done: 2, failed: 2 } }))).toEqual({
      tone: 'bad',
      word: '2 not good',
    });
  });

  it('calls a verified file good, and not only done', () => {
    expect(itemVerdict({ state: 'done' }, 'verify').word).toBe('Good');
    expect(itemVerdict({ state: 'done' }, 'migrate').word).toBe('Done');
    expect(itemVerdict({ state: 'failed' }, 'verify').word).toBe('Not good');
  });

  it('counts the files, and those that are behind it while some are left', () => {
    expect(filesInWords(job())).toBe('4 files');
    expect(filesInWords(job({ counts: { done: 1, failed: 1, left: 2 } }))).toBe('2 of 4 files');
    expect(filesInWords(job({ counts: { total: 1, done: 1 } }))).toBe('1 file');
  });

  it('knows how long it took only once it has ended, whatever the clock did', () => {
    expect(tookMs(job())).toBe(60_000);
    expect(tookMs(job({ endedAt: null }))).toBeNull();
    expect(tookMs(job({ startedAt: '2026-02-28T01:00:00.000Z' }))).toBe(0);
  });
});

describe('what can be done with a job', () => {
  const states: readonly JobState[] = [
    'waiting',
    'running',
    'paused',
    'interrupted',
    'done',
    'cancelled',
    'failed',
  ];
  const left = { done: 2, left: 2 };

  it('is to stop what has not ended, and to go on with what stands still', () => {
    expect(states.filter((state) => canStop(job({ state })))).toEqual([
      'waiting',
      'running',
      'paused',
      'interrupted',
    ]);
    expect(states.filter((state) => canResume(job({ state, counts: left })))).toEqual([
      'paused',
      'interrupted',
      'cancelled',
      'failed',
    ]);
    expect(canResume(job({ state: 'cancelled' }))).toBe(false);
  });

  it('is to try again what failed, once nothing of it runs', () => {
    const counts = { done: 3, failed: 1 };
    expect(states.filter((state) => canRetryFailed(job({ state, counts })))).toEqual([
      'paused',
      'interrupted',
      'done',
      'cancelled',
      'failed',
    ]);
    expect(canRetryFailed(job())).toBe(false);
  });
});

describe('what a batch did', () => {
  const formats = { size: (bytes: number) => `${bytes} B`, duration: (ms: number) => `${ms} ms` };
  const one = { path: '/a.tar', message: '', error: null, originalPath: null, inputBytes: 1, outputBytes: 1 };
  const report: BatchReport = {
    jobId: 1,
    request: { operation: 'migrate', originals: 'keep', quarantineDays: 30, newKeyId: null, format: 'v3' },
    state: 'done',
    error: null,
    items: [
      { ...one, outcome: 'done' },
      { ...one, outcome: 'failed' },
      { ...one, outcome: 'not-started' },
    ],
    inputBytes: 10,
    outputBytes: 12,
    durationMs: 5,
  };

  it('is told with where the originals are, and with what was not done', () => {
    expect(outcomeSentences(report, formats)).toEqual({
      title: 'One backup is in the new format now',
      sentences: [
        '10 B became 12 B in 5 ms. Each new file was read back from disk and is complete.',
        'The originals are beside them, with “.orig” behind their names.',
        'One failed; its original is where it was.',
        'One was not begun and is as it was.',
      ],
    });
  });

  it('says nothing of originals where nothing was written', () => {
    const failed = { ...report, items: [{ ...one, outcome: 'failed' as const }] };
    expect(outcomeSentences(failed, formats)).toEqual({
      title: 'Nothing was migrated',
      sentences: ['One failed; its original is where it was.'],
    });
  });
});

describe('names out of paths', () => {
  it('are those of the system that wrote the path', () => {
    expect(nameOfPath('/srv/backups/a.tar')).toBe('a.tar');
    expect(nameOfPath('D:\\backups\\a.tar')).toBe('a.tar');
    expect(nameOfPath('\\\\nas\\share\\a.tar')).toBe('a.tar');
    expect(nameOfPath('/srv/back\\slash.tar')).toBe('back\\slash.tar');
    expect(nameOfPath('/')).toBe('/');
  });

  it('leave the folder', () => {
    expect(folderOfPath('/srv/backups/a.tar')).toBe('/srv/backups');
    expect(folderOfPath('/a.tar')).toBe('/');
    expect(folderOfPath('D:\\backups\\a.tar')).toBe('D:\\backups');
    expect(folderOfPath('a.tar')).toBe('');
  });
});
