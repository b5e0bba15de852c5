// Opening v3 streams: the fixtures in every kind of piece; every damage, with what was released before it.

import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import sodiumWrappers from 'libsodium-wrappers-sumo';
import {
  CHUNK_BYTES,
  deriveRootKey,
  deriveStreamKey,
  loadProvider,
  openV3,
  parseHeader,
  validationKeyMatches,
  V3_HEADER_BYTES,
  type SodiumProvider,
  type V3Header,
} from '../../core/securetar/index.ts';
import { expected, fixture, innerArchives, password } from './fixtures.ts';
import { collect, drain, flipped, inPieces, inReusedPieces, randomPlaintext } from './pieces.ts';

const SEALED_BYTES = CHUNK_BYTES + 17;

describe.each(['native', 'wasm'] as const)('the fixtures on %s', (name) => {
  let sodium: SodiumProvider;
  beforeAll(async () => {
    sodium = await loadProvider(name);
  });

  describe.each(Object.entries(expected.streams))('%s', (file, stream) => {
    const bytes = fixture(file);
    const header = parseHeader(bytes) as V3Header;
    const body = bytes.subarray(V3_HEADER_BYTES);
    let streamKey: Buffer;
    beforeAll(() => {
      const rootKey = deriveRootKey(sodium, password, header.rootSalt);
      expect(validationKeyMatches(sodium, rootKey, header)).toBe(true);
      streamKey = deriveStreamKey(sodium, rootKey, header.derivationSalt);
    });

    test.each([body.length || 1, 65_536, 1009, 1])('in pieces of %i bytes', async (size) => {
      for (const cut of size === 1 ? [inPieces] : [inPieces, inReusedPieces]) {
        const plain = await collect(openV3(cut(body, size), { sodium, header, streamKey }));
        expect(plain.length).toBe(stream.plaintext_size);
        expect(createHash('sha256').update(plain).digest('hex')).toBe(stream.plaintext_sha256);
      }
    });
  });

  test.each([
    ['v3-bit-flip-first-chunk.tar', 0, 0],
    ['v3-bit-flip-last-chunk.tar', 2, 2 * CHUNK_BYTES],
    ['v3-chunks-swapped.tar', 0, 0],
  ])('%s is damaged in chunk %i', async (file, chunk, releasedBytes) => {
    const bytes = (await innerArchives(`bad/${file}`)).get('homeassistant.tar.gz')!;
    const header = parseHeader(bytes) as V3Header;
    const rootKey = deriveRootKey(sodium, password, header.rootSalt);
    const streamKey = deriveStreamKey(sodium, rootKey, header.derivationSalt);
    const source = inPieces(bytes.subarray(V3_HEADER_BYTES), 65_536);
    const { released, error } = await drain(openV3(source, { sodium, header, streamKey }));
    expect(error).toMatchObject({ code: 'DAMAGED_PAYLOAD', details: { chunk, offsetBytes: releasedBytes } });
    expect(released.length).toBe(releasedBytes);
  });

  test('v3-validation-key-damaged.tar does not match its key', async () => {
    const bytes = (await innerArchives('bad/v3-validation-key-damaged.tar')).get('homeassistant.tar.gz')!;
    const header = parseHeader(bytes) as V3Header;
    const rootKey = deriveRootKey(sodium, password, header.rootSalt);
    expect(validationKeyMatches(sodium, rootKey, header)).toBe(false);
  });
});

