// One run of one command: its screen, its keys, and the engine, opened when it is first needed. Everything
// that must be closed or wiped at the end is closed and wiped here.

import type { Strongroom } from './engine.ts';
import { type Host, isInteractive } from './host.ts';
import { JsonDocument } from './json-document.ts';
import { KeyBunch } from './keys/key-bunch.ts';
import { type EnvironmentKeys, takeEnvironmentKeys } from './keys/key-sources.ts';
import type { ReportContext } from './reports/words.ts';
import { createFormats, type Formats } from './terminal/formats.ts';
import { Prompter } from './terminal/prompter.ts';
import type { Screen } from './terminal/screen.ts';

export interface SessionOptions {
  readonly command: string;
  readonly json: boolean;
  /** Threads of the engine, and files worked on at the same time; as many as the machine has cores unless told. */
  readonly jobs: number | undefined;
}

export class Session {
  readonly host: Host;
  readonly screen: Screen;
  readonly formats: Formats;
  /** null where there is nobody to ask. */
  readonly prompter: Prompter | null;
  /** null without `--json`. */
  readonly document: JsonDocument | null;
  readonly keys = new KeyBunch();
  readonly environmentKeys: EnvironmentKeys;
  readonly jobs: number;
  readonly #threads: number | undefined;
  readonly #secrets: Buffer[] = [];
  #engine: Promise<Strongroom> | null = null;

  constructor(host: Host, screen: Screen, options: SessionOptions) {
    this.host = host;
    this.screen = screen;
    this.formats = createFormats(host.locale, host.timeZone);
    this.prompter = isInteractive(host) ? new Prompter(host.stdin, host.stderr, screen, host.signal) : null;
    this.document = options.json ? new JsonDocument(screen, options.command) : null;
    this.environmentKeys = takeEnvironmentKeys(host.env);
    this.jobs = options.jobs ?? host.cores;
    this.#threads = options.jobs;
  }

  /** The engine; says once when it runs on the slow provider. */
  async engine(): Promise<Strongroom> {
    this.#engine ??= this.#openEngine();
    return await this.#engine;
  }

  /** What a report in words needs; `shownAs` is its file. */
  reportContext(shownAs: string): ReportContext {
    return { formats: this.formats, shownAs, keyLabels: this.keys.labels };
  }

  /** Zeroes a secret when the session ends. */
  wipeLater(secret: Buffer): void {
    this.#secrets.push(secret);
  }

  /** Stops the engine and wipes every key. */
  async close(): Promise<void> {
    this.screen.live(null);
    const engine = await this.#engine?.catch(() => null);
    try {
      await engine?.close();
    } finally {
      this.keys.wipe();
      for (const secret of this.#secrets) secret.fill(0);
      this.environmentKeys.key?.fill(0);
      this.environmentKeys.newKey?.fill(0);
    }
  }

  async #openEngine(): Promise<Strongroom> {
    const engine = await this.host.openStrongroom(
      this.#threads === undefined ? {} : { threads: this.#threads },
    );
    if (engine.sodium === 'wasm') {
      this.screen.note(
        'There is no fast cryptography for this machine, so the WebAssembly one is used. It gives the same results, but takes two to three times as long.',
      );
    }
    return engine;
  }
}
