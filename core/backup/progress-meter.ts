// Adds up what several threads have done into one progress, told at most ten times a second.

import type { Progress } from '../../shared/backup.ts';

const INTERVAL_MS = 100;

export class ProgressMeter {
  readonly #listener: ((progress: Progress) => void) | undefined;
  readonly #totalBytes: number;
  #phase: Progress['phase'];
  #doneBytes = 0;
  #toldAt = 0;

  constructor(
    phase: Progress['phase'],
    totalBytes: number,
    listener: ((progress: Progress) => void) | undefined,
  ) {
    this.#phase = phase;
    this.#totalBytes = totalBytes;
    this.#listener = listener;
    this.#tell();
  }

  /** Bound, to be handed around. */
  readonly add = (bytes: number): void => {
    if (bytes <= 0 || this.#doneBytes === this.#totalBytes) return;
    this.#doneBytes = Math.min(this.#totalBytes, this.#doneBytes + bytes);
    const now = performance.now();
    if (now - this.#toldAt >= INTERVAL_MS || this.#doneBytes === this.#totalBytes) this.#tell(now);
  };

  enter(phase: Progress['phase']): void {
    this.#phase = phase;
    this.#tell();
  }

  /** Goes back to an earlier figure, where work is done again. */
  reset(doneBytes: number): void {
    this.#doneBytes = doneBytes;
    this.#tell();
  }

  #tell(now = performance.now()): void {
    this.#toldAt = now;
    this.#listener?.({ phase: this.#phase, doneBytes: this.#doneBytes, totalBytes: this.#totalBytes });
  }
}
