// A data folder with a vault in it for the real program: made with a passphrase file, as on a server.

import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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

/** The same with a vault in it. */
export async function newVault(): Promise<VaultFolder> {
  const folder = await newDataFolder();
  const made = await folder.run(['vault', 'init']);
  if (made.exitCode !== 0) throw new Error(`The vault was not made: ${made.stderr}`);
  return folder;
}
