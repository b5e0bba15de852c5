// Folders, the backups in them, and what a verification plan says. Long work answers with its job.

import * as v from 'valibot';

import type { Job } from '../jobs.ts';
import type {
  BatchPlan,
  BatchReport,
  FoundContent,
  LibraryBackup,
  LibraryFolder,
  LibraryStatus,
  ScanReport,
  VerificationPlan,
  VerificationPolicy,
  VerificationReport,
} from '../library.ts';
import type { BackupPage, TakenIn, TrashReport } from '../window.ts';
import { answer, CATALOG_ERRORS, defineCall, VAULT_ERRORS } from './call.ts';
import {
  COUNT_OF_DAYS,
  IDENTITIES,
  IDENTITY,
  JOB_ID,
  KEY_ID,
  LIMIT,
  NOTHING,
  ORIGINALS,
  PATH,
  PATHS,
  VERIFY_LEVEL,
  WHICH_BACKUPS,
} from './inputs.ts';

const HOUR = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(23));

export const VERIFICATION_POLICY = v.strictObject({
  level: VERIFY_LEVEL,
  staleAfterDays: COUNT_OF_DAYS,
  bytesPerDay: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  minutesPerDay: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1440))),
  quietHours: v.nullable(v.strictObject({ from: HOUR, to: HOUR })),
});

