// Vaults for the tests: in folders of their own, with a keychain in memory and an Argon2id that costs next to nothing.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadSodium, type SodiumProvider } from '../../core/securetar/index.ts';
import { Vault, type VaultOptions, type VaultTuning } from '../../core/vault/vault.ts';
import { scratch } from '../support/fixtures.ts';
import { CHEAP, MemoryKeychain } from './vault-parts.ts';

export { CHEAP, MemoryKeychain, newKey, STRENGTH } from './vault-parts.ts';

export const PASSPHRASE = 'correct horse battery staple';
export const passphrase = (text = PASSPHRASE): Buffer => Buffer.from(text, 'utf8');
export const byPassphrase = (text = PASSPHRASE) =>
  ({ way: 'passphrase', passphrase: passphrase(text) }) as const;
export const BY_KEYCHAIN = { way: 'keychain' } as const;

export type VaultParts = Partial<VaultOptions & VaultTuning> & { readonly folder: string };

/** Another process's view of the vault in a folder, as far as one process can have two. */
export async function vaultIn(parts: VaultParts): Promise<Vault> {
  const sodium = parts.sodium ?? (await loadSodium());
  return new Vault({ sodium, keychain: new MemoryKeychain(), ...parts }, { ...CHEAP, ...parts });
}

export interface MadeVault {
  readonly vault: Vault;
  readonly folder: string;
  readonly keychain: MemoryKeychain;
  readonly mainPath: string;
  readonly copyPath: string;
}

/** A new vault that opens with the keychain and, unless told, with the passphrase; unlocked. */
export async function makeVault(
  parts: Partial<VaultOptions & VaultTuning> & { readonly ways?: 'both' | 'keychain' | 'passphrase' } = {},
): Promise<MadeVault> {
  const folder = parts.folder ?? (await scratch());
  const keychain = new MemoryKeychain();
  const { ways = 'both', ...rest } = parts;
  const vault = await vaultIn({ keychain, ...rest, folder });
  await vault.create({
    ...(ways === 'keychain' ? {} : { passphrase: passphrase() }),
    keychain: ways === 'passphrase' ? 'leave' : 'use',
  });
  const mainPath = join(folder, 'vault.strongroom');
  return { vault, folder, keychain, mainPath, copyPath: join(folder, 'vault.copy.strongroom') };
}

/** The provider with some of its calls looked at first. */
export async function watchedSodium(calls: Partial<SodiumProvider>): Promise<SodiumProvider> {
  return Object.assign(Object.create(await loadSodium()) as SodiumProvider, calls);
}

/** Ends the bytes with the checksum of what they are now. */
export function withChecksum(bytes: Buffer): Buffer {
  const body = bytes.subarray(0, bytes.length - 32);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** Gives the header of a stored vault another content, checksum included. */
export function rewriteHeader(path: string, rewrite: (json: string) => string): void {
  const bytes = readFileSync(path);
  const end = 16 + bytes.readUInt32LE(12);
  const json = Buffer.from(rewrite(bytes.toString('utf8', 16, end)), 'utf8');
  const prefix = Buffer.from(bytes.subarray(0, 16));
  prefix.writeUInt32LE(json.length, 12);
  writeFileSync(path, withChecksum(Buffer.concat([prefix, json, bytes.subarray(end)])));
}
