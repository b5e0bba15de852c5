// The strict reading of one gzip stream: header, deflate data, trailer, pieces of every size, the hook for other tails.
import fc from 'fast-check';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeTrailer } from '../../core/gzip/gzip-trailer.ts';
import { GzipReader } from '../../core/gzip/index.ts';
import { errorCode, type StrongroomError } from '../../shared/errors.ts';
import {
  HEADER,
  inPieces,
  makeGzip,
  pieceBytes,
  PIECE_SIZES,
  readAll,
  sample,
  trailerOf,
} from './samples.ts';

const RUNS = Number(process.env['STRONGROOM_RUNS'] ?? 40);
const content = Buffer.from('the whole house, room by room; '.repeat(400));
const deflate = deflateRawSync(content);
const gzip = Buffer.concat([HEADER, deflate, trailerOf(content)]);

function header(flags: number, ...fields: Buffer[]): Buffer {
  const fixed = Buffer.from(HEADER);
  fixed[3] = flags;
  return Buffer.concat([fixed, ...fields]);
}

async function outcome(bytes: Buffer): Promise<string> {
  const codes = await Promise.all(
    PIECE_SIZES.map(async (size) => {
      const { end, error } = await readAll(inPieces(bytes, size));
      return error === null ? end!.state : errorCode(error);
    }),
  );
  expect(new Set(codes).size).toBe(1);
  return codes[0]!;
}

