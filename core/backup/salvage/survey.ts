// How far a damaged inner archive can be read, and its readable beginning as a whole archive again: every entry that
// is complete, byte for byte, then the end marker. Streams; remembers offsets only.

import { createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { StrongroomError, fromPlainError, toPlainError } from '../../../shared/errors.ts';
import { GzipReader } from '../../gzip/index.ts';
import { BLOCK_BYTES, ByteCursor, RECORD_BYTES, TarWalker, paddedBytes } from '../../tar/index.ts';
import type { AvailablePlaintext } from './source.ts';

export interface Survey {
  readonly compressed: boolean;
  /** The tar's bytes up to the end of its last complete entry, padding included. */
  readonly keepTarBytes: number;
  readonly entryCount: number;
  /** Content of the complete entries. */
  readonly bytes: number;
  readonly lastEntry: string | null;
  /** What stopped the reading; null when it came to a regular end. */
  readonly error: StrongroomError | null;
  /** Where in the gzip stream inflating has to be done byte by byte, so that nothing before the damage is lost. */
  readonly fineFromBytes: number | null;
}

/** `open` gives the plaintext from its start each time. @throws CANCELLED, INTERNAL */
export async function surveyArchive(open: () => AvailablePlaintext): Promise<Survey> {
  const coarse = await walk(open(), null);
  if (coarse.damagedAtBytes === null) return coarse.survey;
  const fine = await walk(open(), coarse.damagedAtBytes);
  return fine.survey;
}

/** The tar with nothing but complete entries, gzipped where it was. */
export function rebuiltArchive(available: AvailablePlaintext, survey: Survey): AsyncIterable<Buffer> {
  const tar = rebuiltTar(available, survey);
  return survey.compressed ? compressed(tar) : tar;
}

/** Size in bytes of the rebuilt tar before compression: whole records, as tar writers leave it. */
export function rebuiltTarBytes({ keepTarBytes }: Survey): number {
  return Math.ceil((keepTarBytes + 2 * BLOCK_BYTES) / RECORD_BYTES) * RECORD_BYTES;
}

/**
 * Gives the content of the named small files to `take`, from as much of the archive as can be read.
 * @throws CANCELLED, INTERNAL
 */
export async function readSmallFiles(
  available: AvailablePlaintext,
  survey: Pick<Survey, 'fineFromBytes'>,
  wanted: (name: string) => boolean,
  take: (name: string, content: Buffer) => void,
): Promise<void> {
  const limitBytes = 1024 * 1024;
  const tar = new TarBytes(available, survey.fineFromBytes);
  try {
    for await (const entry of new TarWalker(tar.bytes()).entries()) {
      if (entry.type !== 'file' || entry.sizeBytes > limitBytes || !wanted(entry.name)) continue;
      const parts: Buffer[] = [];
      for await (const part of entry.data()) parts.push(part);
      take(entry.name, Buffer.concat(parts));
    }
  } catch (error) {
    rethrowOurs(error); // the rest is damage, which is already known
  }
}

async function walk(
  available: AvailablePlaintext,
  fineFromBytes: number | null,
): Promise<{ readonly survey: Survey; readonly damagedAtBytes: number | null }> {
  const tar = new TarBytes(available, fineFromBytes);
  const walker = new TarWalker(tar.bytes());
  let seen = 0;
  let ends = { before: 0, last: 0 };
  let error: StrongroomError | null = null;
  try {
    for await (const entry of walker.entries()) {
      seen++;
      ends = { before: ends.last, last: walker.offset + paddedBytes(entry.sizeBytes) };
    }
    if (!walker.end.endMarker) error = new StrongroomError('TRUNCATED', 'Its end mark is missing.');
  } catch (thrown) {
    rethrowOurs(thrown);
    error = fromPlainError(toPlainError(thrown));
  }
  const { entryCount, bytes, lastEntry } = walker.complete;
  const survey = {
    compressed: tar.compressed,
    keepTarBytes: entryCount === seen ? ends.last : ends.before,
    entryCount,
    bytes,
    lastEntry,
    error: available.failure ?? tar.damage ?? error,
    fineFromBytes,
  };
  return { survey, damagedAtBytes: tar.damagedAtBytes };
}

/** The tar's bytes as far as they can be had; a damaged gzip stream ends where the damage is. */
class TarBytes {
  readonly #available: AvailablePlaintext;
  readonly #fineFromBytes: number | null;
  compressed = false;
  damage: StrongroomError | null = null;
  damagedAtBytes: number | null = null;

  constructor(available: AvailablePlaintext, fineFromBytes: number | null) {
    this.#available = available;
    this.#fineFromBytes = fineFromBytes;
  }

  async *bytes(): AsyncGenerator<Buffer> {
    const cursor = new ByteCursor(this.#available.bytes());
    try {
      const first = await cursor.take(2);
      this.compressed = first[0] === 0x1f && first[1] === 0x8b;
      const whole = cursor.rest(first);
      if (this.compressed) yield* this.#inflated(whole);
      else yield* whole;
    } finally {
      await cursor.close();
    }
  }

  async *#inflated(gzip: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const fine = this.#fineFromBytes;
    try {
      yield* new GzipReader(gzip, fine === null ? {} : { fineFromBytes: fine }).bytes();
    } catch (error) {
      rethrowOurs(error);
      this.damage = fromPlainError(toPlainError(error));
      const at = this.damage.details['offsetBytes'];
      this.damagedAtBytes = typeof at === 'number' ? at : null;
    }
  }
}

async function* rebuiltTar(available: AvailablePlaintext, survey: Survey): AsyncGenerator<Buffer> {
  const source = new TarBytes(available, survey.fineFromBytes).bytes();
  let left = survey.keepTarBytes;
  for await (const piece of source) {
    const kept = piece.subarray(0, left);
    left -= kept.length;
    if (kept.length > 0) yield kept;
    if (left === 0) break;
  }
  // Only the last entry's padding may be missing: its content was seen to be complete.
  if (left >= BLOCK_BYTES)
    throw new StrongroomError('SOURCE_CHANGED', 'The file gives other content each time it is read.', {
      hint: 'Its drive may be failing. Copy the file to another drive and try again.',
    });
  yield Buffer.alloc(left + rebuiltTarBytes(survey) - survey.keepTarBytes);
}

async function* compressed(tar: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gzip = createGzip();
  const feeding = pipeline(Readable.from(tar), gzip);
  feeding.catch(() => undefined); // the reading below gets the same error
  for await (const piece of gzip) yield piece as Buffer;
  await feeding;
}

function rethrowOurs(error: unknown): void {
  const { code } = toPlainError(error);
  if (code === 'CANCELLED' || code === 'INTERNAL') throw error;
}
