// The case that differs the most; kill-at-each-call.slow.test.ts has the others, and those of recoveries.

import { testKillsOfMigrations } from './each-call-tests.ts';

testKillsOfMigrations([['trash', true]]);
