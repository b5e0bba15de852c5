// The sealed file itself: nothing that was changed, cut or blown up is opened, whatever the checksum says.

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { loadSodium } from '../../core/securetar/index.ts';
import { parseVaultFile, openPayload } from '../../core/vault/vault-file.ts';
import { keyByKeychain } from '../../core/vault/ways-in.ts';
import { errorCode } from '../../shared/errors.ts';
import {
  BY_KEYCHAIN,
  byPassphrase,
  makeVault,
  newKey,
  rewriteHeader,
  vaultIn,
  withChecksum,
  type MadeVault,
} from './vault-fixture.ts';

async function smallVault(): Promise<MadeVault & { readonly bytes: Buffer }> {
  const made = await makeVault();
  await made.vault.add([newKey('Home', 'ABCD-EFGH')]);
  return { ...made, bytes: readFileSync(made.mainPath) };
}

/** The code with which the bytes are refused as a keychain would open them; null where they open. */
async function refusalOf(bytes: Buffer, { keychain }: MadeVault): Promise<string | null> {
  const sodium = await loadSodium();
  try {
    const vault = parseVaultFile(bytes);
    const vaultKey = await keyByKeychain({ sodium, keychain }, vault.header);
    openPayload(sodium, vault, vaultKey);
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

function flipBit(bytes: Buffer, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return changed;
}

describe('accidental damage', () => {
  it('refuses a vault with any one bit changed', async () => {
    const { bytes } = await smallVault();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      expect(() => parseVaultFile(flipBit(bytes, bit)), `bit ${bit}`).toThrow(
        expect.objectContaining({ code: 'DAMAGED_VAULT' }),
      );
    }
  });

  it('refuses a vault cut at any length, and one with something behind it', async () => {
    const { bytes } = await smallVault();
    const wrong = Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length));
    for (const cut of [...wrong, Buffer.concat([bytes, Buffer.alloc(1)])]) {
      expect(() => parseVaultFile(cut), `${cut.length} bytes`).toThrow(
        expect.objectContaining({ code: 'DAMAGED_VAULT' }),
      );
    }
  });

  it('is told apart from a wrong passphrase', async () => {
    const { folder, mainPath, bytes } = await smallVault();
    const other = await vaultIn({ folder });
    await expect(other.unlock(byPassphrase('wrong'))).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    writeFileSync(mainPath, flipBit(bytes, 500));
    await expect(other.unlock(byPassphrase())).rejects.toMatchObject({ code: 'DAMAGED_VAULT' });
    await expect(other.unlock(byPassphrase('wrong'))).rejects.toMatchObject({ code: 'DAMAGED_VAULT' });
  });
});

describe('deliberate changes, with a checksum that fits', () => {
  it('refuses a vault with any one bit changed', async () => {
    const made = await smallVault();
    expect(await refusalOf(made.bytes, made)).toBeNull();
    const codes = new Set<string | null>();
    const bodyBits = (made.bytes.length - 32) * 8;
    for (let bit = 0; bit < bodyBits; bit++) {
      const code = await refusalOf(withChecksum(flipBit(made.bytes, bit)), made);
      expect(code, `bit ${bit}`).not.toBeNull();
      codes.add(code);
    }
    const possible = [
      'DAMAGED_VAULT',
      'KEYCHAIN_FAILED',
      'UNSUPPORTED_VERSION',
      'LIMIT_EXCEEDED',
      'VAULT_LOCKED',
    ];
    expect([...codes].filter((code) => !possible.includes(code ?? ''))).toEqual([]);
  });

  it.each([
    ['the generation', (json: string) => json.replace('"generation":2', '"generation":9')],
    ['the order of the wraps', (json: string) => reversed(json)],
    ['the passphrase wrap taken out', (json: string) => withWraps(json, (wraps) => wraps.slice(1))],
  ])('refuses %s', async (_, rewrite) => {
    const { folder, keychain, mainPath } = await smallVault();
    rewriteHeader(mainPath, rewrite);
    const other = await vaultIn({ folder, keychain });
    expect((await other.status()).state).toBe('locked'); // nothing can be seen without the key
    await expect(other.unlock(BY_KEYCHAIN)).rejects.toMatchObject({ code: 'DAMAGED_VAULT' });
    expect(other.isUnlocked).toBe(false);
  });

  it('does not open a wrap of another vault, or under an Argon2id that was made cheaper', async () => {
    const one = await smallVault();
    const two = await smallVault();
    const foreign = parseVaultFile(two.bytes).header.wraps;
    rewriteHeader(one.mainPath, (json) => withWraps(json, () => [...foreign]));
    const other = await vaultIn({ folder: one.folder, keychain: one.keychain });
    await expect(other.unlock(byPassphrase())).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    rewriteHeader(two.mainPath, (json) => json.replace('"opsLimit":1', '"opsLimit":2'));
    const third = await vaultIn({ folder: two.folder });
    await expect(third.unlock(byPassphrase())).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
  });
});

