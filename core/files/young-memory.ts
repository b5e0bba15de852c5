// Frees the buffers of a stream soon after they were used. V8 counts memory outside its heap only roughly and would
// let some 64 MiB of dead buffers pile up in each thread; collecting the young generation every few megabytes costs
// a fraction of a millisecond, and the next buffers come from memory that the processor's cache still holds.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const COLLECT_EVERY_BYTES = 4 * 1024 * 1024;
/** Buffers that were in use at two collections count as old: they go once in so many collections. */
const COLLECT_ALL_EVERY = 128;

let bytesSince = 0;
let collections = 0;
let collect: ((what: 'minor' | 'major') => void) | null = null;

/** Tells that so many bytes went through this thread; collects from time to time. */
export function passedThrough(bytes: number): void {
  bytesSince += bytes;
  if (bytesSince < COLLECT_EVERY_BYTES) return;
  bytesSince = 0;
  collect ??= newCollector();
  collect(++collections % COLLECT_ALL_EVERY === 0 ? 'major' : 'minor');
}

/**
 * The old generation of a thread that moves bytes is small and hardly grows, which V8 takes as a reason to lower its
 * limit, until it marks without end: a third of all processor time. Without marking in steps, the whole heap is
 * collected only when it is asked for here, or memory is really wanted.
 */
function newCollector(): NonNullable<typeof collect> {
  setFlagsFromString('--no-incremental-marking');
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('globalThis.gc') as ((options: { type: 'minor' | 'major' }) => void) | undefined;
  return gc === undefined ? () => undefined : (type) => gc({ type });
}
