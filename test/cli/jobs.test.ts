// Jobs at the command line: seen, stopped, paused, taken up again; and their progress at a terminal.

import { describe, expect, it } from 'vitest';

import { JobProgressReporter } from '../../cli/commands/jobs/job-progress.ts';
import { Session } from '../../cli/session.ts';
import { Screen } from '../../cli/terminal/screen.ts';
import type { Job, JobProgress } from '../../shared/jobs.ts';
import { keyInfo } from '../support/key-info.ts';
import { fakeHost } from './fake-host.ts';
import { batchReport, job, jobDetails, jobItem, openVaultWith, plainError, runWith } from './fake-library.ts';

const VAULT = { engine: openVaultWith([keyInfo()]) };
const HALF = { total: 12, done: 5, skipped: 0, failed: 1, cancelled: 0, left: 6 };

describe('jobs list', () => {
  it('is a table, the newest first, after what a crash left was put in order', async () => {
    const asked: unknown[] = [];
    const { exitCode, stdout } = await runWith(['jobs', 'list', '--limit', '2'], {
      recover: () => {
        asked.push('recover');
        return Promise.resolve([]);
      },
      jobs: (limit) => {
        asked.push(limit);
        return Promise.resolve([job({ id: 8, state: 'interrupted', counts: HALF }), job()]);
      },
    });
    expect(exitCode).toBe(0);
    expect(asked).toEqual(['recover', 2]);
    const [, newest, older] = stdout.split('\n');
    expect(newest).toMatch(/^ {2}8 {2}Migrate 12 backups .* interrupted +5 of 12, 1 failed$/);
    expect(older).toMatch(/^ {2}7 {2}Migrate 12 backups .* done +12 of 12$/);
  });

  it('says when there was none', async () => {
    expect((await runWith(['jobs', 'list'], {})).stdout).toBe('There has been no job yet.\n');
  });
});

describe('jobs show', () => {
  it('says what became of each file, and how a job goes on', async () => {
    const error = plainError('DAMAGED_PAYLOAD');
    const items = [
      jobItem(),
      jobItem({ path: '/backups/bad\n.tar', state: 'failed', message: null, error }),
      jobItem({ path: '/backups/next.tar', state: 'waiting', message: null }),
    ];
    const { exitCode, stdout } = await runWith(['jobs', 'show', '7'], {
      job: () => Promise.resolve(jobDetails({ state: 'paused', counts: HALF, endedAt: null, items })),
    });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'Job 7 (Migrate 12 backups): paused, 5 of 12, 1 failed.',
        'Begun Feb 13, 2025, 9:36 AM.',
        '',
        '  /backups/old.tar: done. Migrated 7 parts.',
        '  /backups/bad\\u{a}.tar: failed. message of DAMAGED_PAYLOAD',
        '  /backups/next.tar: not started',
        '',
        'Go on with it: strongroom jobs resume 7',
        '',
      ].join('\n'),
    );
  });

  it.each(['0', 'x', '-1', '1.5'])('does not take %s for a job', async (id) => {
    expect((await runWith(['jobs', 'show', id], {})).exitCode).toBe(2);
  });
});

