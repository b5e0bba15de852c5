// A program that uses the system's keychain and tells what came of it, one line of JSON a step:
//   node keychain-child.ts <time limit in ms> <step>…
// Steps: read:<account>, write:<account>:<hex>, remove:<account>, signal:<name>:<pid>, fresh (another keychain),
// wait-until-free:<account> (reads until it is no longer refused at once), kernel-keys.

import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { systemKeychain, type Keychain } from '../../core/vault/keychain.ts';
import { toPlainError } from '../../shared/errors.ts';

const TICK_MS = 5;
const [limit = '', ...steps] = process.argv.slice(2);
const startWorker = (): Worker => new Worker(new URL('../../core/keychain-worker.ts', import.meta.url));
const open = (): Keychain => systemKeychain({ startWorker, timeLimitMs: Number(limit) });

let keychain = open();
for (const step of steps) {
  let ticks = 0;
  const ticking = setInterval(() => ticks++, TICK_MS);
  const startMs = performance.now();
  const told = await run(step).then(
    (value) => ({ value }),
    (error: unknown) => ({ error: toPlainError(error) }),
  );
  clearInterval(ticking);
  console.log(
    JSON.stringify({ step: step.split(':')[0], ...told, ticks, tookMs: performance.now() - startMs }),
  );
}

async function run(step: string): Promise<unknown> {
  const [name = '', first = '', second = ''] = step.split(':');
  switch (name) {
    case 'read':
      return (await keychain.read(first))?.toString('hex') ?? null;
    case 'write':
      return keychain.write(first, Buffer.from(second, 'hex')).then(() => null);
    case 'remove':
      return keychain.remove(first);
    case 'signal':
      return process.kill(Number(second), first);
    case 'fresh':
      keychain = open();
      return null;
    case 'wait-until-free':
      return waitUntilFree(first);
    case 'kernel-keys':
      return readFileSync('/proc/keys', 'utf8');
    default:
      throw new Error(`unknown step ${name}`);
  }
}

async function waitUntilFree(account: string): Promise<unknown> {
  for (;;) {
    try {
      return (await keychain.read(account))?.toString('hex') ?? null;
    } catch (error) {
      if (toPlainError(error).details?.['reason'] !== 'silent') throw error;
      await nextTurn();
    }
  }
}
