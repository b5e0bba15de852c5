// The one file that opens the database driver, so that another can take its place: `node:sqlite`, in WAL mode, so that
// the window and the command line may use one catalogue at a time. Errors leave here as codes, never in SQLite's words.

import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

import { errorCode, StrongroomError } from '../../shared/errors.ts';
import { MIGRATIONS } from './migrations.ts';

/** Writes are short; who waits longer than this waits for a program that hangs. */
const BUSY_TIMEOUT_MS = 10_000;
const RETRY_MS = 20;

export type Row = Readonly<Record<string, string | number | null>>;

export interface Statement {
  all(...values: SQLInputValue[]): Row[];
  get(...values: SQLInputValue[]): Row | undefined;
  run(...values: SQLInputValue[]): void;
}

export class Database {
  readonly #driver: DatabaseSync;
  #depth = 0;

  private constructor(driver: DatabaseSync) {
    this.#driver = driver;
  }

  /**
   * Opens or makes the database at `path`, readable by its owner only, and brings its tables up to date.
   * @throws DAMAGED_CATALOG, UNSUPPORTED_VERSION, BUSY, NO_SPACE, OUTPUT_REFUSED, IO_FAILED
   */
  static open(path: string): Database {
    try {
      createPrivately(path);
    } catch (error) {
      throw refusedFile(error, path);
    }
    const driver = translated(() => new DatabaseSync(path));
    const database = new Database(driver);
    try {
      translated(() => database.#prepare());
      return database;
    } catch (error) {
      driver.close();
      throw isDamaged(error) ? damaged(error, path) : error;
    }
  }

  /** @throws DAMAGED_CATALOG when the tables are not those of this version */
  statement(sql: string): Statement {
    let prepared: StatementSync;
    try {
      prepared = this.#driver.prepare(sql);
    } catch (error) {
      throw primaryCode(error) === SQLITE_ERROR ? damaged(error) : translate(error);
    }
    return {
      all: (...values) => translated(() => prepared.all(...values) as Row[]),
      get: (...values) => translated(() => prepared.get(...values) as Row | undefined),
      run: (...values) => void translated(() => prepared.run(...values)),
    };
  }

  /** All of the work or nothing. A transaction inside another is a part of it. */
  transaction<T>(work: () => T): T {
    return this.#within('BEGIN IMMEDIATE', work);
  }

  /** Everything `work` reads is of one moment. */
  snapshot<T>(work: () => T): T {
    return this.#within('BEGIN', work);
  }

  close(): void {
    if (this.#driver.isOpen) this.#driver.close();
  }

  #within<T>(begin: string, work: () => T): T {
    if (this.#depth > 0) return work();
    this.#exec(begin);
    this.#depth++;
    try {
      const result = work();
      this.#exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#driver.isTransaction) this.#exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #prepare(): void {
    this.#driver.exec(
      `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF`,
    );
    this.#refuseForeign();
    this.#switchToWal();
    this.#driver.exec('PRAGMA synchronous = NORMAL');
    if (this.#pragma('quick_check(1)') !== 'ok') throw damaged();
    this.#migrate();
  }

  /** Of two programs that make one database at the same time one is refused here without waiting. */
  #switchToWal(): void {
    const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
    for (;;) {
      try {
        this.#driver.exec('PRAGMA journal_mode = WAL');
        return;
      } catch (error) {
        if (!BUSY_CODES.has(primaryCode(error) ?? -1) || performance.now() > giveUpAt) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  /** Before anything is written: a newer program's, or some other program's, stays as it is. */
  #refuseForeign(): void {
    const hasTables = this.#pragma('schema_version') !== 0; // asked first: both may appear at any moment
    const version = this.#version();
    if (version > MIGRATIONS.length) throw tooNew(version);
    if (version === 0 && hasTables) throw damaged();
  }

  #migrate(): void {
    if (this.#version() === MIGRATIONS.length) return;
    this.transaction(() => {
      const version = this.#version(); // another process may have been quicker
      for (const step of MIGRATIONS.slice(version)) this.#driver.exec(step);
      this.#driver.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }

  #version(): number {
    return Number(this.#pragma('user_version'));
  }

  #pragma(name: string): unknown {
    const row = this.#driver.prepare(`PRAGMA ${name}`).get() ?? {};
    return Object.values(row)[0];
  }

  #exec(sql: string): void {
    translated(() => this.#driver.exec(sql));
  }
}

/** SQLite gives its other files (-wal, -shm) the mode of the first. */
function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, 'a', 0o600);
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) fchmodSync(file, 0o600);
  } finally {
    closeSync(file);
  }
}

const SQLITE_ERROR = 1;
const BUSY_CODES = new Set([5, 6]); // SQLITE_BUSY, SQLITE_LOCKED
const DAMAGED_CODES = new Set([11, 24, 26]); // SQLITE_CORRUPT, SQLITE_FORMAT, SQLITE_NOTADB

function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translate(error);
  }
}

