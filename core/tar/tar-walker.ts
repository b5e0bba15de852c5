// Walks one tar stream strictly (POSIX.1-2001 pax, ustar, GNU long names): every header checked, every byte
// accounted for, and a clear word on whether the end-of-archive marker was there. Holds one header at a time.

import { StrongroomError } from '../../shared/errors.ts';
import { ByteCursor } from './byte-cursor.ts';
import { decodePax, paxSize } from './pax.ts';
import {
  BLOCK_BYTES,
  carriesData,
  decodeTarHeader,
  isZeroBlock,
  paddedBytes,
  type TarHeader,
} from './tar-header.ts';

/** PAX and GNU name records of one entry, and all global ones together, larger than this are refused. */
export const MAX_EXTENDED_HEADER_BYTES = 1024 * 1024;
const MAX_PATH_BYTES = 32_767;
const MAX_ENTRIES = 20_000_000;

export type WalkedType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';

export interface WalkedEntry {
  readonly name: string;
  readonly type: WalkedType;
  readonly linkName: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtimeSeconds: number;
  /** Offset of the entry's first header block in the tar stream. */
  readonly offset: number;
  /** The content; what is not read of it is passed over when the walk goes on. */
  data(): AsyncGenerator<Buffer>;
}

export interface TarEnd {
  readonly entryCount: number;
  /** All bytes of the tar stream. */
  readonly tarBytes: number;
  /** Zero bytes after the last entry's data and padding. */
  readonly closingZeroBytes: number;
  /** Bytes that the last entry's padding lacks; its data is complete. */
  readonly missingPaddingBytes: number;
  /** At least two zero blocks close the archive. */
  readonly endMarker: boolean;
}

interface Extension {
  pax: Map<string, string> | null;
  longName: string | null;
  longLink: string | null;
  /** Of the headers so far, each block counted. */
  bytes: number;
}

export class TarWalker {
  readonly #cursor: ByteCursor;
  readonly #maxEntries: number;
  readonly #global = new Map<string, string>();
  #globalBytes = 0;
  #entryCount = 0;
  #filesComplete = 0;
  #bytesComplete = 0;
  #lastComplete: string | null = null;
  #end: TarEnd | null = null;

  constructor(source: AsyncIterable<Uint8Array>, options: { readonly maxEntries?: number } = {}) {
    this.#cursor = new ByteCursor(source);
    this.#maxEntries = options.maxEntries ?? MAX_ENTRIES;
  }

