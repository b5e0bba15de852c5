// The header codec, one quirk of the field at a time (POSIX ustar, GNU tar, tars of the seventies).

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  decodeTarHeader,
  encodeTarHeader,
  isTarHeader,
  isZeroBlock,
  paddedBytes,
  withSize,
} from '../../core/tar/index.ts';
import { errorCode } from '../../shared/errors.ts';
import { block, withSum } from './tar-blocks.ts';

function base256(value: bigint, length = 12): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value), length - 8);
  if (value < 0n) bytes.fill(0xff, 0, length - 8);
  else bytes[0] = 0x80;
  return bytes;
}

describe('numbers', () => {
  test.each([
    ['octal with a NUL', '00000001750\0', 1000],
    ['octal with a space', '00000001750 ', 1000],
    ['octal with leading spaces', '       1750\0', 1000],
    ['octal over the whole field', '777777777777', 8 ** 12 - 1],
    ['nothing at all', '\0\0\0\0\0\0\0\0\0\0\0\0', 0],
    ['only spaces', '            ', 0],
  ])('a size in %s is read', (_, digits, sizeBytes) => {
    expect(decodeTarHeader(block({ size: Buffer.from(digits, 'latin1') })).sizeBytes).toBe(sizeBytes);
  });

  test.each([8n * 1024n ** 3n, 50n * 10n ** 9n, BigInt(Number.MAX_SAFE_INTEGER)])(
    'a size of %s bytes in base 256 is read',
    (size) => expect(decodeTarHeader(block({ size: base256(size) })).sizeBytes).toBe(Number(size)),
  );

  test.each([
    ['negative in base 256', base256(-512n), 'its size is negative'],
    ['beyond 2^53', base256(2n ** 53n), 'its size is impossibly large'],
    ['beyond 2^64', Buffer.from('800100000000000000000000', 'hex'), 'its size is impossibly large'],
    ['negative in octal', Buffer.from('-0000000010\0'), 'its size is not a number'],
    ['decimal', Buffer.from('00000000089\0'), 'its size is not a number'],
    ['with letters', Buffer.from('0000000x000\0'), 'its size is not a number'],
    ['with something behind the NUL', Buffer.from('00000010\0\0\x007'), 'its size is not a number'],
  ])('a size %s is damage, never zero', (_, size, says) => {
    expect(() => decodeTarHeader(block({ size }))).toThrow(says);
  });

  test('a time before 1970 is shown as 1970, and one that is no number is damage', () => {
    expect(decodeTarHeader(block({ mtime: base256(-1n) })).mtimeSeconds).toBe(0);
    expect(() => decodeTarHeader(block({ mtime: '1500zz00000\0' }))).toThrow('its time is not a number');
  });

  test('of the mode only the permission bits are kept', () => {
    expect(decodeTarHeader(block({ mode: '0100755\0' })).mode).toBe(0o755);
    expect(() => decodeTarHeader(block({ mode: 'rwxr-xr\0' }))).toThrow('its mode is not a number');
  });
});

describe('checksum', () => {
  const name = Buffer.from('каминная-灯');

  test('sums of unsigned bytes, and of signed ones as very old tars have them, are right', () => {
    expect(decodeTarHeader(block({ name })).name).toBe('каминная-灯');
    expect(decodeTarHeader(block({ name, checksum: 'signed' })).name).toBe('каминная-灯');
  });

  test.each(['000000\0 ', '        ', 'garbage!', '777777\0 '])('“%s” is wrong', (checksum) => {
    const wrong = block({ name, checksum });
    expect(() => decodeTarHeader(wrong)).toThrow('its checksum is wrong');
    expect(isTarHeader(wrong)).toBe(false);
  });

  test('any other byte in the block makes it wrong', () => {
    const right = block({ name: 'data/configuration.yaml', size: 113 });
    fc.assert(
      fc.property(fc.nat(511), fc.integer({ min: 1, max: 255 }), (offset, change) => {
        fc.pre(offset < 148 || offset > 155);
        const wrong = Buffer.from(right);
        wrong[offset] = (wrong[offset] ?? 0) ^ change;
        expect(() => decodeTarHeader(wrong)).toThrow('its checksum is wrong');
      }),
    );
  });
});

