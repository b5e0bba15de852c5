// The libsodium provider for every platform: `libsodium-wrappers-sumo` (WebAssembly), several times
// slower. It calls the raw functions under the wrappers, because the wrappers leave keys and states behind in
// the WebAssembly heap: here every call borrows one region of that heap and zeroes it afterwards; states live
// in Buffers in between.

import { requireLength } from './arguments.ts';
import { misuse, outOfMemory } from './refusals.ts';
import {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  ARGON2_MEMLIMIT_BYTES,
  ARGON2_OPSLIMIT,
  BLAKE2B_PERSONAL_BYTES,
  BLAKE2B_SALT_BYTES,
  DIGEST_BYTES,
  KEY_BYTES,
  SECRETSTREAM_HEADER_BYTES,
  SECRETSTREAM_OVERHEAD_BYTES,
  SECRETSTREAM_TAG_FINAL,
  SECRETSTREAM_TAG_MESSAGE,
  type Argon2idLimits,
  type Digest,
  type OpenStream,
  type SealStream,
  type SodiumProvider,
} from './sodium.ts';
import { HeapRegion, type RawHeap } from './wasm-heap.ts';

/** libsodium as compiled: pointers are addresses, 64-bit lengths are two numbers, low half first. */
interface RawSodium extends RawHeap {
  _crypto_pwhash_alg_argon2id13(): number;
  _crypto_secretstream_xchacha20poly1305_statebytes(): number;
  _crypto_onetimeauth_statebytes(): number;
  _crypto_pwhash(...args: number[]): number;
  _crypto_aead_xchacha20poly1305_ietf_encrypt(...args: number[]): number;
  _crypto_aead_xchacha20poly1305_ietf_decrypt(...args: number[]): number;
  _crypto_generichash_blake2b_salt_personal(...args: number[]): number;
  _crypto_secretstream_xchacha20poly1305_init_push(state: number, header: number, key: number): number;
  _crypto_secretstream_xchacha20poly1305_init_pull(state: number, header: number, key: number): number;
  _crypto_secretstream_xchacha20poly1305_push(...args: number[]): number;
  _crypto_secretstream_xchacha20poly1305_pull(...args: number[]): number;
  _crypto_onetimeauth_init(state: number, key: number): number;
  _crypto_onetimeauth_update(state: number, bytes: number, lengthLow: number, lengthHigh: number): number;
  _crypto_onetimeauth_final(state: number, out: number): number;
}

/** How much one call of `digest().update` takes to the heap at once. */
const DIGEST_PIECE_BYTES = 1_048_576;

/**
 * Both derivations leave their result on the WebAssembly stack, which cannot be reached from here. The same
 * function is run again on zeros, as cheaply as it can be: its stack frames lie over the earlier ones.
 */
const ZEROS = Buffer.alloc(KEY_BYTES);
const ARGON2_SMALLEST_MEMLIMIT_BYTES = 8192;

/** Loads and starts the WebAssembly provider. */
export async function startWasmSodium(): Promise<SodiumProvider> {
  const wrappers = await import('libsodium-wrappers-sumo');
  await wrappers.ready;
  const raw = (wrappers.default as unknown as { readonly libsodium: RawSodium }).libsodium;
  return provide(raw, new HeapRegion(raw));
}

