// A verification job and its report, which is read from the journal.

import { StrongroomError, type ErrorCode } from '../../../shared/errors.ts';
import type { Job, JobItem } from '../../../shared/jobs.ts';
import type { VerificationPlan, VerificationReport } from '../../../shared/library.ts';
import type { Catalog } from '../../catalog/index.ts';
import type { JobQueue } from '../../jobs/index.ts';
import { durationOf, noSuchJob } from '../batch/batch-report.ts';
import { decodeVerifyResult, parseVerifyRequest, type VerifyRequest } from './verify-request.ts';

export interface CreateVerificationOptions {
  readonly priority?: number | undefined;
}

interface CreateDueOptions extends CreateVerificationOptions {
  /** A person wants it, who sees that the hours are quiet: they do not stop it later, either. */
  readonly evenInQuietHours?: boolean;
}

/** @throws USAGE where there is nothing to verify; DAMAGED_CATALOG, BUSY, NO_SPACE */
export function createVerification(
  queue: JobQueue,
  request: VerifyRequest,
  files: readonly { readonly path: string; readonly sizeBytes: number }[],
  options: CreateVerificationOptions = {},
): Job {
  if (files.length === 0)
    throw new StrongroomError('USAGE', 'There is nothing to verify.', {
      hint: 'Look at what is due, or choose other backups.',
    });
  const title = `Verify ${files.length} ${files.length === 1 ? 'backup' : 'backups'}`;
  const items = files.map(({ path, sizeBytes }) => ({ path, sizeBytes }));
  return queue.create('verify', title, request, items, options);
}

/** What the plan allows for today, as a job; null where that is nothing, or the hours are quiet. @throws as above */
export function createDueVerification(
  queue: JobQueue,
  { due, policy, quietUntil }: VerificationPlan,
  { evenInQuietHours = false, ...options }: CreateDueOptions = {},
): Job | null {
  const files = due.filter(({ today }) => today);
  if (files.length === 0 || (quietUntil !== null && !evenInQuietHours)) return null;
  const origin = evenInQuietHours ? 'person' : 'plan';
  return createVerification(queue, { level: policy.level, origin }, files, options);
}

/** @throws USAGE where there is no such job, or one of another kind; DAMAGED_CATALOG, BUSY */
export function verificationReport({ jobs }: Pick<Catalog, 'jobs'>, jobId: number): VerificationReport {
  const job = jobs.get(jobId);
  if (job?.kind !== 'verify') throw noSuchJob(jobId);
  const { level } = parseVerifyRequest(jobs.requestOf(jobId));
  const results = job.items.map((item) => reportItem(item, jobs.resultOf(jobId, item.position)));
  const bytes = job.items.map((item, index) => {
    const { status, bytes: readBytes } = results[index] ?? NOT_STARTED;
    if (readBytes !== null) return readBytes;
    return level !== 'quick' && (status === 'damaged' || status === 'truncated') ? item.sizeBytes : 0;
  });
  return {
    jobId,
    results: results.map(({ path, status, message, error }) => ({ path, status, message, error })),
    bytes: bytes.reduce((sum, one) => sum + one, 0),
    durationMs: durationOf(job),
  };
}

type ReportItem = VerificationReport['results'][number] & { readonly bytes: number | null };
type Status = ReportItem['status'];

const NOT_STARTED = { status: 'not-started', bytes: 0 } as const;

function reportItem({ path, state, error, message }: JobItem, resultJson: string | null): ReportItem {
  const kept = decodeVerifyResult(resultJson);
  const base = { path, error, message: message ?? error?.message ?? 'Not begun.' };
  if (state === 'failed')
    return { ...base, status: STATUS_OF[error?.code ?? 'INTERNAL'] ?? 'unreadable', bytes: null };
  if (state === 'done' || state === 'skipped')
    return { ...base, status: kept?.status ?? 'good', bytes: kept?.bytes ?? 0 };
  return { ...base, ...NOT_STARTED };
}

const STATUS_OF: Readonly<Partial<Record<ErrorCode, Status>>> = {
  KEY_REQUIRED: 'locked',
  WRONG_KEY: 'locked',
  DAMAGED_HEADER: 'damaged',
  DAMAGED_PAYLOAD: 'damaged',
  DAMAGED_METADATA: 'damaged',
  TRUNCATED: 'truncated',
  UNSUPPORTED_VERSION: 'unsupported',
};
