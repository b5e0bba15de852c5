// Lets SQLite check databases out of an archive. They are written decrypted into a private temporary folder for the
// time of the check: the only plaintext Strongroom ever puts on a disk unasked. A write-ahead log belongs to its
// database and may stand anywhere in the archive; a database in that mode waits for it.

import { rmSync } from 'node:fs';
import { mkdtemp, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { toPlainError } from '../../../shared/errors.ts';
import type { WalkedEntry } from '../../tar/index.ts';

/** Enough of a file to know a database (“Database File Format”, sqlite.org/fileformat2.html) or its log. */
const HEADER_BYTES = 20;
const DATABASE_MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
const WRITE_VERSION_OFFSET = 18;
const WAL_VERSION = 2;
const LOG_SUFFIX = '-wal';
const LOG_MAGIC = new Set([0x377f0682, 0x377f0683]);

export interface DatabaseFinding {
  readonly entry: string;
  /** `broken`: what SQLite found. `not-checked`: why it could not be asked. */
  readonly kind: 'broken' | 'not-checked';
  readonly message: string;
}

export class DatabaseCheck {
  readonly findings: DatabaseFinding[] = [];
  checkedCount = 0;
  #folder: string | null = null;
  #fileCount = 0;
  /** Entry name of a database → its file, until its log comes. */
  readonly #waiting = new Map<string, string>();
  /** Entry name of the database that is still to come → the file of its log. */
  readonly #logs = new Map<string, string>();

  /** Takes what is a database or a log; anything else is left alone. */
  async take(entry: WalkedEntry): Promise<void> {
    if (entry.sizeBytes < HEADER_BYTES) return;
    const data = entry.data();
    const start = await firstBytes(data);
    if (start.subarray(0, DATABASE_MAGIC.length).equals(DATABASE_MAGIC))
      await this.#takeDatabase(entry.name, start, data);
    else if (entry.name.endsWith(LOG_SUFFIX) && LOG_MAGIC.has(start.readUInt32BE(0)))
      await this.#takeLog(entry.name, start, data);
  }

  /** Checks those whose log has not come. */
  async finish(): Promise<void> {
    for (const [name, path] of this.#waiting) this.#check(name, path);
    this.#waiting.clear();
    await this.dispose();
  }

  /** Removes the private folder with everything in it. */
  async dispose(): Promise<void> {
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }

  async #takeDatabase(name: string, start: Buffer, data: AsyncIterable<Buffer>): Promise<void> {
    const path = await this.#writeOut(name, start, data);
    if (path === null) return;
    const log = this.#logs.get(name);
    if (log !== undefined) {
      this.#logs.delete(name);
      await rename(log, path + LOG_SUFFIX);
    } else if (start[WRITE_VERSION_OFFSET] === WAL_VERSION && !this.#waiting.has(name)) {
      this.#waiting.set(name, path);
      return;
    }
    this.#check(name, path);
  }

  async #takeLog(logName: string, start: Buffer, data: AsyncIterable<Buffer>): Promise<void> {
    const name = logName.slice(0, -LOG_SUFFIX.length);
    const log = await this.#writeOut(logName, start, data);
    if (log === null) return;
    const path = this.#waiting.get(name);
    if (path === undefined) {
      this.#logs.set(name, log);
      return;
    }
    this.#waiting.delete(name);
    await rename(log, path + LOG_SUFFIX);
    this.#check(name, path);
  }

  #check(entry: string, path: string): void {
    this.checkedCount++;
    const message = integrityProblem(path);
    if (message !== null) this.findings.push({ entry, kind: 'broken', message });
    removeDatabase(path);
  }

  /** The file it was written to; null where the temporary folder cannot take it. */
  async #writeOut(name: string, start: Buffer, rest: AsyncIterable<Buffer>): Promise<string | null> {
    const file = await this.#create().catch((error: unknown) => this.#note(name, error));
    if (file === null) return null;
    try {
      for await (const piece of joined(start, rest)) {
        // What goes wrong on the reading side is another matter, and passes.
        const failed = await file.handle.writeFile(piece).then(
          () => false,
          (error: unknown) => this.#note(name, error),
        );
        if (failed === false) continue;
        await rm(file.path, { force: true });
        return null;
      }
    } finally {
      await file.handle.close();
    }
    return file.path;
  }

  async #create(): Promise<{ readonly path: string; readonly handle: FileHandle }> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'strongroom-')); // mode 700
    const path = join(this.#folder, `database-${++this.#fileCount}`);
    return { path, handle: await open(path, 'wx', 0o600) };
  }

  #note(entry: string, error: unknown): null {
    const { code, message } = toPlainError(error);
    const reason = code === 'NO_SPACE' ? 'there is not enough room' : message.replace(/,.*$/, '');
    const sentence = `It could not be written to the temporary folder for that: ${reason}.`;
    this.findings.push({ entry, kind: 'not-checked', message: sentence });
    return null;
  }
}

/** SQLite's own word on the file, without anything that stands in it; null when it is whole. */
function integrityProblem(path: string): string | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { allowExtension: false });
    // In exclusive mode there is no third file for the shared memory of the log.
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA schema_version');
    if (process.platform !== 'win32') removeDatabase(path); // gone even if this program is killed
    const rows = database.prepare('PRAGMA integrity_check(100)').all() as { integrity_check?: unknown }[];
    const [first, ...others] = rows.map((row) => String(row.integrity_check));
    if (first === 'ok' && others.length === 0) return null;
    const count = rows.length >= 100 ? 'at least 100' : String(rows.length);
    return `SQLite’s integrity check finds ${count} ${rows.length === 1 ? 'fault' : 'faults'} in it.`;
  } catch (error) {
    // The full message may quote the database, the general one of the code does not.
    const { errstr } = error as { errstr?: unknown };
    return `SQLite cannot read it (${typeof errstr === 'string' ? errstr : 'unknown reason'}).`;
  } finally {
    database?.close();
  }
}

function removeDatabase(path: string): void {
  for (const suffix of ['', LOG_SUFFIX, '-shm', '-journal']) rmSync(path + suffix, { force: true });
}

/** At least `HEADER_BYTES`, if there are as many. */
async function firstBytes(data: AsyncIterator<Buffer>): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < HEADER_BYTES) {
    const more = await data.next();
    if (more.done === true) break;
    start = start.length === 0 ? more.value : Buffer.concat([start, more.value]);
  }
  return start;
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
