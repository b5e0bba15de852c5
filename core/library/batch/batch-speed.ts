// How fast batches are on this computer, smoothed over those that ran, so that the next plan can say how long it takes.

import * as v from 'valibot';

import type { BatchOperation } from '../../../shared/library.ts';
import type { Catalog } from '../../catalog/index.ts';

const SETTING = 'batch-speed';
/** Weight of what was measured last. */
const NEWEST = 0.3;

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const SCHEMA = v.object({
  migrate: v.optional(positive),
  encrypt: v.optional(positive),
  rekey: v.optional(positive),
});

type Speeds = v.InferOutput<typeof SCHEMA>;

/** Seconds for so many bytes of backups; null while there was no such batch. */
export function estimateSeconds(
  { settings }: Pick<Catalog, 'settings'>,
  operation: BatchOperation,
  bytes: number,
): number | null {
  const bytesPerSecond = read(settings)[operation];
  return bytesPerSecond === undefined ? null : bytes / bytesPerSecond;
}

/** Measures one operation: from the first item in work until none is, however many are side by side. */
export class SpeedMeter {
  readonly #operation: BatchOperation;
  readonly #now: () => number;
  #running = 0;
  #bytes = 0;
  #startedMs = 0;

  /** @param now milliseconds of a clock that is never set */
  constructor(operation: BatchOperation, now: () => number = () => performance.now()) {
    this.#operation = operation;
    this.#now = now;
  }

  begin(): void {
    if (this.#running === 0) {
      this.#bytes = 0;
      this.#startedMs = this.#now();
    }
    this.#running++;
  }

  /** @param bytes of the backup that was rewritten; 0 where it was not */
  end({ settings }: Pick<Catalog, 'settings'>, bytes: number): void {
    this.#running--;
    this.#bytes += bytes;
    const seconds = (this.#now() - this.#startedMs) / 1000;
    if (this.#running > 0 || this.#bytes === 0 || seconds <= 0) return;
    const speeds = read(settings);
    const measured = this.#bytes / seconds;
    const before = speeds[this.#operation];
    const smoothed = before === undefined ? measured : before + (measured - before) * NEWEST;
    settings.set(SETTING, { ...speeds, [this.#operation]: smoothed });
  }
}

function read(settings: Catalog['settings']): Speeds {
  return settings.get(SETTING, SCHEMA) ?? {};
}
