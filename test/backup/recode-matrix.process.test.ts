// The destinations that differ the most; recode-matrix.slow.test.ts has the others.

import { testRecodeMatrix } from './recode-matrix-tests.ts';

testRecodeMatrix([
  ['folder', 'inline'],
  ['keep', 'threads'],
]);
