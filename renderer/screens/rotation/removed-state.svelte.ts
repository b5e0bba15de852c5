// What schemes took away and can still be brought back.

import type { App } from '../../app/app.svelte.ts';
import type { RemovedFile, UndoReport } from '../../../shared/scheme.ts';
import { t } from '../../messages/messages.ts';
import { runsOf, type RemovedRun } from './removed-runs.ts';

export class RemovedState {
  readonly #app: App;
  #files = $state.raw<readonly RemovedFile[]>([]);
  #problem = $state.raw<unknown>(null);
  #problems = $state.raw<UndoReport['problems']>([]);
  #isBusy = $state(false);
  #runs = $derived(runsOf(this.#files));

  constructor(app: App) {
    this.#app = app;
  }

  get files(): readonly RemovedFile[] {
    return this.#files;
  }

  get runs(): readonly RemovedRun[] {
    return this.#runs;
  }

  /** Why the list could not be had. */
  get problem(): unknown {
    return this.#problem;
  }

  /** What the last undo could not bring back. */
  get problems(): UndoReport['problems'] {
    return this.#problems;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Loads, and again after each change of the library, until the answer is called. */
  start(): () => void {
    void this.load();
    const ends = [
      this.#app.client.on('library', () => void this.load()),
      this.#app.client.on('job', ({ event }) => {
        if (event.kind === 'job' && event.job.kind === 'scheme') void this.load();
      }),
    ];
    return () => ends.forEach((end) => end());
  }

  async load(): Promise<void> {
    try {
      this.#files = await this.#app.client.call('scheme.removed', {});
      this.#problem = null;
    } catch (error) {
      this.#problem = error;
    }
  }

  /** Brings files back to where they were. */
  async undo(keptAt: readonly string[]): Promise<void> {
    if (this.#isBusy || keptAt.length === 0) return;
    this.#isBusy = true;
    try {
      const { restored, problems } = await this.#app.client.call('scheme.undo', { keptAt: [...keptAt] });
      this.#problems = problems;
      if (restored.length > 0)
        this.#app.toasts.say(t('rotation.removed.back', { count: restored.length }), { tone: 'good' });
      await Promise.all([this.load(), this.#app.library.load()]);
    } catch (error) {
      this.#app.toasts.fail(error);
    } finally {
      this.#isBusy = false;
    }
  }
}
