// Tars with random and mutated headers: FUZZ_INPUTS of them (20,000 where unset) from seed FUZZ_SEED (1 where unset).
// Nothing but the refusals of the contract may come out, and the walk always comes to an end.

import { expect, test } from 'vitest';

import { TarWalker } from '../../core/tar/index.ts';
import { StrongroomError } from '../../shared/errors.ts';
import { fuzzCount } from '../securetar/header-fuzz.ts';
import { ZEROS, block, file, pax, randomNumbers, withSum } from './tar-blocks.ts';

const REFUSALS = new Set([
  'TRUNCATED',
  'DAMAGED_HEADER',
  'DAMAGED_PAYLOAD',
  'LIMIT_EXCEEDED',
  'UNSUPPORTED_VERSION',
]);
const TYPES = ['0', '\0', '1', '2', '5', '7', 'x', 'g', 'L', 'K', 'S', 'Z'];

test('random and mutated tars are walked to their end or refused by the rules', async () => {
  const count = fuzzCount(20_000);
  const next = randomNumbers(Number(process.env['FUZZ_SEED'] ?? 1));
  const tally = new Map<string, number>();
  for (let input = 0; input < count; input++) {
    const bytes = makeTar(next);
    const verdict = await verdictOn(bytes);
    tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
  }
  if (count < 20_000) return;
  // The inputs reach all of it, else they prove little.
  expect([...tally.keys()].sort()).toEqual(['walked', ...REFUSALS].sort());
  for (const [verdict, times] of tally) expect(times, verdict).toBeGreaterThan(20);
});

async function verdictOn(bytes: Buffer): Promise<string> {
  const walker = new TarWalker(once(bytes));
  let contentBytes = 0;
  try {
    for await (const entry of walker.entries())
      for await (const part of entry.data()) contentBytes += part.length;
  } catch (error) {
    if (!(error instanceof StrongroomError) || !REFUSALS.has(error.code))
      throw new Error(`refused in a wrong way: ${bytes.toString('hex')}`, { cause: error });
    if (!('tarOffsetBytes' in error.details)) throw new Error(`refused without a place: ${error.message}`);
    return error.code;
  }
  if (walker.end.tarBytes !== bytes.length || contentBytes > bytes.length)
    throw new Error(`not all of it was walked: ${bytes.toString('hex')}`);
  return 'walked';
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function makeTar(next: (below: number) => number): Buffer {
  const parts: Buffer[] = [];
  for (let entries = 1 + next(3); entries > 0; entries--) {
    const type = TYPES[next(TYPES.length)] ?? '0';
    if (next(3) === 0) parts.push(pax({ [pick(next)]: String(next(3000)) }, next(4) === 0 ? 'g' : 'x'));
    const content = Buffer.from(Array.from({ length: next(700) }, () => next(256)));
    parts.push(type === 'x' || type === 'g' ? pax({ path: 'a' }) : file('name', content, { type }));
  }
  if (next(4) !== 0) parts.push(ZEROS);
  const bytes = Buffer.concat(parts);
  const blocks = bytes.length / 512;
  for (let changes = next(3); changes > 0; changes--) {
    const start = 512 * next(blocks);
    const target = bytes.subarray(start, start + 512);
    const kind = next(6);
    if (kind === 0) target[next(512)] = next(256);
    // A right checksum over wrong fields goes deeper.
    if (kind === 1) for (let count = 1 + next(12); count > 0; count--) target[124 + next(12)] = next(256);
    if (kind === 2) target.write('777777777777', 124 + next(6), 'latin1');
    if (kind === 3) block({ type: TYPES[next(TYPES.length)] ?? '0', size: next(2 ** 22) }).copy(target);
    if (kind === 4) target.fill(0);
    if (kind === 5) target[156] = next(256);
    if (kind !== 0 && kind !== 4) withSum(target, 'unsigned');
  }
  return next(4) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes;
}

function pick(next: (below: number) => number): string {
  const keys = ['path', 'size', 'linkpath', 'mtime', 'comment', 'GNU.sparse.major', 'SCHILY.xattr.user'];
  return keys[next(keys.length)] ?? 'path';
}
