// Sealing v3 streams, and reading them back.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHUNK_BYTES,
  deriveStreamKey,
  loadProvider,
  newV3Archive,
  openV3,
  parseHeader,
  sealV3,
  v3StreamBytes,
  validationKeyMatches,
  V3_HEADER_BYTES,
  type SodiumProvider,
  type V3Archive,
  type V3Header,
} from '../../core/securetar/index.ts';
import { collect, cutAt, drain, inPieces, inReusedPieces, randomPlaintext } from './pieces.ts';

const archives = new Map<string, V3Archive>();

async function prepare(name: 'native' | 'wasm'): Promise<{ sodium: SodiumProvider; archive: V3Archive }> {
  const sodium = await loadProvider(name);
  const archive = archives.get(name) ?? newV3Archive(sodium, Buffer.from('a password'));
  archives.set(name, archive);
  return { sodium, archive };
}

async function reopen(
  sodium: SodiumProvider,
  archive: V3Archive,
  sealed: Buffer,
  cut: (body: Buffer) => AsyncIterable<Uint8Array>,
): Promise<Buffer> {
  const header = parseHeader(sealed) as V3Header;
  expect(validationKeyMatches(sodium, archive.rootKey, header)).toBe(true);
  const streamKey = deriveStreamKey(sodium, archive.rootKey, header.derivationSalt);
  return collect(openV3(cut(sealed.subarray(V3_HEADER_BYTES)), { sodium, header, streamKey }));
}

describe.each(['native', 'wasm'] as const)('%s', (name) => {
  test.each([
    0,
    1,
    15,
    16,
    17,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    2 * CHUNK_BYTES - 1,
    2 * CHUNK_BYTES,
    2 * CHUNK_BYTES + 1,
  ])('round trip of %i bytes', async (size) => {
    const { sodium, archive } = await prepare(name);
    const plain = randomPlaintext(size);
    for (const cut of [inPieces, inReusedPieces]) {
      for (const pieceBytes of [size || 1, 65_536, 100_003]) {
        const options = { sodium, ...archive, plaintextSizeBytes: size };
        const sealed = await collect(sealV3(cut(plain, pieceBytes), options));
        expect(sealed.length).toBe(v3StreamBytes(size));
        const opened = await reopen(sodium, archive, sealed, (body) => cut(body, pieceBytes));
        expect(opened.equals(plain)).toBe(true);
      }
    }
  });

  test('round trip of any split', async () => {
    const { sodium, archive } = await prepare(name);
    const plain = randomPlaintext(2 * CHUNK_BYTES + 5000);
    const place = fc.oneof(
      fc.integer({ min: 0, max: plain.length }),
      fc
        .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: -40, max: 40 }))
        .map(([chunk, off]) => chunk * CHUNK_BYTES + off),
    );
    const places = fc.array(place, { maxLength: 8 });
    const sizes = fc.oneof(fc.integer({ min: 0, max: plain.length }), place);
    await fc.assert(
      fc.asyncProperty(sizes, places, places, async (size, write, read) => {
        const part = plain.subarray(0, size);
        const options = { sodium, ...archive, plaintextSizeBytes: size };
        const sealed = await collect(sealV3(cutAt(part, write), options));
        const opened = await reopen(sodium, archive, sealed, (body) => cutAt(body, read));
        expect(opened.equals(part)).toBe(true);
      }),
      { numRuns: name === 'native' ? 60 : 20 },
    );
  });
});

describe('the announced size', () => {
  test.each([
    [0, 1],
    [1, 0],
    [1, 2],
    [CHUNK_BYTES, CHUNK_BYTES - 1],
    [CHUNK_BYTES, CHUNK_BYTES + 1],
    [CHUNK_BYTES + 1, CHUNK_BYTES],
    [2 * CHUNK_BYTES, CHUNK_BYTES],
    [CHUNK_BYTES, 2 * CHUNK_BYTES],
  ])('%i announced, %i given: no end mark', async (announced, given) => {
    const { sodium, archive } = await prepare('native');
    for (const pieceBytes of [given || 1, 65_536]) {
      const options = { sodium, ...archive, plaintextSizeBytes: announced };
      const { released, error } = await drain(sealV3(inPieces(Buffer.alloc(given), pieceBytes), options));
      expect(error).toMatchObject({ code: 'INTERNAL' });
      const fullChunks = Math.floor(Math.min(given, announced - 1) / CHUNK_BYTES);
      expect(released.length).toBe(V3_HEADER_BYTES + Math.max(0, fullChunks) * (CHUNK_BYTES + 17));
    }
  });

  test('bytes behind the end in a piece of their own are noticed too', async () => {
    const { sodium, archive } = await prepare('native');
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(10);
      yield Buffer.alloc(1);
    };
    const { released, error } = await drain(sealV3(source(), { sodium, ...archive, plaintextSizeBytes: 10 }));
    expect(error).toMatchObject({ code: 'INTERNAL' });
    expect(released.length).toBe(V3_HEADER_BYTES);
  });
});

describe('secrets', () => {
  test('every stream has its own salt and stream header, and shares the archive', async () => {
    const { sodium, archive } = await prepare('native');
    const seal = (): Promise<Buffer> =>
      collect(sealV3(inPieces(Buffer.alloc(0), 1), { sodium, ...archive, plaintextSizeBytes: 0 }));
    const [one, two] = [parseHeader(await seal()) as V3Header, parseHeader(await seal()) as V3Header];
    expect(one.rootSalt).toEqual(archive.rootSalt);
    expect(one.validationSalt).toEqual(two.validationSalt);
    expect(one.derivationSalt).not.toEqual(two.derivationSalt);
    expect(one.streamHeader).not.toEqual(two.streamHeader);
  });

  test('the derived key is zeroed and the state wiped, the root key left to its owner', async () => {
    const { sodium: real, archive } = await prepare('native');
    let streamKey: Uint8Array | undefined;
    let wipes = 0;
    const sodium: SodiumProvider = {
      ...real,
      sealStream(key) {
        streamKey = key;
        const stream = real.sealStream(key);
        return {
          header: stream.header,
          push: (out, plain, final) => stream.push(out, plain, final),
          wipe() {
            wipes += 1;
            stream.wipe();
          },
        };
      },
    };
    const before = archive.rootKey.toString('hex');
    const options = { sodium, ...archive, plaintextSizeBytes: 5 };
    await drain(sealV3(inPieces(Buffer.alloc(4), 4), options));
    expect(streamKey).toEqual(Buffer.alloc(32));
    expect(wipes).toBe(1);
    await collect(sealV3(inPieces(Buffer.alloc(5), 5), options));
    expect(wipes).toBe(2);
    expect(archive.rootKey.toString('hex')).toBe(before);
  });
});
