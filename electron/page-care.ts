// What happens when the page of the window ends by itself: it is loaded once more, and when that does not help the person is asked.
// Jobs do not run in the page and never notice.

import type { BrowserWindow } from 'electron';

export interface PageCareOptions {
  readonly ask: (window: BrowserWindow) => Promise<'reload' | 'close'>;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** Two ends within this time are one trouble, and not two accidents. */
const TROUBLE_MS = 60_000;

export class PageCare {
  readonly #options: PageCareOptions;
  #lastEnd: number | null = null;

  constructor(options: PageCareOptions) {
    this.#options = options;
  }

  async onPageGone(window: BrowserWindow): Promise<void> {
    const { ask, now } = this.#options;
    const isTrouble = this.#lastEnd !== null && now() - this.#lastEnd < TROUBLE_MS;
    this.#lastEnd = now();
    const answer = isTrouble ? await ask(window) : 'reload';
    if (window.isDestroyed()) return;
    if (answer === 'reload') window.webContents.reload();
    else window.close(); // as a person closes it: where nothing else is left to be seen, the program ends
  }
}
