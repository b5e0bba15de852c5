// Which tests exist: `unit` is the fast inner loop, `process` starts real programs, `screens` are seen through a real browser, `slow` is
// run by hand.
import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

// `npm test` has built the program and tests what ships; otherwise the sources are run as they are.
const program: Record<string, string> =
  process.env['npm_lifecycle_event'] === 'test' ? { STRONGROOM_PROGRAM: 'dist/cli/strongroom.js' } : {};

/** Projects do not inherit it. */
const hookTimeout = 60_000;

export default defineConfig({
  test: {
    // Many tests wait more than they compute.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['process', 'screen', 'slow'].map((kind) => `test/**/*.${kind}.test.ts`),
          testTimeout: 60_000,
          hookTimeout,
        },
      },
      {
        test: {
          name: 'process',
          include: ['test/**/*.process.test.ts'],
          testTimeout: 300_000,
          hookTimeout,
          env: program,
        },
      },
      {
        test: {
          name: 'screens',
          include: ['test/**/*.screen.test.ts'],
          testTimeout: 180_000,
          hookTimeout,
          expect: { poll: { timeout: 20_000 } }, // what a screen shows is gathered for a second
          env: program,
        },
      },
      { test: { name: 'slow', include: ['test/**/*.slow.test.ts'], testTimeout: 3_600_000, hookTimeout } },
    ],
  },
});
