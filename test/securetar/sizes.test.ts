// Size arithmetic: known values, inverses, and the two checks of size fields.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkV2SizeField,
  checkV3EntrySize,
  CHUNK_BYTES,
  parseHeader,
  v2CiphertextBytes,
  v2StreamBytes,
  v3ChunkCount,
  v3CiphertextBytes,
  v3PlaintextBytes,
  v3StreamBytes,
  type V3Header,
} from '../../core/securetar/index.ts';
import { expected, fixture, innerArchives } from './fixtures.ts';

const MiB = 1_048_576;

describe('v3', () => {
  test.each([
    [0, 1, 17],
    [1, 1, 18],
    [MiB - 1, 1, MiB + 16],
    [MiB, 1, MiB + 17],
    [MiB + 1, 2, MiB + 35],
    [2 * MiB, 2, 2 * MiB + 34],
    [2 * MiB + 1, 3, 2 * MiB + 52],
  ])('%i bytes are %i chunks and %i bytes of ciphertext', (plain, chunks, cipher) => {
    expect(v3ChunkCount(plain)).toBe(chunks);
    expect(v3CiphertextBytes(plain)).toBe(cipher);
    expect(v3PlaintextBytes(cipher)).toBe(plain);
    expect(v3StreamBytes(plain)).toBe(cipher + 136);
  });

  test.each(Object.entries(expected.streams))('%s', (name, stream) => {
    expect(v3StreamBytes(stream.plaintext_size)).toBe(stream.ciphertext_size);
    expect(fixture(name).length).toBe(stream.ciphertext_size);
  });

  test('forth and back is where it began, for all sizes', () => {
    const anySize = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 50 }),
      fc
        .tuple(fc.integer({ min: 0, max: 2 ** 30 }), fc.integer({ min: -40, max: 40 }))
        .map(([chunks, off]) => Math.max(0, chunks * CHUNK_BYTES + off)),
    );
    fc.assert(
      fc.property(anySize, (size) => v3PlaintextBytes(v3CiphertextBytes(size)) === size),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(anySize, (size) => {
        const plain = v3PlaintextBytes(size);
        return plain === null || v3CiphertextBytes(plain) === size;
      }),
      { numRuns: 3000 },
    );
  });

  test('exactly the sizes that no plaintext gives are null', () => {
    for (let size = 0; size < 17; size++) expect(v3PlaintextBytes(size)).toBeNull();
    for (const full of [1, 2, 3]) {
      const edge = full * (MiB + 17);
      expect(v3PlaintextBytes(edge)).toBe(full * MiB);
      for (let over = 1; over <= 17; over++) expect(v3PlaintextBytes(edge + over)).toBeNull();
      expect(v3PlaintextBytes(edge + 18)).toBe(full * MiB + 1);
    }
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('%d is no size', (size) => {
    for (const compute of [v3ChunkCount, v3CiphertextBytes, v3PlaintextBytes, v2CiphertextBytes]) {
      expect(() => compute(size)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    }
  });
});

describe('the v3 size field', () => {
  const header = parseHeader(fixture('stream-v3-1.securetar')) as V3Header;
  const size = (plaintextSizeBytes: number): V3Header => ({ ...header, plaintextSizeBytes });

  test.each([0, 1, MiB, MiB + 1])('%i: only the one entry size is right', (plain) => {
    const right = v3StreamBytes(plain);
    expect(() => checkV3EntrySize(size(plain), right)).not.toThrow();
    for (const off of [-1, 1, 17, 512].filter((off) => right + off >= 153)) {
      const details = { plaintextBytes: plain, expectedBytes: right, actualBytes: right + off };
      const refusal = expect.objectContaining({ code: 'DAMAGED_HEADER', details });
      expect(() => checkV3EntrySize(size(plain), right + off)).toThrow(refusal);
    }
  });

  test('an entry too small for any stream is TRUNCATED', () => {
    for (const entry of [0, 136, 152]) {
      expect(() => checkV3EntrySize(size(0), entry)).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    }
  });

  test('the largest size a header can hold is refused, not rounded', () => {
    const refusal = expect.objectContaining({ code: 'DAMAGED_HEADER' });
    expect(() => checkV3EntrySize(size(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)).toThrow(refusal);
  });

  test('the fixtures agree, the one that lies does not', async () => {
    const check = (bytes: Buffer): void => checkV3EntrySize(parseHeader(bytes) as V3Header, bytes.length);
    for (const bytes of (await innerArchives('v3-compressed.tar')).values()) check(bytes);
    const liar = (await innerArchives('bad/v3-size-field-lies.tar')).get('homeassistant.tar.gz')!;
    expect(() => check(liar)).toThrow(expect.objectContaining({ code: 'DAMAGED_HEADER' }));
  });
});

describe('v2', () => {
  test.each([
    [0, 16],
    [1, 16],
    [15, 16],
    [16, 32],
    [17, 32],
    [31, 32],
    [32, 48],
  ])('%i bytes are %i bytes of ciphertext', (plain, cipher) => {
    expect(v2CiphertextBytes(plain)).toBe(cipher);
    expect(v2StreamBytes(plain)).toBe(cipher + 48);
  });

  test.each([0, 1, 15, 16, 17, 31, 1000, 1024])('the size field of %i bytes', (plain) => {
    const cipher = v2CiphertextBytes(plain);
    const accepted = new Map<number, string>();
    for (let field = cipher - 40; field <= cipher + 40; field++) {
      try {
        accepted.set(field, checkV2SizeField(field, cipher, cipher - plain));
      } catch (error) {
        expect(error).toMatchObject({ code: 'DAMAGED_HEADER' });
      }
    }
    const short = plain - (plain % 16);
    const wanted: [number, string][] =
      short === plain
        ? [[plain, 'exact']]
        : [
            [short, 'short'],
            [plain, 'exact'],
          ];
    expect([...accepted]).toEqual(wanted);
  });

  test.each([
    [0, 15, 1],
    [0, 0, 1],
    [0, 16, 0],
    [0, 16, 17],
    [0, 16, 1.5],
  ])('field %i, ciphertext %i, padding %d is a mistake of the caller', (field, cipher, padding) => {
    const refusal = expect.objectContaining({ code: 'INTERNAL' });
    expect(() => checkV2SizeField(field, cipher, padding)).toThrow(refusal);
  });
});
