// Where a running job stands: bytes, speed over the last seconds, time left. Told when somebody asks, which the queue does
// ten times a second; its clock never goes back.

import type { JobItem, JobProgress } from '../../shared/jobs.ts';
import type { JobItems } from './job-items.ts';

/** Speed is that of the last so many milliseconds. */
const WINDOW_MS = 5_000;
/** A shorter look gives no speed. */
const LEAST_WINDOW_MS = 1_000;
/** Time left is not told before so much of all the work is done: the first moments of a job say little about the rest. */
const LEAST_SHARE = 0.002;
/** Without news it is told so often, so that the speed of work that stands still is seen to fall. */
const QUIET_MS = 1_000;

interface InWork {
  readonly item: JobItem;
  doneBytes: number;
  totalBytes: number;
}

export class JobProgressMeter {
  readonly #jobId: number;
  readonly #items: JobItems;
  readonly #now: () => number;
  readonly #inWork = new Map<number, InWork>();
  readonly #samples: { readonly atMs: number; readonly workedBytes: number }[] = [];
  #workedBytes = 0;
  #hasNews = true;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(jobId: number, items: JobItems, now: () => number) {
    this.#jobId = jobId;
    this.#items = items;
    this.#now = now;
  }

  begin(item: JobItem): void {
    if (this.#samples.length === 0) this.#sample(this.#now());
    this.#inWork.set(item.position, { item, doneBytes: 0, totalBytes: item.sizeBytes });
    this.#hasNews = true;
  }

  /** What an item reports after its end is ignored, and so are numbers that are none. */
  report(item: JobItem, doneBytes: number, totalBytes: number): void {
    const work = this.#inWork.get(item.position);
    if (work?.item !== item || !(doneBytes >= 0) || !Number.isFinite(totalBytes)) return;
    const before = shareBytes(work);
    work.totalBytes = totalBytes;
    work.doneBytes = Math.min(doneBytes, totalBytes);
    this.#workedBytes += Math.max(0, shareBytes(work) - before);
    this.#hasNews = true;
  }

  /** Only what was done counts as speed: an item that is skipped says nothing about the next one. */
  end(item: JobItem, outcome: JobItem['state']): void {
    const work = this.#inWork.get(item.position);
    if (work !== undefined && outcome === 'done') this.#workedBytes += item.sizeBytes - shareBytes(work);
    this.#inWork.delete(item.position);
    this.#hasNews = true;
  }

  /** null where there is nothing new to tell. */
  next(): JobProgress | null {
    const nowMs = this.#now();
    if (this.#samples.length > 0) this.#sample(nowMs);
    if (!this.#hasNews && nowMs - this.#toldAtMs < QUIET_MS) return null;
    this.#hasNews = false;
    this.#toldAtMs = nowMs;
    return this.#describe([...this.#inWork.values()]);
  }

  /** How it stands when nothing more will be told; what is still about to stop is no longer shown. */
  last(): JobProgress {
    if (this.#samples.length > 0) this.#sample(this.#now());
    return this.#describe([]);
  }

  #describe(inWork: readonly InWork[]): JobProgress {
    const { total, left } = this.#items.counts;
    const { totalBytes } = this.#items;
    const doneBytes = this.#items.endedBytes + inWork.reduce((sum, work) => sum + shareBytes(work), 0);
    const bytesPerSecond = this.#speed();
    return {
      jobId: this.#jobId,
      doneBytes: Math.floor(doneBytes),
      totalBytes,
      doneItems: total - left,
      totalItems: total,
      bytesPerSecond: bytesPerSecond === null ? null : Math.round(bytesPerSecond),
      secondsLeft: left === 0 ? 0 : this.#secondsLeft(totalBytes, doneBytes, bytesPerSecond),
      current: inWork.map((work) => ({
        path: work.item.path,
        doneBytes: work.doneBytes,
        totalBytes: work.totalBytes,
      })),
    };
  }

  #secondsLeft(totalBytes: number, doneBytes: number, bytesPerSecond: number | null): number | null {
    if (bytesPerSecond === null || bytesPerSecond <= 0) return null;
    if (this.#workedBytes < totalBytes * LEAST_SHARE) return null;
    return Math.ceil((totalBytes - doneBytes) / bytesPerSecond);
  }

  #speed(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < LEAST_WINDOW_MS) return null;
    return ((last.workedBytes - first.workedBytes) * 1000) / (last.atMs - first.atMs);
  }

  #sample(nowMs: number): void {
    this.#samples.push({ atMs: nowMs, workedBytes: this.#workedBytes });
    while ((this.#samples[1]?.atMs ?? nowMs) <= nowMs - WINDOW_MS) this.#samples.shift();
  }
}

/** What an item adds to the bytes of its job: its size, by the share of it that is done. */
function shareBytes({ item, doneBytes, totalBytes }: InWork): number {
  return totalBytes > 0 ? item.sizeBytes * (doneBytes / totalBytes) : 0;
}
