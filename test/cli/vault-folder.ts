// A data folder with a vault in it for the real program: made with a passphrase file, as on a server.

import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadSodium } from '../../core/securetar/index.ts';
import { Vault } from '../../core/vault/vault.ts';
import { CHEAP, MemoryKeychain } from '../vault/vault-parts.ts';
import { type Run, type RunOptions, strongroom } from './run-program.ts';

export const PASSPHRASE = 'correct horse battery staple';

export interface VaultFolder extends AsyncDisposable {
  /** Everything of this test is below. */
  readonly path: string;
  readonly data: string;
  readonly passphraseFile: string;
  /** STRONGROOM_DATA, and the passphrase in a file. */
  readonly env: Record<string, string>;
  run(args: readonly string[], options?: RunOptions): Promise<Run>;
}

/** An empty folder for a vault; `run` knows where it is and what opens it. */
export async function newDataFolder(): Promise<VaultFolder> {
  const path = await mkdtemp(join(tmpdir(), 'strongroom-vault-'));
  const data = join(path, 'data');
  const passphraseFile = join(path, 'passphrase');
  writeFileSync(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
  mkdirSync(join(path, 'home'));
  const env = {
    STRONGROOM_DATA: data,
    STRONGROOM_PASSPHRASE_FILE: passphraseFile,
    HOME: join(path, 'home'),
  };
  return {
    path,
    data,
    passphraseFile,
    env,
    run: (args, options = {}) => strongroom(args, { cwd: path, ...options, env: { ...env, ...options.env } }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** The same with a vault in it, whose passphrase costs next to nothing. */
export async function newVault(): Promise<VaultFolder> {
  const folder = await newDataFolder();
  await makeCheapVault(folder.data, PASSPHRASE);
  return folder;
}

/** As `vault init` makes it, but for what the passphrase costs. */
export async function makeCheapVault(data: string, passphrase: string): Promise<void> {
  const sodium = await loadSodium();
  const vault = new Vault({ folder: data, sodium, keychain: new MemoryKeychain(), idleLock: 'never' }, CHEAP);
  await vault.create({ passphrase: Buffer.from(passphrase), keychain: 'leave' });
  vault.lock();
}
