// How the program stands: jobs, the vault, watched folders. Asked anew some time after something happened, and told to the tray, the
// taskbar and whatever else shows it.

import type { Log, Service, TrayState } from '../core/service/index.ts';

const ASK_AFTER_MS = 250;
const TELLING: ReadonlySet<string> = new Set(['job', 'vault', 'settings', 'watch-state']);

export type StandingListener = (state: TrayState) => void;

export class Standing {
  readonly #service: Service;
  readonly #log: Log;
  readonly #listeners: readonly StandingListener[];
  readonly #endListening: () => void;
  #asking: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(service: Service, log: Log, listeners: readonly StandingListener[]) {
    this.#service = service;
    this.#log = log;
    this.#listeners = listeners;
    this.#endListening = service.subscribe(({ kind }) => {
      if (TELLING.has(kind)) this.askSoon();
    });
    this.askSoon();
  }

  /** Many events in a short time are one question. */
  askSoon(): void {
    this.#asking ??= setTimeout(() => {
      this.#asking = null;
      void this.#ask();
    }, ASK_AFTER_MS);
  }

  close(): void {
    this.#isClosed = true;
    this.#endListening();
    if (this.#asking !== null) clearTimeout(this.#asking);
  }

  async #ask(): Promise<void> {
    try {
      const state = await this.#service.trayState();
      if (this.#isClosed) return;
      for (const listener of this.#listeners) listener(state);
    } catch (error) {
      this.#log.failure('standing', 'How the program stands could not be asked', error);
    }
  }
}
