// The items of one job while it is run: which is next, which wait to be tried again, and how many are in what state.
// Kept in memory, so that a journal that fails takes no number away.

import type { JobCounts, JobItem, JobItemState } from '../../shared/jobs.ts';

export class JobItems {
  readonly totalBytes: number;
  readonly #items = new Map<number, JobItem>();
  readonly #counts: Record<JobItemState, number> = {
    waiting: 0,
    running: 0,
    done: 0,
    skipped: 0,
    failed: 0,
    cancelled: 0,
  };
  /** Positions not yet begun in this run, the next one last. */
  readonly #fresh: number[];
  /** Positions whose wait for another attempt is over. */
  readonly #again: number[] = [];
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #attempts = new Map<number, number>();
  #endedBytes = 0;

  constructor(items: readonly JobItem[]) {
    for (const item of items) this.#count(item, 1);
    this.totalBytes = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#fresh = items
      .filter(({ state }) => state === 'waiting')
      .map(({ position }) => position)
      .sort((a, b) => b - a);
  }

  get hasReady(): boolean {
    return this.#fresh.length > 0 || this.#again.length > 0;
  }

  get waiting(): readonly JobItem[] {
    return [...this.#items.values()].filter(({ state }) => state === 'waiting');
  }

  get counts(): JobCounts {
    const { waiting, running, done, skipped, failed, cancelled } = this.#counts;
    return { total: this.#items.size, done, skipped, failed, cancelled, left: waiting + running };
  }

  get endedBytes(): number {
    return this.#endedBytes;
  }

  /** The next to be begun: those that were not tried yet before those that are tried again. */
  take(): JobItem | null {
    const position = this.#fresh.pop() ?? this.#again.shift();
    if (position === undefined) return null;
    this.#attempts.set(position, this.attemptsOf(position) + 1);
    return this.#items.get(position) ?? null;
  }

  /** How often it was begun in this run. */
  attemptsOf(position: number): number {
    return this.#attempts.get(position) ?? 0;
  }

  /** Replaces what is known of an item. */
  set(item: JobItem): void {
    const old = this.#items.get(item.position);
    if (old !== undefined) this.#count(old, -1);
    this.#count(item, 1);
  }

  /** The item can be taken again after `waitMs`; the program stays alive for it. */
  retryLater(position: number, waitMs: number, onReady: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(position);
      this.#again.push(position);
      onReady();
    }, waitMs);
    this.#timers.set(position, timer);
  }

  /** Nothing is tried again any more. */
  stopRetries(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #count(item: JobItem, by: 1 | -1): void {
    this.#items.set(item.position, item);
    this.#counts[item.state] += by;
    if (item.state !== 'waiting' && item.state !== 'running') this.#endedBytes += by * item.sizeBytes;
  }
}
