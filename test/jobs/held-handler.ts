// A handler whose items go on until the test lets them end, and that notices what a queue must never do: the same item twice
// at once, an item begun after it was done, more at once than allowed.

import { StrongroomError, type ErrorCode, type PlainError } from '../../shared/errors.ts';
import type { JobItem, JobKind } from '../../shared/jobs.ts';
import type { JobHandler, JobItemContext, JobItemResult } from '../../core/jobs/index.ts';

interface InWork {
  readonly item: JobItem;
  readonly context: JobItemContext;
  readonly resolve: (result: JobItemResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface HeldHandlerOptions {
  readonly kind?: JobKind;
  readonly atATime?: number;
  /** Items that do not end when they are told to stop, until the test ends them. */
  readonly isSlowToStop?: boolean;
}

export class HeldHandler implements JobHandler {
  readonly kind: JobKind;
  readonly #atATime: number;
  readonly #isSlowToStop: boolean;
  readonly #inWork = new Map<string, InWork>();
  /** Paths in the order in which they were begun. */
  readonly begun: string[] = [];
  readonly recovered: string[] = [];
  mostAtOnce = 0;

  constructor({ kind = 'migrate', atATime = 8, isSlowToStop = false }: HeldHandlerOptions = {}) {
    this.kind = kind;
    this.#atATime = atATime;
    this.#isSlowToStop = isSlowToStop;
  }

  prepare?: (requestJson: string, signal: AbortSignal) => Promise<void>;

  atATime(): number {
    return this.#atATime;
  }

  run(item: JobItem, context: JobItemContext): Promise<JobItemResult> {
    if (this.#inWork.has(item.path)) throw new Error(`${item.path} is in work already`);
    this.begun.push(item.path);
    const { promise, resolve, reject } = Promise.withResolvers<JobItemResult>();
    this.#inWork.set(item.path, { item, context, resolve, reject });
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#inWork.size);
    if (!this.#isSlowToStop)
      context.signal.addEventListener('abort', () => {
        if (this.#inWork.get(item.path)?.context === context) this.stop(item.path);
      });
    return promise;
  }

  recover(item: JobItem): Promise<void> {
    this.recovered.push(item.path);
    return Promise.resolve();
  }

  endsJob(error: PlainError): boolean {
    return error.code === 'NO_SPACE';
  }

  isPassing(error: PlainError): boolean {
    return error.code === 'SOURCE_CHANGED';
  }

  get inWork(): string[] {
    return [...this.#inWork.keys()];
  }

  contextOf(path: string): JobItemContext {
    return this.#take(path, false).context;
  }

  finish(path: string, state: 'done' | 'skipped' = 'done'): void {
    this.#take(path).resolve({
      state,
      message: `${path} is ${state}.`,
      resultJson: JSON.stringify({ path }),
    });
  }

  fail(path: string, code: ErrorCode): void {
    this.#take(path).reject(new StrongroomError(code, `${path}: ${code}`));
  }

  /** As an item ends that heard that it should. */
  stop(path: string): void {
    this.fail(path, 'CANCELLED');
  }

  progress(path: string, doneBytes: number, totalBytes: number): void {
    this.contextOf(path).onProgress(doneBytes, totalBytes);
  }

  #take(path: string, ends = true): InWork {
    const work = this.#inWork.get(path);
    if (work === undefined) throw new Error(`${path} is not in work`);
    if (ends) this.#inWork.delete(path);
    return work;
  }
}
