// The library as the engine has it: all backups, the folders, and the counts. Loaded once, then only what an event names is asked
// for again. Filters and order are the Library screen's own matter.

import type {
  LibraryBackup,
  LibraryFolder,
  LibraryStatus,
  VerificationPolicy,
} from '../../shared/library.ts';
import { staleBefore } from '../../shared/verification-plan.ts';
import type { Client } from '../transport/client.ts';

/** More changed contents than this are not asked for one by one. */
const ASKED_ONE_BY_ONE = 500;

export class Library {
  readonly #client: Client;
  #backups = $state.raw<ReadonlyMap<string, LibraryBackup>>(new Map());
  #status = $state.raw<LibraryStatus | null>(null);
  #policy = $state.raw<VerificationPolicy | null>(null);
  #problem = $state.raw<unknown>(null);
  #isLoaded = $state(false);
  #list = $derived([...this.#backups.values()]);
  #changed: Set<string> | 'all' | null = null;
  #asking: Promise<void> | null = null;
  readonly #statusAnswered = Promise.withResolvers<undefined>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Resolves with the first answer about folders and counts, long before thousands of backups are here; see `problem`. */
  get statusAsked(): Promise<void> {
    return this.#statusAnswered.promise;
  }

  get backups(): readonly LibraryBackup[] {
    return this.#list;
  }

  get folders(): readonly LibraryFolder[] {
    return this.#status?.folders ?? [];
  }

  /** null until it is loaded. */
  get status(): LibraryStatus | null {
    return this.#status;
  }

  /** The moment before which a good verification does not count any more, ISO 8601; null until it is known. */
  get staleBefore(): string | null {
    return this.#policy === null ? null : staleBefore(this.#policy, new Date()).toISOString();
  }

  /** Why the catalogue could not be asked; null where it could. */
  get problem(): unknown {
    return this.#problem;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get(identity: string): LibraryBackup | null {
    return this.#backups.get(identity) ?? null;
  }

  /** The backup that has this file. */
  atPath(path: string): LibraryBackup | null {
    return this.#list.find(({ copies }) => copies.some((copy) => copy.path === path)) ?? null;
  }

  /** Everything anew. Resolves in any case; see `problem`. */
  load(): Promise<void> {
    return this.#ask('all');
  }

  /** Listens until the answer is called. */
  start(): () => void {
    return this.#client.on('library', ({ identities }) => void this.#ask(identities ?? 'all'));
  }

  /** One question at a time; what changes meanwhile is asked for next, together. */
  #ask(identities: readonly string[] | 'all'): Promise<void> {
    if (identities === 'all' || this.#changed === 'all') this.#changed = 'all';
    else this.#changed = new Set([...(this.#changed ?? []), ...identities]);
    this.#asking ??= this.#askAll().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #askAll(): Promise<void> {
    while (this.#changed !== null) {
      const changed = this.#changed;
      this.#changed = null;
      try {
        const [status, policy] = await Promise.all([
          this.#client.call('library.status', {}),
          this.#client.call('verification.policy', {}),
        ]);
        this.#status = status;
        this.#policy = policy;
        this.#statusAnswered.resolve(undefined);
        if (changed === 'all' || changed.size > ASKED_ONE_BY_ONE) await this.#askForEverything();
        else if (changed.size > 0) await this.#askFor([...changed]);
        this.#problem = null;
      } catch (error) {
        this.#problem = error;
        this.#statusAnswered.resolve(undefined);
      }
      this.#isLoaded = true;
    }
  }

  async #askForEverything(): Promise<void> {
    const all = await this.#client.call('library.backups', {});
    this.#backups = new Map(all.map((backup) => [backup.identity, backup]));
  }

  async #askFor(identities: string[]): Promise<void> {
    const found = await this.#client.call('library.backups', { identities });
    const backups = new Map(this.#backups);
    for (const identity of identities) backups.delete(identity);
    for (const backup of found) backups.set(backup.identity, backup);
    this.#backups = backups;
  }
}
