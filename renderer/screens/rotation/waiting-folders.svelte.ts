// Watched folders whose scheme waits for a person: its first run, or one that would take away much.

import type { App } from '../../app/app.svelte.ts';
import { planFolder } from '../../../shared/retention/index.ts';
import type { WatchEvent } from '../../../shared/library.ts';
import { policyIfAny } from './policy-draft.ts';
import { waitingIn, type WaitingFolder } from './waiting.ts';

export class WaitingFolders {
  readonly #app: App;
  #events = $state.raw<readonly WatchEvent[]>([]);
  #list: readonly WaitingFolder[] = $derived.by(() =>
    waitingIn(this.#app.library.folders, this.#events, (folder, { policy }) => {
      const { backups } = this.#app.library;
      const { timeZone } = this.#app.facts;
      return planFolder(folder, backups, policyIfAny(policy) ?? {}, { now: new Date(), timeZone });
    }),
  );

  constructor(app: App) {
    this.#app = app;
  }

  get list(): readonly WaitingFolder[] {
    return this.#list;
  }

  /** Asks, and listens until the answer is called. */
  start(): () => void {
    void this.#load();
    return this.#app.client.on('watch', ({ event }) => (this.#events = [event, ...this.#events]));
  }

  async #load(): Promise<void> {
    try {
      this.#events = (await this.#app.client.call('watching.state', {})).events;
    } catch (error) {
      this.#app.toasts.fail(error);
    }
  }
}
