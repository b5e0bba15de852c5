// Prints the figures that docs/measurements.md keeps.

import { testBatchKills } from './kill-tests.ts';

testBatchKills(300);
