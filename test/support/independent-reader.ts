// The second opinion: test/independent/read_backup.py, run on what the engine wrote. Where Python or its packages are
// missing the tests that need it are skipped with a printed reason; in CI they fail.

import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { ExpectedEntry } from './fixtures.ts';

const PYTHON = '/usr/bin/python3';
const READER = fileURLToPath(new URL('../independent/read_backup.py', import.meta.url));

export interface IndependentMember {
  readonly stored_name: string;
  readonly format: string;
  readonly encrypted_bytes: number;
  readonly plaintext_bytes: number;
  readonly plaintext_sha256: string;
  readonly gzip_end: string | null;
  readonly files: Readonly<Record<string, ExpectedEntry>>;
}

export interface IndependentReading {
  readonly path: string;
  readonly protected: boolean | string;
  readonly order: readonly string[];
  readonly outer: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  readonly members: Readonly<Record<string, IndependentMember>>;
}

/** Why the reader cannot run here, null where it can. @throws in CI, where a second opinion is never left out */
export function independentReaderMissing(): string | null {
  const probe = spawnSync(PYTHON, ['-c', 'import nacl.bindings, cryptography'], { encoding: 'utf8' });
  if (probe.status === 0) return null;
  const reason = `The independent reader cannot run: ${probe.error?.message ?? probe.stderr.trim()}`;
  if (process.env['CI'] !== undefined)
    throw new Error(`${reason} (apt install python3-nacl python3-cryptography)`);
  process.stderr.write(`skipped: ${reason}\n`);
  return reason;
}

/** Reads whole backups, all under one password. @throws with the reader's own words when one is not good */
export async function readIndependently(
  paths: readonly string[],
  password: string,
  options: readonly string[] = ['--strict-gzip'],
): Promise<IndependentReading[]> {
  const { stdout } = await promisify(execFile)(PYTHON, [READER, ...options, ...paths], {
    env: { ...process.env, STRONGROOM_TEST_PASSWORD: password },
    maxBuffer: 256 * 1024 * 1024,
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as IndependentReading);
}
