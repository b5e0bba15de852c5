// Random and mutated headers against a second, independent reading of the rules. A seed repeats a run.

import { encodeHeader, parseHeader } from '../../core/securetar/index.ts';
import { StrongroomError } from '../../shared/errors.ts';

export type Verdict = 'accepted' | 'DAMAGED_HEADER' | 'UNSUPPORTED_VERSION' | 'TRUNCATED';

const MAGIC = 'SecureTar';

/** Parses `count` inputs, throws on the first that is read wrongly, and counts the verdicts. */
export function fuzzHeaders(count: number, seed: number): Record<Verdict, number> {
  const tally = { accepted: 0, DAMAGED_HEADER: 0, UNSUPPORTED_VERSION: 0, TRUNCATED: 0 };
  const next = randomNumbers(seed);
  for (let i = 0; i < count; i++) {
    const input = makeInput(next);
    const verdict = parseVerdict(input);
    const expected = expectedVerdict(input);
    if (verdict !== expected) {
      throw new Error(`input ${i} of seed ${seed}: ${verdict}, not ${expected}: ${input.toString('hex')}`);
    }
    tally[verdict] += 1;
  }
  return tally;
}

/** How many inputs the environment asks for. */
export function fuzzCount(standard: number): number {
  const asked = Number(process.env.FUZZ_INPUTS ?? standard);
  if (!Number.isSafeInteger(asked) || asked < 1) throw new Error('FUZZ_INPUTS must be a number');
  return asked;
}

function parseVerdict(input: Buffer): Verdict {
  try {
    const header = parseHeader(input);
    const again = encodeHeader(header);
    const canonical = Buffer.from(input.subarray(0, again.length)).fill(0, 24, 32);
    if (!again.equals(canonical)) throw new Error(`read as something else: ${input.toString('hex')}`);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof StrongroomError)) throw error;
    if (/^(DAMAGED_HEADER|UNSUPPORTED_VERSION|TRUNCATED)$/.test(error.code)) return error.code as Verdict;
    throw error;
  }
}

function expectedVerdict(input: Buffer): Verdict {
  const start = input.toString('latin1', 0, 9);
  if (start !== MAGIC.slice(0, start.length)) return 'DAMAGED_HEADER';
  if (input.length < 10) return 'TRUNCATED';
  const needed = { 2: 48, 3: 136 }[input[9]!];
  if (needed === undefined) return 'UNSUPPORTED_VERSION';
  if (input.length < needed) return 'TRUNCATED';
  if (input.readUIntBE(10, 6) !== 0) return 'DAMAGED_HEADER';
  return input[16] === 0 && input[17]! < 0x20 ? 'accepted' : 'DAMAGED_HEADER';
}

function makeInput(next: (below: number) => number): Buffer {
  const bytes = Buffer.from(Array.from({ length: next(180) }, () => next(256)));
  const kind = next(8);
  if (kind === 0) return bytes;
  bytes.write(MAGIC.slice(0, next(20) === 0 ? next(9) : 9), 'latin1');
  if (kind === 1) return bytes;
  const place = (offset: number, value: number): void => {
    if (offset < bytes.length) bytes[offset] = value;
  };
  place(9, 2 + next(2));
  for (let offset = 10; offset < 18; offset++) place(offset, 0);
  if (kind === 2) place(17, next(256));
  if (kind === 3) place(16 + next(2), 1 << next(8));
  if (kind === 4) place(9 + next(7), next(256));
  if (kind >= 6) for (let changes = next(4); changes > 0; changes--) place(next(32), next(256));
  return bytes;
}

/** The mulberry32 generator. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
