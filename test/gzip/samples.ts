// Gzip streams and sources for the tests of core/gzip: tar-like contents, every kind of deflate block, pieces of any size.
import fc from 'fast-check';
import { constants, crc32, deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib';
import { GzipReader, type GzipEnd, type GzipReaderOptions } from '../../core/gzip/index.ts';

/** The ten bytes Python's gzip module writes. */
export const HEADER = Buffer.from('1f8b080855e5006b02ff', 'hex').fill(0, 3, 4);
export const PIECE_SIZES = [Infinity, 65_536, 4093, 1] as const;

export interface Sample {
  readonly content: Buffer;
  readonly gzip: Buffer;
}

export function trailerOf(content: Buffer): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length % 2 ** 32, 4);
  return trailer;
}

/** A gzip stream of `content`, its deflate data made of byte-aligned segments that end at `splits`. */
export function makeGzip(content: Buffer, options: ZlibOptions = {}, splits: readonly number[] = []): Buffer {
  const parts: Buffer[] = [HEADER];
  let from = 0;
  for (const at of [...splits].sort((a, b) => a - b)) {
    parts.push(
      deflateRawSync(content.subarray(from, at), { ...options, finishFlush: constants.Z_SYNC_FLUSH }),
    );
    from = at;
  }
  parts.push(deflateRawSync(content.subarray(from), options), trailerOf(content));
  return Buffer.concat(parts);
}

/** The source of the given bytes in pieces; `log.closed` tells that it was given back. */
export async function* inPieces(
  bytes: Buffer,
  pieceBytes: number = Infinity,
  log: { closed: boolean; taken: number } = { closed: false, taken: 0 },
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      log.taken += 1;
      yield new Uint8Array(bytes.subarray(at, at + pieceBytes));
    }
  } finally {
    log.closed = true;
  }
}

/** Reads to the end or the error; always gives back what was inflated. */
export async function readAll(
  source: AsyncIterable<Uint8Array>,
  options: GzipReaderOptions = {},
): Promise<{ bytes: Buffer; end: GzipEnd | null; error: unknown }> {
  const reader = new GzipReader(source, options);
  const parts: Buffer[] = [];
  try {
    for await (const piece of reader.bytes()) parts.push(piece);
    return { bytes: Buffer.concat(parts), end: reader.end, error: null };
  } catch (error) {
    return { bytes: Buffer.concat(parts), end: null, error };
  }
}

/** What zlib itself inflates of the deflate data of a cut stream. */
export function inflateCut(gzip: Buffer): Buffer {
  return inflateRawSync(gzip.subarray(HEADER.length), { finishFlush: constants.Z_SYNC_FLUSH });
}

/** Like a tar: data and runs, then at least 1024 zeros up to a multiple of 10,240. */
const tarLike: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.nat(255), fc.integer({ min: 1, max: 20_000 }))
        .map(([value, size]) => Buffer.alloc(size, value)),
      fc
        .array(fc.constantFrom('light.kitchen', 'sensor', ' = ', '\n', 'automation', '42', 'über'), {
          minLength: 1,
          maxLength: 2000,
        })
        .map((words) => Buffer.from(words.join(''))),
    ),
    { maxLength: 6 },
  )
  .map((parts) => {
    const data = Buffer.concat(parts);
    return Buffer.concat([
      data,
      Buffer.alloc(Math.ceil((data.length + 1024) / 10_240) * 10_240 - data.length),
    ]);
  });

const deflateOptions: fc.Arbitrary<ZlibOptions> = fc.record({
  level: fc.constantFrom(0, 1, 6, 9),
  memLevel: fc.constantFrom(1, 8, 9),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FIXED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FILTERED,
  ),
});

export const sample: fc.Arbitrary<Sample> = fc
  .tuple(tarLike, deflateOptions, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }))
  .map(([content, options, fractions]) => {
    const splits = fractions.map((fraction) => Math.floor(fraction * content.length));
    const made: Sample = { content, gzip: makeGzip(content, options, splits) };
    const describe = () => `${content.length} bytes, ${JSON.stringify(options)}, split at ${splits.join()}`;
    return Object.assign(made, { [fc.toStringMethod]: describe });
  });

export const pieceBytes: fc.Arbitrary<number> = fc.constantFrom(...PIECE_SIZES);
