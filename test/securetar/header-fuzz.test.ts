// Header fuzzing, short: FUZZ_INPUTS inputs (20,000 where unset) from seed FUZZ_SEED (1 where unset).

import { expect, test } from 'vitest';
import { fuzzCount, fuzzHeaders } from './header-fuzz.ts';

test('random and mutated headers are accepted or refused by the rules', () => {
  const count = fuzzCount(20_000);
  const tally = fuzzHeaders(count, Number(process.env.FUZZ_SEED ?? 1));
  if (count >= 1000) expect(Math.min(...Object.values(tally))).toBeGreaterThan(count / 100);
});
