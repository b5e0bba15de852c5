import { testCopyKills } from './kill-tests.ts';

testCopyKills(3);
