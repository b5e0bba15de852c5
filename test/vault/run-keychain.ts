// Runs keychain-child.ts in an environment of its own.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { PlainError } from '../../shared/errors.ts';

const CHILD = fileURLToPath(new URL('./keychain-child.ts', import.meta.url));

export interface Step {
  readonly step: string;
  readonly value?: unknown;
  readonly error?: PlainError;
  /** Turns of a ticking interval while the call was under way. */
  readonly ticks: number;
  readonly tookMs: number;
}

export interface KeychainRun {
  readonly steps: readonly Step[];
  readonly exitCode: number | null;
  readonly stderr: string;
  /** From the last line until the process had ended. */
  readonly endingMs: number;
}

export async function runKeychain(
  env: NodeJS.ProcessEnv,
  limitMs: number,
  steps: readonly string[],
): Promise<KeychainRun> {
  const child = spawn(process.execPath, [CHILD, String(limitMs), ...steps], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told: Step[] = [];
  let lastMs = performance.now();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  createInterface(child.stdout).on('line', (line) => {
    lastMs = performance.now();
    told.push(JSON.parse(line) as Step);
  });
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { steps: told, exitCode, stderr, endingMs: performance.now() - lastMs };
}
