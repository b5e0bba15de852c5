import { expect } from 'vitest';

import { testMigrationKills } from './kill-tests.ts';

const KILLS = 8;

testMigrationKills(KILLS, ({ moments }) => {
  expect(Object.values(moments).reduce((sum, count) => sum + count)).toBe(KILLS);
});
