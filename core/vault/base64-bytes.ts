// Base64 (RFC 4648, section 4, with padding) from bytes to bytes: a secret that goes through here never becomes
// a JavaScript string, which could not be wiped.

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 'latin1');
const PADDING = 0x3d;
const NOT_A_DIGIT = 255;
const VALUES = new Uint8Array(256).fill(NOT_A_DIGIT);
ALPHABET.forEach((character, value) => {
  VALUES[character] = value;
});

/** The text of `bytes`, as ASCII bytes, which the caller wipes. */
export function encodeBase64(bytes: Uint8Array): Buffer {
  const text = Buffer.alloc(Math.ceil(bytes.length / 3) * 4, PADDING);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(from, from + 3);
    const given = Math.min(3, bytes.length - from);
    text[to] = digit(first >> 2);
    text[to + 1] = digit(((first & 3) << 4) | (second >> 4));
    if (given > 1) text[to + 2] = digit(((second & 15) << 2) | (third >> 6));
    if (given > 2) text[to + 3] = digit(third & 63);
  }
  return text;
}

/** The bytes of a text, which the caller wipes; null unless it is exactly what `encodeBase64` makes of them. */
export function decodeBase64(text: Uint8Array): Buffer | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.at(-1) === PADDING ? (text.at(-2) === PADDING ? 2 : 1) : 0;
  const bytes = Buffer.alloc((text.length / 4) * 3 - padding);
  let bits = 0;
  let bitCount = 0;
  let to = 0;
  for (const character of text.subarray(0, text.length - padding)) {
    const value = VALUES[character] ?? NOT_A_DIGIT;
    if (value === NOT_A_DIGIT) return wiped(bytes);
    bits = (bits << 6) | value;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[to++] = bits >> bitCount;
    bits &= (1 << bitCount) - 1;
  }
  return bits === 0 ? bytes : wiped(bytes);
}

function digit(value: number): number {
  return ALPHABET[value] ?? 0;
}

function wiped(bytes: Buffer): null {
  bytes.fill(0);
  return null;
}
