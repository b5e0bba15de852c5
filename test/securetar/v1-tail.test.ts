// The end of v1 gzip streams: as the releases wrote them, as a table, and against a model of the writer.

import { crc32, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deriveLegacyIv,
  deriveLegacyKey,
  guessV1GzipEnd,
  openV1,
  readV1GzipTail,
  V1_HEADER_BYTES,
} from '../../core/securetar/index.ts';
import { innerArchives, password } from './fixtures.ts';
import { collect, inPieces } from './pieces.ts';

/** The v1 writer: each write is padded by itself, and only where it is not a multiple of 16. */
function writeAsV1(writes: readonly Buffer[]): Buffer {
  return Buffer.concat(
    writes.map((bytes) => {
      const over = bytes.length % 16;
      return over === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(16 - over, 16 - over)]);
    }),
  );
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const trailer = writeAsV1([uint32(0x01020304), uint32(0xfffefdfc)]);

describe('what the releases wrote', () => {
  test.each(['v1-compressed.tar', 'v1-snapshot-json.tar', 'v1-streamed-2024.tar'])('%s', async (name) => {
    const key = deriveLegacyKey(password);
    const archives = await innerArchives(name);
    expect(archives.size).toBeGreaterThan(0);
    for (const bytes of archives.values()) {
      const iv = deriveLegacyIv(key, bytes.subarray(0, V1_HEADER_BYTES));
      const sealed = bytes.subarray(V1_HEADER_BYTES);
      const body = await collect(
        openV1(inPieces(sealed, 1009), { key, iv, ciphertextSizeBytes: sealed.length }),
      );
      const end = guessV1GzipEnd(body.subarray(-48), body.length)!;
      const nameBytes = body[3]! & 8 ? body.indexOf(0, 10) - 9 : 0;
      const inflated = inflateRawSync(body.subarray(10 + nameBytes, end));
      const tail = readV1GzipTail(body.subarray(end), end);
      expect(tail).toEqual({ crc32: crc32(inflated), lengthBytes: inflated.length });
    }
  });
});

describe('guessing the end', () => {
  const block = (...end: number[]): Buffer =>
    Buffer.from([...Array<number>(16 - end.length).fill(0x99), ...end]);

  test.each([
    ['no padding', block(0x41), 0],
    ['a last byte of 16', block(...Array<number>(16).fill(16)), 0],
    ['a last byte of 0', block(0), 0],
    ['one', block(1), 1],
    ['two', block(2, 2), 2],
    ['two, the first wrong', block(3, 2), 0],
    ['fifteen', block(...Array<number>(15).fill(15)), 15],
    ['fourteen fifteens', block(...Array<number>(14).fill(15)), 0],
  ])('%s', (_, lastBlock, padding) => {
    expect(guessV1GzipEnd(Buffer.concat([lastBlock, trailer]), 4800)).toBe(4800 - 32 - padding);
  });

  test.each([
    ['a tar end', Buffer.alloc(48), 10_240],
    ['a body of 32 bytes', trailer, 32],
    ['a size that is no whole block', Buffer.concat([block(1), trailer]), 4801],
    ['a wrong byte behind the CRC', withByte(Buffer.concat([block(1), trailer]), 20, 0x0b), 4800],
    ['a wrong byte before the length', withByte(Buffer.concat([block(1), trailer]), 31, 0x0b), 4800],
    ['a wrong byte behind the length', withByte(Buffer.concat([block(1), trailer]), 36, 0), 4800],
    ['a wrong last byte', withByte(Buffer.concat([block(1), trailer]), 47, 0), 4800],
  ])('%s is no v1 gzip', (_, last, size) => {
    expect(guessV1GzipEnd(last, size)).toBeNull();
  });
});

describe('reading the tail', () => {
  const wanted = { crc32: 0x01020304, lengthBytes: 0xfffefdfc };
  const refusal = expect.objectContaining({ code: 'DAMAGED_PAYLOAD' });

  test.each(Array.from({ length: 16 }, (_, padding) => padding))('%i bytes of padding', (padding) => {
    const end = 4800 - padding;
    const tail = Buffer.concat([Buffer.alloc(padding, padding), trailer]);
    expect(readV1GzipTail(tail, end)).toEqual(wanted);
    const fields = new Set([0, 1, 2, 3, 16, 17, 18, 19].map((offset) => offset + padding));
    for (let offset = 0; offset < tail.length; offset++) {
      const changed = withByte(tail, offset, tail[offset]! ^ 0x80);
      if (fields.has(offset)) expect(readV1GzipTail(changed, end)).not.toEqual(wanted);
      else expect(() => readV1GzipTail(changed, end)).toThrow(refusal);
    }
    expect(() => readV1GzipTail(tail.subarray(0, -1), end)).toThrow(refusal);
    expect(() => readV1GzipTail(tail.subarray(1), end)).toThrow(refusal);
    expect(() => readV1GzipTail(Buffer.concat([tail, Buffer.alloc(16, 0x0c)]), end)).toThrow(refusal);
    expect(() => readV1GzipTail(tail, end + 1)).toThrow(refusal);
    expect(() => readV1GzipTail(Buffer.alloc(0), end)).toThrow(refusal);
  });

  test('any gzip the v1 writer could leave', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 100 }),
      fc
        .array(fc.integer({ min: 0, max: 17 }), { minLength: 1, maxLength: 40 })
        .map((list) => Uint8Array.from(list)),
    );
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), bytes, word, word, (fullWrites, last, crc, length) => {
        const data = Buffer.concat([Buffer.alloc(16 * fullWrites, 0x77), last]);
        const body = writeAsV1([
          data.subarray(0, 16 * fullWrites),
          Buffer.from(last),
          uint32(crc),
          uint32(length),
        ]);
        expect(readV1GzipTail(body.subarray(data.length), data.length)).toEqual({
          crc32: crc,
          lengthBytes: length,
        });
        const guess = guessV1GzipEnd(body.subarray(-48), body.length);
        const count = data[data.length - 1]!;
        const looksPadded =
          data.length % 16 === 0 &&
          count >= 1 &&
          count < 16 &&
          data.subarray(-count).every((byte) => byte === count);
        expect(guess).toBe(looksPadded ? data.length - count : data.length);
      }),
      { numRuns: 2000 },
    );
  });
});

function withByte(bytes: Buffer, offset: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[offset] = value;
  return copy;
}
