// One source, two readers: both see every byte in order, the slower one sets the pace, and neither waits for a reader
// that has failed or left.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Branch, MAIN_READER_LEFT, countBytes, drain, tee } from '../../core/streams/index.ts';

const piece = (value: number): Buffer => Buffer.from([value]);

async function* pieces(count: number, onGive: (index: number) => void = () => undefined) {
  for (let index = 0; index < count; index++) {
    onGive(index);
    yield piece(index % 256);
    await Promise.resolve();
  }
}

async function collect(source: AsyncIterable<Buffer>): Promise<number[]> {
  const values: number[] = [];
  for await (const bytes of source) values.push(...bytes);
  return values;
}

/** Lets `turns` turns of the event loop pass: a reader of another pace. */
async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('order and pace', () => {
  it('both readers get every piece in order, at whatever pace each reads', async () => {
    const pace = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 30 }), pace, pace, async (count, mainPace, branchPace) => {
        const read = async (source: AsyncIterable<Buffer>, turns: readonly number[]) => {
          const values: number[] = [];
          for await (const bytes of source) {
            values.push(...bytes);
            await pass(turns[values.length] ?? 0);
          }
          return values;
        };
        const branch = new Branch();
        const both = [read(tee(pieces(count), branch), mainPace), read(branch, branchPace)];
        const wanted = Array.from({ length: count }, (_, index) => index);
        expect(await Promise.all(both)).toEqual([wanted, wanted]);
      }),
    );
  });

  it('pieces go on as they are, not as copies', async () => {
    const source = [Buffer.from('one'), Buffer.from('two')];
    const branch = new Branch();
    const main: Buffer[] = [];
    const side: Buffer[] = [];
    const reading = (async () => {
      for await (const bytes of branch) side.push(bytes);
    })();
    for await (const bytes of tee(iterate(source), branch)) main.push(bytes);
    await reading;
    for (const [index, bytes] of source.entries()) {
      expect(main[index]).toBe(bytes);
      expect(side[index]).toBe(bytes);
    }
  });

  it('a branch that does not read holds the source back after two pieces', async () => {
    let given = 0;
    const branch = new Branch();
    const main = tee(
      pieces(100, () => given++),
      branch,
    );
    const reading = drain(main);
    await pass(20);
    expect(given).toBe(2); // one waits in the branch, one to get in
    expect(await collect(branch)).toHaveLength(100);
    await reading;
  });

  it('a main reader that does not read holds the branch back', async () => {
    const branch = new Branch();
    const main = tee(pieces(100), branch)[Symbol.asyncIterator]();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const bytes of branch) seen.push(...bytes);
    })();
    await main.next();
    await pass(20);
    expect(seen).toEqual([0]);
    while ((await main.next()).done !== true);
    await reading;
    expect(seen).toHaveLength(100);
  });
});

describe('failure', () => {
  const broken = new Error('the source is broken');
  async function* breaking(after: number): AsyncGenerator<Buffer> {
    yield* pieces(after);
    throw broken;
  }

  it('a source that fails fails both readers, after everything it gave', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 5 }), async (after) => {
        const branch = new Branch();
        const seen: number[] = [];
        const reading = (async () => {
          for await (const bytes of branch) seen.push(...bytes);
        })();
        reading.catch(() => undefined); // looked at below
        await expect(drain(tee(breaking(after), branch))).rejects.toBe(broken);
        await expect(reading).rejects.toBe(broken);
        expect(seen).toHaveLength(after);
      }),
    );
  });

  it('what the source said is not taken for the branch’s own reason', async () => {
    const branch = new Branch();
    const reading = drain(branch).catch((error: unknown) => branch.stop(error));
    await expect(drain(tee(breaking(1), branch))).rejects.toBe(broken);
    await reading;
    expect(branch.failure).toBe(undefined);
  });

  it('a branch that failed for its own reason fails the source with it', async () => {
    const own = new Error('the disk is full');
    const branch = new Branch();
    let given = 0;
    const reading = (async () => {
      for await (const bytes of branch) if (bytes[0] === 3) throw own;
    })();
    const stopping = reading.catch((error: unknown) => branch.stop(error));
    await expect(
      drain(
        tee(
          pieces(100, () => given++),
          branch,
        ),
      ),
    ).rejects.toBe(own);
    await stopping;
    expect(branch.failure).toBe(own);
    expect(given).toBeLessThan(100);
  });

  it('a source that waits for a branch is woken when the branch fails', async () => {
    const own = new Error('the disk is full');
    const branch = new Branch();
    const main = drain(tee(pieces(100), branch));
    main.catch(() => undefined); // looked at below
    await pass(5); // nobody reads the branch: the source waits
    branch.stop(own);
    await expect(main).rejects.toBe(own);
  });
});

describe('leaving early', () => {
  it('a branch that has enough does not hold the main reader back', async () => {
    const branch = new Branch();
    const reading = (async () => {
      for await (const bytes of branch) if (bytes[0] === 2) break;
    })();
    const main = collect(tee(pieces(100), branch));
    await reading;
    expect(await main).toHaveLength(100);
  });

  it('a main reader that leaves early ends the branch with an error, never as if it were complete', async () => {
    const branch = new Branch();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const bytes of branch) seen.push(...bytes);
    })();
    reading.catch(() => undefined); // looked at below
    for await (const bytes of tee(pieces(100), branch)) if (bytes[0] === 4) break;
    await expect(reading).rejects.toBe(MAIN_READER_LEFT);
    expect(seen.length).toBeLessThanOrEqual(5);
  });

  it('a main reader that leaves early lets the source close', async () => {
    let closed = false;
    async function* closing(): AsyncGenerator<Buffer> {
      try {
        yield* pieces(100);
      } finally {
        closed = true;
      }
    }
    const branch = new Branch();
    const reading = drain(branch).catch(() => undefined);
    for await (const bytes of tee(closing(), branch)) if (bytes[0] === 1) break;
    await reading;
    expect(closed).toBe(true);
  });
});

it('countBytes counts every byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array()), async (parts) => {
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      expect(await countBytes(iterate(parts))).toBe(bytes);
    }),
  );
});

async function* iterate<T>(values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) {
    yield value;
    await Promise.resolve();
  }
}
