// The front door of the SecureTar room: the bytes of one stream, in all variants. The rest of the tree
// imports only this.

export type { Argon2idLimits, Digest, OpenStream, SealStream, SodiumProvider } from './sodium.ts';
export { AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from './sodium.ts';
export { loadProvider, loadSodium } from './sodium-loader.ts';
export { nativeFailure } from './sodium-native.ts';

export {
  encodeHeader,
  hasSecureTarMagic,
  parseHeader,
  V1_HEADER_BYTES,
  V2_HEADER_BYTES,
  V3_HEADER_BYTES,
  type SecureTarHeader,
  type V2Header,
  type V3Header,
} from './header.ts';

export {
  BLOCK_BYTES,
  checkV2SizeField,
  checkV2SizeRange,
  checkV3EntrySize,
  CHUNK_BYTES,
  CHUNK_OVERHEAD_BYTES,
  v2CiphertextBytes,
  v2StreamBytes,
  v3ChunkCount,
  v3CiphertextBytes,
  v3PlaintextBytes,
  v3StreamBytes,
} from './sizes.ts';

export {
  deriveLegacyIv,
  deriveLegacyKey,
  deriveRootKey,
  deriveStreamKey,
  deriveValidationKey,
  newV3Archive,
  validationKeyMatches,
  type V3Archive,
} from './key-derivation.ts';

export { decryptCbcTail, type CbcOptions } from './cbc-reader.ts';
export { openV1 } from './v1-reader.ts';
export { guessV1GzipEnd, readV1GzipTail, type V1GzipTail } from './v1-tail.ts';
export { openV2, readPadding, type OpenV2Options } from './v2-reader.ts';
export { sealV2, type SealV2Options } from './v2-writer.ts';
export { openV3, type OpenV3Options } from './v3-reader.ts';
export { sealV3, type SealV3Options } from './v3-writer.ts';
export { sealV1, v1StreamBytes } from './v1-writer.ts';
