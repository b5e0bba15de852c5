// A pool of worker threads that knows nothing of what it runs: one task a thread at a time, progress and results
// as plain messages, cancelling by asking first. Secrets in tasks travel in shared memory only, never copied.

import type { Transferable, Worker } from 'node:worker_threads';

import { StrongroomError, fromPlainError, type PlainError } from '../../shared/errors.ts';

/** Pool to worker. */
export type ToWorker =
  | { readonly kind: 'run'; readonly id: number; readonly task: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

/** Worker to pool. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'bytes'; readonly id: number; readonly bytes: number }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PlainError };

export interface PoolOptions {
  readonly threads: number;
  /** Starts one worker: where the entry script lies is its business. */
  readonly start: () => Worker;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Parts of the task that go over to the thread and are gone here. */
  readonly transfer?: readonly Transferable[] | undefined;
}

interface Queued extends RunOptions {
  readonly id: number;
  readonly task: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  current: Queued | null;
}

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #threads: Thread[] = [];
  readonly #queue: Queued[] = [];
  #nextId = 1;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Runs a task when a thread is free. @throws CANCELLED, INTERNAL when the thread dies, and whatever the task throws */
  run(task: unknown, options: RunOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted === true || this.#closed) return reject(cancelled());
      const onAbort = (): void => this.#cancel(queued);
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          options.signal?.removeEventListener('abort', onAbort);
          settle(value);
        };
      const id = this.#nextId++;
      const queued: Queued = { ...options, id, task, resolve: settled(resolve), reject: settled(reject) };
      options.signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(queued);
      this.#assign();
    });
  }

  /**
   * Threads that are free now, with nothing waiting for them. As many tasks run at the same time when they are given to
   * `run` before anything else happens: tasks that wait for each other must not wait for threads.
   */
  get freeThreads(): number {
    if (this.#closed || this.#queue.length > 0) return 0;
    return this.#options.threads - this.#threads.filter(({ current }) => current !== null).length;
  }

  /** Starts the threads before there is work, so that they load while something else is prepared. */
  warmUp(): void {
    while (!this.#closed && this.#grow() !== null);
  }

  /** Ends all threads; what still waits or runs is cancelled, and so is every later `run`. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const queued of this.#queue.splice(0)) queued.reject(cancelled());
    const threads = this.#threads.splice(0);
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
    for (const { current } of threads) current?.reject(cancelled());
  }

  #assign(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const thread = this.#threads.find(({ current }) => current === null) ?? this.#grow();
      if (thread === null) return;
      const queued = this.#queue.shift();
      if (queued === undefined) return;
      try {
        const message: ToWorker = { kind: 'run', id: queued.id, task: queued.task };
        thread.worker.postMessage(message, queued.transfer ?? []);
      } catch (error) {
        queued.reject(error); // it cannot cross to a thread
        continue;
      }
      thread.current = queued;
      thread.worker.ref();
    }
  }

  #grow(): Thread | null {
    if (this.#threads.length >= this.#options.threads) return null;
    const thread: Thread = { worker: this.#options.start(), current: null };
    thread.worker.on('message', (message: FromWorker) => this.#receive(thread, message));
    thread.worker.on('error', (error) => this.#lose(thread, error));
    thread.worker.on('exit', () => this.#lose(thread, null));
    thread.worker.unref(); // an idle thread keeps no program alive
    this.#threads.push(thread);
    return thread;
  }

  #receive(thread: Thread, message: FromWorker): void {
    if (message.kind === 'ready') return;
    const queued = thread.current;
    if (queued === null || queued.id !== message.id) return;
    if (message.kind === 'bytes') {
      queued.onBytes?.(message.bytes);
      return;
    }
    thread.current = null;
    thread.worker.unref();
    if (message.kind === 'done') queued.resolve(message.result);
    else queued.reject(fromPlainError(message.error));
    this.#assign();
  }

  #cancel(queued: Queued): void {
    const waiting = this.#queue.indexOf(queued);
    if (waiting !== -1) {
      this.#queue.splice(waiting, 1);
      queued.reject(cancelled());
      return;
    }
    const thread = this.#threads.find(({ current }) => current === queued);
    thread?.worker.postMessage({ kind: 'cancel', id: queued.id } satisfies ToWorker);
  }

  #lose(thread: Thread, error: unknown): void {
    const index = this.#threads.indexOf(thread);
    if (index === -1) return;
    this.#threads.splice(index, 1);
    const { current } = thread;
    thread.current = null;
    current?.reject(
      new StrongroomError('INTERNAL', 'A worker thread stopped unexpectedly.', { cause: error }),
    );
    this.#assign();
  }
}

function cancelled(): StrongroomError {
  return new StrongroomError('CANCELLED', 'Stopped at your request.');
}
