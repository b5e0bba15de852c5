// The one file that opens the database driver, so that another can take its place: `node:sqlite`, in WAL mode, so that
// the window and the command line may use one catalogue at a time. Errors leave here as codes, never in SQLite's words.

import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

import {
  damaged,
  isBusy,
  isDamaged,
  isUnknownName,
  refusedFile,
  tooNew,
  translate,
} from './database-errors.ts';
import { MIGRATIONS } from './migrations.ts';

/** Writes are short; who waits longer than this waits for a program that hangs. */
const BUSY_TIMEOUT_MS = 10_000;
/** SQLite itself waits ever longer between its attempts, so that who comes late starves beside those who write all the time. */
const DRIVER_TIMEOUT_MS = 10;
const RETRY_MS = 5;
/** With 10,000 backups these take a tenth of a second; with them the names inside the backups would take a whole one. */
const CHECKED_TABLES = [
  'backups',
  'copies',
  'folders',
  'key_trials',
  'verifications',
  'replacements',
  'settings',
  'jobs',
] as const;
const CACHE_KIB = 16 * 1024;

export type Row = Readonly<Record<string, string | number | null>>;

export interface Statement {
  /** Row by row; nothing may be written meanwhile. */
  iterate(...values: SQLInputValue[]): IterableIterator<Row>;
  all(...values: SQLInputValue[]): Row[];
  get(...values: SQLInputValue[]): Row | undefined;
  /** How many rows it changed. */
  run(...values: SQLInputValue[]): number;
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

  /**
   * Rows of a database as it lies there, be it damaged or of another version: as many as can be read. Changes nothing in it.
   */
  static salvage(path: string, sql: string): Row[] {
    const rows: Row[] = [];
    try {
      const driver = new DatabaseSync(path, { readOnly: true });
      try {
        for (const row of driver.prepare(sql).iterate()) rows.push(row as Row);
      } finally {
        driver.close();
      }
    } catch {
      // What can be read no further is what was asked to be left out.
    }
    return rows;
  }

  /** @throws DAMAGED_CATALOG when the tables are not those of this version */
  statement(sql: string): Statement {
    let prepared: StatementSync;
    try {
      prepared = retried(() => this.#driver.prepare(sql));
    } catch (error) {
      throw isUnknownName(error) ? damaged(error) : translate(error);
    }
    return {
      iterate: (...values) => rowByRow(() => prepared.iterate(...values) as IterableIterator<Row>),
      all: (...values) => patiently(() => prepared.all(...values) as Row[]),
      get: (...values) => patiently(() => prepared.get(...values) as Row | undefined),
      run: (...values) => patiently(() => Number(prepared.run(...values).changes)),
    };
  }

  /** All of the work or nothing. A transaction inside another is a part of it. */
  transaction<T>(work: () => T): T {
    return this.#within('BEGIN IMMEDIATE', work);
  }

  /**
   * As `transaction`, and on the disk when it returns: other transactions may be lost when the power fails, never torn.
   * Inside a transaction that is not durable it is a part of that one.
   */
  durably<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#exec('PRAGMA synchronous = FULL');
    try {
      return this.#within('BEGIN IMMEDIATE', work);
    } finally {
      this.#exec('PRAGMA synchronous = NORMAL');
    }
  }

  /** Another number after another process has written; what this one writes does not change it. */
  changeCounter(): number {
    return Number(patiently(() => this.#pragma('data_version')));
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
      `PRAGMA busy_timeout = ${DRIVER_TIMEOUT_MS}; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF`,
    );
    this.#refuseForeign();
    this.#exec('PRAGMA journal_mode = WAL'); // of two programs that make one database one is refused here
    this.#driver.exec(`PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB}`);
    this.#check();
    this.#migrate();
  }

  /** Before anything is written: a newer program's, or some other program's, stays as it is. */
  #refuseForeign(): void {
    const hasTables = this.#pragma('schema_version') !== 0; // asked first: both may appear at any moment
    const version = this.#version();
    if (version > MIGRATIONS.length) throw tooNew(version, MIGRATIONS.length);
    if (version === 0 && hasTables) throw damaged();
  }

  /** What is looked through at each opening must stay quick, so the large tables that can be made anew are left out. */
  #check(): void {
    const checks =
      this.#version() === MIGRATIONS.length
        ? CHECKED_TABLES.map((table) => `quick_check('${table}')`)
        : ['quick_check(1)'];
    try {
      if (!checks.every((check) => this.#pragma(check) === 'ok')) throw damaged();
    } catch (error) {
      throw isUnknownName(error) ? damaged(error) : error; // there is no such table
    }
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
    const row = retried(() => this.#driver.prepare(`PRAGMA ${name}`).get()) ?? {};
    return Object.values(row)[0];
  }

  #exec(sql: string): void {
    patiently(() => this.#driver.exec(sql));
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

function* rowByRow(read: () => IterableIterator<Row>): IterableIterator<Row> {
  const rows = translated(read);
  let next = patiently(() => rows.next());
  while (next.done !== true) {
    yield next.value;
    next = translated(() => rows.next());
  }
}

function patiently<T>(work: () => T): T {
  return translated(() => retried(work));
}

/** What was refused because another process writes has done nothing, and is done again. */
function retried<T>(work: () => T): T {
  const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * RETRY_MS);
    }
  }
}

function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translate(error);
  }
}
