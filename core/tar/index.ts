// Tar as bytes: header codec, PAX records, a strict walker. Knows nothing of files on disk or of Home Assistant.

export { ByteCursor } from './byte-cursor.ts';
export { decodePax, encodePax, paxSize, type PaxRecords } from './pax.ts';
export {
  BLOCK_BYTES,
  RECORD_BYTES,
  carriesData,
  decodeTarHeader,
  encodeTarHeader,
  isTarHeader,
  isZeroBlock,
  paddedBytes,
  withSize,
  type TarHeader,
} from './tar-header.ts';
export {
  MAX_EXTENDED_HEADER_BYTES,
  TarWalker,
  type TarEnd,
  type WalkedEntry,
  type WalkedType,
} from './tar-walker.ts';
