// Prints the figures that docs/measurements.md keeps.

import { expect } from 'vitest';

import { testMigrationKills } from './kill-tests.ts';

testMigrationKills(200, ({ moments }) => {
  for (const phase of ['writing', 'reading-back']) expect(Object.keys(moments)).toContain(phase);
});