describe('GzipReader', () => {
  it('gives back what was packed, and the exact end, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(sample, pieceBytes, async (made, size) => {
        const { bytes, end, error } = await readAll(inPieces(made.gzip, size));
        expect(error).toBeNull();
        expect(bytes.equals(made.content)).toBe(true);
        expect(end).toEqual({
          state: 'complete',
          headerBytes: 10,
          deflateEndBytes: made.gzip.length - 8,
          crc32: crc32(made.content),
          inflatedBytes: made.content.length,
          sourceBytes: made.gzip.length,
        });
      }),
      { numRuns: RUNS },
    );
  });

  it('finds the end of the deflate data when a piece ends before, at and after it', async () => {
    async function* split(at: number) {
      yield gzip.subarray(0, at);
      yield Buffer.alloc(0);
      yield gzip.subarray(at);
    }
    for (let at = gzip.length - 12; at <= gzip.length; at += 1) {
      const { end } = await readAll(split(at));
      expect(end).toMatchObject({ state: 'complete', deflateEndBytes: gzip.length - 8 });
    }
  });

  it('finds the end when large pieces meet exactly at it or near it', async () => {
    const noise = Buffer.alloc(400_000);
    for (let at = 0, state = 7; at < noise.length; at += 1) {
      state = Math.imul(state, 1664525) + 1013904223;
      noise[at] = state >>> 24;
    }
    const made = makeGzip(noise);
    for (const short of [0, 1, 7, 8, 9, 10]) {
      async function* split() {
        yield made.subarray(0, made.length - short);
        if (short > 0) yield made.subarray(made.length - short);
      }
      const { bytes, end } = await readAll(split());
      expect(bytes.equals(noise)).toBe(true);
      expect(end).toMatchObject({ state: 'complete', deflateEndBytes: made.length - 8 });
    }
  });

  it('reads every header field RFC 1952 knows', async () => {
    const extra = Buffer.from([4, 0, 1, 2, 0, 0]);
    const name = Buffer.from('homeassistant.tar\0');
    const comment = Buffer.from('made by hand\0');
    const full = header(0x1f, extra, name, comment);
    const checked = Buffer.concat([full, Buffer.from([crc32(full) & 0xff, (crc32(full) >>> 8) & 0xff])]);
    for (const size of PIECE_SIZES) {
      const { bytes, end } = await readAll(inPieces(Buffer.concat([checked, gzip.subarray(10)]), size));
      expect(bytes.equals(content)).toBe(true);
      expect(end).toMatchObject({ state: 'complete', headerBytes: checked.length });
    }
    for (let at = 0; at < checked.length; at += 1) {
      expect(await outcome(checked.subarray(0, at))).toBe('TRUNCATED');
    }
    expect(await outcome(checked)).toBe('cut-deflate');
    checked[checked.length - 1]! ^= 1;
    expect(await outcome(Buffer.concat([checked, gzip.subarray(10)]))).toBe('DAMAGED_PAYLOAD');
  });

  it.each([
    ['magic', 0, 0x1e],
    ['magic', 1, 0x8a],
    ['method', 2, 7],
    ['reserved flag', 3, 0x20],
    ['reserved flag', 3, 0x80],
  ])('refuses a wrong header: %s at %i', async (_, at, value) => {
    const wrong = Buffer.from(gzip);
    wrong[at] = value;
    expect(await outcome(wrong)).toBe('DAMAGED_PAYLOAD');
    expect(await outcome(wrong.subarray(0, at + 1))).toBe('DAMAGED_PAYLOAD');
  });

  it('refuses a header beyond 64 KiB, and tells it from one that was cut', async () => {
    const name = (size: number) => header(0x08, Buffer.alloc(size - 1, 'a'), Buffer.from([0]));
    const largest = Buffer.concat([name(65_536 - 10), gzip.subarray(10)]);
    expect((await readAll(inPieces(largest))).end?.headerBytes).toBe(65_536);
    expect((await readAll(inPieces(Buffer.concat([name(65_527), gzip.subarray(10)])))).error).toMatchObject({
      code: 'DAMAGED_PAYLOAD',
    });
    expect((await readAll(inPieces(header(0x08, Buffer.alloc(400_000, 'a')), 1000))).error).toMatchObject({
      code: 'DAMAGED_PAYLOAD',
    });
    expect((await readAll(inPieces(header(0x08, Buffer.alloc(60_000, 'a'))))).error).toMatchObject({
      code: 'TRUNCATED',
    });
  });

  it('says which part of the trailer disagrees', async () => {
    const wrong = async (...at: number[]) => {
      const bytes = Buffer.from(gzip);
      for (const index of at) bytes[bytes.length - 8 + index]! ^= 0x10;
      return (await readAll(inPieces(bytes))).error as StrongroomError;
    };
    expect(await wrong(0)).toMatchObject({
      code: 'DAMAGED_PAYLOAD',
      details: { isCrcWrong: true, isLengthWrong: false },
    });
    expect(await wrong(7)).toMatchObject({
      code: 'DAMAGED_PAYLOAD',
      details: { isCrcWrong: false, isLengthWrong: true },
    });
    expect((await wrong(3)).message).toContain('its checksum disagrees');
    expect((await wrong(4)).message).toContain('its length disagrees');
    expect((await wrong(3, 4)).message).toContain('its checksum and its length disagree');
  });

  it('refuses a cut trailer of which a remaining byte disagrees', async () => {
    for (let kept = 1; kept < 8; kept += 1) {
      const bytes = Buffer.from(gzip.subarray(0, gzip.length - 8 + kept));
      bytes[bytes.length - 1]! ^= 0x01;
      expect(await outcome(bytes)).toBe('DAMAGED_PAYLOAD');
    }
  });

  it('refuses bytes after the trailer, and calls a second member one', async () => {
    for (const more of [Buffer.from([0]), Buffer.alloc(70), Buffer.from([0x1f]), gzip]) {
      const { bytes, error } = await readAll(inPieces(Buffer.concat([gzip, more]), 4093));
      expect(bytes.equals(content)).toBe(true);
      const what = more[0] === 0x1f ? 'a second gzip member' : 'unknown bytes';
      expect(error).toMatchObject({ code: 'DAMAGED_PAYLOAD', message: expect.stringContaining(what) });
      expect(await outcome(Buffer.concat([gzip, more]))).toBe('DAMAGED_PAYLOAD');
    }
  });

  it('never takes a flipped bit for the packed content', async () => {
    await fc.assert(
      fc.asyncProperty(
        sample,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.nat(7),
        async (made, fraction, bit) => {
          const flipped = Buffer.from(made.gzip);
          flipped[10 + Math.floor(fraction * (flipped.length - 10))]! ^= 1 << bit;
          const { bytes, end, error } = await readAll(inPieces(flipped, 65_536));
          // Unused bits before a byte boundary may flip unnoticed; a stream whose end was lost so is cut, never complete.
          if (error !== null) expect(errorCode(error)).toBe('DAMAGED_PAYLOAD');
          else if (end!.state === 'complete') expect(bytes.equals(made.content)).toBe(true);
          else expect(end!.state).toMatch(/^cut-/);
        },
      ),
      { numRuns: RUNS * 10 },
    );
  });

  it('yields what was inflated ahead of a damage and says where it is', async () => {
    const large = Buffer.from(
      Array.from({ length: 500_000 }, (_, at) => `${(at * 7919) % 61} room `).join(''),
    );
    const bytes = makeGzip(large, { level: 6 }, [3_000_000]);
    const first = makeGzip(large.subarray(0, 3_000_000), { level: 6 }, [3_000_000]).length - 2 - 8;
    bytes[first] = 0x07;
    const plain = await readAll(inPieces(bytes, 100_000));
    const details = (plain.error as StrongroomError).details as {
      offsetBytes: number;
      inflatedBytes: number;
    };
    expect(errorCode(plain.error)).toBe('DAMAGED_PAYLOAD');
    expect(details.inflatedBytes).toBe(plain.bytes.length);
    expect(details.inflatedBytes).toBeGreaterThan(3_000_000 - 512 * 1024);
    expect(details.offsetBytes).toBeLessThanOrEqual(first);
    expect(details.offsetBytes).toBeGreaterThan(first - 512 * 1024);

    const fine = await readAll(inPieces(bytes, 100_000), { fineFromBytes: details.offsetBytes });
    expect(fine.bytes.equals(large.subarray(0, 3_000_000))).toBe(true);
    expect(fine.error).toMatchObject({ code: 'DAMAGED_PAYLOAD', details: { offsetBytes: first } });
  });

  it('can be read once, and knows its end only then', async () => {
    const reader = new GzipReader(inPieces(gzip));
    expect(() => reader.end).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    for await (const piece of reader.bytes()) expect(piece.length).toBeGreaterThan(0);
    expect(reader.end.state).toBe('complete');
    expect(await reader.bytes().next().catch(errorCode)).toBe('INTERNAL');
  });

  it('agrees with what zlib itself writes', async () => {
    const { bytes, end } = await readAll(inPieces(gzipSync(content)));
    expect(bytes.equals(content)).toBe(true);
    expect(end?.state).toBe('complete');
    expect((await readAll(inPieces(gzipSync(Buffer.alloc(0))))).end).toMatchObject({
      state: 'complete',
      inflatedBytes: 0,
    });
  });
});

