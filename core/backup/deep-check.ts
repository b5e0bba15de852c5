// Looks into the files themselves: JSON in .storage parses, SQLite databases pass their integrity check, YAML at
// the top of the configuration parses. Databases are written decrypted into a private temporary folder for the
// time of the check, and removed at once: the only plaintext Strongroom ever puts on a disk unasked.

import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { parseDocument } from 'yaml';

import type { DeepFinding, DeepResult, Remark } from '../../shared/backup.ts';
import type { WalkedEntry } from '../tar/index.ts';

const SQLITE_MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
/** A text file larger than this is not parsed: Home Assistant's own are some megabytes at most. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;
const STORAGE_FILE = /(^|\/)\.storage\/[^/]+$/;
const TOP_LEVEL_YAML = /^(\.\/)?(data\/)?[^/]+\.ya?ml$/;

export class DeepCheck {
  readonly #member: string;
  readonly #findings: DeepFinding[] = [];
  readonly remarks: Remark[] = [];
  #json = 0;
  #sqlite = 0;
  #yaml = 0;
  #folder: string | null = null;
  /** A database waits for its write-ahead log, which follows it in the archive. */
  #waiting: { readonly entry: string; readonly path: string } | null = null;

  constructor(member: string) {
    this.#member = member;
  }

  async check(entry: WalkedEntry): Promise<void> {
    if (entry.type !== 'file') return;
    if (this.#waiting !== null) {
      if (entry.name === `${this.#waiting.entry}-wal`) {
        await this.#writeOut(`${this.#waiting.path}-wal`, entry.data());
        return;
      }
      if (entry.name !== `${this.#waiting.entry}-shm`) await this.#checkWaiting();
    }
    if (STORAGE_FILE.test(entry.name)) await this.#checkJson(entry);
    else if (this.#member === 'homeassistant' && TOP_LEVEL_YAML.test(entry.name))
      await this.#checkYaml(entry);
    else if (entry.sizeBytes >= SQLITE_MAGIC.length) await this.#checkSqlite(entry);
  }

  async finish(): Promise<DeepResult> {
    if (this.#waiting !== null) await this.#checkWaiting();
    return {
      jsonChecked: this.#json,
      sqliteChecked: this.#sqlite,
      yamlChecked: this.#yaml,
      findings: this.#findings,
    };
  }

  /** Removes the private folder with everything in it. */
  async dispose(): Promise<void> {
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = null;
    this.#waiting = null;
  }

  async #checkJson(entry: WalkedEntry): Promise<void> {
    const content = await readText(entry);
    // Home Assistant also keeps some non-JSON things there (images, backups of tools): only what starts like JSON is.
    if (content === null || !/^\s*[[{]/.test(content)) {
      if (
        content !== null &&
        !/\.[a-z0-9]+$/i.test(entry.name.split('/').at(-1) ?? '') &&
        content.trim() === ''
      ) {
        this.#find(entry.name, 'json', 'The file is empty.');
      }
      return;
    }
    this.#json++;
    try {
      JSON.parse(content.replace(/^\uFEFF/, ''));
    } catch {
      // The parser's message quotes the content, which is full of secrets.
      this.#find(entry.name, 'json', 'It is not valid JSON.');
    }
  }

  async #checkYaml(entry: WalkedEntry): Promise<void> {
    const content = await readText(entry);
    if (content === null) return;
    this.#yaml++;
    const document = parseDocument(content, { logLevel: 'silent', prettyErrors: false });
    const [problem] = document.errors;
    if (problem === undefined) return;
    const line = content.slice(0, problem.pos[0]).split('\n').length;
    this.#find(
      entry.name,
      'yaml',
      `It is not valid YAML (line ${line}, ${problem.code.toLowerCase().replaceAll('_', ' ')}).`,
    );
  }

  async #checkSqlite(entry: WalkedEntry): Promise<void> {
    const data = entry.data();
    const first = await data.next();
    if (first.done === true) return;
    let start: Buffer = first.value;
    while (start.length < SQLITE_MAGIC.length) {
      const more = await data.next();
      if (more.done === true) return;
      start = Buffer.concat([start, more.value]);
    }
    if (!start.subarray(0, SQLITE_MAGIC.length).equals(SQLITE_MAGIC)) return;
    this.#folder ??= await mkdtemp(join(tmpdir(), 'strongroom-')); // mode 700
    const path = join(this.#folder, 'database');
    await this.#writeOut(path, joined(start, data));
    this.#waiting = { entry: entry.name, path };
  }

  async #checkWaiting(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    this.#sqlite++;
    const problem = integrityProblem(waiting.path);
    if (problem !== null) this.#find(waiting.entry, 'sqlite', problem);
    for (const suffix of ['', '-wal', '-shm']) await rm(`${waiting.path}${suffix}`, { force: true });
  }

  async #writeOut(path: string, data: AsyncIterable<Buffer>): Promise<void> {
    const handle = await open(path, 'wx', 0o600);
    try {
      for await (const piece of data) await handle.writeFile(piece);
    } finally {
      await handle.close();
    }
  }

  #find(entry: string, kind: DeepFinding['kind'], message: string): void {
    this.#findings.push({ entry, kind, message });
  }
}

/** SQLite's own word on the file; null when it is whole. */
function integrityProblem(path: string): string | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path, { allowExtension: false });
    database.exec('PRAGMA trusted_schema = OFF');
    const rows = database.prepare('PRAGMA integrity_check(5)').all() as { integrity_check?: unknown }[];
    const answers = rows.map((row) => String(row.integrity_check));
    return answers.length === 1 && answers[0] === 'ok' ? null : `SQLite found: ${answers.join('; ')}`;
  } catch (error) {
    return `SQLite cannot read it: ${(error as Error).message}`;
  } finally {
    database?.close();
  }
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/** The content as text; null where it is not UTF-8 or too large to be looked at. */
async function readText(entry: WalkedEntry): Promise<string | null> {
  if (entry.sizeBytes > MAX_TEXT_BYTES) return null;
  const parts: Buffer[] = [];
  for await (const piece of entry.data()) parts.push(Buffer.from(piece));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    return null; // not text: nothing to parse
  }
}
