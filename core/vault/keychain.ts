// The operating system's keychain: Windows Credential Manager, macOS Keychain, Secret Service on Linux.
// Each call is made by a worker thread with a time limit, because a keychain may be asking the person and its
// library freezes the thread that waits; the host may end the waiting, too. Never falls back to a file or to the kernel's keyring, which forgets.
// Stored is base64, as bytes: KWallet keeps nothing but text, and a JavaScript string could not be wiped.

import { timingSafeEqual } from 'node:crypto';
import type { Worker } from 'node:worker_threads';

import { StrongroomError, fromPlainError, toPlainError } from '../../shared/errors.ts';
import { decodeBase64, encodeBase64 } from './base64-bytes.ts';
import {
  droppedError,
  interpretFailure,
  keychainError,
  silentError,
  stoppedError,
  type KeychainOperation,
} from './keychain-failures.ts';
import { KeychainThread, type KeychainAnswer, type KeychainRequest } from './keychain-thread.ts';

/**
 * Secrets by account, under the service “Strongroom”. Every call rejects with KEYCHAIN_FAILED when it cannot be done, and
 * the system's with CANCELLED once its host stops.
 */
export interface Keychain {
  /** The secret, which the caller wipes; null where there is no entry. @throws KEYCHAIN_FAILED */
  read(account: string): Promise<Buffer | null>;
  /** Stores the secret, in place of an older one, and reads it back. @throws KEYCHAIN_FAILED, USAGE */
  write(account: string, secret: Buffer): Promise<void>;
  /** False: there was no entry. @throws KEYCHAIN_FAILED */
  remove(account: string): Promise<boolean>;
}

export interface SystemKeychainOptions {
  /** Starts a thread that runs core/keychain-worker.ts. */
  readonly startWorker: () => Worker;
  /** Milliseconds for one call, and so for the person to answer the keychain's question; 30 000 unless told. */
  readonly timeLimitMs?: number;
  /** When it aborts, calls that wait reject with CANCELLED and their thread is given up; later ones start none. */
  readonly signal?: AbortSignal;
}

const DEFAULT_TIME_LIMIT_MS = 30_000;
/** Of base64: more than any secret of ours, less than what Windows takes for one entry (2560). */
const ROOM_BYTES = 2048;

/** The keychain of this computer. Nothing is started or asked before the first call. */
export function systemKeychain(options: SystemKeychainOptions): Keychain {
  return new SystemKeychain(options);
}

/** What one call may use: its thread and the memory it shares with it. */
class Call {
  readonly operation: KeychainOperation;
  readonly account: string;
  readonly room = new SharedArrayBuffer(ROOM_BYTES);
  readonly thread: KeychainThread;

  constructor(operation: KeychainOperation, account: string, thread: KeychainThread) {
    this.operation = operation;
    this.account = account;
    this.thread = thread;
  }

  wipe(): void {
    new Uint8Array(this.room).fill(0);
  }

  async read(): Promise<Buffer | null> {
    const { sizeBytes } = await this.#ask('read', { kind: 'read', account: this.account, room: this.room });
    if (sizeBytes === null) return null;
    const secret = sizeBytes > ROOM_BYTES ? null : decodeBase64(new Uint8Array(this.room, 0, sizeBytes));
    this.wipe();
    if (secret === null) throw droppedError(this.operation);
    return secret;
  }

  /** @param text `secret` in base64 */
  async write(text: Buffer, secret: Buffer): Promise<void> {
    new Uint8Array(this.room).set(text);
    const { account, room } = this;
    await this.#ask('written', { kind: 'write', account, room, sizeBytes: text.length });
    this.wipe();
    const kept = await this.read();
    const isKept = kept?.length === secret.length && timingSafeEqual(kept, secret);
    kept?.fill(0);
    if (!isKept) throw droppedError(this.operation);
  }

