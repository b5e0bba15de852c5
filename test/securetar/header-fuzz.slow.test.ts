// Header fuzzing, long: one million inputs from a seed that is printed.

import { expect, test } from 'vitest';
import { fuzzHeaders } from './header-fuzz.ts';

test('a million random and mutated headers', () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 32);
  const tally = fuzzHeaders(1_000_000, seed);
  console.log(`seed ${seed}: ${JSON.stringify(tally)}`);
  expect(Math.min(...Object.values(tally))).toBeGreaterThan(10_000);
});
