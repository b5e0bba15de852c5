// One run of one command: its screen, its keys, and the engine, opened when it is first needed. Everything
// that must be closed or wiped at the end is closed and wiped here.

import type { BackupKey, Strongroom } from './engine.ts';
import type { BackupVerification, RecodeReport } from '../shared/backup.ts';
import { type ErrorCode, toPlainError } from '../shared/errors.ts';
import { type Host, isInteractive } from './host.ts';
import { JsonDocument } from './json-document.ts';
import { KeyBunch } from './keys/key-bunch.ts';
import { type EnvironmentKeys, takeEnvironmentKeys } from './keys/key-sources.ts';
import type { ReportContext } from '../shared/reports/words.ts';
import { createFormats, type Formats } from '../shared/reports/formats.ts';
import { Prompter } from './terminal/prompter.ts';
import type { Screen } from './terminal/screen.ts';

/** Reasons for which the catalogue cannot serve; the vault and the backups may be whole all the same. */
const CATALOG_FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DAMAGED_CATALOG',
  'UNSUPPORTED_VERSION',
  'BUSY',
  'NO_SPACE',
  'OUTPUT_REFUSED',
  'IO_FAILED',
]);

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
  /** asks: its keys may be used once the person has typed the passphrase. */
  vaultUse: 'unused' | 'asks' | 'open' = 'unused';
  readonly jobs: number;
  readonly #threads: number | undefined;
  readonly #secrets: Buffer[] = [];
  readonly #vaultLabels = new Set<string>();
  #engine: Promise<Strongroom> | null = null;
  #catalogFailed = false;

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

  /** The keys to try on one backup: those of the vault, the likeliest first, and those given. */
  async keysFor(path: string): Promise<readonly BackupKey[]> {
    if (this.vaultUse !== 'open') return this.keys.keys;
    const { library } = await this.engine();
    const fromVault = await library.keysFor(path);
    for (const { label, password } of fromVault) {
      this.#vaultLabels.add(label);
      this.wipeLater(password);
    }
    return [...fromVault, ...this.keys.keys];
  }

  /** Remembers which keys opened a backup, so that no other is tried on it again. */
  async rememberOpeners(report: BackupVerification): Promise<void> {
    // A given key may be called like one of the vault: of such a report it cannot be said which one opened it.
    const given = new Set(this.keys.labels);
    const isUnsure = report.members.some(({ keyLabel }) => keyLabel !== null && given.has(keyLabel));
    if (this.vaultUse !== 'open' || this.#catalogFailed || isUnsure) return;
    const { library } = await this.engine();
    try {
      await library.rememberVerification(report);
    } catch (error) {
      this.#catalogFails(error);
    }
  }

  /**
   * Remembers which keys open a rewritten backup and its original, where that was kept: a key that only the original
   * needs must count as needed.
   */
  async rememberRewritten({ outputPath, originalPath }: RecodeReport): Promise<void> {
    const paths = [outputPath, originalPath].filter((path) => path !== null);
    if (this.vaultUse !== 'open' || this.#catalogFailed || paths.length === 0) return;
    const { library } = await this.engine();
    try {
      await library.matchKeys(paths);
    } catch (error) {
      this.#catalogFails(error);
    }
  }

  /** Names of the keys that were tried so far. */
  get keyLabels(): string[] {
    return [...this.#vaultLabels, ...this.keys.labels];
  }

  /** What a report in words needs; `shownAs` is its file. */
  reportContext(shownAs: string): ReportContext {
    return { formats: this.formats, shownAs, keyLabels: this.keyLabels };
  }

  /** Zeroes a secret when the session ends. */
  wipeLater(secret: Buffer): Buffer {
    this.#secrets.push(secret);
    return secret;
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

  /** @throws what is not about the catalogue */
  #catalogFails(error: unknown): void {
    const { code, message, hint = '' } = toPlainError(error);
    if (!CATALOG_FAILURES.has(code)) throw error;
    this.#catalogFailed = true;
    this.screen.note(`Which key opens which backup cannot be looked up. ${message} ${hint}`.trim());
  }

  async #openEngine(): Promise<Strongroom> {
    const engine = await this.host.openStrongroom({
      dataFolder: this.host.dataFolder,
      idleLock: 'never',
      signal: this.host.signal,
      ...(this.#threads === undefined ? {} : { threads: this.#threads }),
    });
    if (engine.sodium === 'wasm') {
      this.screen.note(
        'There is no fast cryptography for this machine, so the WebAssembly one is used. It gives the same results, but takes two to three times as long.',
      );
    }
    return engine;
  }
}
