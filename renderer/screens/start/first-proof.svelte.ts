// The first verification: which backups, the job that reads them, and what came of it.

import type { LibraryBackup } from '../../../shared/library.ts';
import type { App } from '../../app/app.svelte.ts';
import type { FollowedJob } from '../../app/jobs.svelte.ts';
import { verifiableBackups } from './opening.ts';
import { outcomeOf, type ProofOutcome } from './proof-outcome.ts';

export type ProofChoice = 'newest' | 'all';

export class FirstProof {
  readonly #app: Pick<App, 'client' | 'jobs' | 'library'>;
  #choice = $state<ProofChoice>('newest');
  #isStarting = $state(false);
  #problem = $state.raw<unknown>(null);
  #followed = $state.raw<FollowedJob | null>(null);
  #names: readonly string[] = [];
  #readable = $derived.by(() => verifiableBackups(this.#app.library.backups));
  #outcome = $derived.by(() => outcomeOf(this.#followed?.job ?? null));

  constructor(app: Pick<App, 'client' | 'jobs' | 'library'>) {
    this.#app = app;
  }

  get choice(): ProofChoice {
    return this.#choice;
  }

  set choice(choice: ProofChoice) {
    this.#choice = choice;
  }

  /** The newest first. */
  get readable(): readonly LibraryBackup[] {
    return this.#readable;
  }

  get isStarting(): boolean {
    return this.#isStarting;
  }

  get problem(): unknown {
    return this.#problem;
  }

  /** null before it was started. */
  get job(): FollowedJob | null {
    return this.#followed;
  }

  get outcome(): ProofOutcome | null {
    return this.#outcome;
  }

  /** Of the first backup that is verified. */
  get name(): string {
    return this.#names[0] ?? '';
  }

  async start(): Promise<void> {
    if (this.#isStarting) return;
    const chosen = this.#choice === 'newest' ? this.#readable.slice(0, 1) : this.#readable;
    this.#isStarting = true;
    this.#problem = null;
    try {
      const identities = chosen.map(({ identity }) => identity);
      this.#names = chosen.map(({ name }) => name);
      const job = await this.#app.client.call('verification.start', {
        which: { kind: 'backups', identities },
        level: 'full',
      });
      this.#app.jobs.take(job);
      this.#followed?.close();
      this.#followed = this.#app.jobs.follow(job.id);
    } catch (error) {
      this.#problem = error;
    } finally {
      this.#isStarting = false;
    }
  }

  close(): void {
    this.#followed?.close();
  }
}
