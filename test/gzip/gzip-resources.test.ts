// What GzipReader holds on to: memory under a bomb and a slow consumer, the source after an early return or an error.
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, deflateRawSync, InflateRaw } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GzipReader } from '../../core/gzip/index.ts';
import { HEADER, inPieces, makeGzip, readAll } from './samples.ts';

const MIB = 1024 * 1024;
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);

/** Random bytes: as many compressed as inflated. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = 7; at < size; at += 1) {
    state = Math.imul(state, 1664525) + 1013904223;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** One GiB of zeros, about one MiB packed. */
function bomb(): { gzip: Buffer; inflatedBytes: number } {
  const zeros = Buffer.alloc(16 * MIB);
  const part = deflateRawSync(zeros, { finishFlush: constants.Z_FULL_FLUSH });
  let crc = 0;
  for (let at = 0; at < 64; at += 1) crc = crc32(zeros, crc);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(1024 * MIB, 4);
  const parts = Array.from({ length: 64 }, () => part);
  return { gzip: Buffer.concat([HEADER, ...parts, Buffer.from([3, 0]), trailer]), inflatedBytes: 1024 * MIB };
}

/** Gives zlib's threads and the event loop real work to get through, ahead of which nothing of ours could still wait. */
async function letOthersWork(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await promisify(deflateRaw)(Buffer.alloc(16 * MIB));
}

beforeEach(() => void process.on('unhandledRejection', note));
afterEach(async () => {
  await letOthersWork();
  process.off('unhandledRejection', note);
  expect(unhandled.splice(0)).toEqual([]);
});

