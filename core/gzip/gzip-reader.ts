// Reads one gzip member (RFC 1952) strictly and says exactly where and how it ended; zlib inflates one piece on
// libuv's threads while the source makes the next. A cut end is reported, not thrown: whether it is harmless
// ("The v2 size field is usually short") only the walker of the tar inside can say. Must never lose inflated bytes
// of a cut stream, and never let memory grow with a slow consumer.
import { crc32 } from 'node:zlib';
import { StrongroomError } from '../../shared/errors.ts';
import { measureGzipHeader } from './gzip-header.ts';
import { checkStandardTrailer, type GzipTrailer, requireTrailer } from './gzip-trailer.ts';
import { Inflater } from './inflater.ts';
import { gatherPieces, PIECE_MAX_BYTES, PIECE_MIN_BYTES } from './pieces.ts';

export type { GzipTrailer } from './gzip-trailer.ts';

/** How a gzip stream ended. */
export interface GzipEnd {
  /**
   * `complete`: CRC-32 and length are there and right. `cut-trailer`: the deflate data is whole, fewer than the
   * eight trailer bytes follow and agree. `cut-deflate`: the input ended before the deflate data did.
   */
  readonly state: 'complete' | 'cut-trailer' | 'cut-deflate';
  /** Length of the gzip header. */
  readonly headerBytes: number;
  /** Offset in the stream just after the deflate data; for `cut-deflate` the size of the input. */
  readonly deflateEndBytes: number;
  /** CRC-32 of the inflated bytes. */
  readonly crc32: number;
  readonly inflatedBytes: number;
  /** All bytes taken from the source. */
  readonly sourceBytes: number;
}

export interface GzipReaderOptions {
  /**
   * Reads a trailer of another shape (securetar-format "The v1 tail"): is given all bytes after the deflate data,
   * at most 64, and their offset in the stream; returns what they state. What it throws is passed on.
   */
  readonly tail?: (tail: Buffer, deflateEndBytes: number) => GzipTrailer;
  /**
   * Offset in the stream from which it is inflated byte by byte, slowly: with the `offsetBytes` of an error, a second
   * reading yields what the first lost just ahead of the damage.
   */
  readonly fineFromBytes?: number;
}

const TAIL_LIMIT_BYTES = 64;

export class GzipReader {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #options: GzipReaderOptions;
  #isStarted = false;
  #end: GzipEnd | null = null;

  /** A piece belongs to the reader once the source has given it: the source must not write into it again. */
  constructor(source: AsyncIterable<Uint8Array>, options: GzipReaderOptions = {}) {
    this.#source = source;
    this.#options = options;
  }

