// Shows how far the jobs are on the icon in the taskbar or the dock, and keeps the computer awake until they are done.

import { powerSaveBlocker } from 'electron';

import type { WorkInHand } from '../core/service/index.ts';
import type { MainWindow } from './window.ts';

/** What Electron takes for “no bar” and for “it cannot be said how far”. */
const NO_BAR = -1;
const UNKNOWN = 2;

export class ProgressBar {
  readonly #window: MainWindow;
  #shown = NO_BAR;
  #blocker: number | null = null;

  constructor(window: MainWindow) {
    this.#window = window;
    // macOS and Linux draw it on the program’s icon, where it would stand still once there is no window to move it.
    window.listen({ made: () => this.#draw(), leaving: (leaving) => leaving.setProgressBar(NO_BAR) });
  }

  show({ jobCount, progress }: WorkInHand): void {
    const wanted = jobCount === 0 ? NO_BAR : (progress ?? UNKNOWN);
    this.#keepAwake(jobCount > 0);
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    this.#draw();
  }

  close(): void {
    this.#keepAwake(false);
  }

  #draw(): void {
    this.#window.current?.setProgressBar(this.#shown);
  }

  /** The display may sleep; closing the lid is a person’s wish and still does what it does. */
  #keepAwake(isWanted: boolean): void {
    if (isWanted) this.#blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (this.#blocker !== null) {
      powerSaveBlocker.stop(this.#blocker);
      this.#blocker = null;
    }
  }
}
