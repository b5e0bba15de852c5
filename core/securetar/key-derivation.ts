// From a password to the keys of a stream: "v1 and v2: AES-128-CBC" and "v3" of the format page. What is
// returned is the caller's to zero; what lies between is zeroed here. No key may get into an error.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { requireLength } from './arguments.ts';
import { SALT_BYTES, VALIDATION_KEY_BYTES, type V3Header } from './header.ts';
import { KEY_BYTES, type SodiumProvider } from './sodium.ts';

export const LEGACY_KEY_BYTES = 16;

const LEGACY_ROUNDS = 100;
const PERSONAL = Buffer.alloc(16);
PERSONAL.write('SecureTarv3', 'ascii');

/** What all inner archives of one v3 backup share. */
export interface V3Archive {
  readonly rootSalt: Buffer;
  readonly validationSalt: Buffer;
  readonly validationKey: Buffer;
  /** Secret; zero it when the backup is written. */
  readonly rootKey: Buffer;
}

/** The 16-byte AES key of v1 and v2. @param password UTF-8 */
export function deriveLegacyKey(password: Buffer): Buffer {
  return hashRepeatedly(password);
}

/**
 * The 16-byte AES initialisation vector of v1 and v2.
 * @throws INTERNAL key or salt is not 16 bytes
 */
export function deriveLegacyIv(key: Buffer, salt: Buffer): Buffer {
  requireLength('key', key, LEGACY_KEY_BYTES);
  requireLength('salt', salt, SALT_BYTES);
  const joined = Buffer.concat([key, salt]);
  try {
    return hashRepeatedly(joined);
  } finally {
    joined.fill(0);
  }
}

/** The 32-byte root key of a v3 backup: one Argon2id, about 0.2 s. @param password UTF-8 */
export function deriveRootKey(sodium: SodiumProvider, password: Buffer, rootSalt: Buffer): Buffer {
  requireLength('rootSalt', rootSalt, SALT_BYTES);
  return sodium.argon2id(password, rootSalt);
}

/** The 32 bytes a v3 header stores, so that a wrong key is told from damage. */
export function deriveValidationKey(sodium: SodiumProvider, rootKey: Buffer, validationSalt: Buffer): Buffer {
  requireLength('rootKey', rootKey, KEY_BYTES);
  requireLength('validationSalt', validationSalt, SALT_BYTES);
  return sodium.blake2bKeyedPersonal(rootKey, validationSalt, PERSONAL);
}

/** The 32-byte secretstream key of one inner archive. */
export function deriveStreamKey(sodium: SodiumProvider, rootKey: Buffer, derivationSalt: Buffer): Buffer {
  requireLength('rootKey', rootKey, KEY_BYTES);
  requireLength('derivationSalt', derivationSalt, SALT_BYTES);
  return sodium.blake2bKeyedPersonal(rootKey, derivationSalt, PERSONAL);
}

/** Whether the root key belongs to this header, compared in constant time. If not, decrypt nothing. */
export function validationKeyMatches(sodium: SodiumProvider, rootKey: Buffer, header: V3Header): boolean {
  requireLength('validationKey', header.validationKey, VALIDATION_KEY_BYTES);
  const derived = deriveValidationKey(sodium, rootKey, header.validationSalt);
  try {
    return timingSafeEqual(derived, header.validationKey);
  } finally {
    derived.fill(0);
  }
}

/** Fresh salts and keys for a new v3 backup: one Argon2id for all its archives. @param password UTF-8 */
export function newV3Archive(sodium: SodiumProvider, password: Buffer): V3Archive {
  const rootSalt = randomBytes(SALT_BYTES);
  const validationSalt = randomBytes(SALT_BYTES);
  const rootKey = deriveRootKey(sodium, password, rootSalt);
  const validationKey = deriveValidationKey(sodium, rootKey, validationSalt);
  return { rootSalt, validationSalt, validationKey, rootKey };
}

/** SHA-256 a hundred times, first half of the last. */
function hashRepeatedly(start: Buffer): Buffer {
  let value = sha256(start);
  for (let round = 1; round < LEGACY_ROUNDS; round++) {
    const next = sha256(value);
    value.fill(0);
    value = next;
  }
  const half = Buffer.from(value.subarray(0, LEGACY_KEY_BYTES));
  value.fill(0);
  return half;
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
