// Two of the four cases, which differ the most; kill-at-each-call.slow.test.ts has the others.

import { testKillsOfMigrations, testKillsOfRecoveries, type KilledCase } from './each-call-tests.ts';

const CASES: readonly KilledCase[] = [
  ['keep', false],
  ['trash', true],
];

testKillsOfMigrations(CASES);
testKillsOfRecoveries(CASES);