describe.each(['native', 'wasm'] as const)('damage on %s', (name) => {
  const streamKey = randomPlaintext(32);
  const tail = 1000;
  const plain = randomPlaintext(2 * CHUNK_BYTES + tail);
  const plainChunks = [0, 1, 2].map((i) => plain.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
  let sodium: SodiumProvider;
  let whole: { header: V3Header; body: Buffer };

  beforeAll(async () => {
    sodium = await loadProvider(name);
    whole = seal([false, false, true]);
  });

  /** The three chunks, each with the end mark or without. */
  function seal(finals: readonly boolean[]): { header: V3Header; body: Buffer } {
    const stream = sodium.sealStream(streamKey);
    const sealed = plainChunks.map((chunk, i) => {
      const out = Buffer.alloc(chunk.length + 17);
      stream.push(out, chunk, finals[i]!);
      return out;
    });
    return { header: headerFor(stream.header), body: Buffer.concat(sealed) };
  }

  function headerFor(streamHeader: Uint8Array, plaintextSizeBytes = plain.length): V3Header {
    const salt = Buffer.alloc(16);
    return {
      version: 3,
      plaintextSizeBytes,
      rootSalt: salt,
      validationSalt: salt,
      validationKey: Buffer.alloc(32),
      derivationSalt: salt,
      streamHeader: Buffer.from(streamHeader),
    };
  }

  async function expectRefusal(
    header: V3Header,
    body: Buffer,
    wanted: { code: string; details: Record<string, unknown> },
    releasedBytes: number,
  ): Promise<void> {
    for (const size of [body.length || 1, 65_536, 100_003]) {
      const { released, error } = await drain(openV3(inPieces(body, size), { sodium, header, streamKey }));
      expect(error).toMatchObject(wanted);
      expect(released.equals(plain.subarray(0, releasedBytes))).toBe(true);
    }
  }

  const inChunk = (chunk: number): { code: string; details: Record<string, unknown> } => ({
    code: 'DAMAGED_PAYLOAD',
    details: { chunk, offsetBytes: chunk * CHUNK_BYTES },
  });
  const bodyBytes = 2 * SEALED_BYTES + tail + 17;

  test('undamaged, it opens', async () => {
    const options = { sodium, header: whole.header, streamKey };
    expect((await collect(openV3(inPieces(whole.body, 77_777), options))).equals(plain)).toBe(true);
    expect(whole.body.length).toBe(bodyBytes);
  });

  test.each([
    0,
    1,
    16,
    17,
    SEALED_BYTES - 17,
    SEALED_BYTES - 1,
    SEALED_BYTES,
    SEALED_BYTES + 1,
    SEALED_BYTES + 17,
    2 * SEALED_BYTES - 1,
    2 * SEALED_BYTES,
    2 * SEALED_BYTES + 17,
    bodyBytes - 17,
    bodyBytes - 1,
  ])('cut off after %i bytes', async (cut) => {
    const released = Math.floor(cut / SEALED_BYTES) * CHUNK_BYTES;
    const wanted = { code: 'TRUNCATED', details: { offsetBytes: cut, expectedBytes: bodyBytes } };
    await expectRefusal(whole.header, whole.body.subarray(0, cut), wanted, released);
  });

  test.each([
    ['the tag of chunk 0', 0, 0],
    ['the first byte of chunk 0', 1, 0],
    ['the middle of chunk 0', 500_000, 0],
    ['the last byte of chunk 0', SEALED_BYTES - 1, 0],
    ['the tag of chunk 1', SEALED_BYTES, 1],
    ['the authenticator of chunk 1', 2 * SEALED_BYTES - 16, 1],
    ['the tag of the last chunk', 2 * SEALED_BYTES, 2],
    ['the content of the last chunk', 2 * SEALED_BYTES + 500, 2],
    ['the last byte of all', bodyBytes - 1, 2],
  ])('a flipped bit in %s', async (_, offset, chunk) => {
    for (const bit of [0, 7]) {
      await expectRefusal(
        whole.header,
        flipped(whole.body, offset, bit),
        inChunk(chunk),
        chunk * CHUNK_BYTES,
      );
    }
  });

  test('a flipped bit in the stream header', async () => {
    for (const offset of [0, 15, 16, 23]) {
      const header = headerFor(flipped(whole.header.streamHeader, offset));
      await expectRefusal(header, whole.body, inChunk(0), 0);
    }
  });

  test.each([
    ['swapped', [1, 0, 2], 0],
    ['with the second twice', [0, 1, 1, 2], 2],
    ['with the first twice', [0, 0, 1, 2], 1],
    ['without the first', [1, 2], 0],
    ['without the second', [0, 2], null],
  ])('chunks %s', async (_, order, damagedChunk) => {
    const chunk = (i: number): Buffer => whole.body.subarray(i * SEALED_BYTES, (i + 1) * SEALED_BYTES);
    const body = Buffer.concat(order.map(chunk));
    if (damagedChunk === null) {
      const wanted = { code: 'TRUNCATED', details: { offsetBytes: body.length } };
      await expectRefusal(whole.header, body, wanted, CHUNK_BYTES);
    } else {
      await expectRefusal(whole.header, body, inChunk(damagedChunk), damagedChunk * CHUNK_BYTES);
    }
  });

  test.each([
    ['on the first chunk', [true, false, true], 0],
    ['on the second chunk', [false, true, true], 1],
    ['nowhere', [false, false, false], 2],
  ])('the end mark %s', async (_, finals, chunk) => {
    const { header, body } = seal(finals);
    await expectRefusal(header, body, inChunk(chunk), chunk * CHUNK_BYTES);
  });

  test.each([1, 2])('tag %i, which libsodium knows and SecureTar does not use', async (tag) => {
    await sodiumWrappers.ready;
    const { state, header } = sodiumWrappers.crypto_secretstream_xchacha20poly1305_init_push(streamKey);
    const push = (bytes: Buffer, with_: number): Uint8Array =>
      sodiumWrappers.crypto_secretstream_xchacha20poly1305_push(state, bytes, null, with_);
    const sealed = [push(plainChunks[0]!, 0), push(plainChunks[1]!, tag), push(plainChunks[2]!, 3)];
    await expectRefusal(headerFor(header), Buffer.concat(sealed), inChunk(1), CHUNK_BYTES);
  });

  test.each([
    ['one byte', 1],
    ['an empty chunk', 17],
    ['a whole chunk', SEALED_BYTES],
  ])('%s left over', async (_, extra) => {
    const body = Buffer.concat([whole.body, Buffer.alloc(extra)]);
    const wanted = { code: 'DAMAGED_PAYLOAD', details: { offsetBytes: bodyBytes } };
    await expectRefusal(whole.header, body, wanted, 2 * CHUNK_BYTES);
    const apart = async function* (): AsyncGenerator<Uint8Array> {
      yield whole.body;
      yield Buffer.alloc(extra);
    };
    const { released, error } = await drain(openV3(apart(), { sodium, header: whole.header, streamKey }));
    expect(error).toMatchObject(wanted);
    expect(released.length).toBe(2 * CHUNK_BYTES);
  });

  test('a header that promises one byte more or less', async () => {
    const streamHeader = whole.header.streamHeader;
    const more = { code: 'TRUNCATED', details: { offsetBytes: bodyBytes } };
    await expectRefusal(headerFor(streamHeader, plain.length + 1), whole.body, more, 2 * CHUNK_BYTES);
    await expectRefusal(headerFor(streamHeader, plain.length - 1), whole.body, inChunk(2), 2 * CHUNK_BYTES);
  });

  test('a header that promises exactly the chunks before the last', async () => {
    const header = headerFor(whole.header.streamHeader, 2 * CHUNK_BYTES);
    await expectRefusal(header, whole.body, inChunk(1), CHUNK_BYTES);
  });

  test('another key', async () => {
    const options = { sodium, header: whole.header, streamKey: flipped(streamKey, 0) };
    const { released, error } = await drain(openV3(inPieces(whole.body, 65_536), options));
    expect(error).toMatchObject(inChunk(0));
    expect(released.length).toBe(0);
  });
});

describe('resources', () => {
  test.each(['end', 'damage', 'source failure', 'stopped consumer'])(
    'the state is wiped after: %s',
    async (how) => {
      const real = await loadProvider('native');
      const streamKey = randomPlaintext(32);
      const seal = real.sealStream(streamKey);
      const bodies = [false, true].map((final) => {
        const out = Buffer.alloc(SEALED_BYTES);
        seal.push(out, Buffer.alloc(CHUNK_BYTES), final);
        return out;
      });
      let wipes = 0;
      const sodium: SodiumProvider = {
        ...real,
        openStream(key, header) {
          const stream = real.openStream(key, header);
          return {
            pull: (out, sealed) => stream.pull(out, sealed),
            wipe() {
              wipes += 1;
              stream.wipe();
            },
          };
        },
      };
      let closed = false;
      const source = async function* (): AsyncGenerator<Uint8Array> {
        try {
          yield bodies[0]!;
          if (how === 'source failure') throw new Error('disk gone');
          yield how === 'damage' ? flipped(bodies[1]!, 5) : bodies[1]!;
        } finally {
          closed = true;
        }
      };
      const salt = Buffer.alloc(16);
      const header: V3Header = {
        version: 3,
        plaintextSizeBytes: 2 * CHUNK_BYTES,
        rootSalt: salt,
        validationSalt: salt,
        validationKey: Buffer.alloc(32),
        derivationSalt: salt,
        streamHeader: seal.header,
      };
      const before = streamKey.toString('hex');
      const outcome = await (async () => {
        for await (const _ of openV3(source(), { sodium, header, streamKey })) {
          if (how === 'stopped consumer') return 'stopped';
        }
        return 'end';
      })().catch((error: Error) => error.message);
      const wanted = {
        end: 'end',
        damage: 'The encrypted archive is damaged.',
        'source failure': 'disk gone',
        'stopped consumer': 'stopped',
      }[how];
      expect(outcome).toBe(wanted);
      expect(wipes).toBe(1);
      expect(closed).toBe(true);
      expect(streamKey.toString('hex')).toBe(before);
    },
  );
});
