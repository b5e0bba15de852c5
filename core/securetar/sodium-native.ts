// The libsodium provider at machine speed: `sodium-native`, a prebuilt N-API module. It may be missing on a
// platform; the reason is kept, so that the program can say why it runs on the slow one.

import { createRequire } from 'node:module';

import { blake2b } from '@noble/hashes/blake2.js';

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

const NO_MESSAGE = new Uint8Array(0);

/** The calls used of sodium-native 5, which ships no types. */
interface Binding {
  readonly crypto_pwhash_ALG_ARGON2ID13: number;
  readonly crypto_secretstream_xchacha20poly1305_STATEBYTES: number;
  readonly crypto_onetimeauth_STATEBYTES: number;
  crypto_pwhash(
    out: Uint8Array,
    password: Uint8Array,
    salt: Uint8Array,
    opslimit: number,
    memlimit: number,
    algorithm: number,
  ): void;
  crypto_pwhash_async(
    out: Uint8Array,
    password: Uint8Array,
    salt: Uint8Array,
    opslimit: number,
    memlimit: number,
    algorithm: number,
  ): Promise<void>;
  crypto_aead_xchacha20poly1305_ietf_encrypt(
    sealed: Uint8Array,
    plain: Uint8Array,
    additional: Uint8Array,
    unused: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  crypto_aead_xchacha20poly1305_ietf_decrypt(
    plain: Uint8Array,
    unused: null,
    sealed: Uint8Array,
    additional: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  crypto_secretstream_xchacha20poly1305_init_push(state: Buffer, header: Buffer, key: Uint8Array): void;
  crypto_secretstream_xchacha20poly1305_init_pull(state: Buffer, header: Uint8Array, key: Uint8Array): void;
  crypto_secretstream_xchacha20poly1305_push(
    state: Buffer,
    sealed: Uint8Array,
    plain: Uint8Array,
    additional: null,
    tag: number,
  ): number;
  crypto_secretstream_xchacha20poly1305_pull(
    state: Buffer,
    plain: Uint8Array,
    tag: Uint8Array,
    sealed: Uint8Array,
    additional: null,
  ): number;
  crypto_onetimeauth_init(state: Buffer, key: Uint8Array): void;
  crypto_onetimeauth_update(state: Buffer, bytes: Uint8Array): void;
  crypto_onetimeauth_final(state: Buffer, out: Buffer): void;
}

/** What sodium-native throws when a chunk does not authenticate; all else it throws is a mistake of ours. */
const AUTHENTICATION_FAILED = 'pull failed';
const AEAD_FAILED = 'could not verify data';

type Attempt = { readonly provider: SodiumProvider } | { readonly failure: string };
let attempt: Attempt | undefined;

/** The native provider, or null where it does not load; see `nativeFailure`. Tried once a process. */
export function nativeSodium(): SodiumProvider | null {
  attempt ??= load();
  return 'provider' in attempt ? attempt.provider : null;
}

/** Why the native provider does not load on this machine, or null where it does. */
export function nativeFailure(): string | null {
  attempt ??= load();
  return 'failure' in attempt ? attempt.failure : null;
}

function load(): Attempt {
  try {
    const binding = createRequire(import.meta.url)('sodium-native') as Binding;
    return { provider: provide(binding) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function provide(binding: Binding): SodiumProvider {
  return {
    name: 'native',
    argon2id(password, salt) {
      requireLength('salt', salt, BLAKE2B_SALT_BYTES);
      const out = Buffer.alloc(KEY_BYTES);
      const algorithm = binding.crypto_pwhash_ALG_ARGON2ID13;
      binding.crypto_pwhash(out, password, salt, ARGON2_OPSLIMIT, ARGON2_MEMLIMIT_BYTES, algorithm);
      return out;
    },
    blake2bKeyedPersonal(key, salt, personal) {
      requireLength('key', key, KEY_BYTES);
      requireLength('salt', salt, BLAKE2B_SALT_BYTES);
      requireLength('personal', personal, BLAKE2B_PERSONAL_BYTES);
      // sodium-native does not export the salted form. noble works on typed arrays and clears its state at the end.
      const out = blake2b(NO_MESSAGE, { key, salt, personalization: personal, dkLen: KEY_BYTES });
      return Buffer.from(out.buffer, out.byteOffset, out.length);
    },
    sealStream: (key) => sealStream(binding, key),
    openStream: (key, header) => openStream(binding, key, header),
    digest: (key) => digest(binding, key),
    argon2idWith: (password, salt, limits) => argon2idWith(binding, password, salt, limits),
    sealAead(key, nonce, plain, additional) {
      requireLength('key', key, KEY_BYTES);
      requireLength('nonce', nonce, AEAD_NONCE_BYTES);
      const sealed = Buffer.alloc(plain.length + AEAD_TAG_BYTES);
      binding.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, plain, additional, null, nonce, key);
      return sealed;
    },
    openAead(key, nonce, sealed, additional) {
      requireLength('key', key, KEY_BYTES);
      requireLength('nonce', nonce, AEAD_NONCE_BYTES);
      if (sealed.length < AEAD_TAG_BYTES) return null;
      const plain = Buffer.alloc(sealed.length - AEAD_TAG_BYTES);
      try {
        binding.crypto_aead_xchacha20poly1305_ietf_decrypt(plain, null, sealed, additional, nonce, key);
        return plain;
      } catch (error) {
        if ((error as Error).message === AEAD_FAILED) return null;
        throw error;
      }
    },
  };
}

async function argon2idWith(
  binding: Binding,
  password: Uint8Array,
  salt: Uint8Array,
  { opsLimit, memLimitBytes }: Argon2idLimits,
): Promise<Buffer> {
  requireLength('salt', salt, BLAKE2B_SALT_BYTES);
  const out = Buffer.alloc(KEY_BYTES);
  // The caller's may be wiped while the other thread still reads it.
  const own = Buffer.alloc(password.length);
  own.set(password);
  const algorithm = binding.crypto_pwhash_ALG_ARGON2ID13;
  try {
    await binding.crypto_pwhash_async(out, own, salt, opsLimit, memLimitBytes, algorithm);
  } catch {
    throw outOfMemory(memLimitBytes); // its only reason once lengths and limits are right
  } finally {
    own.fill(0);
  }
  return out;
}

function sealStream(binding: Binding, key: Uint8Array): SealStream {
  requireLength('key', key, KEY_BYTES);
  const state = Buffer.alloc(binding.crypto_secretstream_xchacha20poly1305_STATEBYTES);
  const header = Buffer.alloc(SECRETSTREAM_HEADER_BYTES);
  binding.crypto_secretstream_xchacha20poly1305_init_push(state, header, key);
  let alive = true;
  return {
    header,
    push(out, plain, final) {
      if (!alive) throw misuse('this stream was wiped');
      const length = plain.length + SECRETSTREAM_OVERHEAD_BYTES;
      if (out.length < length) throw misuse('out is too small for the sealed chunk');
      const tag = final ? SECRETSTREAM_TAG_FINAL : SECRETSTREAM_TAG_MESSAGE;
      return binding.crypto_secretstream_xchacha20poly1305_push(
        state,
        out.subarray(0, length),
        plain,
        null,
        tag,
      );
    },
    wipe() {
      alive = false;
      state.fill(0);
    },
  };
}

function openStream(binding: Binding, key: Uint8Array, header: Uint8Array): OpenStream {
  requireLength('key', key, KEY_BYTES);
  requireLength('header', header, SECRETSTREAM_HEADER_BYTES);
  const state = Buffer.alloc(binding.crypto_secretstream_xchacha20poly1305_STATEBYTES);
  const tag = Buffer.alloc(1);
  binding.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key);
  let alive = true;
  return {
    pull(out, sealed) {
      if (!alive) throw misuse('this stream was wiped');
      const length = sealed.length - SECRETSTREAM_OVERHEAD_BYTES;
      if (length < 0) throw misuse('a sealed chunk has at least 17 bytes');
      if (out.length < length) throw misuse('out is too small for the opened chunk');
      const plain = out.subarray(0, length);
      try {
        binding.crypto_secretstream_xchacha20poly1305_pull(state, plain, tag, sealed, null);
      } catch (error) {
        if ((error as Error).message === AUTHENTICATION_FAILED) return 'refused';
        throw error;
      }
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

function digest(binding: Binding, key: Uint8Array): Digest {
  requireLength('key', key, KEY_BYTES);
  const state = Buffer.alloc(binding.crypto_onetimeauth_STATEBYTES);
  binding.crypto_onetimeauth_init(state, key);
  let open = true;
  return {
    update(bytes) {
      if (!open) throw misuse('this digest is finished');
      binding.crypto_onetimeauth_update(state, bytes);
    },
    final() {
      if (!open) throw misuse('this digest is finished');
      open = false;
      const out = Buffer.alloc(DIGEST_BYTES);
      binding.crypto_onetimeauth_final(state, out);
      state.fill(0);
      return out;
    },
  };
}
