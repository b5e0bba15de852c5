// Migrate, encrypt and rekey as jobs: each item is one file, rewritten in place by the engine, which loses nothing at
// whatever moment it is stopped. Keys come from the vault for each item and are wiped after it; none is ever stored.

import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { RecodeReport } from '../../../shared/backup.ts';
import { toPlainError, type ErrorCode, type PlainError } from '../../../shared/errors.ts';
import type { JobItem } from '../../../shared/jobs.ts';
import type { BatchOperation } from '../../../shared/library.ts';
import { recoverFolder, recoverOutput, throwIfCancelled } from '../../files/index.ts';
import type { JobHandler, JobItemContext, JobItemResult } from '../../jobs/index.ts';
import { recogniseIfReadable, stampFile } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';
import { BATCH_OPERATIONS, checkRequest, NEW_KEY_UNFIT, parseRequest } from './batch-request.ts';
import { encodeResult } from './batch-result.ts';
import { SpeedMeter } from './batch-speed.ts';
import { describeFileProblem, explainFailure } from '../file-problem.ts';
import { learnOpeners, withKeys } from './keys-needed.ts';
import { findFinished, noteFinished, rememberRewritten } from './rewritten-backup.ts';
import { Turns, twinsOf } from './twins.ts';
import { filesAtATime } from './writing-room.ts';

/** With these no other backup would do better. */
const ENDS_JOB: ReadonlySet<ErrorCode> = new Set([
  'NO_SPACE',
  'VAULT_LOCKED',
  'NO_VAULT',
  'DAMAGED_VAULT',
  'DAMAGED_CATALOG',
  'UNKNOWN_KEY', // the new one: all items want it
]);
const PASSING: ReadonlySet<ErrorCode> = new Set(['BUSY', 'SOURCE_CHANGED']);

/** One for each kind of batch; they live as long as the queue. */
export function batchHandlers(services: LibraryServices): JobHandler[] {
  return BATCH_OPERATIONS.map((operation) => new BatchHandler(services, operation));
}

class BatchHandler implements JobHandler {
  readonly kind: BatchOperation;
  readonly #services: LibraryServices;
  readonly #meter: SpeedMeter;
  /** Files that this program began: where it was stopped by an error, what is finished now is another program's work. */
  readonly #begunHere = new Set<string>();
  readonly #turns = new Turns();

  constructor(services: LibraryServices, kind: BatchOperation) {
    this.kind = kind;
    this.#services = services;
    this.#meter = new SpeedMeter(kind);
  }

  /** The new key may have been removed or marked as compromised since it was planned. */
  async prepare(requestJson: string): Promise<void> {
    await checkRequest(this.#services, parseRequest(requestJson));
  }

  atATime(_requestJson: string, items: readonly JobItem[]): Promise<number> {
    return filesAtATime(this.#services.threads, items, null);
  }

  async run({ path, attempts }: JobItem, context: JobItemContext): Promise<JobItemResult> {
    const before = await stampFile(path).catch(() => null); // said when it is opened
    const mayBeFinished = attempts > 1 && !this.#begunHere.has(path);
    this.#begunHere.add(path);
    try {
      if (attempts > 1) await noteFinished(this.#services, path, this.kind);
      const report = await this.#rewriteInTurn(path, context);
      if (report.outcome === 'nothing-to-do' && mayBeFinished) {
        const finished = await findFinished(this.#services, path, this.kind);
        if (finished !== null) return itemResult({ outcome: 'done', message: FINISHED_EARLIER, ...finished });
      }
      return itemResult(report);
    } catch (error) {
      throw await explainFailure(error, path, before);
    }
  }

  /** Half-way through a swap the file may have no name of its own: then its place is known all the same. */
  async recover({ path }: JobItem): Promise<void> {
    const place = await realpath(path).catch(() => path);
    await recoverOutput(place);
    try {
      await recoverFolder(dirname(place)); // a lock that was being set or removed bears no file's name
    } catch (error) {
      throw describeFileProblem(error, path);
    }
    await noteFinished(this.#services, path, this.kind);
  }

  endsJob({ code, details }: PlainError): boolean {
    return ENDS_JOB.has(code) || details?.[NEW_KEY_UNFIT] === true;
  }

  isPassing({ code }: PlainError): boolean {
    return PASSING.has(code);
  }

  /** After other copies of the same backup. */
  async #rewriteInTurn(path: string, context: JobItemContext): Promise<RecodeReport> {
    await learnOpeners(this.#services, path, context.signal);
    const before = await recogniseIfReadable(this.#services, path);
    return this.#turns.run(before?.identity ?? path, () => this.#rewrite(path, before?.identity, context));
  }

  async #rewrite(
    path: string,
    oldIdentity: string | undefined,
    { requestJson, signal, onProgress }: JobItemContext,
  ): Promise<RecodeReport> {
    const services = this.#services;
    const request = parseRequest(requestJson);
    const { operation, newKeyId, format, originals, quarantineDays } = request;
    throwIfCancelled(signal);
    await checkRequest(services, request); // a run may take days, and the key become known to somebody meanwhile
    return withKeys(services, path, newKeyId, async ({ keys, newKey }) => {
      this.#meter.begin();
      let report: RecodeReport | null = null;
      try {
        report = await services.engine.recode(path, {
          operation,
          keys,
          newKey,
          format,
          destination: { kind: 'in-place', originals, quarantineDays },
          twins: oldIdentity === undefined ? [] : twinsOf(services.catalog, oldIdentity, path),
          signal,
          onProgress: ({ doneBytes, totalBytes }) => onProgress(doneBytes, totalBytes),
        });
      } finally {
        this.#measured(report);
      }
      const { outcome, outputPath, originalPath } = report;
      if (outcome !== 'done' || outputPath === null) return report;
      // It is rewritten, whatever becomes of what is known about it.
      const noted = await rememberRewritten(services, {
        operation,
        path,
        outputPath,
        originalPath,
        oldIdentity: oldIdentity ?? null,
        keyId: newKey?.id ?? (keys.length === 1 ? (keys[0]?.id ?? null) : null),
      }).then(
        () => '',
        (error: unknown) =>
          ` The library does not know it yet, scan its folder: ${toPlainError(error).message}`,
      );
      return { ...report, message: `${report.message}${noted}` };
    });
  }

  #measured(report: RecodeReport | null): void {
    try {
      this.#meter.end(this.#services.catalog, report?.outcome === 'done' ? report.inputBytes : 0);
    } catch {
      // The next estimate is a little less good.
    }
  }
}

function itemResult(report: Parameters<typeof encodeResult>[0]): JobItemResult {
  const state = report.outcome === 'nothing-to-do' ? 'skipped' : 'done';
  return { state, message: report.message, resultJson: encodeResult(report) };
}

const FINISHED_EARLIER = 'Rewritten and read back before the program was stopped; now it is noted, too.';