/** Without SQLite's message, which may quote what stands in the tables. */
function translate(error: unknown): unknown {
  const code = primaryCode(error);
  if (code === null) return error;
  if (DAMAGED_CODES.has(code)) return damaged(error);
  if (BUSY_CODES.has(code)) {
    return new StrongroomError(
      'BUSY',
      'Another Strongroom is writing to the catalogue and does not finish.',
      {
        hint: 'Wait a moment, or end the other one.',
      },
    );
  }
  const details = { sqliteCode: code };
  if (code === 13)
    return new StrongroomError('NO_SPACE', 'There is no room on the disk for the catalogue.', { details });
  if (code === 8)
    return new StrongroomError('OUTPUT_REFUSED', 'The catalogue may not be written to.', {
      hint: 'Look at the permissions of the data folder.',
      details,
    });
  const { errstr } = error as { errstr?: unknown };
  const reason = typeof errstr === 'string' ? errstr : 'unknown reason';
  if (code === 10 || code === 14)
    return new StrongroomError('IO_FAILED', `The catalogue cannot be read or written (${reason}).`, {
      details,
    });
  return new StrongroomError('INTERNAL', `The catalogue’s database refuses (${reason}).`, { details });
}

/** The primary result code of an error of SQLite's; null for any other error. */
function primaryCode(error: unknown): number | null {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : null;
}

/** The operating system's answer to making or opening the file, in words. */
function refusedFile(error: unknown, path: string): unknown {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string') return error;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StrongroomError('NO_SPACE', 'There is no room on the disk for the catalogue.', {
      cause: error,
    });
  return new StrongroomError(
    'OUTPUT_REFUSED',
    `The catalogue “${path}” cannot be opened or made (${code}).`,
    { hint: 'Choose a data folder that you may write to, or change its permissions.', cause: error },
  );
}

function isDamaged(error: unknown): boolean {
  return errorCode(error) === 'DAMAGED_CATALOG';
}

/** `path` where it is known: then the hint says which file to move away. */
export function damaged(cause?: unknown, path?: string): StrongroomError {
  const file = path === undefined ? 'It can be deleted' : `The file “${path}” can be deleted`;
  return new StrongroomError('DAMAGED_CATALOG', 'The catalogue of your backups is damaged.', {
    hint: `${file}: it is made anew from your folders, and neither a backup nor a key is lost with it. Match your backups again before you remove a key.`,
    cause: primaryCode(cause) === null ? undefined : new Error(`SQLite result code ${primaryCode(cause)}`),
  });
}

function tooNew(version: number): StrongroomError {
  return new StrongroomError(
    'UNSUPPORTED_VERSION',
    'The catalogue of your backups was written by a newer Strongroom.',
    {
      hint: 'Update Strongroom. The catalogue can also be deleted: it is made anew from your folders.',
      details: { version, newestKnown: MIGRATIONS.length },
    },
  );
}
