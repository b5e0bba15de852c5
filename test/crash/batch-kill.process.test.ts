import { testBatchKills } from './kill-tests.ts';

testBatchKills(6);
