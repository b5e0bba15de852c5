// A new key in Home Assistant's form (shared/key-format.ts): 28 characters of A-Z and 0-9, each equally likely,
// about 144.8 bits. It is made as bytes and never becomes a string.

import { randomBytes } from 'node:crypto';

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 'ascii');
const GROUPS = 7;
const GROUP_LENGTH = 4;
const DASH = 0x2d;

/** Bytes from here on would make the first characters of the alphabet likelier: 252 is the last multiple of 36. */
const FIRST_REFUSED = 256 - (256 % ALPHABET.length);

/** One block is enough with a likelihood of over 99.99%; each byte is taken with one of 252 in 256. */
const BLOCK_BYTES = 48;

/**
 * A key in Home Assistant's form as 34 bytes of ASCII; the caller wipes it. Random bytes are taken as they come and
 * those that would be biased are thrown away, so no block of random numbers outlives the call.
 * @param random stands in for the system's random source in tests
 */
export function generateHomeAssistantKey(random: (sizeBytes: number) => Buffer = randomBytes): Buffer {
  const key = Buffer.alloc(GROUPS * (GROUP_LENGTH + 1) - 1);
  let filled = 0;
  while (filled < key.length) {
    const block = random(BLOCK_BYTES);
    for (const byte of block) {
      if (filled >= key.length) break;
      if (byte >= FIRST_REFUSED) continue;
      key[filled++] = ALPHABET[byte % ALPHABET.length] ?? DASH;
      if (filled % (GROUP_LENGTH + 1) === GROUP_LENGTH && filled < key.length) key[filled++] = DASH;
    }
    block.fill(0);
  }
  return key;
}
