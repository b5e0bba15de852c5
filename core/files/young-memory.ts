// Frees the buffers of a stream soon after they were used. V8 counts memory outside its heap only roughly and would
// let some 64 MiB of dead buffers pile up in each thread; collecting the young generation every few megabytes costs
// a fraction of a millisecond, and the next buffers come from memory that the processor's cache still holds.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const COLLECT_EVERY_BYTES = 4 * 1024 * 1024;

let bytesSince = 0;
let collect: (() => void) | null = null;

/** Tells that so many bytes went through this thread; collects from time to time. */
export function passedThrough(bytes: number): void {
  bytesSince += bytes;
  if (bytesSince < COLLECT_EVERY_BYTES) return;
  bytesSince = 0;
  collect ??= youngCollector();
  collect();
}

function youngCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('globalThis.gc') as ((options: { type: 'minor' }) => void) | undefined;
  return gc === undefined ? () => undefined : () => gc({ type: 'minor' });
}
