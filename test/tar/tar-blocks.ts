// Tars built block by block, without the code under test, and what a walk over bytes in any pieces gives.

import { StrongroomError } from '../../shared/errors.ts';
import { TarWalker, type TarEnd } from '../../core/tar/index.ts';
import { inPieces } from '../securetar/pieces.ts';

export const ZEROS = Buffer.alloc(1024);

export interface BlockFields {
  readonly name?: string | Buffer;
  readonly type?: string;
  /** Octal digits, or the twelve raw bytes. */
  readonly size?: number | Buffer;
  readonly mode?: string | Buffer;
  readonly mtime?: string | Buffer;
  readonly linkName?: string;
  readonly prefix?: string;
  /** Six bytes of magic and two of version; POSIX unless told. */
  readonly magic?: string;
  /** “unsigned” unless told, “signed”, or the eight characters to put there. */
  readonly checksum?: string;
}

/** One header block. */
export function block(fields: BlockFields = {}): Buffer {
  const bytes = Buffer.alloc(512);
  const put = (value: string | Buffer, offset: number): void => {
    Buffer.from(value).copy(bytes, offset);
  };
  put(fields.name ?? 'file', 0);
  put(fields.mode ?? '0000644\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  const size = fields.size ?? 0;
  put(typeof size === 'number' ? `${size.toString(8).padStart(11, '0')}\0` : size, 124);
  put(fields.mtime ?? '15000000000\0', 136);
  put(fields.type ?? '0', 156);
  put(fields.linkName ?? '', 157);
  put(fields.magic ?? 'ustar\x0000', 257);
  put(fields.prefix ?? '', 345);
  return withSum(bytes, fields.checksum ?? 'unsigned');
}

export function withSum(bytes: Buffer, kind: string): Buffer {
  bytes.fill(' ', 148, 156);
  if (kind !== 'unsigned' && kind !== 'signed') {
    bytes.write(kind, 148, 'latin1');
    return bytes;
  }
  let sum = 0;
  for (const byte of bytes) sum += kind === 'signed' && byte > 127 ? byte - 256 : byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

export function padded(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** Header and content of a file. */
export function file(name: string, content: string | Buffer, fields: BlockFields = {}): Buffer {
  return Buffer.concat([block({ name, size: Buffer.byteLength(content), ...fields }), padded(content)]);
}

/** A PAX header (`x`, or `g` for a global one) as tarfile writes it. */
export function pax(records: Readonly<Record<string, string>>, type: 'x' | 'g' = 'x'): Buffer {
  const body = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return file('././@PaxHeader', Buffer.concat(body), { type });
}

function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

export interface Walked {
  readonly entries: readonly { readonly name: string; readonly type: string; readonly content: string }[];
  readonly end: TarEnd | null;
  readonly error: StrongroomError | null;
  readonly complete: TarWalker['complete'];
}

/** Walks, reading every entry. Anything but a StrongroomError fails the test. */
export async function walk(bytes: Buffer, pieceBytes = 65_536): Promise<Walked> {
  return walkSource(inPieces(bytes, pieceBytes));
}

export async function walkSource(source: AsyncIterable<Uint8Array>): Promise<Walked> {
  const walker = new TarWalker(source);
  const entries: { name: string; type: string; content: string }[] = [];
  let error: StrongroomError | null = null;
  try {
    for await (const entry of walker.entries()) {
      const parts: Buffer[] = [];
      const { name, type } = entry;
      for await (const part of entry.data()) parts.push(Buffer.from(part));
      entries.push({ name, type, content: Buffer.concat(parts).toString('latin1') });
    }
  } catch (thrown) {
    if (!(thrown instanceof StrongroomError)) throw thrown;
    error = thrown;
  }
  return { entries, end: error === null ? walker.end : null, error, complete: walker.complete };
}

/** The mulberry32 generator: the same numbers for the same seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
