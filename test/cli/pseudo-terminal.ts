// The real program at a terminal of its own (util-linux's `script`), with a person who reads before typing.

import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';

import { eventually, MAIN, plainEnvironment, refuseSecrets } from './run-program.ts';

export const NO_TERMINAL =
  spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0
    ? null
    : 'skipped: there is no util-linux "script" here to make a pseudo-terminal';

export interface TerminalOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly columns?: number;
  /** Where stdout goes instead of the terminal. */
  readonly stdoutTo?: string;
}

export class PseudoTerminal implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  #text = '';
  #read = 0;

  constructor(args: readonly string[], options: TerminalOptions = {}) {
    const words = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
    const redirect = options.stdoutTo === undefined ? '' : ` > '${options.stdoutTo}'`;
    const command = `stty cols ${options.columns ?? 100}; exec ${words.join(' ')}${redirect}`;
    this.#child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: options.cwd,
      env: { ...plainEnvironment(options.env), SHELL: '/bin/sh' },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#text += text));
    }
    this.#child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve) => this.#child.on('close', resolve));
  }

  /** Everything on the screen so far, the way a terminal was told. */
  get text(): string {
    return this.#text;
  }

  /** Waits for something new on the screen; what was before it counts as read. */
  async sees(expected: string | RegExp): Promise<void> {
    const pattern =
      typeof expected === 'string' ? new RegExp(expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : expected;
    await eventually(`${pattern} on the screen, which has:\n${this.#text.slice(this.#read)}`, () => {
      const match = pattern.exec(this.#text.slice(this.#read));
      if (match === null) {
        if (this.#child.exitCode !== null) throw new Error(`It ended without ${pattern}:\n${this.#text}`);
        return null;
      }
      this.#read += match.index + match[0].length;
      return true;
    });
  }

  /** Types a line; `\u0003` is Ctrl-C. */
  types(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Waits for the end and looks for keys on the screen. */
  async ends(): Promise<{ readonly exitCode: number | null; readonly text: string }> {
    const exitCode = await this.#ended;
    refuseSecrets(this.#text);
    return { exitCode, text: this.#text.replaceAll('\r\n', '\n') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
