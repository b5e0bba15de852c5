// The 512-byte tar header (POSIX ustar, PAX, GNU) as a pure codec, apart from any stream. Reading is strict:
// a wrong checksum, an unreadable number or a negative size is an error, never a default.

import { StrongroomError } from '../../shared/errors.ts';

export const BLOCK_BYTES = 512;
/** Tar writers pad archives to this record size. */
export const RECORD_BYTES = 10_240;

export type TarEntryType =
  | 'file'
  | 'hardlink'
  | 'symlink'
  | 'directory'
  | 'pax'
  | 'pax-global'
  | 'gnu-long-name'
  | 'gnu-long-link'
  | 'other';

export interface TarHeader {
  /** Raw bytes decoded as UTF-8. */
  readonly name: string;
  readonly linkName: string;
  readonly type: TarEntryType;
  readonly typeFlag: string;
  readonly sizeBytes: number;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtimeSeconds: number;
}

const TYPES: Readonly<Record<string, TarEntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
  x: 'pax',
  g: 'pax-global',
  L: 'gnu-long-name',
  K: 'gnu-long-link',
};

const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeFlag: 156,
  linkName: [157, 100],
  magic: [257, 6],
  prefix: [345, 155],
} as const;

/** Bytes a payload of `sizeBytes` takes in the archive, padding included. */
export function paddedBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

export function isZeroBlock(block: Buffer): boolean {
  for (let index = 0; index < BLOCK_BYTES; index += 4) if (block.readUInt32LE(index) !== 0) return false;
  return true;
}

/** True where the block looks like a tar header by its magic and its checksum. */
export function isTarHeader(block: Buffer): boolean {
  return block.length >= BLOCK_BYTES && !isZeroBlock(block) && hasMagic(block) && checksumMatches(block);
}

/**
 * Decodes one header block that is not all zeros.
 * @throws DAMAGED_HEADER
 */
export function decodeTarHeader(block: Buffer): TarHeader {
  if (!checksumMatches(block)) throw damaged('its checksum is wrong');
  const typeFlag = String.fromCharCode(block[FIELD.typeFlag] ?? 0);
  const shortName = text(block, FIELD.name);
  const prefix = isPosix(block) ? text(block, FIELD.prefix) : '';
  const name = prefix === '' ? shortName : `${prefix}/${shortName}`;
  const v7Directory = typeFlag === '\0' && shortName.endsWith('/'); // before POSIX there was no type for folders
  return {
    name,
    linkName: text(block, FIELD.linkName),
    type: v7Directory ? 'directory' : (TYPES[typeFlag] ?? 'other'),
    typeFlag,
    sizeBytes: number(block, FIELD.size, 'size'),
    mode: number(block, FIELD.mode, 'mode') & 0o7777,
    mtimeSeconds: number(block, FIELD.mtime, 'time'),
  };
}

/**
 * Whether content follows the header. Links, folders, devices and pipes have none, whatever their size field says (as
 * CPython's tarfile, the writer, reads them); an unknown type has.
 */
export function carriesData({ type, typeFlag }: Pick<TarHeader, 'type' | 'typeFlag'>): boolean {
  return type === 'file' || (type === 'other' && !'346'.includes(typeFlag));
}

/** A copy of `block` with another size and a fresh checksum; sizes over the octal field go in base 256. */
export function withSize(block: Buffer, sizeBytes: number): Buffer {
  const copy = Buffer.from(block);
  const [offset, length] = FIELD.size;
  const octal = sizeBytes.toString(8);
  if (octal.length < length) {
    copy.write(`${octal.padStart(length - 1, '0')}\0`, offset, 'latin1');
  } else {
    copy.fill(0, offset, offset + length);
    copy[offset] = 0x80;
    copy.writeBigUInt64BE(BigInt(sizeBytes), offset + length - 8);
  }
  return withChecksum(copy);
}

/** A new ustar header for a small regular file or PAX record. @throws INTERNAL when the name does not fit. */
export function encodeTarHeader(fields: {
  readonly name: string;
  readonly sizeBytes: number;
  readonly typeFlag: string;
  readonly mode: number;
  readonly mtimeSeconds: number;
}): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  if (Buffer.byteLength(fields.name) > 100)
    throw new StrongroomError('INTERNAL', 'tar name too long for ustar');
  block.write(fields.name, 0, 'utf8');
  block.write(`${fields.mode.toString(8).padStart(7, '0')}\0`, 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  block.write(
    `${Math.max(0, Math.floor(fields.mtimeSeconds)).toString(8).padStart(11, '0')}\0`,
    136,
    'latin1',
  );
  block.write(fields.typeFlag, FIELD.typeFlag, 'latin1');
  block.write('ustar\x0000', FIELD.magic[0], 'latin1');
  return withSize(block, fields.sizeBytes);
}

function withChecksum(block: Buffer): Buffer {
  block.write('        ', FIELD.checksum[0], 'latin1');
  let sum = 0;
  for (const byte of block.subarray(0, BLOCK_BYTES)) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, FIELD.checksum[0], 'latin1');
  return block;
}

function checksumMatches(block: Buffer): boolean {
  const [offset, length] = FIELD.checksum;
  const stored = Number.parseInt(
    block
      .toString('latin1', offset, offset + length)
      .replaceAll('\0', ' ')
      .trim(),
    8,
  );
  if (Number.isNaN(stored)) return false;
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < BLOCK_BYTES; index++) {
    const byte = index >= offset && index < offset + length ? 32 : (block[index] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return stored === unsigned || stored === signed; // very old tars summed signed bytes
}

function hasMagic(block: Buffer): boolean {
  return block.toString('latin1', 257, 262) === 'ustar';
}

function isPosix(block: Buffer): boolean {
  return block.toString('latin1', 257, 263) === 'ustar\0';
}

function text(block: Buffer, [offset, length]: readonly [number, number]): string {
  const end = block.subarray(offset, offset + length).indexOf(0);
  return block.toString('utf8', offset, end === -1 ? offset + length : offset + end);
}

function number(block: Buffer, [offset, length]: readonly [number, number], field: string): number {
  if (((block[offset] ?? 0) & 0x80) !== 0) return base256(block.subarray(offset, offset + length), field);
  const digits = block
    .toString('latin1', offset, offset + length)
    .replaceAll('\0', ' ')
    .trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw damaged(`its ${field} is not a number`);
  return Number.parseInt(digits, 8);
}

function base256(bytes: Buffer, field: string): number {
  if (bytes[0] !== 0x80) {
    if (field === 'time') return 0; // before 1970: shown as 1970, nothing depends on it
    throw damaged(`its ${field} is negative`);
  }
  let value = 0n;
  for (const byte of bytes.subarray(1)) value = (value << 8n) | BigInt(byte);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(`its ${field} is impossibly large`);
  return Number(value);
}

function damaged(reason: string): StrongroomError {
  return new StrongroomError('DAMAGED_HEADER', `A tar header is damaged: ${reason}.`);
}
