// A sleep that can be ended early, also before it has begun.

export class WakefulSleep {
  #woken = false;
  #end: (() => void) | null = null;

  /** Ends after `milliseconds`, or at once when it was woken since the last sleep ended. */
  async upTo(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    if (!this.#woken)
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, milliseconds);
        this.#end = resolve;
      });
    clearTimeout(timer);
    this.#end = null;
    this.#woken = false;
  }

  wake(): void {
    this.#woken = true;
    this.#end?.();
  }
}
