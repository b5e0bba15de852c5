import { testRecodeMatrix } from './recode-matrix-tests.ts';

testRecodeMatrix([
  ['quarantine', 'threads'],
  ['trash', 'inline'],
]);