describe('encodeTrailer', () => {
  it('stores a length of 4 GiB and more modulo 2^32', () => {
    expect(encodeTrailer(0x04030201, 2 ** 32 + 5).toString('hex')).toBe('0102030405000000');
    expect(encodeTrailer(0xffffffff, 2 ** 32 - 1).toString('hex')).toBe('ffffffffffffffff');
  });
});

describe('GzipReader with a tail of another shape', () => {
  const packed = Buffer.concat([HEADER, deflate]);
  const right = { crc32: crc32(content), lengthBytes: content.length };

  it('hands over all bytes after the deflate data and where they begin', async () => {
    for (const tailBytes of [0, 1, 47, 64]) {
      const tail = Buffer.alloc(tailBytes, 0x0c);
      for (const size of PIECE_SIZES) {
        const seen: unknown[] = [];
        const { bytes, end } = await readAll(inPieces(Buffer.concat([packed, tail]), size), {
          tail: (given, deflateEndBytes) => {
            seen.push(given.toString('hex'), deflateEndBytes);
            return right;
          },
        });
        expect(bytes.equals(content)).toBe(true);
        expect(seen).toEqual([tail.toString('hex'), packed.length]);
        expect(end).toMatchObject({
          state: 'complete',
          deflateEndBytes: packed.length,
          sourceBytes: packed.length + tailBytes,
        });
      }
    }
  });

  it('refuses what disagrees, more than 64 bytes, and a cut', async () => {
    const read = async (bytes: Buffer, stated = right) =>
      errorCode((await readAll(inPieces(bytes, 4093), { tail: () => stated })).error);
    expect(await read(packed, { ...right, crc32: right.crc32 ^ 1 })).toBe('DAMAGED_PAYLOAD');
    expect(await read(packed, { ...right, lengthBytes: right.lengthBytes + 1 })).toBe('DAMAGED_PAYLOAD');
    expect(await read(Buffer.concat([packed, Buffer.alloc(65)]))).toBe('DAMAGED_PAYLOAD');
    expect(await read(Buffer.concat([packed, Buffer.alloc(100_000)]))).toBe('DAMAGED_PAYLOAD');
    expect(await read(packed.subarray(0, -1))).toBe('TRUNCATED');
    expect(await read(HEADER)).toBe('TRUNCATED');
  });

  it('passes on what the hook throws', async () => {
    const thrown = new Error('no such tail');
    const { error } = await readAll(inPieces(packed), {
      tail: () => {
        throw thrown;
      },
    });
    expect(error).toBe(thrown);
  });
});
