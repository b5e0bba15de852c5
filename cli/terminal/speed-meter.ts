// Speed and time left from how far a task has got, smoothed: disks and caches make single readings jump.

const SMOOTHING_MS = 4000;
const FIRST_ANSWER_MS = 800;

export class SpeedMeter {
  readonly #startedAt: number;
  #lastAt: number;
  #lastDone = 0;
  #bytesPerMs = 0;
  #settled = 0;

  /** `now` in milliseconds, as everywhere here. */
  constructor(now: number) {
    this.#startedAt = now;
    this.#lastAt = now;
  }

  /** Takes in how many bytes are done now. */
  update(now: number, doneBytes: number): void {
    const elapsed = now - this.#lastAt;
    if (elapsed <= 0) return;
    const current = Math.max(0, doneBytes - this.#lastDone) / elapsed;
    // Exponential smoothing over uneven intervals; `settled` corrects the start, where the average is still zero.
    const weight = 1 - Math.exp(-elapsed / SMOOTHING_MS);
    this.#bytesPerMs += (current - this.#bytesPerMs) * weight;
    this.#settled += (1 - this.#settled) * weight;
    this.#lastAt = now;
    this.#lastDone = Math.max(this.#lastDone, doneBytes);
  }

  /** null until there is enough to tell. */
  get bytesPerSecond(): number | null {
    if (this.#lastAt - this.#startedAt < FIRST_ANSWER_MS || this.#settled === 0) return null;
    const speed = (this.#bytesPerMs / this.#settled) * 1000;
    return speed > 0 ? speed : null;
  }

  /** null until there is enough to tell. */
  remainingMs(totalBytes: number): number | null {
    const speed = this.bytesPerSecond;
    return speed === null ? null : (Math.max(0, totalBytes - this.#lastDone) / speed) * 1000;
  }
}
