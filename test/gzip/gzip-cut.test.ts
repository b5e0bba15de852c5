// Streams whose end was cut: the state that is told, the bytes that are saved, and the end that mends them.
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { constants, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { applyGzipCure, type GzipCure, type GzipEnd, planGzipCure } from '../../core/gzip/index.ts';
import { errorCode } from '../../shared/errors.ts';
import {
  HEADER,
  inflateCut,
  inPieces,
  makeGzip,
  pieceBytes,
  readAll,
  type Sample,
  sample,
} from './samples.ts';

const RUNS = Number(process.env['STRONGROOM_RUNS'] ?? 40);

async function mend(cut: Buffer, end: GzipEnd, missingZeroBytes: number, size = Infinity): Promise<Buffer> {
  const cure = await planGzipCure(inPieces(cut, size), { ...end, missingZeroBytes });
  return applied(cut, cure, size);
}

async function applied(cut: Buffer, cure: GzipCure, size = Infinity): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const piece of applyGzipCure(inPieces(cut, size), cure)) parts.push(piece);
  return Buffer.concat(parts);
}

/** Cuts, reads, checks the state against zlib, mends and checks the mended stream with zlib. */
async function checkCut({ content, gzip }: Sample, cutBytes: number, size: number): Promise<void> {
  const cut = gzip.subarray(0, gzip.length - cutBytes);
  const { bytes, end, error } = await readAll(inPieces(cut, size));
  expect(error).toBeNull();
  const wanted = inflateCut(cut);
  expect(bytes.equals(wanted)).toBe(true);
  expect(content.subarray(0, bytes.length).equals(bytes)).toBe(true);
  expect(end).toMatchObject({
    state: cutBytes === 0 ? 'complete' : cutBytes <= 8 ? 'cut-trailer' : 'cut-deflate',
    headerBytes: HEADER.length,
    deflateEndBytes: Math.min(cut.length, gzip.length - 8),
    inflatedBytes: wanted.length,
    sourceBytes: cut.length,
  });
  for (const missing of new Set([content.length - bytes.length, cutBytes % 2 === 0 ? 0 : 700])) {
    if (missing > 1024 * 1024) continue;
    const mended = await mend(cut, end!, missing, Math.max(size, 101));
    expect(gunzipSync(mended).equals(Buffer.concat([bytes, Buffer.alloc(missing)]))).toBe(true);
    const again = await readAll(inPieces(mended));
    expect(again.end?.state).toBe('complete');
  }
}

