// Opens the body of a v1 stream: "v1 and v2: AES-128-CBC" of the format page. The bytes come exactly as
// decrypted; the quirks at their end are for v1-tail.ts, and must never be touched here.

import { decryptCbc, type CbcOptions } from './cbc-reader.ts';

/**
 * Decrypts a v1 body, its tail included as it was written.
 * @param source the ciphertext behind the 16-byte salt, in pieces of any size
 * @throws TRUNCATED the size is no multiple of 16, or the source ends before it; details { offsetBytes } in
 *   the ciphertext
 * @throws DAMAGED_PAYLOAD bytes follow the end
 */
export function openV1(
  source: AsyncIterable<Uint8Array>,
  options: CbcOptions,
): AsyncGenerator<Buffer, void, undefined> {
  return decryptCbc(source, options);
}
