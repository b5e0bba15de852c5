// What went wrong with files of watched folders: told once for each cause, and tried again when it may go right: after the vault
// changed where a key is missing, after a while where something was busy, after its folder is back where reading failed.

import { basename } from 'node:path';

import { toPlainError, type ErrorCode, type PlainError } from '../../shared/errors.ts';

const ATTEMPTS = 3;

const WITHOUT_KEY: ReadonlySet<ErrorCode> = new Set([
  'KEY_REQUIRED',
  'WRONG_KEY',
  'VAULT_LOCKED',
  'NO_VAULT',
  'KEYCHAIN_FAILED',
]);
const PASSING: ReadonlySet<ErrorCode> = new Set(['BUSY', 'SOURCE_CHANGED']);
/** The file itself is at fault another content would not be. */
const ABOUT_THE_FILE: ReadonlySet<ErrorCode> = new Set([
  'NOT_A_BACKUP',
  'TRUNCATED',
  'DAMAGED_HEADER',
  'DAMAGED_METADATA',
  'DAMAGED_PAYLOAD',
  'UNSUPPORTED_VERSION',
  'LIMIT_EXCEEDED',
]);

export interface FailureLogOptions {
  readonly retryMs: number;
  readonly tell: (
    kind: 'failed' | 'unreadable',
    folder: string,
    path: string | null,
    message: string,
    error: PlainError,
  ) => void;
  readonly tryAgain: (path: string, folder: string) => void;
  readonly scanAgain: (folder: string) => void;
}

interface Failure {
  readonly folder: string;
  readonly error: PlainError;
  readonly attempts: number;
}

export class FailureLog {
  readonly #options: FailureLogOptions;
  /** By path; of folders themselves, by theirs. */
  readonly #failures = new Map<string, Failure>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(options: FailureLogOptions) {
    this.#options = options;
  }

  /** Notes what went wrong with a file, or where `path` is null with its folder. */
  add(folder: string, path: string | null, thrown: unknown, kind: 'failed' | 'unreadable' = 'failed'): void {
    const error = toPlainError(thrown);
    const key = path ?? folder;
    const last = this.#failures.get(key);
    const attempts = last?.error.code === error.code ? last.attempts + 1 : 1;
    this.#failures.set(key, { folder, error, attempts });
    const isToldAlready = attempts > 1 && last?.error.message === error.message;
    if (!isToldAlready) this.#options.tell(kind, folder, path, describe(path, error), error);
    if (!PASSING.has(error.code)) return;
    if (path === null) this.#later(folder, () => this.#options.scanAgain(folder));
    else if (attempts < ATTEMPTS) this.#later(path, () => this.#options.tryAgain(path, folder));
  }

  /** As `add`, for a file that could not be taken in: unreadable where the file is at fault. */
  addUnread(folder: string, path: string, thrown: unknown): void {
    this.add(folder, path, thrown, ABOUT_THE_FILE.has(toPlainError(thrown).code) ? 'unreadable' : 'failed');
  }

  /** Of a file: it went well, it is gone, or it is another content now. Of a folder: its scan went well. */
  forget(key: string): void {
    this.#failures.delete(key);
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }

  retryWithoutKey(): void {
    for (const [path, { folder, error }] of this.#failures)
      if (WITHOUT_KEY.has(error.code) && path !== folder) this.#options.tryAgain(path, folder);
  }

  retryAfterReturn(returned: string): void {
    for (const [path, { folder, error }] of this.#failures)
      if (folder === returned && path !== folder && error.code === 'IO_FAILED')
        this.#options.tryAgain(path, folder);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #later(key: string, again: () => void): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key);
        again();
      }, this.#options.retryMs),
    );
  }
}

function describe(path: string | null, error: PlainError): string {
  if (path === null) return error.message;
  const name = `“${basename(path)}”`;
  if (WITHOUT_KEY.has(error.code))
    return `${name} waits for its key: ${error.message} It is tried again when the vault or the file changes.`;
  if (PASSING.has(error.code)) return `${name} has to wait: ${error.message} It is tried again.`;
  return `${name}: ${error.message}`;
}
