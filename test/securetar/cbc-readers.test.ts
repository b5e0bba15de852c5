// v1, v1-pax and v2: opening, sealing, padding and the size-field rule.

import { createCipheriv } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decryptCbcTail,
  deriveLegacyIv,
  deriveLegacyKey,
  openV1,
  openV2,
  parseHeader,
  sealV2,
  v2StreamBytes,
  V1_HEADER_BYTES,
  V2_HEADER_BYTES,
  type V2Header,
} from '../../core/securetar/index.ts';
import { innerArchives, password } from './fixtures.ts';
import { collect, cutAt, drain, inPieces, inReusedPieces, randomPlaintext } from './pieces.ts';

const key = randomPlaintext(16);
const iv = randomPlaintext(16);

/** AES-128-CBC of whole blocks, padding left to the test. */
function encryptBlocks(blocks: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(blocks), cipher.final()]);
}

function padded(plain: Buffer): Buffer {
  const count = 16 - (plain.length % 16);
  return Buffer.concat([plain, Buffer.alloc(count, count)]);
}

describe('what the releases wrote', () => {
  const legacyKey = deriveLegacyKey(password);

  test.each(['v2-compressed.tar', 'v2-uncompressed.tar'])('%s', async (name) => {
    const archives = await innerArchives(name);
    expect(archives.size).toBeGreaterThan(0);
    for (const bytes of archives.values()) {
      const header = parseHeader(bytes) as V2Header;
      const body = bytes.subarray(V2_HEADER_BYTES);
      for (const size of [body.length, 1009, 1]) {
        const plain = await collect(
          openV2(inPieces(body, size), {
            key: legacyKey,
            iv: deriveLegacyIv(legacyKey, header.salt),
            ciphertextSizeBytes: body.length,
            plaintextFieldBytes: header.plaintextSizeBytes,
          }),
        );
        expect(isArchive(plain)).toBe(true);
      }
    }
  });

  test('v1-pax-2025.1.tar, padded, no header', async () => {
    const archives = await innerArchives('v1-pax-2025.1.tar');
    expect(archives.size).toBeGreaterThan(0);
    for (const bytes of archives.values()) {
      const body = bytes.subarray(V1_HEADER_BYTES);
      const ivOfStream = deriveLegacyIv(legacyKey, bytes.subarray(0, V1_HEADER_BYTES));
      const options = { key: legacyKey, iv: ivOfStream, ciphertextSizeBytes: body.length };
      const plain = await collect(openV2(inPieces(body, 65_536), { ...options, plaintextFieldBytes: null }));
      expect(isArchive(plain)).toBe(true);
    }
  });

  test('v1-uncompressed.tar, no padding at all', async () => {
    const archives = await innerArchives('v1-uncompressed.tar');
    expect(archives.size).toBeGreaterThan(0);
    for (const bytes of archives.values()) {
      const body = bytes.subarray(V1_HEADER_BYTES);
      const ivOfStream = deriveLegacyIv(legacyKey, bytes.subarray(0, V1_HEADER_BYTES));
      const options = { key: legacyKey, iv: ivOfStream, ciphertextSizeBytes: body.length };
      const plain = await collect(openV1(inPieces(body, 1009), options));
      expect(plain.length % 10_240).toBe(0);
      expect(plain.toString('latin1', 257, 262)).toBe('ustar');
      expect(plain.subarray(-1024).equals(Buffer.alloc(1024))).toBe(true);
    }
  });

  test('v2-size-field-lies.tar: nothing is released', async () => {
    const bytes = (await innerArchives('bad/v2-size-field-lies.tar')).get('homeassistant.tar.gz')!;
    const header = parseHeader(bytes) as V2Header;
    const body = bytes.subarray(V2_HEADER_BYTES);
    const { released, error } = await drain(
      openV2(inPieces(body, 1009), {
        key: legacyKey,
        iv: deriveLegacyIv(legacyKey, header.salt),
        ciphertextSizeBytes: body.length,
        plaintextFieldBytes: header.plaintextSizeBytes,
      }),
    );
    expect(error).toMatchObject({ code: 'DAMAGED_HEADER' });
    expect(released.length).toBe(0);
  });

  /** A gzip that inflates, CRC and length included, or a tar. */
  function isArchive(plain: Buffer): boolean {
    const tar = plain[0] === 0x1f ? gunzipSync(plain) : plain;
    return tar.toString('latin1', 257, 262) === 'ustar' && tar.subarray(-1024).equals(Buffer.alloc(1024));
  }
});