  async remove(): Promise<boolean> {
    return (await this.#ask('removed', { kind: 'remove', account: this.account })).existed;
  }

  async #ask<Kind extends KeychainAnswer['kind']>(
    kind: Kind,
    request: KeychainRequest,
  ): Promise<Extract<KeychainAnswer, { kind: Kind }>> {
    const answer = await this.thread.ask(request);
    if (answer?.kind === 'failed') throw interpretFailure(answer.text, this.operation, process.platform);
    if (answer?.kind !== kind)
      throw keychainError('broken', this.operation, answer?.kind === 'not-loaded' ? answer.text : null);
    return answer as Extract<KeychainAnswer, { kind: Kind }>;
  }
}

class SystemKeychain implements Keychain {
  readonly #startWorker: () => Worker;
  readonly #timeLimitMs: number;
  readonly #signal: AbortSignal | null;
  /** Of the call before: one thread at a time. */
  #last: Promise<unknown> = Promise.resolve();
  /** Why nothing is tried at present: a thread is stuck, or one crashed. */
  #failure: unknown = null;

  constructor(options: SystemKeychainOptions) {
    this.#startWorker = options.startWorker;
    this.#timeLimitMs = options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
    this.#signal = options.signal ?? null;
  }

  read(account: string): Promise<Buffer | null> {
    return this.#inTurn('read', account, (call) => call.read());
  }

  async write(account: string, secret: Buffer): Promise<void> {
    const text = encodeBase64(secret);
    try {
      if (text.length > ROOM_BYTES) throw new StrongroomError('USAGE', 'Too long a secret for a keychain.');
      await this.#inTurn('write', account, (call) => call.write(text, secret));
    } finally {
      text.fill(0);
    }
  }

  remove(account: string): Promise<boolean> {
    return this.#inTurn('remove', account, (call) => call.remove());
  }

  #inTurn<T>(operation: KeychainOperation, account: string, work: (call: Call) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#run(operation, account, work));
    this.#last = turn.catch(() => undefined); // whoever made that call is told
    return turn;
  }

  async #run<T>(operation: KeychainOperation, account: string, work: (call: Call) => Promise<T>): Promise<T> {
    if (this.#signal?.aborted === true) throw stoppedError();
    if (this.#failure !== null) throw fromPlainError(toPlainError(this.#failure));
    const call = new Call(operation, account, this.#startThread(operation));
    const patience = new Patience(this.#timeLimitMs, this.#signal);
    let isGivenUp = false;
    try {
      return await Promise.race([
        work(call),
        patience.ending(silentError(operation, this.#timeLimitMs), stoppedError()),
      ]);
    } catch (error) {
      isGivenUp = patience.isOver;
      if (isGivenUp) this.#giveUp(call, error);
      else if (call.thread.isLost) this.#failure = error;
      throw error;
    } finally {
      patience.clear();
      call.wipe();
      if (!isGivenUp) await call.thread.end();
    }
  }

  /** The thread may get its answer after all, when the person gives it; then the keychain can be asked again. */
  #giveUp(call: Call, failure: unknown): void {
    this.#failure = failure;
    call.thread.abandon(() => {
      call.wipe();
      this.#failure = null;
    });
  }

  #startThread(operation: KeychainOperation): KeychainThread {
    try {
      return new KeychainThread(this.#startWorker());
    } catch (error) {
      throw keychainError('broken', operation, error instanceof Error ? error.message : null);
    }
  }
}

/** How long a call may wait: until its time is over, or the host stops. */
class Patience {
  readonly #limitMs: number;
  readonly #signal: AbortSignal | null;
  #timer: NodeJS.Timeout | undefined;
  #stop: (() => void) | undefined;
  #isOver = false;

  constructor(limitMs: number, signal: AbortSignal | null) {
    this.#limitMs = limitMs;
    this.#signal = signal;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Rejects with the one error when the time is over, with the other when the host stops. */
  ending(late: StrongroomError, stopped: StrongroomError): Promise<never> {
    return new Promise((_, reject) => {
      const endWith = (error: StrongroomError): void => {
        this.#isOver = true;
        reject(error);
      };
      this.#timer = setTimeout(() => endWith(late), this.#limitMs);
      this.#stop = () => endWith(stopped);
      this.#signal?.addEventListener('abort', this.#stop);
    });
  }

  clear(): void {
    clearTimeout(this.#timer);
    if (this.#stop !== undefined) this.#signal?.removeEventListener('abort', this.#stop);
  }
}