describe('what no vault of ours says', () => {
  it('refuses a newer version with the advice to update, once the checksum shows that it is whole', async () => {
    const { bytes } = await smallVault();
    const newer = Buffer.from(bytes);
    newer.writeUInt32LE(2, 8);
    expect(() => parseVaultFile(newer)).toThrow(expect.objectContaining({ code: 'DAMAGED_VAULT' }));
    expect(() => parseVaultFile(withChecksum(newer))).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_VERSION', details: { version: 2 } }),
    );
  });

  it.each([0xffff_ffff, 64 * 1024 + 1])('refuses a header of %i bytes before it reads it', async (length) => {
    const { bytes } = await smallVault();
    const huge = Buffer.from(bytes);
    huge.writeUInt32LE(length, 12);
    expect(() => parseVaultFile(withChecksum(huge))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });

  it('refuses a header that reaches over the end', async () => {
    const { bytes } = await smallVault();
    const long = Buffer.from(bytes);
    long.writeUInt32LE(bytes.length - 16 - 32 - 24 - 15, 12);
    expect(() => parseVaultFile(withChecksum(long))).toThrow(
      expect.objectContaining({ code: 'DAMAGED_VAULT' }),
    );
  });

  it.each([
    ['more memory', '"memLimitBytes":8192', `"memLimitBytes":${1024 ** 3 + 1024}`],
    ['more time', '"opsLimit":1', '"opsLimit":17'],
  ])('refuses an Argon2id with %s than any honest one before it runs', async (_, from, to) => {
    const { folder, mainPath, copyPath } = await smallVault();
    for (const path of [mainPath, copyPath]) rewriteHeader(path, (json) => json.replace(from, to));
    const other = await vaultIn({ folder });
    await expect(other.unlock(byPassphrase())).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it.each([
    ['no way in', (json: string) => withWraps(json, () => [])],
    ['two of a kind', (json: string) => withWraps(json, (wraps) => [...wraps, wraps[0]])],
    ['an unknown kind', (json: string) => json.replace('"kind":"keychain"', '"kind":"password"')],
    ['an unknown field', (json: string) => json.replace('{', '{"hidden":1,')],
    ['a nonce of another length', (json: string) => json.replace('"nonce":"', '"nonce":"AAAA')],
    ['a generation that is no number', (json: string) => json.replace('"generation":2', '"generation":"2"')],
    ['no JSON', () => '{'],
  ])('refuses a header with %s', async (_, rewrite) => {
    const { mainPath } = await smallVault();
    rewriteHeader(mainPath, rewrite);
    expect(() => parseVaultFile(readFileSync(mainPath))).toThrow(
      expect.objectContaining({ code: 'DAMAGED_VAULT' }),
    );
  });
});

it('shows nothing of labels or secrets', async () => {
  const { bytes, vault } = await smallVault();
  const [key] = await vault.list();
  for (const text of ['Home', 'ABCD', 'EFGH', 'typed', key?.id ?? 'ABCD', key?.fingerprint ?? 'ABCD'])
    expect(bytes.includes(text), text).toBe(false);
});

function withWraps(json: string, change: (wraps: unknown[]) => unknown[]): string {
  const header = JSON.parse(json) as { wraps: unknown[] };
  return JSON.stringify({ ...header, wraps: change(header.wraps) });
}

function reversed(json: string): string {
  return withWraps(json, (wraps) => wraps.reverse());
}
