// Calls back after some time without use. Never keeps a process alive.

export class IdleLock {
  readonly #onExpiry: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(onExpiry: () => void) {
    this.#onExpiry = onExpiry;
  }

  /** Begins anew; null for never. */
  restart(idleMs: number | null): void {
    this.stop();
    if (idleMs === null) return;
    this.#timer = setTimeout(this.#onExpiry, idleMs);
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
