// Jobs in words: what they are about, how far they are, and what became of each backup.

import type { Job, JobDetails, JobItem, JobState } from '../jobs.ts';
import type { Formats } from './formats.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';

const STATES: Readonly<Record<JobState, string>> = {
  waiting: 'waiting',
  running: 'running',
  paused: 'paused',
  interrupted: 'interrupted',
  done: 'done',
  cancelled: 'stopped by you',
  failed: 'could not go on',
};

const ITEM_STATES: Readonly<Record<JobItem['state'], string>> = {
  waiting: 'not started',
  running: 'in work',
  done: 'done',
  skipped: 'nothing to do',
  failed: 'failed',
  cancelled: 'stopped',
};

const COLUMNS = [
  { title: 'Job', align: 'right' },
  { title: 'What' },
  { title: 'Made' },
  { title: 'State' },
  { title: 'Files' },
] as const;

export function jobTable(jobs: readonly Job[], formats: Formats): string[] {
  if (jobs.length === 0) return ['There has been no job yet.'];
  return formatTable(
    COLUMNS,
    jobs.map((job) => [
      String(job.id),
      printable(job.title),
      formats.date(job.createdAt),
      STATES[job.state],
      countsInWords(job, formats),
    ]),
  );
}

/** "Job 7 (Migrate 12 backups): paused, 5 of 12 files." */
export function jobLine(job: Job, formats: Formats): string {
  return `Job ${job.id} (${printable(job.title)}): ${STATES[job.state]}, ${countsInWords(job, formats)}.`;
}

/** What it is, since when, and why it could not go on. */
export function jobHead(job: Job, formats: Formats): string[] {
  const { createdAt, startedAt, endedAt, error } = job;
  const when =
    startedAt === null
      ? `Made ${formats.date(createdAt)}.`
      : endedAt === null
        ? `Begun ${formats.date(startedAt)}.`
        : `Begun ${formats.date(startedAt)}, ended ${formats.date(endedAt)}.`;
  return [
    jobLine(job, formats),
    when,
    ...(error === null ? [] : [printable([error.message, error.hint].filter(Boolean).join(' '))]),
  ];
}

export function jobLines(job: JobDetails, formats: Formats): string[] {
  const { id, state } = job;
  return [
    ...jobHead(job, formats),
    '',
    ...job.items.map((item) => itemLine(item)),
    ...(canGoOn(state) ? ['', `Go on with it: strongroom jobs resume ${id}`] : []),
    ...(state === 'done' && job.counts.failed > 0
      ? ['', `Try the failed ones again: strongroom jobs resume ${id} --retry-failed`]
      : []),
  ];
}

function canGoOn(state: JobState): boolean {
  return state === 'interrupted' || state === 'paused' || state === 'failed' || state === 'cancelled';
}

function itemLine({ path, state, message, error }: JobItem): string {
  const words = error?.message ?? message;
  return `  ${printable(path)}: ${ITEM_STATES[state]}${words === null ? '' : `. ${printable(words)}`}`;
}

function countsInWords({ counts }: Job, formats: Formats): string {
  const { total, done, skipped, failed } = counts;
  const of = `${formats.count(done + skipped)} of ${formats.count(total)}`;
  return failed === 0 ? of : `${of}, ${formats.count(failed)} failed`;
}
