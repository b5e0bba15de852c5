// The two libsodium providers: the fast one is chosen, both do the same, WebAssembly keeps no secrets.

import { existsSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadProvider, loadSodium, nativeFailure } from '../../core/securetar/index.ts';
import { expected, hex } from './fixtures.ts';
import { flipped, randomPlaintext } from './pieces.ts';

const target = `${process.platform}-${process.arch}`;
const nativeFolder = dirname(createRequire(import.meta.url).resolve('sodium-native'));
const hasPrebuild = existsSync(join(nativeFolder, 'prebuilds', target));
const names = ['native', 'wasm'] as const;

describe('the choice', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    vi.resetModules();
  });

  async function freshDoor(): Promise<typeof import('../../core/securetar/index.ts')> {
    vi.resetModules();
    return import('../../core/securetar/index.ts');
  }

  test('native where there is a prebuild, else WebAssembly', async () => {
    vi.stubEnv('STRONGROOM_SODIUM', undefined);
    if (!hasPrebuild) console.warn(`sodium-native has no prebuild for ${target}: expecting WebAssembly`);
    const door = await freshDoor();
    expect((await door.loadSodium()).name).toBe(hasPrebuild ? 'native' : 'wasm');
    expect(nativeFailure() === null).toBe(hasPrebuild);
  });

  test('is remembered', async () => {
    expect(await loadSodium()).toBe(await loadSodium());
  });

  test.each(names)('STRONGROOM_SODIUM=%s forces it', async (name) => {
    vi.stubEnv('STRONGROOM_SODIUM', name);
    expect((await (await freshDoor()).loadSodium()).name).toBe(name);
  });

  test('STRONGROOM_SODIUM=fast is refused', async () => {
    vi.stubEnv('STRONGROOM_SODIUM', 'fast');
    await expect((await freshDoor()).loadSodium()).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('a native module that does not load leaves WebAssembly and the reason', async () => {
    vi.stubEnv('STRONGROOM_SODIUM', undefined);
    const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
    const load = loader._load;
    vi.spyOn(loader, '_load').mockImplementation((request, ...rest) => {
      if (request === 'sodium-native') throw new Error('no such addon');
      return load.call(Module, request, ...rest);
    });
    const door = await freshDoor();
    expect((await door.loadSodium()).name).toBe('wasm');
    expect(door.nativeFailure()).toBe('no such addon');
    await expect(door.loadProvider('native')).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('both do the same', () => {
  test('BLAKE2b of any key, salt and personalisation', async () => {
    const [native, wasm] = await Promise.all(names.map(loadProvider));
    const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
      fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(32), bytes(16), bytes(16), (key, salt, personal) => {
        const fast = native!.blake2bKeyedPersonal(key, salt, personal);
        expect(fast).toEqual(wasm!.blake2bKeyedPersonal(key, salt, personal));
      }),
      { numRuns: 300 },
    );
  });

  test('Argon2id of an empty and of a long password', async () => {
    const [native, wasm] = await Promise.all(names.map(loadProvider));
    for (const password of [Buffer.alloc(0), randomPlaintext(5000)]) {
      const salt = randomPlaintext(16);
      expect(native!.argon2id(password, salt)).toEqual(wasm!.argon2id(password, salt));
    }
  });

  test('Argon2id under any limits', async () => {
    const [native, wasm] = await Promise.all(names.map(loadProvider));
    for (const limits of [
      { opsLimit: 1, memLimitBytes: 8192 },
      { opsLimit: 3, memLimitBytes: 8 * 1024 * 1024 },
    ]) {
      for (const password of [Buffer.alloc(0), randomPlaintext(5000)]) {
        const salt = randomPlaintext(16);
        const fast = await native!.argon2idWith(password, salt, limits);
        expect(fast).toEqual(await wasm!.argon2idWith(password, salt, limits));
      }
    }
  });

  test('XChaCha20-Poly1305 of anything: what one seals, both open', async () => {
    const providers = await Promise.all(names.map(loadProvider));
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, bytes, (plain, additional) => {
        const [key, nonce] = [randomPlaintext(32), randomPlaintext(24)];
        const [fast, slow] = providers.map((sodium) => sodium.sealAead(key, nonce, plain, additional));
        expect(fast).toEqual(slow);
        for (const sodium of providers)
          expect(sodium.openAead(key, nonce, fast!, additional)).toEqual(Buffer.from(plain));
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['native', 'wasm'],
    ['wasm', 'native'],
  ] as const)('what %s seals, %s opens', async (sealer, opener) => {
    const key = randomPlaintext(32);
    const seal = (await loadProvider(sealer)).sealStream(key);
    const open = (await loadProvider(opener)).openStream(key, seal.header);
    for (const size of [0, 1, 63, 64, 65, 70_000]) {
      for (const final of [false, true]) {
        const plain = randomPlaintext(size);
        const sealed = Buffer.alloc(size + 17);
        expect(seal.push(sealed, plain, final)).toBe(size + 17);
        const opened = Buffer.alloc(size);
        expect(open.pull(opened, sealed)).toBe(final ? 'final' : 'message');
        expect(opened).toEqual(plain);
      }
    }
  });
});

describe.each(names)('%s', (name) => {
  test('the digest gives the Poly1305 vector of RFC 8439, 2.5.2, in any split', async () => {
    const sodium = await loadProvider(name);
    const key = hex('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b');
    const message = Buffer.from('Cryptographic Forum Research Group');
    for (let cut = 0; cut <= message.length; cut++) {
      const digest = sodium.digest(key);
      digest.update(message.subarray(0, cut));
      digest.update(message.subarray(cut));
      expect(digest.final().toString('hex')).toBe('a8061dc1305136c6c22b8baf0c0127a9');
    }
  });

  test('the digest of much is the same in one piece and in many, and differs by one bit', async () => {
    const sodium = await loadProvider(name);
    const key = randomPlaintext(32);
    const bytes = randomPlaintext(2_500_001);
    const digestOf = (parts: readonly Buffer[]): string => {
      const digest = sodium.digest(key);
      for (const part of parts) digest.update(part);
      return digest.final().toString('hex');
    };
    const whole = digestOf([bytes]);
    expect(digestOf([bytes.subarray(0, 1), bytes.subarray(1, 1_048_579), bytes.subarray(1_048_579)])).toBe(
      whole,
    );
    expect(digestOf([flipped(bytes, 2_500_000)])).not.toBe(whole);
  });

  test('XChaCha20-Poly1305 gives the vector of draft-irtf-cfrg-xchacha-03, A.3.1', async () => {
    const sodium = await loadProvider(name);
    const key = hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f');
    const nonce = hex('404142434445464748494a4b4c4d4e4f5051525354555657');
    const additional = hex('50515253c0c1c2c3c4c5c6c7');
    const plain = Buffer.from(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    const sealed = hex(
      'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb' +
        '731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452' +
        '2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9' +
        '21f9664c97637da9768812f615c68b13b52e' +
        'c0875924c1c7987947deafd8780acf49',
    );
    expect(sodium.sealAead(key, nonce, plain, additional)).toEqual(sealed);
    expect(sodium.openAead(key, nonce, sealed, additional)).toEqual(plain);
  });

  test('XChaCha20-Poly1305 refuses a change of any byte of anything', async () => {
    const sodium = await loadProvider(name);
    const [key, nonce, additional] = [randomPlaintext(32), randomPlaintext(24), randomPlaintext(20)];
    const sealed = sodium.sealAead(key, nonce, randomPlaintext(40), additional);
    const attempts = [
      ...[...sealed.keys()].map((at) => [key, nonce, flipped(sealed, at), additional] as const),
      ...[...key.keys()].map((at) => [flipped(key, at), nonce, sealed, additional] as const),
      ...[...nonce.keys()].map((at) => [key, flipped(nonce, at), sealed, additional] as const),
      ...[...additional.keys()].map((at) => [key, nonce, sealed, flipped(additional, at)] as const),
      ...[...sealed.keys()].map((length) => [key, nonce, sealed.subarray(0, length), additional] as const),
      [key, nonce, sealed, Buffer.alloc(0)] as const,
    ];
    for (const attempt of attempts) expect(sodium.openAead(...attempt)).toBeNull();
  });

  test('Argon2id under limits gives the vector of the reference program, argon2 -id -v 13 -k 1024 -t 5', async () => {
    const sodium = await loadProvider(name);
    const limits = { opsLimit: 5, memLimitBytes: 1024 * 1024 };
    const key = await sodium.argon2idWith(Buffer.from('123'), Buffer.from('ABCDEFGHIJKLMNOP'), limits);
    expect(key.toString('hex')).toBe('3c5d010180ba0cf5b6b858cba23b318e42d33088983c404598599c3b029ecac6');
  });

  test('Argon2id does not mind that its password is wiped while it runs', async () => {
    const sodium = await loadProvider(name);
    const limits = { opsLimit: 2, memLimitBytes: 1024 * 1024 };
    const salt = randomPlaintext(16);
    const password = randomPlaintext(20);
    const wanted = await sodium.argon2idWith(password, salt, limits);
    const running = sodium.argon2idWith(password, salt, limits);
    password.fill(0);
    expect(await running).toEqual(wanted);
  });

  test('a refused chunk leaves nothing of itself in the output', async () => {
    const sodium = await loadProvider(name);
    const key = randomPlaintext(32);
    const seal = sodium.sealStream(key);
    const sealed = Buffer.alloc(1017);
    seal.push(sealed, Buffer.alloc(1000, 'secret'), true);
    const out = Buffer.alloc(1000, 0x55);
    expect(sodium.openStream(key, seal.header).pull(out, flipped(sealed, 1016))).toBe('refused');
    expect(out.includes('ecre')).toBe(false);
    expect(sodium.openStream(flipped(key, 0), seal.header).pull(out, sealed)).toBe('refused');
    expect(sodium.openStream(key, flipped(seal.header, 23)).pull(out, sealed)).toBe('refused');
  });

  test('what was wiped or finished refuses to go on', async () => {
    const sodium = await loadProvider(name);
    const key = randomPlaintext(32);
    const seal = sodium.sealStream(key);
    const open = sodium.openStream(key, seal.header);
    seal.wipe();
    open.wipe();
    expect(() => seal.push(Buffer.alloc(17), Buffer.alloc(0), true)).toThrow('wiped');
    expect(() => open.pull(Buffer.alloc(0), Buffer.alloc(17))).toThrow('wiped');
    const digest = sodium.digest(key);
    digest.final();
    expect(() => digest.update(key)).toThrow('finished');
    expect(() => digest.final()).toThrow('finished');
  });

  test('lengths are checked', async () => {
    const sodium = await loadProvider(name);
    const bytes = (length: number): Buffer => Buffer.alloc(length);
    const open = sodium.openStream(bytes(32), bytes(24));
    const wrong: (() => unknown)[] = [
      () => sodium.argon2id(bytes(1), bytes(15)),
      () => sodium.blake2bKeyedPersonal(bytes(31), bytes(16), bytes(16)),
      () => sodium.blake2bKeyedPersonal(bytes(32), bytes(15), bytes(16)),
      () => sodium.blake2bKeyedPersonal(bytes(32), bytes(16), bytes(17)),
      () => sodium.sealStream(bytes(33)),
      () => sodium.openStream(bytes(32), bytes(23)),
      () => sodium.openStream(bytes(31), bytes(24)),
      () => sodium.digest(bytes(16)),
      () => sodium.sealStream(bytes(32)).push(bytes(17), bytes(1), false),
      () => open.pull(bytes(0), bytes(18)),
      () => open.pull(bytes(0), bytes(16)),
      () => sodium.sealAead(bytes(31), bytes(24), bytes(1), bytes(0)),
      () => sodium.sealAead(bytes(32), bytes(23), bytes(1), bytes(0)),
      () => sodium.openAead(bytes(33), bytes(24), bytes(17), bytes(0)),
      () => sodium.openAead(bytes(32), bytes(25), bytes(17), bytes(0)),
    ];
    for (const call of wrong) expect(call).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    const limits = { opsLimit: 1, memLimitBytes: 8192 };
    await expect(sodium.argon2idWith(bytes(1), bytes(15), limits)).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });
});

test('no key, password or plaintext stays in the WebAssembly heap', async () => {
  const sodium = await loadProvider('wasm');
  const wrappers = (await import('libsodium-wrappers-sumo')).default;
  const { libsodium } = wrappers as unknown as { libsodium: { HEAPU8: Uint8Array } };
  // The second half of a secret, as malloc's own pointers may overwrite the beginning of what was freed.
  const find = (secret: Buffer): number =>
    Buffer.from(libsodium.HEAPU8.buffer).indexOf(secret.subarray(16, 32));

  const ofWrappers = randomPlaintext(32);
  wrappers.crypto_secretstream_xchacha20poly1305_init_push(ofWrappers);
  expect(find(ofWrappers)).toBeGreaterThan(0); // the wrappers do leave it: the search can find one

  const key = randomPlaintext(32);
  const plain = randomPlaintext(4096);
  const rootKey = sodium.argon2id(plain, hex(expected.key_vectors.v3[0]!.root_salt));
  const limited = await sodium.argon2idWith(plain, key.subarray(0, 16), {
    opsLimit: 2,
    memLimitBytes: 1024 * 1024,
  });
  const box = sodium.sealAead(key, key.subarray(0, 24), plain, Buffer.alloc(0));
  expect(sodium.openAead(key, key.subarray(0, 24), box, Buffer.alloc(0))).toEqual(plain);
  const derived = sodium.blake2bKeyedPersonal(key, key.subarray(0, 16), Buffer.alloc(16));
  const seal = sodium.sealStream(key);
  const sealed = Buffer.alloc(plain.length + 17);
  seal.push(sealed, plain, true);
  expect(sodium.openStream(key, seal.header).pull(Buffer.alloc(plain.length), sealed)).toBe('final');
  sodium.digest(key).update(plain);
  expect(find(key)).toBe(-1);
  expect(find(rootKey)).toBe(-1);
  expect(find(limited)).toBe(-1);
  expect(find(derived)).toBe(-1);
  expect(find(plain)).toBe(-1);
});
