// A thread of the keychain that does what a test tells it to.

import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';

import type { KeychainAnswer, KeychainRequest } from '../../core/vault/keychain-thread.ts';

/** Called with each question; what it returns is the answer, null for none. */
export type Reply = (request: KeychainRequest, worker: FakeWorker) => KeychainAnswer | null;

export class FakeWorker extends EventEmitter {
  readonly requests: KeychainRequest[] = [];
  isReferenced = true;
  /** 'asked' is a thread that was told to end and does not: it waits for the keychain. */
  ending: 'no' | 'asked' | 'ended' = 'no';
  readonly #reply: Reply;
  readonly #isStuck: boolean;

  constructor(reply: Reply, how: 'obedient' | 'stuck' = 'obedient') {
    super();
    this.#reply = reply;
    this.#isStuck = how === 'stuck';
  }

  get asWorker(): Worker {
    return this as unknown as Worker;
  }

  postMessage(request: KeychainRequest): void {
    this.requests.push(request);
    const answer = this.#reply(request, this);
    if (answer !== null) queueMicrotask(() => this.emit('message', answer));
  }

  terminate(): Promise<number> {
    this.isReferenced = true; // as Node does
    if (!this.#isStuck) this.exit();
    else if (this.ending === 'no') this.ending = 'asked';
    return Promise.resolve(1);
  }

  unref(): void {
    this.isReferenced = false;
  }

  exit(): void {
    if (this.ending === 'ended') return;
    this.ending = 'ended';
    this.emit('exit', 1);
  }
}

/** A keychain in memory, behind the threads' messages. */
export function memoryReply(entries = new Map<string, Buffer>()): Reply {
  return (request) => {
    switch (request.kind) {
      case 'read': {
        const entry = entries.get(request.account);
        if (entry === undefined) return { kind: 'read', sizeBytes: null };
        if (entry.length <= request.room.byteLength) new Uint8Array(request.room).set(entry);
        return { kind: 'read', sizeBytes: entry.length };
      }
      case 'write':
        entries.set(request.account, Buffer.from(new Uint8Array(request.room, 0, request.sizeBytes)));
        return { kind: 'written' };
      case 'remove':
        return { kind: 'removed', existed: entries.delete(request.account) };
    }
  };
}
