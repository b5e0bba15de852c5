// How much is verified by itself, and what is due. The policy is in the catalogue, so it is asked for and set by calls of its own;
// the plan follows what becomes known of the library.

import type { VerificationPlan, VerificationPolicy } from '../../../shared/library.ts';
import type { App } from '../../app/app.svelte.ts';

export class VerificationState {
  readonly #app: Pick<App, 'client' | 'verifyDue'>;
  #plan = $state.raw<VerificationPlan | null>(null);
  #problem = $state.raw<unknown>(null);
  #isStarting = $state(false);
  #asking: Promise<void> | null = null;
  #isOutdated = false;

  constructor(app: Pick<App, 'client' | 'verifyDue'>) {
    this.#app = app;
  }

  /** null until it is loaded. */
  get plan(): VerificationPlan | null {
    return this.#plan;
  }

  get policy(): VerificationPolicy | null {
    return this.#plan?.policy ?? null;
  }

  get problem(): unknown {
    return this.#problem;
  }

  get isStarting(): boolean {
    return this.#isStarting;
  }

  /** Loads the plan and follows the library until the answer is called. */
  start(): () => void {
    void this.load();
    return this.#app.client.on('library', () => void this.load());
  }

  /** One question at a time. Resolves in any case; see `problem`. */
  load(): Promise<void> {
    this.#isOutdated = true;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async change(change: Partial<VerificationPolicy>): Promise<void> {
    if (this.policy === null) return;
    try {
      await this.#app.client.call('verification.setPolicy', { policy: { ...this.policy, ...change } });
      await this.load();
    } catch (error) {
      this.#problem = error;
    }
  }

  async startDue(): Promise<void> {
    this.#isStarting = true;
    await this.#app.verifyDue();
    this.#isStarting = false;
    await this.load();
  }

  async #ask(): Promise<void> {
    while (this.#isOutdated) {
      this.#isOutdated = false;
      try {
        this.#plan = await this.#app.client.call('verification.plan', {});
        this.#problem = null;
      } catch (error) {
        this.#problem = error;
      }
    }
  }
}
