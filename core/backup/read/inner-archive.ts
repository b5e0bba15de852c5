// One decrypted inner archive, gzip or plain tar, read strictly to its end and judged: whole, whole but with an end
// that Home Assistant cut, or cut off for real. The rules are in docs/formats.md ("Ends that were cut").

import type { Remark } from '../../../shared/backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import { GzipReader, type GzipEnd } from '../../gzip/index.ts';
import { readV1GzipTail } from '../../securetar/index.ts';
import {
  BLOCK_BYTES,
  ByteCursor,
  RECORD_BYTES,
  TarWalker,
  type TarEnd,
  type WalkedEntry,
} from '../../tar/index.ts';

/** Home Assistant's cut leaves a multiple of the AES block: see "The v2 size field is usually short". */
const CUT_GRANULARITY_BYTES = 16;

export interface ArchiveEnd {
  readonly compressed: boolean;
  readonly tar: TarEnd;
  readonly gzip: GzipEnd | null;
  /** Bytes of decrypted content as stored, v1's padding included. */
  readonly storedPlaintextBytes: number;
  readonly remarks: readonly Remark[];
  /** Zeros by which the tar is short of its end marker and record, for the cure of a cut gzip end. */
  readonly missingZeroBytes: number;
}

export class InnerArchive {
  readonly #name: string;
  readonly #isV1: boolean;
  readonly #mayBeCut: boolean;
  readonly #zerosProveNothing: boolean;
  readonly #cursor: ByteCursor;
  #gzip: GzipReader | null = null;
  readonly #walker: TarWalker;
  #end: ArchiveEnd | null = null;

  /** `variant` tells which quirks its writer had. */
  constructor(
    name: string,
    plaintext: AsyncIterable<Buffer>,
    variant: 'plain' | 'v1' | 'v1-pax' | 'v2' | 'v3',
  ) {
    this.#name = name;
    this.#isV1 = variant === 'v1';
    this.#mayBeCut = variant === 'plain' || variant === 'v3';
    this.#zerosProveNothing = variant !== 'v3';
    this.#cursor = new ByteCursor(plaintext);
    this.#walker = new TarWalker(this.#tarBytes());
  }

  /** What was read completely so far. */
  get complete(): TarWalker['complete'] {
    return this.#walker.complete;
  }

  /** Only after `entries()` has finished. */
  get end(): ArchiveEnd {
    if (this.#end === null)
      throw new StrongroomError('INTERNAL', 'The inner archive has not been read to its end.');
    return this.#end;
  }

  /**
   * Its entries in order; finishing without an error means that everything is there.
   * @throws TRUNCATED, DAMAGED_PAYLOAD, DAMAGED_HEADER, LIMIT_EXCEEDED, and whatever reading the plaintext throws
   */
  async *entries(): AsyncGenerator<WalkedEntry> {
    try {
      yield* this.#walker.entries();
    } catch (error) {
      throw this.#explain(error);
    }
    this.#end = this.#judge();
  }

  async *#tarBytes(): AsyncGenerator<Buffer> {
    try {
      const first = await this.#cursor.take(3);
      const rest = this.#cursor.rest(first);
      if (first[0] === 0x1f && first[1] === 0x8b) {
        this.#gzip = this.#isV1 ? new GzipReader(rest, { tail: readV1GzipTail }) : new GzipReader(rest);
        yield* this.#gzip.bytes();
      } else {
        yield* rest;
      }
    } finally {
      await this.#cursor.close();
    }
  }

  #judge(): ArchiveEnd {
    const tar = this.#walker.end;
    const gzip = this.#gzip?.end ?? null;
    const storedPlaintextBytes = this.#cursor.offset;
    const cut = gzip !== null && gzip.state !== 'complete';
    if (cut && !(this.#mayBeCut && isHarmlessCut(gzip, tar))) throw this.#cutOff();
    const deflateEnded = gzip === null || gzip.state !== 'cut-deflate';
    if (deflateEnded && (!tar.endMarker || tar.missingPaddingBytes > 0)) throw this.#cutOff();
    // Where nothing else vouches for the bytes, a long run of zeros may stand where more files were.
    if (gzip === null && this.#zerosProveNothing && surplusZeros(tar) > 0)
      throw this.#hole(surplusZeros(tar));
    const remarks: Remark[] = [];
    if (cut) {
      remarks.push({
        code: 'SHORT_GZIP_END',
        member: this.#name,
        message: `The end of “${this.#name}” was cut by Home Assistant’s own decryption; all files in it are complete. Repairing writes the end anew.`,
      });
    }
    return {
      compressed: gzip !== null,
      tar,
      gzip,
      storedPlaintextBytes,
      remarks,
      missingZeroBytes: cut ? missingZeros(tar) : 0,
    };
  }

  #cutOff(): StrongroomError {
    const { lastEntry } = this.#walker.complete;
    const after = lastEntry === null ? '' : ` after “${lastEntry}”`;
    return new StrongroomError(
      'TRUNCATED',
      `“${this.#name}” ends without its end mark${after}: files may be missing.`,
      {
        hint: SALVAGE_HINT,
        details: { member: this.#name },
      },
    );
  }

  #hole(bytes: number): StrongroomError {
    const { lastEntry } = this.#walker.complete;
    const where = lastEntry === null ? 'instead of files' : `after “${lastEntry}”`;
    return new StrongroomError(
      'DAMAGED_PAYLOAD',
      `“${this.#name}” holds ${bytes} bytes of zeros ${where}: files may be missing.`,
      { hint: SALVAGE_HINT, details: { member: this.#name } },
    );
  }

  #explain(error: unknown): unknown {
    if (!(error instanceof StrongroomError)) return error;
    if (!/^(TRUNCATED|DAMAGED_HEADER|DAMAGED_PAYLOAD|LIMIT_EXCEEDED|UNSUPPORTED_VERSION)$/.test(error.code))
      return error;
    // Without a MAC or a checksum in between, the tar is where damage in v1 and v2 shows.
    const inTar = 'tarOffsetBytes' in error.details;
    const code = error.code === 'DAMAGED_HEADER' && inTar ? 'DAMAGED_PAYLOAD' : error.code;
    return new StrongroomError(code, `“${this.#name}”: ${error.message}`, {
      hint: error.hint ?? SALVAGE_HINT,
      details: { ...error.details, member: this.#name },
      cause: error,
    });
  }
}

/**
 * Nothing but closing zeros is missing. A zero where a header could begin proves it: no header begins with one. That
 * the last file is complete proves nothing, more could have followed.
 */
function isHarmlessCut(gzip: GzipEnd, tar: TarEnd): boolean {
  return gzip.sourceBytes % CUT_GRANULARITY_BYTES === 0 && tar.closingZeroBytes > 0;
}

function missingZeros(tar: TarEnd): number {
  return Math.max(0, wholeTarBytes(tar) - tar.tarBytes);
}

function surplusZeros(tar: TarEnd): number {
  return Math.max(0, tar.tarBytes - wholeTarBytes(tar));
}

/** Up to the end marker, then to a whole record, as tar writers do. */
function wholeTarBytes(tar: TarEnd): number {
  const contentEnd = tar.tarBytes - tar.closingZeroBytes + tar.missingPaddingBytes;
  return Math.ceil((contentEnd + 2 * BLOCK_BYTES) / RECORD_BYTES) * RECORD_BYTES;
}

const SALVAGE_HINT =
  'Download the backup again. If that is not possible, salvaging saves the files before the damage.';
