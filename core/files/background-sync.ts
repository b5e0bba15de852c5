// Sends what is being written to the disk while more is computed, so that the sync that counts finds little to do.

import type { FileHandle } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const INTERVAL_MS = 250;

/** Begins syncing `handle` again and again; stop it before the handle is closed. */
export function syncInBackground(handle: FileHandle): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await wait(INTERVAL_MS, undefined, { signal: stopping.signal });
      await handle.datasync();
    }
  })().catch(() => undefined); // a failing disk is reported by the sync at the end, which is awaited
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