  /** How the archive ended; only after `entries()` has finished. */
  get end(): TarEnd {
    if (this.#end === null) throw new StrongroomError('INTERNAL', 'The tar has not been walked to its end.');
    return this.#end;
  }

  /** What was read completely so far: what can be saved when the walk fails. */
  get complete(): { readonly entryCount: number; readonly bytes: number; readonly lastEntry: string | null } {
    return { entryCount: this.#filesComplete, bytes: this.#bytesComplete, lastEntry: this.#lastComplete };
  }

  get offset(): number {
    return this.#cursor.offset;
  }

  /**
   * The entries in order.
   * @throws TRUNCATED, DAMAGED_HEADER, DAMAGED_PAYLOAD, LIMIT_EXCEEDED, UNSUPPORTED_VERSION; `details.tarOffsetBytes` says where
   */
  async *entries(): AsyncGenerator<WalkedEntry> {
    let extension: Extension = noExtension();
    let entryOffset = 0;
    try {
      for (;;) {
        const blockOffset = this.#cursor.offset;
        const block = this.#cursor.takeNow(BLOCK_BYTES) ?? (await this.#cursor.take(BLOCK_BYTES));
        if (block.length < BLOCK_BYTES || isZeroBlock(block)) {
          if (hasContent(extension)) throw this.#truncated('after the header of a file name');
          await this.#finish(block, 0);
          return;
        }
        const header = this.#withOffset(blockOffset, () => decodeTarHeader(block));
        if (!hasContent(extension)) entryOffset = blockOffset;
        if (await this.#readExtension(header, extension)) continue;
        const entry = this.#withOffset(entryOffset, () => this.#entry(header, extension, entryOffset));
        extension = noExtension();
        if (++this.#entryCount > this.#maxEntries) {
          throw new StrongroomError(
            'LIMIT_EXCEEDED',
            `The archive has more than ${this.#maxEntries} entries.`,
            {
              details: { tarOffsetBytes: entryOffset },
            },
          );
        }
        const dataEnd = this.#cursor.offset + entry.sizeBytes;
        yield entry;
        const left = dataEnd - this.#cursor.offset;
        if ((await this.#cursor.skip(left)) < left) throw this.#truncated(`inside “${entry.name}”`);
        this.#filesComplete++;
        this.#bytesComplete += entry.sizeBytes;
        this.#lastComplete = entry.name;
        const padding = paddedBytes(entry.sizeBytes) - entry.sizeBytes;
        const skipped = await this.#cursor.skip(padding);
        if (skipped < padding) {
          await this.#finish(Buffer.alloc(0), padding - skipped);
          return;
        }
      }
    } finally {
      await this.#cursor.close();
    }
  }

  /** Adds to a refusal where in the tar it was. */
  #withOffset<T>(tarOffsetBytes: number, decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof StrongroomError) || 'tarOffsetBytes' in error.details) throw error;
      throw new StrongroomError(error.code, error.message, { details: { tarOffsetBytes }, cause: error });
    }
  }

  async #readExtension(header: TarHeader, extension: Extension): Promise<boolean> {
    const { type } = header;
    if (type !== 'pax' && type !== 'pax-global' && type !== 'gnu-long-name' && type !== 'gnu-long-link')
      return false;
    const offset = this.#cursor.offset;
    const whole = paddedBytes(header.sizeBytes);
    extension.bytes += BLOCK_BYTES + whole;
    if (type === 'pax-global') this.#globalBytes += whole;
    if (Math.max(header.sizeBytes, extension.bytes, this.#globalBytes) > MAX_EXTENDED_HEADER_BYTES) {
      throw new StrongroomError(
        'LIMIT_EXCEEDED',
        'The extended tar headers of an entry are larger than 1 MiB.',
        {
          details: { tarOffsetBytes: offset },
        },
      );
    }
    const body = await this.#cursor.take(whole);
    if (body.length < whole) throw this.#truncated('inside an extended header');
    const content = body.subarray(0, header.sizeBytes);
    if (type === 'gnu-long-name') extension.longName = untilZero(content);
    else if (type === 'gnu-long-link') extension.longLink = untilZero(content);
    else {
      const records = this.#withOffset(offset, () => decodePax(content));
      if (type === 'pax') extension.pax = records;
      else for (const [key, value] of records) this.#global.set(key, value);
    }
    return true;
  }

  #entry(header: TarHeader, extension: Extension, offset: number): WalkedEntry {
    const records = new Map([...this.#global, ...(extension.pax ?? [])]);
    if (header.typeFlag === 'S' || [...records.keys()].some((key) => key.startsWith('GNU.sparse.'))) {
      throw new StrongroomError(
        'UNSUPPORTED_VERSION',
        'The archive holds a sparse file, which Home Assistant never writes.',
        {
          details: { tarOffsetBytes: offset },
        },
      );
    }
    const name = records.get('path') ?? extension.longName ?? header.name;
    if (Buffer.byteLength(name) > MAX_PATH_BYTES) {
      throw new StrongroomError('LIMIT_EXCEEDED', 'A path in the archive is longer than any system allows.', {
        details: { tarOffsetBytes: offset },
      });
    }
    const type = walkedType(header);
    const sizeBytes = carriesData(header) ? (paxSize(records) ?? header.sizeBytes) : 0;
    const cursor = this.#cursor;
    const dataOffset = cursor.offset;
    let read = false;
    return {
      name,
      type,
      linkName: records.get('linkpath') ?? extension.longLink ?? header.linkName,
      sizeBytes,
      mode: header.mode,
      mtimeSeconds: Number(records.get('mtime') ?? header.mtimeSeconds) || 0,
      offset,
      data: async function* () {
        if (read || cursor.offset !== dataOffset)
          throw new StrongroomError('INTERNAL', 'An entry can be read once, before the walk goes on.');
        read = true;
        let left = sizeBytes;
        while (left > 0) {
          const part = await cursor.takeSome(left);
          if (part === null) {
            throw new StrongroomError('TRUNCATED', `The archive ends inside “${name}”.`, {
              details: { tarOffsetBytes: cursor.offset },
            });
          }
          left -= part.length;
          yield part;
        }
      },
    };
  }

  /** Takes the rest, which must be zeros. `start` is the first block after the last entry, possibly short. */
  async #finish(start: Buffer, missingPaddingBytes: number): Promise<void> {
    let zeros = 0;
    let piece: Buffer | null = start;
    while (piece !== null) {
      if (piece.length > 0 && !isZeros(piece)) {
        const partialHeader = zeros === 0 && start.length < BLOCK_BYTES;
        if (partialHeader) throw this.#truncated('inside a header');
        throw new StrongroomError('DAMAGED_PAYLOAD', 'There is data after the end of the archive.', {
          details: { tarOffsetBytes: this.#cursor.offset },
        });
      }
      zeros += piece.length;
      piece = await this.#cursor.takeSome(1024 * 1024);
    }
    this.#end = {
      entryCount: this.#entryCount,
      tarBytes: this.#cursor.offset,
      closingZeroBytes: zeros,
      missingPaddingBytes,
      endMarker: zeros >= 2 * BLOCK_BYTES,
    };
  }

  #truncated(where: string): StrongroomError {
    return new StrongroomError('TRUNCATED', `The archive ends ${where}.`, {
      details: { tarOffsetBytes: this.#cursor.offset },
    });
  }
}

function walkedType(header: TarHeader): WalkedType {
  switch (header.type) {
    case 'file':
    case 'directory':
    case 'symlink':
    case 'hardlink':
      return header.type;
    default:
      return 'other';
  }
}

function noExtension(): Extension {
  return { pax: null, longName: null, longLink: null, bytes: 0 };
}

function hasContent(extension: Extension): boolean {
  return extension.pax !== null || extension.longName !== null || extension.longLink !== null;
}

function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

function isZeros(bytes: Buffer): boolean {
  return bytes.length === 0 || (bytes[0] === 0 && bytes.subarray(1).equals(bytes.subarray(0, -1)));
}
