// The SecureTar header, to and from bytes: "Header (v2, v3)" of the format page. A header with the magic and
// anything unknown behind it is an error; it must never be taken for the older format that had no header.

import { requireLength, requireSize } from './arguments.ts';
import { damagedHeader, truncated, unsupportedVersion } from './refusals.ts';

/** A v1 stream has no header, only its salt. */
export const V1_HEADER_BYTES = 16;
export const V2_HEADER_BYTES = 48;
export const V3_HEADER_BYTES = 136;

export const SALT_BYTES = 16;
export const VALIDATION_KEY_BYTES = 32;
const STREAM_HEADER_BYTES = 24;

const MAGIC = Buffer.from('SecureTar', 'ascii');
const VERSION_OFFSET = 9;
const RESERVED_OFFSET = 10;
const SIZE_OFFSET = 16;
const CIPHER_OFFSET = 32;

export interface V2Header {
  readonly version: 2;
  /** As stored: exact, or rounded down to a multiple of 16. See `checkV2SizeField`. */
  readonly plaintextSizeBytes: number;
  readonly salt: Buffer;
}

export interface V3Header {
  readonly version: 3;
  readonly plaintextSizeBytes: number;
  readonly rootSalt: Buffer;
  readonly validationSalt: Buffer;
  readonly validationKey: Buffer;
  readonly derivationSalt: Buffer;
  /** The 24 bytes that start the secretstream. */
  readonly streamHeader: Buffer;
}

export type SecureTarHeader = V2Header | V3Header;

/** Whether the bytes begin with the nine that mark v2, v3 and everything later. */
export function hasSecureTarMagic(prefix: Uint8Array): boolean {
  return MAGIC.equals(prefix.subarray(0, MAGIC.length));
}

/**
 * Reads the header at the start of `bytes`, which may hold more than it. The fields are copies.
 * @throws DAMAGED_HEADER no magic, nonzero reserved bytes, or a size of 2^53 bytes or more
 * @throws UNSUPPORTED_VERSION the magic with any version byte but 2 and 3
 * @throws TRUNCATED fewer bytes than the header of that version
 */
export function parseHeader(bytes: Uint8Array): SecureTarHeader {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const known = Math.min(head.length, MAGIC.length);
  if (!head.subarray(0, known).equals(MAGIC.subarray(0, known))) {
    throw damagedHeader('This is not a SecureTar header: its first nine bytes are not "SecureTar".');
  }
  const version = head[VERSION_OFFSET];
  if (version === undefined) throw tooShort(head.length, VERSION_OFFSET + 1);
  if (version !== 2 && version !== 3) throw unsupportedVersion(version);
  const headerBytes = version === 2 ? V2_HEADER_BYTES : V3_HEADER_BYTES;
  if (head.length < headerBytes) throw tooShort(head.length, headerBytes);
  if (head.subarray(RESERVED_OFFSET, SIZE_OFFSET).some((byte) => byte !== 0)) {
    throw damagedHeader('The reserved bytes of the SecureTar header are not zero.', { version });
  }
  const size = head.readBigUInt64BE(SIZE_OFFSET);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw damagedHeader('The SecureTar header gives an impossible size.', {
      version,
      sizeBytes: String(size),
    });
  }
  const plaintextSizeBytes = Number(size);
  const take = fieldReader(head);
  if (version === 2) return { version, plaintextSizeBytes, salt: take(SALT_BYTES) };
  return {
    version,
    plaintextSizeBytes,
    rootSalt: take(SALT_BYTES),
    validationSalt: take(SALT_BYTES),
    validationKey: take(VALIDATION_KEY_BYTES),
    derivationSalt: take(SALT_BYTES),
    streamHeader: take(STREAM_HEADER_BYTES),
  };
}

/**
 * The bytes of a header: 48 for v2, 136 for v3.
 * @throws INTERNAL a field of the wrong length, or a size that is none
 */
export function encodeHeader(header: SecureTarHeader): Buffer {
  requireSize('plaintextSizeBytes', header.plaintextSizeBytes);
  const fixed = Buffer.alloc(CIPHER_OFFSET);
  MAGIC.copy(fixed);
  fixed.writeUInt8(header.version, VERSION_OFFSET);
  fixed.writeBigUInt64BE(BigInt(header.plaintextSizeBytes), SIZE_OFFSET);
  if (header.version === 2) {
    requireLength('salt', header.salt, SALT_BYTES);
    return Buffer.concat([fixed, header.salt]);
  }
  requireLength('rootSalt', header.rootSalt, SALT_BYTES);
  requireLength('validationSalt', header.validationSalt, SALT_BYTES);
  requireLength('validationKey', header.validationKey, VALIDATION_KEY_BYTES);
  requireLength('derivationSalt', header.derivationSalt, SALT_BYTES);
  requireLength('streamHeader', header.streamHeader, STREAM_HEADER_BYTES);
  return Buffer.concat([
    fixed,
    header.rootSalt,
    header.validationSalt,
    header.validationKey,
    header.derivationSalt,
    header.streamHeader,
  ]);
}

function fieldReader(head: Buffer): (lengthBytes: number) => Buffer {
  let offset = CIPHER_OFFSET;
  return (lengthBytes) => {
    const field = Buffer.from(head.subarray(offset, offset + lengthBytes));
    offset += lengthBytes;
    return field;
  };
}

function tooShort(actualBytes: number, neededBytes: number): Error {
  return truncated('The SecureTar header is cut off.', { actualBytes, neededBytes });
}
