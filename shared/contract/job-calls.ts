// Jobs and watched folders: what runs, what ran, and what is done with backups that land.

import * as v from 'valibot';

import type { Job, JobDetails } from '../jobs.ts';
import type { LibraryFolder } from '../library.ts';
import type { WatchState } from '../window.ts';
import { answer, CATALOG_ERRORS, defineCall } from './call.ts';
import { JOB_ID, LIMIT, NOTHING, ORIGINALS, PATH, SCHEME_RULE } from './inputs.ts';

export const WATCH_RULE = v.strictObject({
  verify: v.picklist(['none', 'quick', 'full', 'deep']),
  migrate: v.nullable(v.strictObject({ originals: ORIGINALS })),
  scheme: v.nullable(SCHEME_RULE),
});

export const jobCalls = {
  'jobs.list': defineCall({
    summary: 'Jobs, the newest first.',
    input: v.strictObject({ limit: LIMIT }),
    answer: answer<readonly Job[]>('Job[]'),
    errors: CATALOG_ERRORS,
  }),
  'jobs.get': defineCall({
    summary: 'One job with its items.',
    input: v.strictObject({ jobId: JOB_ID }),
    answer: answer<JobDetails>('JobDetails'),
    errors: CATALOG_ERRORS,
  }),
  'jobs.pause': defineCall({
    summary: 'Pauses a job once the files in work are done.',
    input: v.strictObject({ jobId: JOB_ID }),
    answer: answer<Job>('Job'),
    errors: CATALOG_ERRORS,
  }),
  'jobs.cancel': defineCall({
    summary: 'Ends a job now; the files in work stay as they were.',
    input: v.strictObject({ jobId: JOB_ID }),
    answer: answer<Job>('Job'),
    errors: CATALOG_ERRORS,
  }),
  'jobs.resume': defineCall({
    summary: 'Takes a job up again that was paused, interrupted or failed.',
    input: v.strictObject({ jobId: JOB_ID, retryFailed: v.boolean() }),
    answer: answer<Job>('Job'),
    errors: CATALOG_ERRORS,
  }),
  'jobs.saveReport': defineCall({
    summary: 'Writes what a job did into a new file: text as the command line shows it, or JSON.',
    input: v.strictObject({ jobId: JOB_ID, path: PATH, as: v.picklist(['text', 'json']) }),
    answer: answer<{ readonly path: string }>('{ path }'),
    errors: CATALOG_ERRORS,
  }),
  'watching.setRule': defineCall({
    summary: 'What is done with backups that land in a folder of the library; null: it is not watched.',
    input: v.strictObject({ path: PATH, rule: v.nullable(WATCH_RULE) }),
    answer: answer<LibraryFolder>('LibraryFolder'),
    errors: CATALOG_ERRORS,
  }),
  'watching.state': defineCall({
    summary: 'Whether folders are watched, how each does, and the last 500 events.',
    input: NOTHING,
    answer: answer<WatchState>('WatchState'),
    errors: CATALOG_ERRORS,
  }),
};
