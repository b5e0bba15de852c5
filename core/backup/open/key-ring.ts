// The keys to try on one or many backups and everything derived from them, each derived once: one SHA-256 chain a
// key, one Argon2id a key and root salt. Owns what it derives and wipes it; never the passwords it was given.

import {
  deriveLegacyKey,
  deriveRootKey,
  deriveStreamKey,
  validationKeyMatches,
  type SodiumProvider,
  type V3Header,
} from '../../securetar/index.ts';
import type { BackupKey } from '../options.ts';

export class KeyRing {
  readonly sodium: SodiumProvider;
  readonly keys: readonly BackupKey[];
  readonly #legacy = new Map<BackupKey, Buffer>();
  readonly #root = new Map<string, Buffer>();
  #derivations = 0;

  constructor(sodium: SodiumProvider, keys: readonly BackupKey[]) {
    this.sodium = sodium;
    this.keys = keys;
  }

  /** How many Argon2id runs this ring has paid for. */
  get argon2idCount(): number {
    return this.#derivations;
  }

  /** The AES key of v1 and v2, 16 bytes. */
  legacyKey(key: BackupKey): Buffer {
    const known = this.#legacy.get(key);
    if (known !== undefined) return known;
    const derived = deriveLegacyKey(key.password);
    this.#legacy.set(key, derived);
    return derived;
  }

  /** The v3 root key, 32 bytes. Costs one Argon2id the first time. */
  rootKey(key: BackupKey, rootSalt: Buffer): Buffer {
    const id = `${this.keys.indexOf(key)}:${rootSalt.toString('hex')}`;
    const known = this.#root.get(id);
    if (known !== undefined) return known;
    this.#derivations++;
    const derived = deriveRootKey(this.sodium, key.password, rootSalt);
    this.#root.set(id, derived);
    return derived;
  }

  opensV3(key: BackupKey, header: V3Header): boolean {
    return validationKeyMatches(this.sodium, this.rootKey(key, header.rootSalt), header);
  }

  /** The key of one v3 stream, 32 bytes; the caller wipes it. */
  streamKey(key: BackupKey, header: V3Header): Buffer {
    return deriveStreamKey(this.sodium, this.rootKey(key, header.rootSalt), header.derivationSalt);
  }

  wipe(): void {
    for (const buffer of [...this.#legacy.values(), ...this.#root.values()]) buffer.fill(0);
    this.#legacy.clear();
    this.#root.clear();
  }
}