describe('names and types', () => {
  test('a POSIX prefix stands before the name; GNU tar keeps other things there', () => {
    const fields = { name: 'name.txt', prefix: 'data/www' };
    expect(decodeTarHeader(block(fields)).name).toBe('data/www/name.txt');
    expect(decodeTarHeader(block({ ...fields, magic: 'ustar  \0' })).name).toBe('name.txt');
    expect(decodeTarHeader(block({ ...fields, magic: '' })).name).toBe('name.txt');
  });

  test('a name may fill its field to the last byte', () => {
    expect(decodeTarHeader(block({ name: 'n'.repeat(100) })).name).toBe('n'.repeat(100));
  });

  test.each([
    ['\0', 'file'],
    ['0', 'file'],
    ['7', 'file'],
    ['1', 'hardlink'],
    ['2', 'symlink'],
    ['5', 'directory'],
    ['3', 'other'],
    ['4', 'other'],
    ['6', 'other'],
    ['x', 'pax'],
    ['g', 'pax-global'],
    ['L', 'gnu-long-name'],
    ['K', 'gnu-long-link'],
    ['S', 'other'],
    ['~', 'other'],
  ])('type “%s” is a %s', (type, read) => {
    expect(decodeTarHeader(block({ type }))).toMatchObject({ type: read, typeFlag: type });
  });

  test('a folder of the V7 format is a nameless type with a slash; of later ones a slash makes no folder', () => {
    expect(decodeTarHeader(block({ name: 'data/', type: '\0', magic: '' })).type).toBe('directory');
    expect(decodeTarHeader(block({ name: 'data/', type: '0' })).type).toBe('file'); // as tarfile reads it
  });
});

describe('writing', () => {
  test('a new header reads as what it was made of', () => {
    const fields = { name: './backup.json', typeFlag: '0', mode: 0o640, mtimeSeconds: 1_750_000_000.5 };
    const header = decodeTarHeader(encodeTarHeader({ ...fields, sizeBytes: 4711 }));
    expect(header).toMatchObject({ name: './backup.json', mode: 0o640, mtimeSeconds: 1_750_000_000 });
    expect(header).toMatchObject({ type: 'file', sizeBytes: 4711, linkName: '' });
  });

  test('a name too long for the field is a mistake of ours', () => {
    expect.assertions(1);
    try {
      encodeTarHeader({ name: 'n'.repeat(101), typeFlag: '0', mode: 0, mtimeSeconds: 0, sizeBytes: 0 });
    } catch (error) {
      expect(errorCode(error)).toBe('INTERNAL');
    }
  });

  test('another size changes nothing but size and checksum, up to 2^53', () => {
    const old = block({ name: 'homeassistant.tar.gz', size: 68_234, linkName: 'x', prefix: 'p' });
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.constantFrom(8 ** 11 - 1, 8 ** 11)), (sizeBytes) => {
        const changed = withSize(old, sizeBytes);
        expect(decodeTarHeader(changed)).toEqual({ ...decodeTarHeader(old), sizeBytes });
        old.copy(changed, 124, 124, 136);
        expect(withSum(changed, 'unsigned').equals(old)).toBe(true);
      }),
    );
  });

  test('content is padded to blocks', () => {
    expect([0, 1, 511, 512, 513].map(paddedBytes)).toEqual([0, 512, 512, 512, 1024]);
  });

  test('a block is zero only if every byte is', () => {
    expect(isZeroBlock(Buffer.alloc(512))).toBe(true);
    for (const offset of [0, 1, 255, 510, 511])
      expect(isZeroBlock(Buffer.alloc(512).fill(1, offset, offset + 1))).toBe(false);
  });

  test('only a block with magic and checksum is taken for a header', () => {
    expect(isTarHeader(block())).toBe(true);
    expect(isTarHeader(block({ magic: '' }))).toBe(false);
    expect(isTarHeader(block().subarray(0, 511))).toBe(false);
    expect(isTarHeader(Buffer.alloc(512))).toBe(false);
  });
});
