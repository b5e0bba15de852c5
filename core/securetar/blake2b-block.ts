// BLAKE2b (RFC 7693) of exactly one block: a 32-byte key, a salt, a personalisation and no message, which is
// all that SecureTar v3 derives with it. sodium-native does not export the salted form, and Electron's crypto
// has no BLAKE2. No secret may become a BigInt or a string: those cannot be zeroed.

const BLOCK_BYTES = 128;
const OUTPUT_BYTES = 32;
const ROUNDS = 12;

/** The initial hash words, low half before high half. */
const IV = Uint32Array.of(
  0xf3bcc908,
  0x6a09e667,
  0x84caa73b,
  0xbb67ae85,
  0xfe94f82b,
  0x3c6ef372,
  0x5f1d36f1,
  0xa54ff53a,
  0xade682d1,
  0x510e527f,
  0x2b3e6c1f,
  0x9b05688c,
  0xfb41bd6b,
  0x1f83d9ab,
  0x137e2179,
  0x5be0cd19,
);

/** Message word order of each round, one hexadecimal digit a word. */
const SIGMA = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
].map((row) => Array.from(row, (digit) => Number.parseInt(digit, 16)));

/** The four columns, then the four diagonals, that a round mixes. */
const LANES = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

/** BLAKE2b-256 of the empty message. Lengths are the caller's to check: key 32, salt 16, personal 16. */
export function blake2bOneBlock(key: Uint8Array, salt: Uint8Array, personal: Uint8Array): Buffer {
  const parameters = Buffer.alloc(64);
  parameters.set([OUTPUT_BYTES, key.length, 1, 1]);
  parameters.set(salt, 32);
  parameters.set(personal, 48);
  const keyBlock = Buffer.alloc(BLOCK_BYTES);
  keyBlock.set(key);
  const message = readWords(keyBlock);
  const hash = readWords(parameters).map((half, i) => half ^ IV[i]!);
  const work = new Uint32Array(32);
  try {
    work.set(hash);
    work.set(IV, 16);
    work[24]! ^= BLOCK_BYTES; // bytes hashed so far
    work[28]! ^= 0xffffffff; // this is the last block
    work[29]! ^= 0xffffffff;
    for (let round = 0; round < ROUNDS; round++) mixRound(work, message, SIGMA[round % SIGMA.length]!);
    const output = Buffer.alloc(OUTPUT_BYTES);
    for (let i = 0; i < OUTPUT_BYTES / 4; i++) {
      output.writeUInt32LE((hash[i]! ^ work[i]! ^ work[i + 16]!) >>> 0, i * 4);
    }
    return output;
  } finally {
    keyBlock.fill(0);
    message.fill(0);
    work.fill(0);
  }
}

function mixRound(work: Uint32Array, message: Uint32Array, order: readonly number[]): void {
  LANES.forEach(([a, b, c, d], lane) => {
    add(work, a, message, order[lane * 2]!, b);
    xorRotate(work, d, a, 32);
    add(work, c, null, 0, d);
    xorRotate(work, b, c, 24);
    add(work, a, message, order[lane * 2 + 1]!, b);
    xorRotate(work, d, a, 16);
    add(work, c, null, 0, d);
    xorRotate(work, b, c, 63);
  });
}

/** work[target] += work[other] (+ message[word]), modulo 2^64. */
function add(
  work: Uint32Array,
  target: number,
  message: Uint32Array | null,
  word: number,
  other: number,
): void {
  const low = work[target * 2]! + work[other * 2]! + (message?.[word * 2] ?? 0);
  const high = work[target * 2 + 1]! + work[other * 2 + 1]! + (message?.[word * 2 + 1] ?? 0);
  work[target * 2] = low;
  work[target * 2 + 1] = high + Math.floor(low / 0x1_0000_0000);
}

/** work[target] = (work[target] xor work[other]) rotated right. */
function xorRotate(work: Uint32Array, target: number, other: number, bits: number): void {
  let low = work[target * 2]! ^ work[other * 2]!;
  let high = work[target * 2 + 1]! ^ work[other * 2 + 1]!;
  if (bits >= 32) [low, high] = [high, low];
  const rest = bits % 32;
  work[target * 2] = rest === 0 ? low : (low >>> rest) | (high << (32 - rest));
  work[target * 2 + 1] = rest === 0 ? high : (high >>> rest) | (low << (32 - rest));
}

function readWords(bytes: Buffer): Uint32Array {
  const words = new Uint32Array(bytes.length / 4);
  for (let i = 0; i < words.length; i++) words[i] = bytes.readUInt32LE(i * 4);
  return words;
}
