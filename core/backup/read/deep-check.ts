// Looks into the files themselves: JSON in .storage parses, SQLite databases pass their integrity check, YAML at
// the top of the configuration parses. What Home Assistant would read without complaint is never called broken, and
// no message repeats anything of a file: they are full of secrets.

import { LineCounter, parseDocument } from 'yaml';

import type { DeepFinding, DeepResult, Remark } from '../../../shared/backup.ts';
import type { WalkedEntry } from '../../tar/index.ts';
import { DatabaseCheck } from './database-check.ts';

/** Files larger than these are not parsed: Home Assistant's own are some megabytes at most. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;
const MAX_YAML_BYTES = 1024 * 1024; // parsing takes a hundred times as much memory
const STORAGE_FILE = /(^|\/)\.storage\/([^/]+)$/;
const TOP_LEVEL_YAML = /^(\.\/)?(data\/)?[^/]+\.ya?ml$/;
/** Home Assistant's own set-aside copies of broken files, what its interrupted writes leave, and copies of editors. */
const NOT_IN_USE = /\.corrupt\.|^tmp[a-z0-9_]{8}$|\.(bak|old|orig|tmp|swp)$|~$/i;
/** May be empty without harm. */
const NOT_JSON = /\.(lock|log|txt|pid|db|sqlite3?|png|jpe?g|gif|svg|cookies?|pickle|keep|gitkeep)$/i;

export class DeepCheck {
  readonly #member: string;
  readonly #findings: DeepFinding[] = [];
  readonly #databases = new DatabaseCheck();
  #json = 0;
  #yaml = 0;

  constructor(member: string) {
    this.#member = member;
  }

  /** What could not be checked. */
  get remarks(): Remark[] {
    return this.#databases.findings
      .filter(({ kind }) => kind === 'not-checked')
      .map(({ entry, message }) => ({
        code: 'DATABASE_NOT_CHECKED',
        member: this.#member,
        message: `The database “${entry}” is whole in the backup, but was not looked into. ${message}`,
      }));
  }

  async check(entry: WalkedEntry): Promise<void> {
    if (entry.type !== 'file') return;
    const storageName = STORAGE_FILE.exec(entry.name)?.[2];
    if (storageName !== undefined) await this.#checkJson(entry, storageName);
    else if (this.#member === 'homeassistant' && TOP_LEVEL_YAML.test(entry.name))
      await this.#checkYaml(entry);
    else await this.#databases.take(entry);
  }

  async finish(): Promise<DeepResult> {
    await this.#databases.finish();
    for (const { entry, kind, message } of this.#databases.findings)
      if (kind === 'broken') this.#find(entry, 'sqlite', message);
    return {
      jsonChecked: this.#json,
      sqliteChecked: this.#databases.checkedCount,
      yamlChecked: this.#yaml,
      findings: this.#findings,
    };
  }

  /** Removes every decrypted byte from the disk. */
  async dispose(): Promise<void> {
    await this.#databases.dispose();
  }

  async #checkJson(entry: WalkedEntry, name: string): Promise<void> {
    if (NOT_IN_USE.test(name)) return;
    const content = await readText(entry, MAX_JSON_BYTES);
    if (content === null) return;
    // Power cuts leave files that are empty or full of zeros.
    if (/^[\s\0]*$/.test(content)) {
      if (NOT_JSON.test(name)) return;
      this.#json++;
      this.#find(entry.name, 'json', content.includes('\0') ? 'It holds only zeros.' : 'It is empty.');
      return;
    }
    // Some integrations keep other things there (images, keys): only what starts like JSON has to be it.
    const json = content.replace(/^\uFEFF/, '');
    if (!/^\s*[[{]/.test(json)) return;
    this.#json++;
    try {
      JSON.parse(json);
    } catch {
      this.#find(entry.name, 'json', 'It is not valid JSON.'); // the parser's message quotes the content
    }
  }

  async #checkYaml(entry: WalkedEntry): Promise<void> {
    const content = await readText(entry, MAX_YAML_BYTES);
    if (content === null) return;
    this.#yaml++;
    const lineCounter = new LineCounter();
    // Home Assistant only warns of a key that comes twice.
    const options = { logLevel: 'silent', prettyErrors: false, uniqueKeys: false, strict: false } as const;
    const [problem] = parseDocument(content, { ...options, lineCounter }).errors;
    if (problem === undefined) return;
    // PyYAML, Home Assistant's parser, takes lists in brackets at any indentation.
    if (problem.code === 'BAD_INDENT' && problem.message.startsWith('Flow ')) return;
    const { line } = lineCounter.linePos(problem.pos[0]);
    const what = problem.code.toLowerCase().replaceAll('_', ' ');
    this.#find(entry.name, 'yaml', `It is not valid YAML (line ${line}, ${what}).`);
  }

  #find(entry: string, kind: DeepFinding['kind'], message: string): void {
    this.#findings.push({ entry, kind, message });
  }
}

/** The content as text; null where it is not UTF-8 or too large to be looked at. */
async function readText(entry: WalkedEntry, maxBytes: number): Promise<string | null> {
  if (entry.sizeBytes > maxBytes) return null;
  const parts: Buffer[] = [];
  for await (const piece of entry.data()) parts.push(Buffer.from(piece));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts));
  } catch {
    return null; // not text: nothing to parse
  }
}