describe('jobs cancel and pause', () => {
  it.each([
    ['cancel', 'stop'],
    ['pause', 'rest'],
  ])('%s asks the program that runs the job', async (what, words) => {
    const asked: unknown[] = [];
    const ask = (id: number): Promise<Job> => {
      asked.push(id);
      return Promise.resolve(job({ state: 'running' }));
    };
    const { exitCode, stdout } = await runWith(['jobs', what, '7'], {
      job: () => Promise.resolve(jobDetails({ state: 'running' })),
      ...(what === 'cancel' ? { cancelJob: ask } : { pauseJob: ask }),
    });
    expect({ exitCode, asked }).toEqual({ exitCode: 0, asked: [7] });
    expect(stdout).toBe(`Job 7 is asked to ${words}, and does so as soon as it can.\n`);
  });

  it('cancel ends at once what nobody runs', async () => {
    const states = ['interrupted', 'cancelled'] as const;
    let calls = 0;
    const { stdout } = await runWith(['jobs', 'cancel', '7'], {
      job: () => Promise.resolve(jobDetails({ state: states[calls] ?? 'waiting', counts: HALF })),
      cancelJob: () => {
        calls++;
        return Promise.resolve(job({ state: 'cancelled' }));
      },
    });
    expect(stdout).toBe('Job 7 (Migrate 12 backups): stopped by you, 5 of 12, 1 failed.\n');
  });

  it.each([
    ['cancel', 'done'],
    ['pause', 'failed'],
    ['pause', 'interrupted'],
  ] as const)('%s refuses a job that is %s', async (what, state) => {
    const { exitCode, stderr } = await runWith(['jobs', what, '7'], {
      job: () => Promise.resolve(jobDetails({ state })),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('strongroom jobs show 7');
  });
});

describe('jobs resume', () => {
  it('goes on with the keys of the vault, and ends with the report', async () => {
    const asked: unknown[] = [];
    const { exitCode, stdout } = await runWith(
      ['jobs', 'resume', '7', '--retry-failed', '--json'],
      {
        job: () => Promise.resolve(jobDetails({ kind: 'migrate', state: 'interrupted' })),
        resumeJob: (id, { retryFailed }) => {
          asked.push(id, retryFailed);
          return Promise.resolve(job());
        },
        batchReport: () => Promise.resolve(batchReport()),
      },
      VAULT,
    );
    expect({ exitCode, asked }).toEqual({ exitCode: 0, asked: [7, true] });
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'jobs resume',
      results: [{ report: { jobId: 7, state: 'done' } }],
    });
  });

  it('does not begin a migration without the vault', async () => {
    const { exitCode, stderr } = await runWith(['jobs', 'resume', '7'], {
      job: () => Promise.resolve(jobDetails({ state: 'interrupted' })),
    });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('There is no vault here yet.');
  });

  it('leaves a job to the program that runs it', async () => {
    const { exitCode, stdout } = await runWith(
      ['jobs', 'resume', '7'],
      {
        job: () => Promise.resolve(jobDetails({ state: 'running' })),
        resumeJob: () => Promise.resolve(job({ state: 'running' })),
      },
      VAULT,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toBe('Job 7 is run by another program, and goes on there.\n');
  });

  it('ends with 130 when it is stopped again', async () => {
    const { exitCode, stderr } = await runWith(
      ['jobs', 'resume', '7'],
      {
        job: () => Promise.resolve(jobDetails({ state: 'cancelled' })),
        resumeJob: () => Promise.resolve(job({ state: 'cancelled' })),
        batchReport: () => Promise.resolve(batchReport({ state: 'cancelled' })),
      },
      VAULT,
    );
    expect(exitCode).toBe(130);
    expect(stderr).toContain('strongroom jobs resume 7');
  });
});

describe('library report', () => {
  it('shows the result of a job again', async () => {
    const { exitCode, stdout } = await runWith(['library', 'report', '7'], {
      job: () => Promise.resolve(jobDetails({ kind: 'verify' })),
      verificationReport: () =>
        Promise.resolve({
          jobId: 7,
          results: [{ path: '/a.tar', status: 'damaged', message: 'A byte is wrong.', error: null }],
          bytes: 10,
          durationMs: 1000,
        }),
    });
    expect(exitCode).toBe(4);
    expect(stdout).toContain('/a.tar\n  damaged: A byte is wrong.\n');
  });

  it('says that a scan leaves none', async () => {
    const { exitCode } = await runWith(['library', 'report', '7'], {
      job: () => Promise.resolve(jobDetails({ kind: 'scan' })),
    });
    expect(exitCode).toBe(2);
  });
});

describe('the progress of a job at a terminal', () => {
  const progress: JobProgress = {
    jobId: 7,
    doneBytes: 5e8,
    totalBytes: 2e9,
    doneItems: 3,
    totalItems: 12,
    bytesPerSecond: 1.2e8,
    secondsLeft: 12.4,
    current: [{ path: '/backups/home\u001b.tar', doneBytes: 1, totalBytes: 2 }],
  };

  function reporter(): { show: (at: number, parts?: Partial<JobProgress>) => void; text: () => string } {
    const clock = { now: 0 };
    const host = { ...fakeHost(), now: () => clock.now };
    const screen = new Screen(host.stdout, host.stderr, { redraws: true });
    const session = new Session(host, screen, { command: 'library verify', json: false, jobs: undefined });
    const made = new JobProgressReporter(session);
    return {
      show: (at, parts = {}) => {
        clock.now = at;
        made.show({ kind: 'progress', progress: { ...progress, ...parts } });
      },
      text: () => host.stderr.text,
    };
  }

  it('is one line with files, bytes, speed and time left, never wider than the terminal', () => {
    const { show, text } = reporter();
    show(1000);
    expect(text()).toMatch(/^3 of 12 done: .*tar {2}\[#+-+\] {2}25% {2}120 MB\/s {2}13 sec left$/);
    expect(text().length).toBeLessThan(80);
    expect(text()).not.toContain('\u001b.tar');
  });

  it('is drawn at most ten times a second', () => {
    const { show, text } = reporter();
    for (let at = 1000; at < 2000; at += 10) show(at, { bytesPerSecond: null, secondsLeft: null });
    expect(text().split('25%').length - 1).toBe(10);
  });
});
