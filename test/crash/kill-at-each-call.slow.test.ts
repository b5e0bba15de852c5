import { testKillsOfMigrations, testKillsOfRecoveries } from './each-call-tests.ts';

testKillsOfMigrations([
  ['keep', true],
  ['quarantine', true],
]);
testKillsOfRecoveries([['keep', false]]);
