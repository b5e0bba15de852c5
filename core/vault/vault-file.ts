// The bytes of the sealed vault, version 1: magic "SRVAULT\n" | version u32 LE | header length u32 LE | header JSON |
// nonce 24 | payload sealed under the vault key, with all before the nonce as additional data | SHA-256 of all before.
// Every version begins with magic and version and ends with that checksum, which tells accidental damage from a wrong
// passphrase; deliberate changes are what the seals refuse. Knows nothing of records or the disk.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import * as v from 'valibot';

import { StrongroomError } from '../../shared/errors.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type SodiumProvider } from '../securetar/index.ts';
import { damagedVault } from './refusals.ts';

export const MAX_VAULT_BYTES = 16 * 1024 * 1024;
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_OPS_LIMIT = 16;
const MAX_MEM_LIMIT_BYTES = 1024 * 1024 * 1024;

const VERSION = 1;
const MAGIC = Buffer.from('SRVAULT\n', 'latin1');
const PREFIX_BYTES = MAGIC.length + 4 + 4;
const CHECKSUM_BYTES = 32;
const SMALLEST_BYTES = PREFIX_BYTES + CHECKSUM_BYTES;

/** A sealed vault key: 32 bytes and the tag. */
const SEALED_KEY_BYTES = 32 + AEAD_TAG_BYTES;

const base64 = (bytes: number) =>
  v.pipe(
    v.string(),
    v.check((text) => Buffer.from(text, 'base64').toString('base64') === text),
    v.check((text) => Buffer.byteLength(text, 'base64') === bytes),
  );
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const instant = v.pipe(v.string(), v.isoTimestamp());
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));

const passphraseWrap = v.strictObject({
  kind: v.literal('passphrase'),
  salt: base64(16),
  opsLimit: count,
  memLimitBytes: count,
  nonce: base64(AEAD_NONCE_BYTES),
  sealed: base64(SEALED_KEY_BYTES),
});
const keychainWrap = v.strictObject({
  kind: v.literal('keychain'),
  account: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}-[0-9a-f]{16}$/)),
  nonce: base64(AEAD_NONCE_BYTES),
  sealed: base64(SEALED_KEY_BYTES),
});
const headerSchema = v.strictObject({
  vaultId: id,
  keyId: id,
  createdAt: instant,
  changedAt: instant,
  generation: count,
  wraps: v.pipe(
    v.array(v.variant('kind', [passphraseWrap, keychainWrap])),
    v.minLength(1),
    v.check((wraps) => new Set(wraps.map(({ kind }) => kind)).size === wraps.length),
  ),
});

/** The vault key sealed under Argon2id of a passphrase; binary fields are base64. */
export type PassphraseWrap = Readonly<v.InferOutput<typeof passphraseWrap>>;
/** The vault key sealed under a random secret that lies in the keychain, under an account that no other wrap has. */
export type KeychainWrap = Readonly<v.InferOutput<typeof keychainWrap>>;
export type Wrap = PassphraseWrap | KeychainWrap;

/** Which vault key is meant, without saying anything of it: each is 16 random bytes in hexadecimal digits. */
export interface KeyIdentity {
  readonly vaultId: string;
  /** Another one with each new vault key. */
  readonly keyId: string;
}

export interface VaultHeader extends KeyIdentity {
  readonly createdAt: string;
  readonly changedAt: string;
  /** One more with each write. */
  readonly generation: number;
  /** At most one of each kind. */
  readonly wraps: readonly Wrap[];
}

/** A vault file that is whole, with its payload still sealed. */
export interface SealedVault {
  readonly version: number;
  readonly header: VaultHeader;
  /** Every byte before the nonce. */
  readonly additional: Buffer;
  readonly nonce: Buffer;
  readonly sealed: Buffer;
  /** The checksum in hexadecimal digits: tells any two states apart. */
  readonly checksum: string;
}

type Body = Omit<SealedVault, 'checksum'>;

/** Readers of every version that was ever written: stored vaults keep opening. */
const READERS: Readonly<Record<number, (body: Buffer) => Body>> = { 1: readVersion1 };

/**
 * Takes a vault file apart.
 * @throws DAMAGED_VAULT, UNSUPPORTED_VERSION, LIMIT_EXCEEDED (more than 16 MiB, a header of more than 64 KiB, an
 *   Argon2id that costs more than any that this program asks for)
 */
