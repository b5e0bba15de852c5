// One worker thread for one call to the keychain: a question, an answer, the next question. A thread that does not
// answer is given up: nobody waits for it, what it says later is not heard, and it does not keep the program open.

import { isMainThread, type Worker } from 'node:worker_threads';

/** To the thread. The secret lies in shared memory, so that wiping it once wipes it for both sides. */
export type KeychainRequest =
  | { readonly kind: 'read'; readonly account: string; readonly room: SharedArrayBuffer }
  | {
      readonly kind: 'write';
      readonly account: string;
      readonly room: SharedArrayBuffer;
      readonly sizeBytes: number;
    }
  | { readonly kind: 'remove'; readonly account: string };

/** From the thread; `text` is the library's own and not fit to be shown. */
export type KeychainAnswer =
  | { readonly kind: 'read'; readonly sizeBytes: number | null }
  | { readonly kind: 'written' }
  | { readonly kind: 'removed'; readonly existed: boolean }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'not-loaded'; readonly text: string };

export class KeychainThread {
  readonly #worker: Worker;
  #waiting: ((answer: KeychainAnswer | null) => void) | null = null;
  #isLost = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: KeychainAnswer) => this.#settle(answer));
    worker.on('error', () => this.#lose());
    worker.on('exit', () => this.#lose());
  }

  /** The answer; null when the thread ended without one. Never settles once the thread was given up. */
  ask(request: KeychainRequest): Promise<KeychainAnswer | null> {
    return new Promise((resolve) => {
      if (this.#isLost) return resolve(null);
      this.#waiting = resolve;
      this.#worker.postMessage(request);
    });
  }

  /** It ended by itself, which it never should. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Ends a thread that has nothing to do. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Gives the thread up. `onEnd` is called if it ends after all, after which it cannot write anywhere any more. */
  abandon(onEnd: () => void): void {
    this.#waiting = null;
    if (this.#isLost) return onEnd();
    this.#worker.once('exit', onEnd);
    leaveWithoutWaitingFor(this.#worker);
    void this.#worker.terminate(); // comes true when the keychain's library returns, if ever
    this.#worker.unref();
  }

  #settle(answer: KeychainAnswer | null): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(answer);
  }

  #lose(): void {
    this.#isLost = true;
    this.#settle(null);
  }
}

let stuckCount = 0;

/** Node waits for its threads when it exits; a thread that waits for a person would keep the program open for hours. */
function leaveWithoutWaitingFor(worker: Worker): void {
  if (!isMainThread || process.platform === 'win32') return;
  if (stuckCount++ === 0) process.on('exit', replaceProcess);
  worker.once('exit', () => {
    if (--stuckCount === 0) process.off('exit', replaceProcess);
  });
}

/** The only way out that ends the threads and keeps the exit code: the process becomes another, which ends at once. */
function replaceProcess(exitCode: number): void {
  process.execve?.('/bin/sh', ['sh', '-c', `exit ${exitCode & 255}`], {});
}
