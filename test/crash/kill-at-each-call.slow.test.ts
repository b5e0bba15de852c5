import { testKillsOfMigrations } from './each-call-tests.ts';

testKillsOfMigrations([
  ['keep', true],
  ['quarantine', true],
]);