describe('a cut gzip stream', () => {
  it('is told, saved and mended at every cut of 0 to 15 bytes', async () => {
    await fc.assert(
      fc.asyncProperty(sample, pieceBytes, async (made, size) => {
        for (
          let cutBytes = 0;
          cutBytes <= 15 && cutBytes <= made.gzip.length - HEADER.length;
          cutBytes += 1
        ) {
          await checkCut(made, cutBytes, size);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('is told, saved and mended at any larger cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        sample,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
        async (made, cuts) => {
          for (const fraction of cuts) {
            await checkCut(made, Math.floor(fraction * (made.gzip.length - HEADER.length)), Infinity);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  it.each([
    ['fixed', { strategy: constants.Z_FIXED }],
    ['dynamic', { level: 9 }],
    ['stored', { level: 0 }],
    ['many small blocks', { level: 9, memLevel: 1 }],
    ['literals only', { strategy: constants.Z_HUFFMAN_ONLY }],
  ])('is mended wherever it is cut: %s', async (_, options) => {
    const words = Array.from({ length: 70 }, (_, at) => `entity_${(at * 7919) % 613} `).join('');
    const content = Buffer.concat([Buffer.from(words), Buffer.alloc(1024)]);
    const gzip = makeGzip(content, options, [400]);
    for (let cutBytes = 0; cutBytes <= gzip.length - HEADER.length; cutBytes += 1) {
      await checkCut({ content, gzip }, cutBytes, Infinity);
    }
  });

  it('is mended when it is larger than a piece and cut in stored data of 64 KiB', async () => {
    const content = Buffer.alloc(3_000_000);
    for (let at = 0, state = 1; at < content.length; at += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      content[at] = at % 600_000 < 300_000 ? state : 'abcdefgh'.charCodeAt(state & 7);
    }
    const gzip = makeGzip(content, { level: 6 });
    for (const cutBytes of [9, 40_000, 250_000, 1_000_000])
      await checkCut({ content, gzip }, cutBytes, 65_536);
  });

  it('is what Home Assistant left in the fixture, and is mended to whole tar records', async () => {
    const members = await readMembers('test/fixtures/shapes/ha-decrypted-short-tail.tar');
    const found: Record<string, string> = {};
    for (const [name, gzip] of members) {
      const { bytes, end, error } = await readAll(inPieces(gzip, 100));
      expect(error).toBeNull();
      found[name] = `${end?.state} ${bytes.length}`;
      const missing = (10_240 - (bytes.length % 10_240)) % 10_240;
      const mended = await mend(gzip, end!, missing);
      expect(gunzipSync(mended).equals(Buffer.concat([bytes, Buffer.alloc(missing)]))).toBe(true);
    }
    expect(found).toEqual({
      'a0d7b954_example.tar.gz': 'cut-trailer 10240',
      'addons_local.tar.gz': 'cut-trailer 10240',
      'core_mosquitto.tar.gz': 'cut-trailer 10240',
      'homeassistant.tar.gz': 'complete 71680',
      'media.tar.gz': 'cut-deflate 9811',
      'share.tar.gz': 'cut-deflate 10069',
      'ssl.tar.gz': 'cut-trailer 10240',
    });
  });
});

describe('planGzipCure', () => {
  const content = Buffer.concat([Buffer.from('every file is complete'), Buffer.alloc(10_218)]);
  const gzip = makeGzip(content);

  it('refuses a length the stream cannot be cut to', async () => {
    const { end } = await readAll(inPieces(gzip.subarray(0, -10)));
    for (const inflatedBytes of [end!.inflatedBytes + 1, end!.inflatedBytes - 1]) {
      const plan = planGzipCure(inPieces(gzip.subarray(0, -10)), {
        ...end!,
        inflatedBytes,
        missingZeroBytes: 0,
      });
      expect(await plan.catch(errorCode)).toBe('DAMAGED_PAYLOAD');
    }
  });

  it('refuses more than 1 MiB of zeros, and sizes that are none', async () => {
    const wish = { inflatedBytes: content.length, crc32: 0, missingZeroBytes: 1024 * 1024 + 1 };
    expect(await planGzipCure(inPieces(gzip), wish).catch(errorCode)).toBe('LIMIT_EXCEEDED');
    for (const missingZeroBytes of [-1, 0.5, NaN]) {
      expect(await planGzipCure(inPieces(gzip), { ...wish, missingZeroBytes }).catch(errorCode)).toBe(
        'USAGE',
      );
    }
    expect(
      await planGzipCure(inPieces(gzip), { ...wish, inflatedBytes: -1, missingZeroBytes: 0 }).catch(
        errorCode,
      ),
    ).toBe('USAGE');
  });

  it('refuses what is no deflate data', async () => {
    const wish = { inflatedBytes: 100, crc32: 0, missingZeroBytes: 0 };
    const deflates = {
      'block type 3': Buffer.from([0x07]),
      'stored lengths that disagree': Buffer.from([0x00, 5, 0, 5, 0, 1, 2, 3, 4, 5]),
      'length symbol 286': Buffer.from([0b0001_1011, 0b0000_0011, 0, 0, 0, 0, 0, 0, 0]),
      'oversubscribed code lengths': Buffer.concat([
        Buffer.from([0b100, 0xe0, 0x49, 0x92, 0x24]),
        Buffer.alloc(20, 0x49),
      ]),
    };
    for (const [what, deflate] of Object.entries(deflates)) {
      const plan = planGzipCure(inPieces(Buffer.concat([HEADER, deflate])), wish);
      const error = await plan.catch((thrown: unknown) => thrown);
      expect(error, what).toMatchObject({
        code: 'DAMAGED_PAYLOAD',
        message: expect.stringContaining('damaged'),
      });
    }
    expect(await planGzipCure(inPieces(Buffer.alloc(0)), wish).catch(errorCode)).toBe('TRUNCATED');
  });

  it('keeps the deflate data and adds only the trailer when only that was cut', async () => {
    const cut = gzip.subarray(0, -5);
    const { end } = await readAll(inPieces(cut));
    const cure = await planGzipCure(inPieces(cut), { ...end!, missingZeroBytes: 0 });
    expect(cure).toEqual({ keepBytes: gzip.length - 8, flip: null, tail: gzip.subarray(-8) });
    expect((await applied(cut, cure)).equals(gzip)).toBe(true);
  });
});

describe('applyGzipCure', () => {
  it('never writes into the source, and closes it once it has enough', async () => {
    const bytes = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]);
    const log = { closed: false, taken: 0 };
    const cure = { keepBytes: 3, flip: { atByte: 1, mask: 1 }, tail: Buffer.from([9]) };
    async function* source() {
      try {
        for (let at = 0; at < bytes.length; at += 2) {
          log.taken += 1;
          yield bytes.subarray(at, at + 2);
        }
      } finally {
        log.closed = true;
      }
    }
    const parts: Buffer[] = [];
    for await (const piece of applyGzipCure(source(), cure)) parts.push(piece);
    expect([...Buffer.concat(parts)]).toEqual([1, 3, 3, 9]);
    expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(log).toEqual({ closed: true, taken: 2 });
  });

  it('says when the source became shorter', async () => {
    const cure = { keepBytes: 9, flip: null, tail: Buffer.alloc(0) };
    expect(await applied(Buffer.alloc(8), cure).catch(errorCode)).toBe('SOURCE_CHANGED');
  });
});

async function readMembers(path: string): Promise<Map<string, Buffer>> {
  const members = new Map<string, Buffer>();
  const outer = Readable.from([readFileSync(path)]).pipe(extract());
  for await (const entry of outer) {
    const parts: Buffer[] = [];
    for await (const piece of entry) parts.push(piece as Buffer);
    if (entry.header.name.endsWith('.gz')) members.set(entry.header.name, Buffer.concat(parts));
  }
  return members;
}
