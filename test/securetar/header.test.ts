// The header codec: every field, and every way to be refused.

import { describe, expect, test } from 'vitest';
import {
  encodeHeader,
  hasSecureTarMagic,
  parseHeader,
  V1_HEADER_BYTES,
  V2_HEADER_BYTES,
  V3_HEADER_BYTES,
  type SecureTarHeader,
} from '../../core/securetar/index.ts';
import { fixture, innerArchives } from './fixtures.ts';

const range = (start: number, length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (start + i) % 256));

const v2: SecureTarHeader = { version: 2, plaintextSizeBytes: 0x0102030405, salt: range(1, 16) };
const v3: SecureTarHeader = {
  version: 3,
  plaintextSizeBytes: Number.MAX_SAFE_INTEGER,
  rootSalt: range(1, 16),
  validationSalt: range(17, 16),
  validationKey: range(33, 32),
  derivationSalt: range(65, 16),
  streamHeader: range(81, 24),
};
const fixed = (version: string, size: string): string =>
  `${Buffer.from('SecureTar').toString('hex')}${version}${'00'.repeat(6)}${size}${'00'.repeat(8)}`;

describe('encoding', () => {
  test.each([
    ['v2', v2, fixed('02', '0000000102030405') + range(1, 16).toString('hex'), V2_HEADER_BYTES],
    ['v3', v3, fixed('03', '001fffffffffffff') + range(1, 104).toString('hex'), V3_HEADER_BYTES],
  ] as const)('%s, byte for byte and back', (_, header, bytes, length) => {
    const encoded = encodeHeader(header);
    expect(encoded.toString('hex')).toBe(bytes);
    expect(encoded.length).toBe(length);
    expect(parseHeader(encoded)).toEqual(header);
    expect(parseHeader(Buffer.concat([encoded, range(9, 50)]))).toEqual(header);
  });

  test.each([
    ['a short salt', { ...v2, salt: range(0, 15) }],
    ['a long root salt', { ...v3, rootSalt: range(0, 17) }],
    ['a short validation salt', { ...v3, validationSalt: range(0, 15) }],
    ['a short validation key', { ...v3, validationKey: range(0, 31) }],
    ['a short derivation salt', { ...v3, derivationSalt: range(0, 15) }],
    ['a long stream header', { ...v3, streamHeader: range(0, 25) }],
    ['a negative size', { ...v2, plaintextSizeBytes: -1 }],
    ['a broken size', { ...v3, plaintextSizeBytes: 1.5 }],
    ['a size of 2^53', { ...v3, plaintextSizeBytes: 2 ** 53 }],
  ])('%s is refused', (_, header) => {
    expect(() => encodeHeader(header)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});

describe('reading', () => {
  const good = encodeHeader(v3);
  const changed = (offset: number, value: number): Buffer => {
    const copy = Buffer.from(good);
    copy[offset] = value;
    return copy;
  };

  test('the fields are copies', () => {
    const bytes = Buffer.from(good);
    const header = parseHeader(bytes);
    bytes.fill(0);
    expect(header).toEqual(v3);
  });

  test('bytes 24 to 31 are ignored', () => {
    for (let offset = 24; offset < 32; offset++) expect(parseHeader(changed(offset, 0xff))).toEqual(v3);
  });

  test.each([10, 11, 12, 13, 14, 15])('reserved byte %i must be zero', (offset) => {
    expect(() => parseHeader(changed(offset, 1))).toThrow(
      expect.objectContaining({ code: 'DAMAGED_HEADER' }),
    );
  });

  test.each([0, 1, 4, 5, 49, 50, 51, 255])('version %i is unsupported, never an older format', (version) => {
    const refusal = expect.objectContaining({
      code: 'UNSUPPORTED_VERSION',
      message: expect.stringContaining(`unsupported version ${version} `),
      details: { version },
    });
    expect(() => parseHeader(changed(9, version))).toThrow(refusal);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('magic byte %i counts', (offset) => {
    const bytes = changed(offset, good[offset]! ^ 0x20);
    expect(hasSecureTarMagic(bytes)).toBe(false);
    expect(() => parseHeader(bytes)).toThrow(expect.objectContaining({ code: 'DAMAGED_HEADER' }));
  });

  test('a size of 2^53 is damage, one less is a size', () => {
    const tooLarge = Buffer.from(good);
    tooLarge.writeBigUInt64BE(2n ** 53n, 16);
    expect(() => parseHeader(tooLarge)).toThrow(expect.objectContaining({ code: 'DAMAGED_HEADER' }));
    expect(parseHeader(good).plaintextSizeBytes).toBe(2 ** 53 - 1);
  });

  test.each([encodeHeader(v2), good])('every shorter piece is TRUNCATED', (whole) => {
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseHeader(whole.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'TRUNCATED' }),
      );
      expect(hasSecureTarMagic(whole.subarray(0, length))).toBe(length >= 9);
    }
  });
});

describe('what the releases wrote', () => {
  test.each([
    ['v2-compressed.tar', 2],
    ['v2-uncompressed.tar', 2],
    ['v3-compressed.tar', 3],
    ['v3-uncompressed.tar', 3],
    ['v3-multichunk.tar', 3],
  ])('%s', async (name, version) => {
    const archives = await innerArchives(name);
    expect(archives.size).toBeGreaterThan(0);
    for (const bytes of archives.values()) {
      const header = parseHeader(bytes);
      expect(header.version).toBe(version);
      expect(encodeHeader(header)).toEqual(
        bytes.subarray(0, version === 2 ? V2_HEADER_BYTES : V3_HEADER_BYTES),
      );
    }
  });

  test.each([
    ['v3-magic-damaged.tar', 'DAMAGED_HEADER'],
    ['v3-version-4.tar', 'UNSUPPORTED_VERSION'],
    ['v3-version-0.tar', 'UNSUPPORTED_VERSION'],
    ['v3-reserved-nonzero.tar', 'DAMAGED_HEADER'],
  ])('%s is %s', async (name, code) => {
    const bytes = (await innerArchives(`bad/${name}`)).get('homeassistant.tar.gz')!;
    expect(() => parseHeader(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test('a v1 stream has no magic', async () => {
    for (const bytes of (await innerArchives('v1-compressed.tar')).values()) {
      expect(hasSecureTarMagic(bytes.subarray(0, V1_HEADER_BYTES))).toBe(false);
    }
    expect(hasSecureTarMagic(fixture('stream-v3-0.securetar'))).toBe(true);
  });
});