function provide(raw: RawSodium, heap: HeapRegion): SodiumProvider {
  return {
    name: 'wasm',
    argon2id(password, salt) {
      requireLength('salt', salt, BLAKE2B_SALT_BYTES);
      const out = argon2id(raw, heap, password, salt, ARGON2_OPSLIMIT, ARGON2_MEMLIMIT_BYTES);
      argon2id(raw, heap, ZEROS, ZEROS.subarray(0, BLAKE2B_SALT_BYTES), 1, ARGON2_SMALLEST_MEMLIMIT_BYTES);
      return out;
    },
    blake2bKeyedPersonal(key, salt, personal) {
      requireLength('key', key, KEY_BYTES);
      requireLength('salt', salt, BLAKE2B_SALT_BYTES);
      requireLength('personal', personal, BLAKE2B_PERSONAL_BYTES);
      const out = blake2b(raw, heap, key, salt, personal);
      blake2b(raw, heap, ZEROS, salt, personal);
      return out;
    },
    sealStream: (key) => sealStream(raw, heap, key),
    openStream: (key, header) => openStream(raw, heap, key, header),
    digest: (key) => digest(raw, heap, key),
    argon2idWith: (password, salt, limits) => argon2idWith(raw, heap, password, salt, limits),
    sealAead: (key, nonce, plain, additional) => sealAead(raw, heap, key, nonce, plain, additional),
    openAead: (key, nonce, sealed, additional) => openAead(raw, heap, key, nonce, sealed, additional),
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- a thread of its own is the native provider's
async function argon2idWith(
  raw: RawSodium,
  heap: HeapRegion,
  password: Uint8Array,
  salt: Uint8Array,
  { opsLimit, memLimitBytes }: Argon2idLimits,
): Promise<Buffer> {
  requireLength('salt', salt, BLAKE2B_SALT_BYTES);
  try {
    return argon2id(raw, heap, password, salt, opsLimit, memLimitBytes);
  } catch {
    throw outOfMemory(memLimitBytes); // its only reason once lengths and limits are right
  } finally {
    argon2id(raw, heap, ZEROS, ZEROS.subarray(0, BLAKE2B_SALT_BYTES), 1, ARGON2_SMALLEST_MEMLIMIT_BYTES);
  }
}

function sealAead(
  raw: RawSodium,
  heap: HeapRegion,
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  additional: Uint8Array,
): Buffer {
  requireLength('key', key, KEY_BYTES);
  requireLength('nonce', nonce, AEAD_NONCE_BYTES);
  const sealed = Buffer.alloc(plain.length + AEAD_TAG_BYTES);
  const status = heap.call(
    [sealed.length, plain, additional, nonce, key],
    ([c, m, a, n, k]) =>
      raw._crypto_aead_xchacha20poly1305_ietf_encrypt(
        ...[c!, 0, m!, plain.length, 0, a!, additional.length, 0, 0, n!, k!],
      ),
    [[0, sealed]],
  );
  if (status !== 0) throw misuse('the bytes were not sealed', { status });
  return sealed;
}

function openAead(
  raw: RawSodium,
  heap: HeapRegion,
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  additional: Uint8Array,
): Buffer | null {
  requireLength('key', key, KEY_BYTES);
  requireLength('nonce', nonce, AEAD_NONCE_BYTES);
  if (sealed.length < AEAD_TAG_BYTES) return null;
  const plain = Buffer.alloc(sealed.length - AEAD_TAG_BYTES);
  const status = heap.call(
    [plain.length, sealed, additional, nonce, key],
    ([m, c, a, n, k]) =>
      raw._crypto_aead_xchacha20poly1305_ietf_decrypt(
        ...[m!, 0, 0, c!, sealed.length, 0, a!, additional.length, 0, n!, k!],
      ),
    [[0, plain]],
  );
  return status === 0 ? plain : null;
}

function argon2id(
  raw: RawSodium,
  heap: HeapRegion,
  password: Uint8Array,
  salt: Uint8Array,
  opslimit: number,
  memlimitBytes: number,
): Buffer {
  const out = Buffer.alloc(KEY_BYTES);
  const status = heap.call(
    [out, password, salt],
    ([o, p, s]) =>
      raw._crypto_pwhash(
        ...[o!, KEY_BYTES, 0, p!, password.length, 0, s!],
        ...[opslimit, 0, memlimitBytes, raw._crypto_pwhash_alg_argon2id13()],
      ),
    [[0, out]],
  );
  if (status !== 0) throw misuse('Argon2id did not run', { status });
  return out;
}

function blake2b(
  raw: RawSodium,
  heap: HeapRegion,
  key: Uint8Array,
  salt: Uint8Array,
  personal: Uint8Array,
): Buffer {
  const out = Buffer.alloc(KEY_BYTES);
  const status = heap.call(
    [out, key, salt, personal],
    ([o, k, s, p]) =>
      raw._crypto_generichash_blake2b_salt_personal(o!, KEY_BYTES, 0, 0, 0, k!, key.length, s!, p!),
    [[0, out]],
  );
  if (status !== 0) throw misuse('BLAKE2b did not run', { status });
  return out;
}

function sealStream(raw: RawSodium, heap: HeapRegion, key: Uint8Array): SealStream {
  requireLength('key', key, KEY_BYTES);
  const state = Buffer.alloc(raw._crypto_secretstream_xchacha20poly1305_statebytes());
  const header = Buffer.alloc(SECRETSTREAM_HEADER_BYTES);
  const started = heap.call(
    [state, header, key],
    ([s, h, k]) => raw._crypto_secretstream_xchacha20poly1305_init_push(s!, h!, k!),
    [
      [0, state],
      [1, header],
    ],
  );
  if (started !== 0) throw misuse('the stream did not start', { status: started });
  let alive = true;
  return {
    header,
    push(out, plain, final) {
      if (!alive) throw misuse('this stream was wiped');
      const length = plain.length + SECRETSTREAM_OVERHEAD_BYTES;
      if (out.length < length) throw misuse('out is too small for the sealed chunk');
      const tag = final ? SECRETSTREAM_TAG_FINAL : SECRETSTREAM_TAG_MESSAGE;
      const status = heap.call(
        [state, length, plain],
        ([s, c, m]) =>
          raw._crypto_secretstream_xchacha20poly1305_push(s!, c!, 0, m!, plain.length, 0, 0, 0, 0, tag),
        [
          [0, state],
          [1, out.subarray(0, length)],
        ],
      );
      if (status !== 0) throw misuse('the chunk was not sealed', { status });
      return length;
    },
    wipe() {
      alive = false;
      state.fill(0);
    },
  };
}

function openStream(raw: RawSodium, heap: HeapRegion, key: Uint8Array, header: Uint8Array): OpenStream {
  requireLength('key', key, KEY_BYTES);
  requireLength('header', header, SECRETSTREAM_HEADER_BYTES);
  const state = Buffer.alloc(raw._crypto_secretstream_xchacha20poly1305_statebytes());
  const tag = Buffer.alloc(1);
  const started = heap.call(
    [state, header, key],
    ([s, h, k]) => raw._crypto_secretstream_xchacha20poly1305_init_pull(s!, h!, k!),
    [[0, state]],
  );
  if (started !== 0) throw misuse('the stream did not start', { status: started });
  let alive = true;
  return {
    pull(out, sealed) {
      if (!alive) throw misuse('this stream was wiped');
      const length = sealed.length - SECRETSTREAM_OVERHEAD_BYTES;
      if (length < 0) throw misuse('a sealed chunk has at least 17 bytes');
      if (out.length < length) throw misuse('out is too small for the opened chunk');
      const plain = out.subarray(0, length);
      const status = heap.call(
        [state, length, tag, sealed],
        ([s, m, t, c]) =>
          raw._crypto_secretstream_xchacha20poly1305_pull(s!, m!, 0, t!, c!, sealed.length, 0, 0, 0, 0),
        [
          [0, state],
          [1, plain],
          [2, tag],
        ],
      );
      if (status !== 0) return 'refused';
      if (tag[0] === SECRETSTREAM_TAG_MESSAGE) return 'message';
      if (tag[0] === SECRETSTREAM_TAG_FINAL) return 'final';
      plain.fill(0);
      return 'refused';
    },
    wipe() {
      alive = false;
      state.fill(0);
    },
  };
}

function digest(raw: RawSodium, heap: HeapRegion, key: Uint8Array): Digest {
  requireLength('key', key, KEY_BYTES);
  const state = Buffer.alloc(raw._crypto_onetimeauth_statebytes());
  heap.call([state, key], ([s, k]) => raw._crypto_onetimeauth_init(s!, k!), [[0, state]]);
  let open = true;
  return {
    update(bytes) {
      if (!open) throw misuse('this digest is finished');
      for (let offset = 0; offset < bytes.length; offset += DIGEST_PIECE_BYTES) {
        const piece = bytes.subarray(offset, offset + DIGEST_PIECE_BYTES);
        heap.call([state, piece], ([s, b]) => raw._crypto_onetimeauth_update(s!, b!, piece.length, 0), [
          [0, state],
        ]);
      }
    },
    final() {
      if (!open) throw misuse('this digest is finished');
      open = false;
      const out = Buffer.alloc(DIGEST_BYTES);
      heap.call([state, out], ([s, o]) => raw._crypto_onetimeauth_final(s!, o!), [[1, out]]);
      state.fill(0);
      return out;
    },
  };
}
