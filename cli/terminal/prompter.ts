// Asks the person at the terminal. Questions go to stderr, since stdout is data only; what is typed for a
// hidden question never appears anywhere.

import { createInterface } from 'node:readline';

import { StrongroomError } from '../../shared/errors.ts';
import type { TerminalInput, TerminalOutput } from '../host.ts';
import { readHiddenLine } from './hidden-line.ts';
import { printable } from '../../shared/reports/printable.ts';
import type { Screen } from './screen.ts';

export class Prompter {
  readonly #input: TerminalInput;
  readonly #output: TerminalOutput;
  readonly #screen: Screen;
  readonly #signal: AbortSignal;

  constructor(input: TerminalInput, output: TerminalOutput, screen: Screen, signal: AbortSignal) {
    this.#input = input;
    this.#output = output;
    this.#screen = screen;
    this.#signal = signal;
  }

  /** Something said in between, without a question. */
  say(text: string): void {
    // Names of files and parts are in it, which may hold anything.
    this.#screen.converse(`${text.split('\n').map(printable).join('\n')}\n`);
  }

  /** One visible line, without blanks around it. @throws CANCELLED when the person ends it with Ctrl-C or Ctrl-D */
  async ask(question: string): Promise<string> {
    this.#signal.throwIfAborted();
    this.#screen.live(null);
    const lines = createInterface({
      input: this.#input,
      output: this.#output,
      terminal: true,
      historySize: 0,
    });
    try {
      return await new Promise<string>((resolve, reject) => {
        const stop = (): void => reject(new StrongroomError('CANCELLED', 'Stopped at your request.'));
        lines.once('SIGINT', stop);
        lines.once('close', stop);
        this.#signal.addEventListener('abort', stop, { once: true });
        lines.question(question, (answer) => {
          this.#signal.removeEventListener('abort', stop);
          resolve(answer.trim());
        });
      });
    } catch (error) {
      this.say('');
      throw error;
    } finally {
      lines.close();
    }
  }

  /** One hidden line as bytes; the caller wipes it. @throws CANCELLED as `ask` */
  async askHidden(question: string): Promise<Buffer> {
    this.#screen.live(null);
    // The terminal stops showing what is typed before the question asks for it.
    const line = readHiddenLine(this.#input, this.#signal);
    this.#screen.converse(question);
    try {
      return await line;
    } finally {
      this.say('');
    }
  }

  /** Yes or no; Enter alone takes the one that is not `yes`, unless told. */
  async confirm(question: string, enterMeans: 'yes' | 'no' = 'no'): Promise<boolean> {
    const choice = enterMeans === 'yes' ? '[Y/n]' : '[y/N]';
    for (;;) {
      const answer = (await this.ask(`${question} ${choice} `)).toLowerCase();
      if (answer === '') return enterMeans === 'yes';
      if (['y', 'yes'].includes(answer)) return true;
      if (['n', 'no'].includes(answer)) return false;
      this.say('Please answer y or n.');
    }
  }
}