export const libraryCalls = {
  'library.status': defineCall({
    summary: 'Counts of the library, by format and by what is wrong.',
    input: NOTHING,
    answer: answer<LibraryStatus>('LibraryStatus'),
    errors: [...CATALOG_ERRORS, 'DAMAGED_VAULT'],
  }),
  'library.backups': defineCall({
    summary: 'All backups, or those named as far as they are known.',
    input: v.strictObject({ identities: v.exactOptional(IDENTITIES) }),
    answer: answer<readonly LibraryBackup[]>('LibraryBackup[]'),
    errors: [...CATALOG_ERRORS, 'DAMAGED_VAULT'],
  }),
  'library.backup': defineCall({
    summary: 'One backup with its parts and its history.',
    input: v.strictObject({ identity: IDENTITY }),
    answer: answer<BackupPage>('BackupPage'),
    errors: [...CATALOG_ERRORS, 'DAMAGED_VAULT'],
  }),
  'library.addFolder': defineCall({
    summary: 'Adds a folder with all that is inside it; it is scanned at once, events tell how far.',
    input: v.strictObject({ path: PATH }),
    answer: answer<LibraryFolder>('LibraryFolder'),
    errors: CATALOG_ERRORS,
  }),
  'library.removeFolder': defineCall({
    summary: 'Forgets a folder; nothing in it is touched.',
    input: v.strictObject({ path: PATH }),
    answer: answer<LibraryFolder>('LibraryFolder'),
    errors: CATALOG_ERRORS,
  }),
  'library.scan': defineCall({
    summary:
      'Looks through folders for what came, changed or went, then finds out which key opens what is new.',
    input: v.strictObject({ folders: v.exactOptional(PATHS) }),
    answer: answer<ScanReport>('ScanReport'),
    errors: [...CATALOG_ERRORS, 'CANCELLED', 'DAMAGED_VAULT'],
  }),
  'library.cancelScan': defineCall({
    summary: 'Ends the scan that runs; what it found stays known.',
    input: NOTHING,
    answer: answer<null>('null'),
    errors: [],
  }),
  'library.takeIn': defineCall({
    summary:
      'Takes in what was dropped or opened: folders become folders of the library, backups are looked at where they are.',
    input: v.strictObject({ paths: PATHS }),
    answer: answer<TakenIn>('TakenIn'),
    errors: [...CATALOG_ERRORS, 'CANCELLED', 'DAMAGED_VAULT'],
  }),
  'library.matchKeys': defineCall({
    summary: 'Tries the keys of the vault on every backup on which not all were tried. How many were tried.',
    input: NOTHING,
    answer: answer<{ readonly triedCount: number }>('{ triedCount }'),
    errors: [...CATALOG_ERRORS, ...VAULT_ERRORS, 'CANCELLED'],
  }),
  'library.findContents': defineCall({
    summary: 'Files inside backups, by a part of their names.',
    input: v.strictObject({ text: v.pipe(v.string(), v.minLength(1), v.maxLength(500)), limit: LIMIT }),
    answer: answer<readonly FoundContent[]>('FoundContent[]'),
    errors: CATALOG_ERRORS,
  }),
  'library.trash': defineCall({
    summary:
      'Moves files of the library to the system’s trash, each after a look whether it is still the file that was meant.',
    input: v.strictObject({ paths: PATHS }),
    answer: answer<TrashReport>('TrashReport'),
    errors: CATALOG_ERRORS,
  }),
  'library.rebuildCatalog': defineCall({
    summary:
      'Puts a new catalogue in the place of a damaged one, which is kept beside; then everything is scanned.',
    input: NOTHING,
    answer: answer<{ readonly damagedPath: string | null; readonly folders: readonly string[] }>(
      '{ damagedPath, folders }',
    ),
    errors: CATALOG_ERRORS,
  }),
  'verification.start': defineCall({
    summary: 'Verifies backups, one file of each.',
    input: v.strictObject({ which: WHICH_BACKUPS, level: VERIFY_LEVEL }),
    answer: answer<Job>('Job'),
    errors: CATALOG_ERRORS,
  }),
  'verification.startDue': defineCall({
    summary: 'Verifies what is due within today’s budget, also in the quiet hours; null where nothing is.',
    input: NOTHING,
    answer: answer<Job | null>('Job | null'),
    errors: CATALOG_ERRORS,
  }),
  'verification.plan': defineCall({
    summary: 'What is due, the most urgent first.',
    input: NOTHING,
    answer: answer<VerificationPlan>('VerificationPlan'),
    errors: CATALOG_ERRORS,
  }),
  'verification.policy': defineCall({
    summary: 'How much is verified by itself, and when.',
    input: NOTHING,
    answer: answer<VerificationPolicy>('VerificationPolicy'),
    errors: CATALOG_ERRORS,
  }),
  'verification.setPolicy': defineCall({
    summary: 'Sets it.',
    input: v.strictObject({ policy: VERIFICATION_POLICY }),
    answer: answer<VerificationPolicy>('VerificationPolicy'),
    errors: CATALOG_ERRORS,
  }),
  'verification.report': defineCall({
    summary: 'What a verification found, file by file.',
    input: v.strictObject({ jobId: JOB_ID }),
    answer: answer<VerificationReport>('VerificationReport'),
    errors: CATALOG_ERRORS,
  }),
  'batches.plan': defineCall({
    summary:
      'What migrating, encrypting or re-keying would do to each file; nothing is changed. The last ten plans are kept.',
    input: v.strictObject({
      which: WHICH_BACKUPS,
      operation: v.picklist(['migrate', 'encrypt', 'rekey']),
      originals: ORIGINALS,
      quarantineDays: COUNT_OF_DAYS,
      newKeyId: v.nullable(KEY_ID),
      format: v.picklist(['v2', 'v3']),
    }),
    answer: answer<{ readonly planId: string; readonly plan: BatchPlan }>('{ planId, plan: BatchPlan }'),
    errors: [...CATALOG_ERRORS, ...VAULT_ERRORS, 'UNKNOWN_KEY', 'CANCELLED'],
  }),
  'batches.cancelPlan': defineCall({
    summary: 'Ends the planning that runs.',
    input: NOTHING,
    answer: answer<null>('null'),
    errors: [],
  }),
  'batches.start': defineCall({
    summary: 'Does what a plan says. A plan is used once.',
    input: v.strictObject({ planId: v.pipe(v.string(), v.uuid()) }),
    answer: answer<Job>('Job'),
    errors: [...CATALOG_ERRORS, ...VAULT_ERRORS],
  }),
  'batches.report': defineCall({
    summary: 'What a batch did, file by file.',
    input: v.strictObject({ jobId: JOB_ID }),
    answer: answer<BatchReport>('BatchReport'),
    errors: CATALOG_ERRORS,
  }),
};