export function parseVaultFile(bytes: Buffer): SealedVault {
  if (bytes.length > MAX_VAULT_BYTES) throw tooLarge(bytes.length);
  if (bytes.length < SMALLEST_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged();
  const body = bytes.subarray(0, bytes.length - CHECKSUM_BYTES);
  const checksum = checksumOf(body);
  if (!timingSafeEqual(checksum, bytes.subarray(body.length))) throw damaged();
  const version = body.readUInt32LE(MAGIC.length);
  const read = READERS[version];
  if (read === undefined) {
    throw new StrongroomError('UNSUPPORTED_VERSION', 'The vault was written by a newer Strongroom.', {
      hint: 'Update Strongroom.',
      details: { version },
    });
  }
  return { ...read(body), checksum: checksum.toString('hex') };
}

/** How many bytes of a file `vaultIdIn` looks at. */
export const ID_WITHIN_BYTES = PREFIX_BYTES + MAX_HEADER_BYTES;

/** The vault's id that the beginning of a damaged file still tells; null where it does not. Proves nothing. */
export function vaultIdIn(start: Buffer): string | null {
  if (start.length < PREFIX_BYTES || !start.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const end = PREFIX_BYTES + start.readUInt32LE(MAGIC.length + 4);
  if (end > start.length) return null;
  try {
    const json: unknown = JSON.parse(start.toString('utf8', PREFIX_BYTES, end));
    return v.parse(v.object({ vaultId: id }), json).vaultId;
  } catch {
    return null; // damaged there, too
  }
}

function readVersion1(body: Buffer): Body {
  const headerBytes = body.readUInt32LE(MAGIC.length + 4);
  if (headerBytes > MAX_HEADER_BYTES) throw tooLarge(headerBytes);
  const nonceAt = PREFIX_BYTES + headerBytes;
  const sealedAt = nonceAt + AEAD_NONCE_BYTES;
  if (sealedAt + AEAD_TAG_BYTES > body.length) throw damaged();
  return {
    version: 1,
    header: parseHeader(body.subarray(PREFIX_BYTES, nonceAt)),
    additional: body.subarray(0, nonceAt),
    nonce: body.subarray(nonceAt, sealedAt),
    sealed: body.subarray(sealedAt),
  };
}

function parseHeader(bytes: Buffer): VaultHeader {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged(); // what the parser says of it helps nobody
  }
  const result = v.safeParse(headerSchema, json);
  if (!result.success) throw damaged();
  for (const wrap of result.output.wraps) {
    if (wrap.kind !== 'passphrase') continue;
    if (wrap.opsLimit > MAX_OPS_LIMIT || wrap.memLimitBytes > MAX_MEM_LIMIT_BYTES) {
      throw new StrongroomError(
        'LIMIT_EXCEEDED',
        'The vault asks for more memory or time than any honest one.',
        {
          hint: FROM_ELSEWHERE,
          details: { opsLimit: wrap.opsLimit, memLimitBytes: wrap.memLimitBytes },
        },
      );
    }
  }
  return result.output;
}

/** Opens the payload, which the caller wipes. @throws DAMAGED_VAULT when it is not what was sealed with this header */
export function openPayload(sodium: SodiumProvider, vault: SealedVault, vaultKey: Uint8Array): Buffer {
  const payload = sodium.openAead(vaultKey, vault.nonce, vault.sealed, vault.additional);
  if (payload !== null) return payload;
  throw damagedVault(
    'The vault was changed by something other than Strongroom; it is not opened.',
    'Move the vault file to another folder, then restore its copy; or take the file from a backup of this computer.',
  );
}

/** The bytes of a vault file with a fresh nonce. @throws LIMIT_EXCEEDED when it would be larger than a reader takes */
export function encodeVaultFile(
  sodium: SodiumProvider,
  header: VaultHeader,
  payload: Uint8Array,
  vaultKey: Uint8Array,
): Buffer {
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(VERSION, MAGIC.length);
  prefix.writeUInt32LE(json.length, MAGIC.length + 4);
  const additional = Buffer.concat([prefix, json]);
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  const body = Buffer.concat([additional, nonce, sodium.sealAead(vaultKey, nonce, payload, additional)]);
  const bytes = Buffer.concat([body, checksumOf(body)]);
  if (bytes.length > MAX_VAULT_BYTES) throw tooLarge(bytes.length);
  return bytes;
}

/** Where an intact copy lies beside it, `VaultStore` says so instead. */
const FROM_ELSEWHERE =
  'Take the file from a backup of this computer. Your emergency kits bring the keys back, too.';

function checksumOf(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest();
}

function damaged(): StrongroomError {
  return damagedVault('The vault file is damaged.', FROM_ELSEWHERE);
}

export function tooLarge(sizeBytes: number): StrongroomError {
  return new StrongroomError('LIMIT_EXCEEDED', 'The vault file is larger than any honest one.', {
    hint: FROM_ELSEWHERE,
    details: { sizeBytes },
  });
}
