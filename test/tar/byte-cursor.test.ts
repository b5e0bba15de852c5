// The cursor: exact amounts out of pieces of any size.

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { ByteCursor } from '../../core/tar/index.ts';
import { cutAt, inPieces } from '../securetar/pieces.ts';

test('takes, skips and remembers its place, whatever the pieces are', async () => {
  const bytes = Buffer.from(Array.from({ length: 300 }, (_, index) => index % 256));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(300)), fc.array(fc.nat(60)), async (places, steps) => {
      const cursor = new ByteCursor(cutAt(bytes, places));
      let offset = 0;
      for (const [index, length] of steps.entries()) {
        const there = Math.min(length, bytes.length - offset);
        if (index % 2 === 0)
          expect(await cursor.take(length)).toEqual(bytes.subarray(offset, offset + there));
        else expect(await cursor.skip(length)).toBe(there);
        offset += there;
        expect(cursor.offset).toBe(offset);
      }
    }),
  );
});

test('some bytes are at most those asked for, at least one, and null at the end', async () => {
  const cursor = new ByteCursor(inPieces(Buffer.from('abcde'), 3));
  expect(String(await cursor.takeSome(2))).toBe('ab');
  expect(String(await cursor.takeSome(2))).toBe('c');
  expect(String(await cursor.takeSome(9))).toBe('de');
  expect(await cursor.takeSome(9)).toBeNull();
  expect(cursor.takeNow(1)).toBeNull();
  expect(cursor.offset).toBe(5);
});

test('closing gives the source back and ends it', async () => {
  let closed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* inPieces(Buffer.from('abc'), 1);
    } finally {
      closed = true;
    }
  }
  const cursor = new ByteCursor(source());
  await cursor.take(1);
  await cursor.close();
  expect(closed).toBe(true);
  expect(await cursor.take(1)).toHaveLength(0);
});
