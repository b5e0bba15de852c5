// Prints the figures that docs/measurements.md keeps.

import { testCopyKills } from './kill-tests.ts';

testCopyKills(100);
