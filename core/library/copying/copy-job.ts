// Copying as a job: each item is one backup. The original is only read; the copy is written whole, compared and verified before it
// gets its name, so that whatever stops it leaves a proven copy or nothing.

import { basename, dirname, join } from 'node:path';

import type { BackupVerification } from '../../../shared/backup.ts';
import {
  errorCode,
  StrongroomError,
  toPlainError,
  type ErrorCode,
  type PlainError,
} from '../../../shared/errors.ts';
import type { JobItem } from '../../../shared/jobs.ts';
import { isSameFile, type FileStamp } from '../../catalog/index.ts';
import { ignoreMissing, OutputFile, recoverFolder, recoverOutput } from '../../files/index.ts';
import type { JobHandler, JobItemContext, JobItemResult } from '../../jobs/index.ts';
import { explainFailure } from '../file-problem.ts';
import { findPlace, thisSystem, type SystemView } from '../places/index.ts';
import { changedMeanwhile, recogniseBackup, stampFile } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';
import { recordVerification } from '../verification/record-verification.ts';
import { CopyProgress } from './copy-progress.ts';
import { encodeCopyResult, parseCopyRequest, type CopyRequest } from './copy-request.ts';
import { proveCopy, type Proof } from './prove-copy.ts';
import { identityOfFile, isTaken, nameNumber, targetFolder } from './target-folder.ts';
import { areSameBytes, writeCopy } from './write-copy.ts';

/** With these no other backup would do better. */
const ENDS_JOB: ReadonlySet<ErrorCode> = new Set(['NO_SPACE', 'DAMAGED_CATALOG']);
const PASSING: ReadonlySet<ErrorCode> = new Set(['BUSY', 'SOURCE_CHANGED']);
/** In the details of an error: the whole folder is not there, or not where it was. */
const FOLDER_IS_AWAY = 'folderIsAway';
/** In the details of an error: another backup stands there, and waiting does not change that. */
const IS_ANOTHER = 'isAnotherBackup';

export interface CopyHandlerOptions {
  /** Hears of each copy that was read to its end, once that is noted. */
  readonly onVerified?: (verification: BackupVerification) => void;
  readonly view?: SystemView;
}

export function copyHandler(services: LibraryServices, options: CopyHandlerOptions = {}): JobHandler {
  return new CopyHandler(services, options);
}

class CopyHandler implements JobHandler {
  readonly kind = 'copy';
  readonly #services: LibraryServices;
  readonly #options: CopyHandlerOptions;
  /** The request as it was parsed last: it names every file, and each item asks for it. */
  #parsed: { readonly json: string; readonly request: CopyRequest } | null = null;

  constructor(services: LibraryServices, options: CopyHandlerOptions) {
    this.#services = services;
    this.#options = options;
  }