describe('v2 padding and size field', () => {
  const sizes = [0, 1, 15, 16, 17, 31, 32, 33, 1000];

  test.each(sizes)('%i bytes: exact and short fields are accepted, no other', async (size) => {
    const plain = randomPlaintext(size);
    const body = encryptBlocks(padded(plain));
    const lastBlock = body.length - 16;
    for (let field = lastBlock - 2; field <= body.length + 1; field++) {
      const options = { key, iv, ciphertextSizeBytes: body.length, plaintextFieldBytes: field };
      const { released, error } = await drain(openV2(inPieces(body, 7), options));
      if (field === size || field === lastBlock) {
        expect(error).toBeNull();
        expect(released.equals(plain)).toBe(true);
      } else {
        expect(error).toMatchObject({ code: 'DAMAGED_HEADER' });
        const possible = field >= lastBlock && field < body.length;
        expect(released.equals(possible ? plain.subarray(0, lastBlock) : Buffer.alloc(0))).toBe(true);
      }
    }
  });

  test.each([
    ['0', [0]],
    ['17', [17]],
    ['255', [255]],
    ['sixteen zeros', Array<number>(16).fill(0)],
    ['sixteen 17s', Array<number>(16).fill(17)],
    ['3 after 2', [2, 3, 3]],
    ['16 after 15', [15, ...Array<number>(15).fill(16)]],
  ])('an end of %s is no padding: the last block is kept back', async (_, end) => {
    const plain = Buffer.alloc(64, 0x41);
    plain.set(end, 64 - end.length);
    const options = { key, iv, ciphertextSizeBytes: 64, plaintextFieldBytes: null };
    for (const size of [64, 16, 5]) {
      const { released, error } = await drain(openV2(inPieces(encryptBlocks(plain), size), options));
      expect(error).toMatchObject({ code: 'DAMAGED_PAYLOAD', details: { offsetBytes: 48 } });
      expect(released.equals(plain.subarray(0, 48))).toBe(true);
    }
  });

  test('every padding of 1 to 16 is taken off', async () => {
    for (let count = 1; count <= 16; count++) {
      const plain = randomPlaintext(160 - count);
      const options = { key, iv, ciphertextSizeBytes: 160, plaintextFieldBytes: null };
      const opened = await collect(openV2(inPieces(encryptBlocks(padded(plain)), 160), options));
      expect(opened.equals(plain)).toBe(true);
    }
  });

  test('an empty body is TRUNCATED', async () => {
    const options = { key, iv, ciphertextSizeBytes: 0, plaintextFieldBytes: null };
    expect((await drain(openV2(inPieces(Buffer.alloc(0), 1), options))).error).toMatchObject({
      code: 'TRUNCATED',
    });
  });
});