  /**
   * How the stream ended.
   *
   * @throws INTERNAL before {@link bytes} has finished
   */
  get end(): GzipEnd {
    if (this.#end === null)
      throw new StrongroomError('INTERNAL', 'The gzip stream has not been read to its end.');
    return this.#end;
  }

  /**
   * The inflated bytes, once. Leaving early frees everything and closes the source. Errors of the source pass
   * unchanged. Just ahead of a damage up to 512 KiB may be missing, which zlib inflates and does not hand on: see `fineFromBytes`.
   *
   * @throws DAMAGED_PAYLOAD (details: offsetBytes, near the damage in the stream; inflatedBytes, yielded before it)
   * @throws TRUNCATED when the input ends in the header or, with a tail hook, in the deflate data
   */
  async *bytes(): AsyncGenerator<Buffer, void, undefined> {
    if (this.#isStarted) throw new StrongroomError('INTERNAL', 'A gzip stream can be read only once.');
    this.#isStarted = true;
    const pieces = gatherPieces(this.#source, PIECE_MIN_BYTES, PIECE_MAX_BYTES);
    const inflater = new Inflater();
    let feeding: Promise<Fed> | null = null;
    try {
      const first = (await pieces.next()).value ?? Buffer.alloc(0);
      const headerBytes = measureGzipHeader(first);
      feeding = feed(
        inflater,
        pieces,
        first.subarray(headerBytes),
        (this.#options.fineFromBytes ?? Infinity) - headerBytes,
      );
      let crc = 0;
      let inflatedBytes = 0;
      try {
        for await (const piece of inflater.output()) {
          crc = crc32(piece, crc);
          inflatedBytes += piece.length;
          yield piece;
        }
      } catch (error) {
        throw explain(error, headerBytes + inflater.usedBytes, inflatedBytes);
      }
      const fed = await feeding;
      if (fed.error !== null) throw fed.error.thrown;
      this.#end = this.#judge(inflater, fed, { headerBytes, crc32: crc, inflatedBytes });
    } finally {
      inflater.close();
      await feeding;
      await pieces.return();
    }
  }

  #judge(
    inflater: Inflater,
    fed: Fed,
    known: { headerBytes: number; crc32: number; inflatedBytes: number },
  ): GzipEnd {
    const sourceBytes = known.headerBytes + fed.takenBytes;
    if (inflater.outcome !== 'whole') {
      if (this.#options.tail !== undefined) {
        throw new StrongroomError('TRUNCATED', 'The archive ends before its compressed data does.', {
          details: { offsetBytes: sourceBytes, inflatedBytes: known.inflatedBytes },
        });
      }
      return { ...known, state: 'cut-deflate', deflateEndBytes: sourceBytes, sourceBytes };
    }
    const deflateEndBytes = known.headerBytes + inflater.usedBytes;
    const ended = { ...known, deflateEndBytes, sourceBytes };
    if (this.#options.tail === undefined) {
      const isWhole = checkStandardTrailer(fed.after, known.crc32, known.inflatedBytes);
      return { ...ended, state: isWhole ? 'complete' : 'cut-trailer' };
    }
    if (fed.after.length > TAIL_LIMIT_BYTES) {
      throw new StrongroomError(
        'DAMAGED_PAYLOAD',
        'The archive has more bytes after its compressed data than belong there.',
        {
          details: { offsetBytes: deflateEndBytes, inflatedBytes: known.inflatedBytes },
        },
      );
    }
    requireTrailer(this.#options.tail(fed.after, deflateEndBytes), known.crc32, known.inflatedBytes);
    return { ...ended, state: 'complete' };
  }
}

/** What the feeder found: it never rejects, so that leaving early cannot leave an unhandled rejection. */
interface Fed {
  /** Bytes taken from the source after the header. */
  readonly takenBytes: number;
  /** The bytes after the deflate data: all of them, or more than any tail may have. */
  readonly after: Buffer;
  readonly error: { readonly thrown: unknown } | null;
}

/** Writes the source into the inflater, fetching the next piece while zlib works on one. */
async function feed(
  inflater: Inflater,
  pieces: AsyncGenerator<Buffer, void>,
  first: Buffer,
  fineFromBytes: number,
): Promise<Fed> {
  let takenBytes = 0;
  let after: Buffer = Buffer.alloc(0);
  try {
    let piece: Buffer | null = first;
    while (piece !== null && inflater.isOpen) {
      takenBytes += piece.length;
      const coarseBytes = Math.max(0, fineFromBytes - (takenBytes - piece.length));
      const writing = write(inflater, piece, coarseBytes);
      const fetching = pieces.next();
      const [, fetched] = await Promise.allSettled([writing, fetching]);
      if (inflater.outcome === 'whole')
        after = piece.subarray(piece.length - (takenBytes - inflater.usedBytes));
      if (fetched.status === 'rejected') throw fetched.reason;
      piece = fetched.value.value ?? null;
    }
    if (piece === null) inflater.finish();
    while (piece !== null && inflater.outcome === 'whole' && after.length <= TAIL_LIMIT_BYTES) {
      takenBytes += piece.length;
      after = Buffer.concat([after, piece]);
      piece = (await pieces.next()).value ?? null;
    }
    return { takenBytes, after, error: null };
  } catch (thrown) {
    inflater.fail(thrown);
    return { takenBytes, after, error: { thrown } };
  }
}

async function write(inflater: Inflater, piece: Buffer, coarseBytes: number): Promise<void> {
  await inflater.write(piece.subarray(0, coarseBytes));
  for (let at = coarseBytes; at < piece.length && inflater.isOpen; at += 1) {
    await inflater.write(piece.subarray(at, at + 1));
  }
}

function explain(error: unknown, offsetBytes: number, inflatedBytes: number): unknown {
  if ((error as { code?: unknown } | null)?.code !== 'Z_DATA_ERROR') return error;
  return new StrongroomError('DAMAGED_PAYLOAD', 'The compressed data of the archive is damaged.', {
    details: { offsetBytes, inflatedBytes },
    cause: error,
  });
}
