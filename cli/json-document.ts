// The one JSON document of `--json` (docs/json.md), written result by result: a listing may be far too long
// to be held in memory.

import type { PlainError } from '../shared/errors.ts';
import type { ExitCode } from './exit-code.ts';
import type { Screen } from './terminal/screen.ts';

const JSON_SCHEMA = 'strongroom/1';

/** What is said about one file. */
export interface JsonResult {
  readonly path: string;
  /** What the command found or did; null when it could not even begin. */
  readonly report: unknown;
  /** Why this file did not end well. */
  readonly error: PlainError | null;
  readonly exitCode: ExitCode;
}

export class JsonDocument {
  readonly #screen: Screen;
  readonly #command: string;
  #results = 0;
  #opened = false;

  constructor(screen: Screen, command: string) {
    this.#screen = screen;
    this.#command = command;
  }

  async addResult(result: JsonResult): Promise<void> {
    await this.#beginResult();
    await this.#screen.write(JSON.stringify(result));
  }

  /** A result whose report is an endless list of entries; `finish` gives the rest once they are all written. */
  async addListing(
    path: string,
    entries: AsyncIterable<unknown>,
    finish: () => { readonly totals: object; readonly error: PlainError | null; readonly exitCode: ExitCode },
  ): Promise<void> {
    const iterator = entries[Symbol.asyncIterator]();
    let next = await iterator.next();
    if (next.done === true && finish().error !== null) {
      const { error, exitCode } = finish();
      await this.addResult({ path, report: null, error, exitCode });
      return;
    }
    await this.#beginResult();
    await this.#screen.write(`{"path":${JSON.stringify(path)},"report":{"entries":[`);
    for (let separator = '\n'; next.done !== true; separator = ',\n') {
      await this.#screen.write(separator + JSON.stringify(next.value));
      next = await iterator.next();
    }
    const { totals, error, exitCode } = finish();
    const rest = JSON.stringify(totals).slice(1, -1);
    await this.#screen.write(`],${rest}},"error":${JSON.stringify(error)},"exitCode":${exitCode}}`);
  }

  /** Ends the document. `error` is what kept the whole command from being carried out. */
  async close(error: PlainError | null, exitCode: ExitCode): Promise<void> {
    await this.#open();
    await this.#screen.write(`\n],"error":${JSON.stringify(error)},"exitCode":${exitCode}}\n`);
  }

  async #open(): Promise<void> {
    if (this.#opened) return;
    this.#opened = true;
    await this.#screen.write(
      `{"schema":"${JSON_SCHEMA}","command":${JSON.stringify(this.#command)},"results":[`,
    );
  }

  async #beginResult(): Promise<void> {
    await this.#open();
    await this.#screen.write(this.#results++ === 0 ? '\n' : ',\n');
  }
}
