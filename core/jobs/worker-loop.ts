// The far side of the pool: takes tasks from the port, runs them with a signal that the pool can pull, and tells
// bytes done at most twenty times a second.

import type { MessagePort } from 'node:worker_threads';

import { toPlainError } from '../../shared/errors.ts';
import type { FromWorker, ToWorker } from './worker-pool.ts';

const TELL_EVERY_MS = 50;

export type TaskFunction = (
  task: unknown,
  options: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
) => Promise<unknown>;

/** Serves the pool on `port` until the thread is ended. */
export function serveTasks(port: MessagePort, run: TaskFunction): void {
  const running = new Map<number, AbortController>();
  const tell = (message: FromWorker): void => port.postMessage(message);

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'cancel') running.get(message.id)?.abort();
    else void runOne(message.id, message.task);
  });
  tell({ kind: 'ready' });

  async function runOne(id: number, task: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const counter = new ByteCounter((bytes) => tell({ kind: 'bytes', id, bytes }));
    try {
      const result = await run(task, { signal: controller.signal, onBytes: counter.add });
      counter.flush();
      tell({ kind: 'done', id, result });
    } catch (error) {
      tell({ kind: 'failed', id, error: toPlainError(error) });
    } finally {
      running.delete(id);
    }
  }
}

class ByteCounter {
  readonly #tell: (bytes: number) => void;
  #bytes = 0;
  #toldAt = 0;

  constructor(tell: (bytes: number) => void) {
    this.#tell = tell;
  }

  readonly add = (bytes: number): void => {
    this.#bytes += bytes;
    if (performance.now() - this.#toldAt >= TELL_EVERY_MS) this.flush();
  };

  flush(): void {
    if (this.#bytes === 0) return;
    this.#tell(this.#bytes);
    this.#bytes = 0;
    this.#toldAt = performance.now();
  }
}