  get #view(): SystemView {
    return this.#options.view ?? thisSystem(this.#services.catalog.folder);
  }

  async prepare(requestJson: string): Promise<void> {
    await this.#requireFolder(this.#parse(requestJson));
  }

  /** A drive writes one file faster than two, and verifying one uses all threads. */
  atATime(): number {
    return 1;
  }

  async run({ path, position, attempts }: JobItem, context: JobItemContext): Promise<JobItemResult> {
    const request = this.#parse(context.requestJson);
    await this.#requireFolder(request);
    const before = await stampFile(path).catch(() => null); // said when it is opened
    try {
      return await this.#copy(path, itemOf(request, position), before, attempts, context);
    } catch (error) {
      const described = await explainFailure(error, path, before);
      if (isOfFolder(errorCode(described))) await this.#requireFolder(request); // all others would fail as this one did
      throw described;
    }
  }

  async recover({ position }: JobItem, requestJson: string): Promise<void> {
    const request = this.#parse(requestJson);
    await recoverOutput(itemOf(request, position).target);
    // It may have got another name, or its lock was being set or removed. With its drive away it waits for that.
    await recoverFolder(request.to).catch(ignoreMissing);
  }

  endsJob({ code, details }: PlainError): boolean {
    return ENDS_JOB.has(code) || details?.[FOLDER_IS_AWAY] === true;
  }

  isPassing({ code, details }: PlainError): boolean {
    return PASSING.has(code) && details?.[IS_ANOTHER] !== true;
  }

  #parse(json: string): CopyRequest {
    if (this.#parsed?.json !== json) this.#parsed = { json, request: parseCopyRequest(json) };
    return this.#parsed.request;
  }

  async #copy(
    path: string,
    { target: wanted, identity }: CopyRequest['items'][number],
    before: FileStamp | null,
    attempts: number,
    context: JobItemContext,
  ): Promise<JobItemResult> {
    const services = this.#services;
    const source = await recogniseBackup(services, path);
    if (source.identity !== identity) throw isAnother(path);
    const sizeBytes = before?.sizeBytes ?? 0;
    const progress = new CopyProgress(sizeBytes, context);
    for (let count = 1; ; count++) {
      const target = join(dirname(wanted), nameNumber(basename(wanted), count));
      await recoverOutput(target); // what a crash left while the drive was away since
      const there = await identityOfFile(services, target);
      if (there?.identity === identity && there.sizeBytes === sizeBytes) {
        if (!(await areSameBytes(path, target, progress))) continue;
        // One that was written before a crash is this job's work; any other came since it was planned.
        if (attempts > 1) return this.#noted(target, await this.#prove(path, target, progress));
        await recogniseBackup(services, target);
        const message = `It is there already as “${basename(target)}”, byte for byte the same.`;
        return {
          state: 'skipped',
          message,
          resultJson: encodeCopyResult({ outcome: 'nothing-to-do', target }),
        };
      }
      if (there !== null || (await isTaken(target))) continue;
      return this.#noted(target, await this.#write(path, target, before, progress));
    }
  }

  async #write(
    path: string,
    target: string,
    before: FileStamp | null,
    progress: CopyProgress,
  ): Promise<Proof> {
    const output = await OutputFile.create(target, { kind: 'new-file' });
    try {
      await writeCopy(path, output, progress);
      const proof = await this.#prove(path, output.partialPath, progress);
      if (before === null || !isSameFile(before, await stampFile(path))) throw changedMeanwhile();
      await output.publish();
      return proof;
    } catch (error) {
      await output.discard();
      throw error;
    }
  }

  #prove(path: string, written: string, progress: CopyProgress): Promise<Proof> {
    return proveCopy(this.#services, path, written, progress);
  }

  /** It is copied, whatever becomes of what is known about it. */
  async #noted(target: string, { verification, because }: Proof): Promise<JobItemResult> {
    const outcome = verification === null ? 'compared' : 'verified';
    const noted = await this.#remember(target, verification).then(
      () => '',
      (error: unknown) =>
        ` The library does not know it yet, scan its folder: ${toPlainError(error).message}`,
    );
    const proven =
      verification === null
        ? `byte for byte the same. It was not read to its end: ${because ?? ''}`
        : 'byte for byte the same, and read to its end.';
    const message = `Copied as “${basename(target)}”: ${proven}${noted}`;
    return { state: 'done', message, resultJson: encodeCopyResult({ outcome, target }) };
  }

  async #remember(target: string, verification: BackupVerification | null): Promise<void> {
    await recogniseBackup(this.#services, target);
    if (verification === null) return;
    const ofTarget = { ...verification, path: target };
    recordVerification(this.#services.catalog, ofTarget, new Map());
    this.#options.onVerified?.(ofTarget);
  }

  /** Where a drive is away, an empty folder on this disk may stand at its place. @throws OUTPUT_REFUSED */
  async #requireFolder({ to, placeId }: CopyRequest): Promise<void> {
    try {
      const folder = await targetFolder(to, this.#services.catalog.folder);
      if (folder === to && (await findPlace(to, this.#view)).id === placeId) return;
    } catch (error) {
      if (!isOfFolder(errorCode(error))) throw error;
    }
    throw new StrongroomError(
      'OUTPUT_REFUSED',
      `“${to}” is not there any more as it was when this was planned.`,
      {
        hint: 'Connect its drive or share, then go on with the job. If you moved the folder, plan it anew.',
        details: { [FOLDER_IS_AWAY]: true },
      },
    );
  }
}

function itemOf({ items }: CopyRequest, position: number): CopyRequest['items'][number] {
  const item = items[position];
  if (item !== undefined) return item;
  throw new StrongroomError('DAMAGED_CATALOG', 'What a job was asked to copy does not fit its files.', {
    hint: 'Nothing was touched. Plan it anew.',
  });
}

function isAnother(path: string): StrongroomError {
  const message = `“${basename(path)}” holds another backup than when this was planned.`;
  return new StrongroomError('SOURCE_CHANGED', message, {
    hint: 'Scan its folder and plan the copies anew.',
    details: { [IS_ANOTHER]: true },
  });
}

/** What may come of the whole folder being away. */
function isOfFolder(code: ErrorCode): boolean {
  return code === 'OUTPUT_REFUSED' || code === 'IO_FAILED' || code === 'USAGE';
}
