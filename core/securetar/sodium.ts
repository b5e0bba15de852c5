// What this room needs of libsodium, implemented by sodium-native.ts and sodium-wasm.ts. Lengths are checked
// by both (INTERNAL). Secrets are ordinary Buffers that their owner zeroes; never sodium_malloc (Electron's
// memory cage).

/** Argon2id v1.3 as SecureTar v3 uses it. */
export const ARGON2_OPSLIMIT = 8;
export const ARGON2_MEMLIMIT_BYTES = 16 * 1024 * 1024;

export const KEY_BYTES = 32;
export const BLAKE2B_SALT_BYTES = 16;
export const BLAKE2B_PERSONAL_BYTES = 16;
export const SECRETSTREAM_HEADER_BYTES = 24;
export const SECRETSTREAM_OVERHEAD_BYTES = 17;
export const SECRETSTREAM_TAG_MESSAGE = 0;
export const SECRETSTREAM_TAG_FINAL = 3;
export const DIGEST_BYTES = 16;
export const AEAD_NONCE_BYTES = 24;
export const AEAD_TAG_BYTES = 16;

/** What one Argon2id costs. */
export interface Argon2idLimits {
  /** Passes over the memory. */
  readonly opsLimit: number;
  readonly memLimitBytes: number;
}

export interface SealStream {
  /** The 24 bytes a reader needs. */
  readonly header: Buffer;
  /** Seals `plain` into the start of `out`, which must have 17 bytes more room; returns the bytes written. */
  push(out: Buffer, plain: Uint8Array, final: boolean): number;
  /** Zeroes the state. The stream is dead afterwards. */
  wipe(): void;
}

export interface OpenStream {
  /**
   * Opens one sealed chunk into the start of `out`, which needs room for 17 bytes less. 'refused' is a failed
   * authentication or a tag SecureTar does not use: then `out` holds nothing of the chunk.
   */
  pull(out: Buffer, sealed: Uint8Array): 'message' | 'final' | 'refused';
  /** Zeroes the state. The stream is dead afterwards. */
  wipe(): void;
}

export interface Digest {
  update(bytes: Uint8Array): void;
  /** The 16-byte tag; zeroes the state, so it can be called once. */
  final(): Buffer;
}

export interface SodiumProvider {
  readonly name: 'native' | 'wasm';
  /** Argon2id v1.3, opslimit 8, memlimit 16 MiB: 32 bytes. About 0.2 s. */
  argon2id(password: Uint8Array, salt: Uint8Array): Buffer;
  /** BLAKE2b-256 of the empty message under a 32-byte key, 16-byte salt and 16-byte personalisation. */
  blake2bKeyedPersonal(key: Uint8Array, salt: Uint8Array, personal: Uint8Array): Buffer;
  /** Starts an XChaCha20-Poly1305 secretstream for writing. */
  sealStream(key: Uint8Array): SealStream;
  /** Starts an XChaCha20-Poly1305 secretstream for reading. */
  openStream(key: Uint8Array, header: Uint8Array): OpenStream;
  /**
   * One-time Poly1305, for comparing two readings of the same bytes within one run. The 32-byte key must be
   * random and of this run; the tag is worth nothing outside it.
   */
  digest(key: Uint8Array): Digest;
  /**
   * Argon2id v1.3 under limits of the caller's choice: 32 bytes. Natively on a thread of its own, so that a window
   * stays alive; WebAssembly has only this thread and holds it up for as long as it takes.
   * @throws LIMIT_EXCEEDED the machine does not have that much memory
   */
  argon2idWith(password: Uint8Array, salt: Uint8Array, limits: Argon2idLimits): Promise<Buffer>;
  /** XChaCha20-Poly1305 (IETF draft-irtf-cfrg-xchacha): ciphertext, then the 16-byte tag. A nonce is used once. */
  sealAead(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, additional: Uint8Array): Buffer;
  /** What `sealAead` sealed; null where key, nonce, sealed bytes or additional data are not the same. */
  openAead(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, additional: Uint8Array): Buffer | null;
}
