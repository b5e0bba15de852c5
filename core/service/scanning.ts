// Scans and trials of keys: what came of each is known to all windows, and any window may end them.

import type { StrongroomEvent } from '../../shared/contract/index.ts';
import { errorCode } from '../../shared/errors.ts';
import type { ScanReport } from '../../shared/library.ts';
import type { Library, MatchOptions, ScanProgress } from '../library/index.ts';
import type { Log } from './log.ts';
import { WorkLane } from './work-lane.ts';

export interface ScanningOptions {
  readonly library: Pick<Library, 'desk' | 'matchKeys'>;
  readonly emit: (event: StrongroomEvent) => void;
  /** Any content may be known otherwise than before. */
  readonly onChange: () => void;
  readonly log: Log;
}

export class Scanning {
  readonly #options: ScanningOptions;
  readonly #scans: WorkLane<ScanProgress>;
  readonly #matches: WorkLane<{ readonly done: number; readonly total: number }>;

  constructor(options: ScanningOptions) {
    const { emit } = options;
    this.#options = options;
    this.#scans = new WorkLane((progress) => emit({ kind: 'scan', progress }));
    this.#matches = new WorkLane((progress) => emit({ kind: 'match', progress }));
  }

  /**
   * Scans folders of the library, all unless told. Which keys open what is new is found out after it, without being waited for.
   * @throws as LibraryDesk.scan
   */
  async scan(folders?: readonly string[]): Promise<ScanReport> {
    const { desk } = this.#options.library;
    const chosen = folders === undefined ? {} : { folders };
    try {
      const report = await this.#scans.run((signal, onProgress) =>
        desk.scan({ ...chosen, signal, onProgress }),
      );
      this.matchSoon();
      return report;
    } finally {
      this.#options.onChange();
    }
  }

  /** Begins a scan that nobody waits for. */
  scanSoon(folders?: readonly string[]): void {
    this.scan(folders).catch((error: unknown) => this.#note('A scan ended early', error));
  }

  /** Tries the keys of an open vault on what not all were tried on. How many were tried. @throws as LibraryDesk.matchUntried */
  match(): Promise<number> {
    return this.#match((options) => this.#options.library.desk.matchUntried(options));
  }

  /** Begins a match that nobody waits for. */
  matchSoon(): void {
    this.match().catch((error: unknown) => this.#note('Trying the keys ended early', error));
  }

  /** The same for these contents, which may lie outside of the library. */
  matchTheseSoon(identities: readonly string[]): void {
    const { desk, matchKeys } = this.#options.library;
    this.#match(async (options) => {
      const found = await desk.backupsByIdentity(identities, 'anywhere');
      const paths = found
        .filter(({ keyState }) => keyState === 'untried')
        .flatMap(({ copies }) => copies.find(({ state }) => state === 'present')?.path ?? []);
      if (paths.length > 0) await matchKeys.call(this.#options.library, paths, options);
    }).catch((error: unknown) => this.#note('Trying the keys ended early', error));
  }

  /** What was found out stays known. */
  cancel(): void {
    this.#scans.cancel();
    this.#matches.cancel();
  }

  /** Ends what runs, and waits for that. */
  async close(): Promise<void> {
    await Promise.all([this.#scans.close(), this.#matches.close()]);
  }

  async #match<T>(work: (options: MatchOptions) => Promise<T>): Promise<T> {
    let doneCount = 0;
    try {
      return await this.#matches.run((signal, tell) =>
        work({
          signal,
          onProgress: (done, total) => {
            doneCount = done;
            tell({ done, total });
          },
        }),
      );
    } finally {
      if (doneCount > 0) this.#options.onChange();
    }
  }

  #note(what: string, error: unknown): void {
    if (['CANCELLED', 'VAULT_LOCKED'].includes(errorCode(error))) return; // nothing is wrong
    this.#options.log.failure('scan', what, error);
  }
}
