// Which tests exist: `unit` is the fast inner loop, `process` starts real programs, `slow` is run by hand.
import { defineConfig } from 'vitest/config';

// `npm test` has built the program and tests what ships; otherwise the sources are run as they are.
const program: Record<string, string> =
  process.env['npm_lifecycle_event'] === 'test' ? { STRONGROOM_PROGRAM: 'dist/cli/strongroom.js' } : {};

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.process.test.ts', 'test/**/*.slow.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: { name: 'process', include: ['test/**/*.process.test.ts'], testTimeout: 300_000, env: program },
      },
      { test: { name: 'slow', include: ['test/**/*.slow.test.ts'], testTimeout: 3_600_000 } },
    ],
  },
});
