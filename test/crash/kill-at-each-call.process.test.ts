// The cases that differ the most; kill-at-each-call.slow.test.ts has the others.

import { testKillsOfMigrations, testKillsOfRecoveries } from './each-call-tests.ts';

testKillsOfMigrations([
  ['keep', false],
  ['trash', true],
]);
testKillsOfRecoveries([['trash', true]]);
