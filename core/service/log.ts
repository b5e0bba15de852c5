// The program's log: what happened, line by line, for whoever has to find out why. It takes sentences, codes, names of calls and
// paths; never an input, an answer or a secret. It must never keep the program from running.

import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

import { StrongroomError, toPlainError, type PlainError } from '../../shared/errors.ts';

const NAME = 'strongroom';
const FILE_LIMIT_BYTES = 1024 * 1024;
/** Besides the one that is written to. */
const KEPT_FILES = 5;
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const LINE_LIMIT = 4000;

/** In words: which part of the program says it. */
export interface Log {
  /** The file that is written to. */
  readonly path: string;
  info(area: string, message: string): void;
  warn(area: string, message: string): void;
  error(area: string, message: string): void;
  /** What was thrown, as far as that may be written down: the message of a mistake of ours may quote what it choked on. */
  failure(area: string, what: string, thrown: unknown): void;
  /** The newest lines, the oldest of them first. */
  tail(lineCount: number): string;
  close(): void;
}

/** Opens the log in that folder, which is made. Where it cannot be written, it is silent after one warning of the process. */
export function openLog(folder: string): Log {
  return new FileLog(folder);
}

type Level = 'info' | 'warn' | 'error';

class FileLog implements Log {
  readonly path: string;
  readonly #folder: string;
  #file: number | null = null;
  #sizeBytes = 0;
  #hasWarned = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, `${NAME}.log`);
    this.#attempt(() => this.#open());
  }

  info(area: string, message: string): void {
    this.#write('info', area, message);
  }

  warn(area: string, message: string): void {
    this.#write('warn', area, message);
  }

  error(area: string, message: string): void {
    this.#write('error', area, message);
  }

  failure(area: string, what: string, thrown: unknown): void {
    this.#write('error', area, `${what}: ${describeFailure(thrown)}`);
  }

  tail(lineCount: number): string {
    const lines: string[] = [];
    this.#attempt(() => {
      for (const path of [this.path, this.#rotatedPath(1)]) {
        if (lines.length >= lineCount || !existsSync(path)) break;
        lines.unshift(
          ...readFileSync(path, 'utf8')
            .split('\n')
            .filter((line) => line !== ''),
        );
      }
    });
    return lines
      .slice(-lineCount)
      .map((line) => `${line}\n`)
      .join('');
  }

  close(): void {
    const file = this.#file;
    this.#file = null;
    if (file !== null) closeSync(file);
  }

  #write(level: Level, area: string, message: string): void {
    if (this.#file === null) return;
    const line = `${new Date().toISOString()} ${level} ${area} ${onOneLine(message)}\n`;
    this.#attempt(() => {
      if (this.#sizeBytes > 0 && this.#sizeBytes + line.length > FILE_LIMIT_BYTES) this.#rotate();
      if (this.#file !== null) this.#sizeBytes += writeSync(this.#file, line);
    });
  }

  #open(): void {
    mkdirSync(this.#folder, { recursive: true, mode: PRIVATE_FOLDER });
    this.#file = openSync(this.path, 'a', PRIVATE_FILE);
    this.#sizeBytes = fstatSync(this.#file).size;
  }

  #rotate(): void {
    this.close();
    rmSync(this.#rotatedPath(KEPT_FILES), { force: true });
    for (let number = KEPT_FILES - 1; number >= 0; number--) {
      const from = number === 0 ? this.path : this.#rotatedPath(number);
      if (existsSync(from)) renameSync(from, this.#rotatedPath(number + 1));
    }
    this.#open();
  }

  #rotatedPath(number: number): string {
    return join(this.#folder, `${NAME}.${number}.log`);
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      process.emitWarning(`The log cannot be written: ${toPlainError(error).message}`);
    }
  }
}

/** Code and sentence of an error of ours or of the system; of any other one only where it was thrown. */
export function describeFailure(thrown: unknown): string {
  const plain = publicError(thrown);
  if (plain.code !== 'INTERNAL' || thrown instanceof StrongroomError) return `${plain.code} ${plain.message}`;
  return `${plain.code} ${placesOf(thrown)}`;
}

/**
 * What may be told and written down of anything that was thrown: the text of an error that is none of ours and none of the
 * system's may quote an input, so it is replaced.
 */
export function publicError(thrown: unknown): PlainError {
  const plain = toPlainError(thrown);
  if (plain.code !== 'INTERNAL' || thrown instanceof StrongroomError) return plain;
  return {
    code: 'INTERNAL',
    message: 'Strongroom made a mistake and could not do this.',
    hint: 'Try it once more. If it happens again, report it with the log; no backup was harmed by it.',
  };
}

function placesOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `a ${typeof thrown} was thrown`;
  const places = (thrown.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  return [thrown.name, ...places.map((line) => line.trim())].join(' ');
}

/** A path may hold anything that its file system allows, also what looks like another line. */
function onOneLine(message: string): string {
  const line = message.replace(/[\p{Cc}\u2028\u2029]/gu, (found) => JSON.stringify(found).slice(1, -1));
  return line.length <= LINE_LIMIT ? line : `${line.slice(0, LINE_LIMIT)}…`;
}
