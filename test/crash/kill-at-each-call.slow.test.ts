import { testKillsOfMigrations, testKillsOfRecoveries } from './each-call-tests.ts';

testKillsOfMigrations([
  ['keep', true],
  ['keep', false],
  ['quarantine', true],
]);
testKillsOfRecoveries([
  ['keep', false],
  ['trash', true],
]);
