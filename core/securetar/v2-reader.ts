// Opens the body of a v2 or v1-pax stream: "v1 and v2: AES-128-CBC" and "The v2 size field is usually short"
// of the format page. The padding is the truth about the size. The last block must never be handed on before
// its padding was checked.

import { decryptCbc, requireWholeBlocks, type CbcOptions } from './cbc-reader.ts';
import { damagedPayload, truncated } from './refusals.ts';
import { BLOCK_BYTES, checkV2SizeField, checkV2SizeRange } from './sizes.ts';

export interface OpenV2Options extends CbcOptions {
  /** The size field of the header, or the PAX value; null where there is none. */
  readonly plaintextFieldBytes: number | null;
}

/**
 * Decrypts a padded body, without its padding.
 * @param source the ciphertext behind the header (v2) or salt (v1-pax), in pieces of any size
 * @throws DAMAGED_HEADER the size field does not agree with the padding; where no padding could agree, before
 *   any byte is yielded
 * @throws DAMAGED_PAYLOAD the padding is none, or bytes follow the end
 * @throws TRUNCATED the size is zero or no multiple of 16, or the source ends before it; details
 *   { offsetBytes } in the ciphertext
 */
export async function* openV2(
  source: AsyncIterable<Uint8Array>,
  options: OpenV2Options,
): AsyncGenerator<Buffer, void, undefined> {
  const { ciphertextSizeBytes, plaintextFieldBytes } = options;
  requireWholeBlocks(ciphertextSizeBytes);
  if (ciphertextSizeBytes === 0) throw truncated('The encrypted archive is empty.', { offsetBytes: 0 });
  if (plaintextFieldBytes !== null) checkV2SizeRange(plaintextFieldBytes, ciphertextSizeBytes);

  const lastBlockOffset = ciphertextSizeBytes - BLOCK_BYTES;
  let offset = 0;
  let lastBlock: Buffer | undefined;
  for await (const plain of decryptCbc(source, options)) {
    const before = lastBlockOffset - offset;
    offset += plain.length;
    if (offset <= lastBlockOffset) {
      yield plain;
    } else {
      lastBlock = plain.subarray(before);
      if (before > 0) yield plain.subarray(0, before);
    }
  }
  if (lastBlock === undefined)
    throw truncated('The encrypted archive ends too early.', { offsetBytes: offset });
  const paddingBytes = readPadding(lastBlock, lastBlockOffset);
  if (plaintextFieldBytes !== null) checkV2SizeField(plaintextFieldBytes, ciphertextSizeBytes, paddingBytes);
  if (paddingBytes < BLOCK_BYTES) yield lastBlock.subarray(0, BLOCK_BYTES - paddingBytes);
}

/**
 * The PKCS#7 padding, 1 to 16, at the end of a decrypted last block.
 * @param offsetBytes where the block lies in the plaintext, for the error
 * @throws DAMAGED_PAYLOAD it is none
 */
export function readPadding(lastBlock: Buffer, offsetBytes: number): number {
  const count = lastBlock[lastBlock.length - 1] ?? 0;
  const whole = count >= 1 && count <= BLOCK_BYTES && lastBlock.length >= count;
  if (!whole || lastBlock.subarray(-count).some((byte) => byte !== count)) {
    throw damagedPayload('The end of the encrypted archive is damaged, or the key is another one.', {
      offsetBytes,
    });
  }
  return count;
}
