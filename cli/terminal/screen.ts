// The two outputs. stdout carries data only; stderr speaks to the person as `strongroom: error: …`,
// `strongroom: hint: …` and `strongroom: note: …`, and holds the one live progress line of a terminal.
// A reader that went away (`| head`) is not an error; any other failure to write is kept for the exit code.

import type { PlainError } from '../../shared/errors.ts';
import type { TerminalOutput } from '../host.ts';
import { printable } from '../../shared/reports/printable.ts';

const CLEAR_LINE = '\r\u001B[2K';
const READER_GONE = new Set(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

export class Screen {
  readonly #stdout: TerminalOutput;
  readonly #stderr: TerminalOutput;
  readonly #redraws: boolean;
  #live = '';
  #readerGone = false;
  #failure: Error | null = null;

  constructor(stdout: TerminalOutput, stderr: TerminalOutput, options: { readonly redraws: boolean }) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#redraws = options.redraws;
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (READER_GONE.has(error.code ?? '')) this.#readerGone = true;
      else this.#failure ??= error;
    });
    // With stderr gone nobody can be told; the exit code still tells.
    stderr.on('error', () => undefined);
  }

  /** Whether nobody reads stdout any more: a long listing can end. */
  get readerGone(): boolean {
    return this.#readerGone;
  }

  /** Why stdout could not be written, other than that its reader left. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Whether a live line can be drawn and drawn again. */
  get redraws(): boolean {
    return this.#redraws;
  }

  /** Cells in a line of the terminal. */
  get columns(): number {
    return this.#stderr.columns ?? 80;
  }

  /** Data for stdout, as it is. Waits while the reader is slow. */
  async write(data: string | Uint8Array): Promise<void> {
    if (this.#readerGone || this.#failure !== null || data.length === 0) return;
    this.#hideLive();
    if (!this.#stdout.write(data)) await this.#drained();
    this.#showLive();
  }

  error(message: string): void {
    this.#say('error', message);
  }

  hint(message: string): void {
    this.#say('hint', message);
  }

  note(message: string): void {
    this.#say('note', message);
  }

  /** An error with its hint; `subject` is the file it is about. */
  plainError(error: PlainError, subject: string | null): void {
    this.error(subject === null ? error.message : `${subject}: ${error.message}`);
    if (error.hint !== undefined) this.hint(error.hint);
  }

  /** Conversation with someone at the terminal: plans, questions, answers. No prefix. */
  converse(text: string): void {
    this.#hideLive();
    this.#stderr.write(text);
    this.#showLive();
  }

  /** Shows, replaces or (with null) removes the live line. Does nothing where lines cannot be redrawn. */
  live(line: string | null): void {
    if (!this.#redraws) return;
    this.#hideLive();
    this.#live = line ?? '';
    this.#showLive();
  }

  #say(kind: 'error' | 'hint' | 'note', message: string): void {
    this.converse(`strongroom: ${kind}: ${printable(message)}\n`);
  }

  #hideLive(): void {
    if (this.#live !== '') this.#stderr.write(CLEAR_LINE);
  }

  #showLive(): void {
    if (this.#live !== '') this.#stderr.write(this.#live);
  }

  async #drained(): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of ['drain', 'close', 'error']) this.#stdout.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'close', 'error']) this.#stdout.on(event, done);
    });
  }
}
