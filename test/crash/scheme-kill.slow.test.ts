import {
  testSchemeKillsAtEachCall,
  testSchemeKillsAtRandom,
  testUndoKillsAtEachCall,
} from './scheme-kill-tests.ts';

testSchemeKillsAtEachCall(['trash']);
testUndoKillsAtEachCall([true, false]);
testSchemeKillsAtRandom(150);
