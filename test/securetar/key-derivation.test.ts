// Key derivation against the vectors, on both providers.

import { describe, expect, test } from 'vitest';
import {
  deriveLegacyIv,
  deriveLegacyKey,
  deriveRootKey,
  deriveStreamKey,
  deriveValidationKey,
  loadProvider,
  newV3Archive,
  validationKeyMatches,
  type V3Header,
} from '../../core/securetar/index.ts';
import { expected, hex } from './fixtures.ts';
import { flipped } from './pieces.ts';

describe('v1 and v2', () => {
  test.each(expected.key_vectors.legacy)('password $password', ({ password, salt, key, iv }) => {
    const derived = deriveLegacyKey(Buffer.from(password, 'utf8'));
    expect(derived.toString('hex')).toBe(key);
    expect(deriveLegacyIv(derived, hex(salt)).toString('hex')).toBe(iv);
  });

  test('the password and the key are left as they were', () => {
    const password = Buffer.from('hunter2');
    const key = deriveLegacyKey(password);
    const before = key.toString('hex');
    deriveLegacyIv(key, Buffer.alloc(16));
    expect(password.toString()).toBe('hunter2');
    expect(key.toString('hex')).toBe(before);
  });

  test('keys and salts of a wrong length are refused', () => {
    expect(() => deriveLegacyIv(Buffer.alloc(15), Buffer.alloc(16))).toThrow('key must be 16 bytes, not 15');
    expect(() => deriveLegacyIv(Buffer.alloc(16), Buffer.alloc(17))).toThrow('salt must be 16 bytes, not 17');
  });
});

describe.each(['native', 'wasm'] as const)('v3 on %s', (name) => {
  test.each(expected.key_vectors.v3)('password $password', async (vector) => {
    const sodium = await loadProvider(name);
    const rootKey = deriveRootKey(sodium, Buffer.from(vector.password, 'utf8'), hex(vector.root_salt));
    expect(rootKey.toString('hex')).toBe(vector.root_key);
    const validationKey = deriveValidationKey(sodium, rootKey, hex(vector.validation_salt));
    expect(validationKey.toString('hex')).toBe(vector.validation_key);
    const streamKey = deriveStreamKey(sodium, rootKey, hex(vector.derivation_salt));
    expect(streamKey.toString('hex')).toBe(vector.stream_key);
  });

  test('a new archive validates its own key and no other', async () => {
    const sodium = await loadProvider(name);
    const archive = newV3Archive(sodium, Buffer.from('one'));
    const other = newV3Archive(sodium, Buffer.from('one'));
    const header: V3Header = {
      version: 3,
      plaintextSizeBytes: 0,
      ...archive,
      derivationSalt: Buffer.alloc(16),
      streamHeader: Buffer.alloc(24),
    };
    expect(deriveRootKey(sodium, Buffer.from('one'), archive.rootSalt)).toEqual(archive.rootKey);
    expect(validationKeyMatches(sodium, archive.rootKey, header)).toBe(true);
    expect(validationKeyMatches(sodium, other.rootKey, header)).toBe(false);
    const damaged = { ...header, validationKey: flipped(header.validationKey, 31, 7) };
    expect(validationKeyMatches(sodium, archive.rootKey, damaged)).toBe(false);
    expect(other.rootSalt).not.toEqual(archive.rootSalt);
    expect(other.validationSalt).not.toEqual(archive.validationSalt);
  });

  test('lengths are checked', async () => {
    const sodium = await loadProvider(name);
    const bytes = (length: number): Buffer => Buffer.alloc(length);
    expect(() => deriveRootKey(sodium, bytes(3), bytes(15))).toThrow('rootSalt must be 16 bytes');
    expect(() => deriveValidationKey(sodium, bytes(31), bytes(16))).toThrow('rootKey must be 32 bytes');
    expect(() => deriveStreamKey(sodium, bytes(32), bytes(15))).toThrow('derivationSalt must be 16 bytes');
  });
});
