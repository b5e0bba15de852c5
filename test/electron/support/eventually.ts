// Waits for what is to come: as long as a busy machine takes, and no longer than it has to.

import { expect } from 'vitest';

export function eventually<T>(read: () => T | Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 120_000, interval: 50 });
}
