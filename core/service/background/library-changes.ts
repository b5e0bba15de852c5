// What changed in the library, gathered and told at most once a second: by this process, and by others that write into the same
// catalogue.

import type { StrongroomEvent } from '../../../shared/contract/index.ts';
import type { LibraryDesk } from '../../library/index.ts';
import type { Log } from '../log.ts';

const TOLD_EVERY_MS = 1000;
const LOOKED_EVERY_MS = 2000;
/** For more it is less work to ask for everything. */
const MOST_NAMED = 500;

export interface LibraryChangesOptions {
  readonly desk: Pick<LibraryDesk, 'changeCounter' | 'identitiesAt' | 'catalogProblem'>;
  readonly emit: (event: StrongroomEvent) => void;
  readonly log: Log;
}

export class LibraryChanges {
  readonly #options: LibraryChangesOptions;
  readonly #identities = new Set<string>();
  readonly #paths = new Set<string>();
  #isAll = false;
  #telling: NodeJS.Timeout | null = null;
  #looking: NodeJS.Timeout | null = null;
  #counter: number | null = null;
  #hadProblem = false;
  #isClosed = false;

  constructor(options: LibraryChangesOptions) {
    this.#options = options;
  }

  /** Looks for what other processes write. */
  start(): void {
    void this.#look();
    this.#looking ??= setInterval(() => void this.#look(), LOOKED_EVERY_MS).unref();
  }

  /** null: any may have changed. */
  note(identities: readonly string[] | null): void {
    if (identities === null) this.#isAll = true;
    else for (const identity of identities) this.#identities.add(identity);
    this.#tellSoon();
  }

  /** Something was done to the file there. */
  noteFile(path: string): void {
    this.#paths.add(path);
    this.#tellSoon();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#telling !== null) clearTimeout(this.#telling);
    if (this.#looking !== null) clearInterval(this.#looking);
  }

  #tellSoon(): void {
    if (this.#isClosed) return;
    this.#telling ??= setTimeout(() => void this.#tell(), TOLD_EVERY_MS).unref();
  }

  async #tell(): Promise<void> {
    this.#telling = null;
    const paths = [...this.#paths];
    const named = [...this.#identities];
    const isAll = this.#isAll || paths.length + named.length > MOST_NAMED;
    this.#paths.clear();
    this.#identities.clear();
    this.#isAll = false;
    const identities = isAll ? null : await this.#identitiesOf(named, paths);
    if (this.#isClosed || (identities !== null && identities.length === 0)) return;
    this.#options.emit({ kind: 'library', identities });
  }

  async #identitiesOf(named: readonly string[], paths: readonly string[]): Promise<string[] | null> {
    try {
      const found = await Promise.all(paths.map((path) => this.#options.desk.identitiesAt(path)));
      return [...new Set([...named, ...found.flat()])];
    } catch (error) {
      this.#options.log.failure('library', 'What changed could not be looked up', error);
      return null;
    }
  }

  async #look(): Promise<void> {
    const { desk, log } = this.#options;
    if (desk.catalogProblem() !== null) {
      this.#hadProblem = true; // which is told where it is asked for
      return;
    }
    try {
      const counter = await desk.changeCounter();
      if (this.#hadProblem || (this.#counter !== null && counter !== this.#counter)) this.note(null);
      this.#counter = counter;
      this.#hadProblem = false;
    } catch (error) {
      log.failure('library', 'It could not be seen whether another program changed something', error);
    }
  }
}
