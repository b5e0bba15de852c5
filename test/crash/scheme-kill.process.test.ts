// The case that differs the most; scheme-kill.slow.test.ts has the others, and random moments.

import { testSchemeKillsAtEachCall } from './scheme-kill-tests.ts';

testSchemeKillsAtEachCall(['quarantine']);
