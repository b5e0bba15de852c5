// Verification as a job: each item is one file, read with the vault's keys for it. One that is not good is a failed item, so
// that the job's counts tell the truth, and its verdict stays with the backup.

import type { BackupVerification, MemberVariant } from '../../../shared/backup.ts';
import {
  errorCode,
  fromPlainError,
  toPlainError,
  type ErrorCode,
  type PlainError,
} from '../../../shared/errors.ts';
import type { JobItem } from '../../../shared/jobs.ts';
import { quietUntil } from '../../../shared/verification-plan.ts';
import type { BackupKey } from '../../backup/index.ts';
import type { ContentsEntry } from '../../catalog/index.ts';
import type { JobHandler, JobItemContext, JobItemResult } from '../../jobs/index.ts';
import { explainFailure } from '../file-problem.ts';
import { learnOpeners, withKeys } from '../batch/keys-needed.ts';
import { recogniseIfReadable, stampFile } from '../recognise-backup.ts';
import { noteGoneFile } from '../scan/gone-files.ts';
import type { LibraryServices } from '../services.ts';
import { systemTimeZone, usedToday } from './plan-due.ts';
import { bytesRead, recordUnreadable, recordVerification } from './record-verification.ts';
import { readPolicy } from './verification-policy.ts';
import { parseVerifyRequest, type VerifyItemResult, type VerifyRequest } from './verify-request.ts';

/** With these no other backup would do better. */
const ENDS_JOB: ReadonlySet<ErrorCode> = new Set([
  'NO_SPACE',
  'VAULT_LOCKED',
  'DAMAGED_VAULT',
  'DAMAGED_CATALOG',
]);
/** Parts that are no archives, or hold nothing. */
const NAMELESS: ReadonlySet<MemberVariant> = new Set(['empty', 'opaque']);
const PASSING: ReadonlySet<ErrorCode> = new Set(['BUSY', 'SOURCE_CHANGED']);

export interface VerifyHandlerOptions {
  readonly now?: () => Date;
  /** IANA name of the person's; the system's unless told. */
  readonly timeZone?: string;
  /** Hears of each backup that was read to its end, good or not, once that is noted. */
  readonly onVerified?: (verification: BackupVerification) => void;
}

export function verifyHandler(services: LibraryServices, options: VerifyHandlerOptions = {}): JobHandler {
  return new VerifyHandler(services, options);
}

class VerifyHandler implements JobHandler {
  readonly kind = 'verify';
  readonly #services: LibraryServices;
  readonly #now: () => Date;
  readonly #timeZone: string;
  readonly #onVerified: ((verification: BackupVerification) => void) | undefined;

  constructor(services: LibraryServices, { now, timeZone, onVerified }: VerifyHandlerOptions) {
    this.#services = services;
    this.#onVerified = onVerified;
    this.#now = now ?? (() => new Date());
    this.#timeZone = timeZone ?? systemTimeZone();
  }

  atATime(): number {
    return this.#services.threads;
  }

  async run({ path }: JobItem, context: JobItemContext): Promise<JobItemResult> {
    const request = parseVerifyRequest(context.requestJson);
    const wait = request.origin === 'plan' ? this.#reasonToWait() : null;
    if (wait !== null) return result('skipped', wait, { status: 'not-started', bytes: 0 });
    const report = await this.#verify(path, request, context);
    if (report.error !== null) throw fromPlainError(report.error);
    return result('done', describe(report), { status: 'good', bytes: bytesRead(report) });
  }

  endsJob({ code }: PlainError): boolean {
    return ENDS_JOB.has(code);
  }

  isPassing({ code }: PlainError): boolean {
    return PASSING.has(code);
  }

  async #verify(path: string, request: VerifyRequest, context: JobItemContext): Promise<BackupVerification> {
    const { catalog } = this.#services;
    const started = performance.now();
    const before = await stampFile(path).catch(() => null); // said when it is opened
    const contents = new Map<string, readonly ContentsEntry[]>();
    let report: BackupVerification;
    try {
      const onEntries = (await this.#wantsContents(path))
        ? (member: string, entries: readonly ContentsEntry[]) => void contents.set(member, entries)
        : undefined;
      report = await this.#withKeys(path, context.signal, (keys) =>
        this.#services.engine.verify(path, {
          keys,
          level: request.level,
          signal: context.signal,
          onProgress: ({ doneBytes, totalBytes }) => context.onProgress(doneBytes, totalBytes),
          onEntries,
        }),
      );
    } catch (error) {
      const described = await explainFailure(error, path, before);
      recordUnreadable(catalog, path, request.level, described, performance.now() - started);
      if (toPlainError(described).details?.['systemCode'] === 'ENOENT') await noteGoneFile(catalog, path);
      throw described;
    }
    recordVerification(catalog, report, contents);
    this.#onVerified?.(report);
    return report;
  }

  /** Without a vault there are no keys, and plain backups are verified all the same. */
  async #withKeys<T>(
    path: string,
    signal: AbortSignal,
    work: (keys: readonly BackupKey[]) => Promise<T>,
  ): Promise<T> {
    try {
      await learnOpeners(this.#services, path, signal);
      return await withKeys(this.#services, path, null, ({ keys }) => work(keys));
    } catch (error) {
      if (errorCode(error) !== 'NO_VAULT') throw error;
      return await work([]);
    }
  }

  /** The names of the files inside, unless all of them are known. */
  async #wantsContents(path: string): Promise<boolean> {
    const { catalog } = this.#services;
    const backup = await recogniseIfReadable(this.#services, path);
    if (backup === null) return false;
    const archives = catalog.library.members(backup.identity).filter(({ variant }) => !NAMELESS.has(variant));
    return archives.some(({ name }) => !catalog.contents.has(backup.identity, name));
  }

  /** Why what began by itself begins nothing more; a full sentence. How long things take shows only while they are done. */
  #reasonToWait(): string | null {
    const { catalog } = this.#services;
    const { quietHours, bytesPerDay, minutesPerDay } = readPolicy(catalog);
    const now = this.#now();
    if (quietUntil(quietHours, now, this.#timeZone) !== null)
      return 'Left for later: the quiet hours have begun.';
    const { bytes, minutes } = usedToday(catalog, now, this.#timeZone);
    const isUsedUp = bytes >= (bytesPerDay ?? Infinity) || minutes >= (minutesPerDay ?? Infinity);
    return isUsedUp ? 'Left for another day: what may be verified in one is used up.' : null;
  }
}

function describe({ level, members }: BackupVerification): string {
  const parts = members.length === 1 ? '1 part' : `${members.length} parts`;
  return level === 'quick'
    ? `Looks whole: ${parts}; what is in them was not read.`
    : `Good: ${parts} read to the end.`;
}

function result(state: JobItemResult['state'], message: string, kept: VerifyItemResult): JobItemResult {
  return { state, message, resultJson: JSON.stringify(kept) };
}
