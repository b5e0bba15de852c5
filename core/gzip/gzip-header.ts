// The header of a gzip member, RFC 1952 section 2.3: where it ends, and whether it is one.
// Must never accept a reserved flag, another method than deflate, or a header above the limit.
import { crc32 } from 'node:zlib';
import { StrongroomError } from '../../shared/errors.ts';

/** The longest header that is read. Home Assistant's own have 10 bytes, or a file name more. */
const HEADER_LIMIT_BYTES = 65_536;

const FIXED_BYTES = 10;
const MAGIC = [0x1f, 0x8b];
const METHOD_DEFLATE = 8;
const FLAG_HCRC = 0x02;
const FLAG_EXTRA = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
const FLAGS_RESERVED = 0xe0;

/**
 * Returns the length in bytes of the header at the start of `bytes`, which are the first bytes of the stream:
 * at least HEADER_LIMIT_BYTES of them, or all there are.
 *
 * @throws DAMAGED_PAYLOAD when it is no gzip header, its checksum is wrong, or it is too long
 * @throws TRUNCATED when the stream ends inside it
 */
export function measureGzipHeader(bytes: Buffer): number {
  if (bytes.length === 0) throw new StrongroomError('TRUNCATED', 'The compressed archive is empty.');
  if (MAGIC.some((value, at) => at < bytes.length && bytes[at] !== value)) {
    throw damaged('The archive is not gzip data: its first bytes are something else.');
  }
  if (bytes.length > 2 && bytes[2] !== METHOD_DEFLATE) {
    throw damaged(`The archive uses an unknown gzip compression method (${bytes[2]}).`);
  }
  const flags = bytes[3] ?? 0;
  if ((flags & FLAGS_RESERVED) !== 0) throw damaged('The gzip header has a reserved flag set.');

  let end = FIXED_BYTES;
  if ((flags & FLAG_EXTRA) !== 0) {
    requireBytes(bytes, end + 2);
    end += 2 + bytes.readUInt16LE(end);
  }
  if ((flags & FLAG_NAME) !== 0) end = skipText(bytes, end);
  if ((flags & FLAG_COMMENT) !== 0) end = skipText(bytes, end);
  if ((flags & FLAG_HCRC) !== 0) {
    requireBytes(bytes, end + 2);
    if (bytes.readUInt16LE(end) !== (crc32(bytes.subarray(0, end)) & 0xffff)) {
      throw damaged('The checksum of the gzip header is wrong.');
    }
    end += 2;
  }
  requireBytes(bytes, end);
  return end;
}

function skipText(bytes: Buffer, from: number): number {
  requireBytes(bytes, from);
  const zero = bytes.indexOf(0, from);
  const end = zero === -1 ? bytes.length + 1 : zero + 1;
  requireBytes(bytes, end);
  return end;
}

function requireBytes(bytes: Buffer, neededBytes: number): void {
  if (neededBytes > HEADER_LIMIT_BYTES) throw damaged('The gzip header is longer than any honest one.');
  if (neededBytes > bytes.length) {
    throw new StrongroomError('TRUNCATED', 'The compressed archive ends inside its gzip header.');
  }
}

function damaged(message: string): StrongroomError {
  return new StrongroomError('DAMAGED_PAYLOAD', message, { details: { offsetBytes: 0, inflatedBytes: 0 } });
}