describe('GzipReader', () => {
  it('does not grow with a gigabyte of zeros', async () => {
    const { gzip, inflatedBytes } = bomb();
    const before = process.memoryUsage().rss;
    let peak = 0;
    let counted = 0;
    const reader = new GzipReader(inPieces(gzip));
    for await (const piece of reader.bytes()) {
      counted += piece.length;
      peak = Math.max(peak, process.memoryUsage().rss);
    }
    expect(counted).toBe(inflatedBytes);
    expect(reader.end.state).toBe('complete');
    expect((peak - before) / MIB).toBeLessThan(100);
  });

  it('stops taking from the source while the consumer is slow', async () => {
    const log = { closed: false, taken: 0 };
    const content = noise(24 * MIB);
    const reader = new GzipReader(inPieces(makeGzip(content, { level: 0 }), MIB, log));
    const bytes = reader.bytes();
    let counted = (await bytes.next()).value!.length;
    await letOthersWork();
    expect(log.taken).toBeLessThan(8);
    for await (const piece of bytes) counted += piece.length;
    expect(counted).toBe(content.length);
    expect(log).toEqual({ closed: true, taken: 25 });
  });

  it('takes the next piece from the source while zlib works on one', async () => {
    const log = { closed: false, taken: 0 };
    const bytes = new GzipReader(inPieces(makeGzip(noise(4 * MIB), { level: 0 }), MIB, log)).bytes();
    await bytes.next();
    expect(log.taken).toBeGreaterThanOrEqual(2);
    await bytes.return();
  });

  it.each([
    ['a bomb', () => bomb().gzip],
    ['noise', () => makeGzip(noise(8 * MIB))],
  ])('gives the source back when it is left early: %s', async (_, make) => {
    const log = { closed: false, taken: 0 };
    const destroyed = vi.spyOn(InflateRaw.prototype, 'destroy');
    const reader = new GzipReader(inPieces(make(), 100_000, log));
    for await (const piece of reader.bytes()) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(log.closed).toBe(true);
    expect(destroyed).toHaveBeenCalled();
    destroyed.mockRestore();
    expect(() => reader.end).toThrow();
  });

  it('gives the source back on damage, wherever it is found', async () => {
    const whole = makeGzip(noise(2 * MIB));
    const middle = Buffer.from(whole);
    middle.fill(0xff, MIB, MIB + 100_000);
    const trailer = Buffer.from(whole);
    trailer[trailer.length - 1]! ^= 1;
    for (const bytes of [Buffer.from('no gzip'), middle, trailer, Buffer.concat([whole, whole])]) {
      const log = { closed: false, taken: 0 };
      const { error } = await readAll(inPieces(bytes, 50_000, log));
      expect(error).toMatchObject({ code: 'DAMAGED_PAYLOAD' });
      expect(log.closed).toBe(true);
    }
  });

  it('passes an error of the source on unchanged, after what came before it', async () => {
    const content = Buffer.from('before the disk failed; '.repeat(500_000));
    const gzip = makeGzip(content, {}, [6 * MIB]);
    const flushed = makeGzip(content.subarray(0, 6 * MIB), {}, [6 * MIB]).length - 10;
    for (const at of [0, 5, flushed, gzip.length - 8, gzip.length]) {
      const thrown = new Error('EIO');
      async function* source() {
        yield gzip.subarray(0, at);
        throw thrown;
      }
      const { bytes, error } = await readAll(source());
      expect(error).toBe(thrown);
      expect(content.subarray(0, bytes.length).equals(bytes)).toBe(true);
    }
    const stored = makeGzip(content, { level: 0 });
    const thrown = new Error('EIO');
    async function* source() {
      for (let from = 0; from < 5 * MIB; from += MIB) yield stored.subarray(from, from + MIB);
      throw thrown;
    }
    const { bytes, error } = await readAll(source());
    expect(error).toBe(thrown);
    expect(bytes.length).toBeGreaterThan(5 * MIB - 1000);
  });

  it('passes on an error the source has after the end of the data', async () => {
    const gzip = makeGzip(noise(MIB));
    const thrown = new Error('EIO');
    async function* source() {
      yield gzip;
      await letOthersWork();
      throw thrown;
    }
    const { bytes, error } = await readAll(source());
    expect(bytes.length).toBe(MIB);
    expect(error).toBe(thrown);
  });

  it('loses nothing that waited for a slow consumer when damage follows', async () => {
    const part = deflateRawSync(noise(280_000), { level: 0, finishFlush: constants.Z_FULL_FLUSH });
    for (let parts = 1; parts <= 9; parts += 1) {
      async function* source() {
        yield HEADER;
        for (let at = 0; at < parts; at += 1) yield part;
        yield Buffer.alloc(300_000, 0x07);
      }
      const { counted, caught } = await readSlowly(new GzipReader(source()));
      expect(caught).toMatchObject({ code: 'DAMAGED_PAYLOAD', details: { inflatedBytes: counted } });
      // All pieces are filled up to 256 KiB: no more than that can be good in the one zlib fails at.
      expect(counted).toBeGreaterThan(parts * 280_000 - 256 * 1024);
    }
  });

  it('knows the end although the consumer was slow', async () => {
    for (const size of [1, 2, 3, 4, 5].map((pieces) => pieces * 290_000)) {
      const gzip = makeGzip(noise(size), { level: 0 });
      for (const pieceBytes of [290_000, gzip.length - 8, gzip.length - 3]) {
        const reader = new GzipReader(inPieces(gzip, pieceBytes));
        expect(await readSlowly(reader)).toEqual({ counted: size, caught: null });
        expect(reader.end).toMatchObject({
          state: 'complete',
          deflateEndBytes: gzip.length - 8,
          sourceBytes: gzip.length,
        });
      }
    }
  });
});

/** Takes one piece, lets everything else run as far as it can, then takes the rest. */
async function readSlowly(reader: GzipReader): Promise<{ counted: number; caught: unknown }> {
  let counted = 0;
  try {
    for await (const piece of reader.bytes()) {
      if (counted === 0) await letOthersWork();
      counted += piece.length;
    }
    return { counted, caught: null };
  } catch (caught) {
    return { counted, caught };
  }
}