describe('where the body ends', () => {
  const plain = randomPlaintext(1000);
  const body = encryptBlocks(padded(plain));
  const readers = [
    [
      'v1',
      (source: AsyncIterable<Uint8Array>, size: number) =>
        openV1(source, { key, iv, ciphertextSizeBytes: size }),
    ],
    [
      'v2',
      (source: AsyncIterable<Uint8Array>, size: number) =>
        openV2(source, { key, iv, ciphertextSizeBytes: size, plaintextFieldBytes: null }),
    ],
  ] as const;

  describe.each(readers)('%s', (_, open) => {
    test.each([0, 1, 16, 500, 992, 1007])('%i bytes of 1008', async (cut) => {
      const { released, error } = await drain(open(inPieces(body.subarray(0, cut), 100), body.length));
      expect(error).toMatchObject({ code: 'TRUNCATED', details: { offsetBytes: cut } });
      expect(released.equals(plain.subarray(0, Math.min(992, cut - (cut % 16))))).toBe(true);
    });

    test.each([1, 15, 1007])('%i bytes are no whole blocks', async (size) => {
      const { released, error } = await drain(open(inPieces(body.subarray(0, size), 100), size));
      expect(error).toMatchObject({ code: 'TRUNCATED' });
      expect(released.length).toBe(0);
    });

    test.each([1, 16])('%i bytes left over', async (extra) => {
      const source = inPieces(Buffer.concat([body, Buffer.alloc(extra)]), body.length);
      const { released, error } = await drain(open(source, body.length));
      expect(error).toMatchObject({ code: 'DAMAGED_PAYLOAD', details: { offsetBytes: body.length } });
      expect(released.subarray(0, 992).equals(plain.subarray(0, 992))).toBe(true);
    });

    test('keys of a wrong length', async () => {
      expect(() => deriveLegacyIv(key.subarray(1), iv)).toThrow('key must be 16 bytes');
      const short = openV1(inPieces(body, 1), { key: key.subarray(1), iv, ciphertextSizeBytes: 16 });
      await expect(short.next()).rejects.toMatchObject({ code: 'INTERNAL' });
    });
  });
});

describe('any split', () => {
  test('v1 gives the blocks as they are, v2 without padding', async () => {
    const places = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), places, async (bytes, cuts) => {
        const plain = Buffer.from(bytes);
        const blocks = padded(plain);
        const body = encryptBlocks(blocks);
        const options = { key, iv, ciphertextSizeBytes: body.length };
        expect((await collect(openV1(cutAt(body, cuts), options))).equals(blocks)).toBe(true);
        const opened = await collect(
          openV2(cutAt(body, cuts), { ...options, plaintextFieldBytes: plain.length }),
        );
        expect(opened.equals(plain)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('blocks from the middle or the end, by themselves', () => {
    const plain = randomPlaintext(160);
    const body = encryptBlocks(plain);
    for (let from = 0; from < 160; from += 16) {
      const previous = from === 0 ? iv : body.subarray(from - 16, from);
      expect(decryptCbcTail(key, previous, body.subarray(from)).equals(plain.subarray(from))).toBe(true);
      const one = decryptCbcTail(key, previous, body.subarray(from, from + 16));
      expect(one.equals(plain.subarray(from, from + 16))).toBe(true);
    }
    expect(() => decryptCbcTail(key, iv, body.subarray(1))).toThrow('multiple of 16');
  });
});

describe('sealV2', () => {
  test.each([0, 1, 15, 16, 17, 1_048_575, 1_048_576, 1_048_577])('round trip of %i bytes', async (size) => {
    const plain = randomPlaintext(size);
    for (const cut of [inPieces, inReusedPieces]) {
      const sealed = await collect(sealV2(cut(plain, 65_521), { key, plaintextSizeBytes: size }));
      expect(sealed.length).toBe(v2StreamBytes(size));
      const header = parseHeader(sealed) as V2Header;
      expect(header.plaintextSizeBytes).toBe(size);
      const options = {
        key,
        iv: deriveLegacyIv(key, header.salt),
        ciphertextSizeBytes: sealed.length - V2_HEADER_BYTES,
        plaintextFieldBytes: size,
      };
      const opened = await collect(openV2(cut(sealed.subarray(V2_HEADER_BYTES), 65_521), options));
      expect(opened.equals(plain)).toBe(true);
    }
  });

  test.each([
    [100, 99],
    [100, 101],
    [96, 112],
    [0, 1],
    [1, 0],
  ])('%i announced, %i given: no last block', async (announced, given) => {
    for (const size of [200, 10]) {
      const stage = sealV2(inPieces(Buffer.alloc(given), size), { key, plaintextSizeBytes: announced });
      const { released, error } = await drain(stage);
      expect(error).toMatchObject({ code: 'INTERNAL' });
      expect(released.length).toBeLessThan(v2StreamBytes(announced));
    }
  });

  test('every stream has its own salt', async () => {
    const seal = async (): Promise<Buffer> =>
      (parseHeader(await collect(sealV2(inPieces(iv, 16), { key, plaintextSizeBytes: 16 }))) as V2Header)
        .salt;
    expect(await seal()).not.toEqual(await seal());
  });
});
