// Loaded before the program (node --import): counts every call of the main thread that changes names or begins a
// file, and kills the process with SIGKILL just before the one asked for. The program itself knows nothing of it.
// Its arguments come last: … <killAt, -1 for never> <links|no-links>; without a kill every call is told on stdout.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const CHANGING = ['mkdir', 'rename', 'link', 'unlink', 'rm', 'rmdir', 'chmod', 'utimes', 'open'] as const;
const [killAt, links] = process.argv.slice(-2);
let count = 0;

if (isMainThread) {
  for (const name of CHANGING) replace(name);
  syncBuiltinESMExports();
}

function replace(name: (typeof CHANGING)[number]): void {
  const real = fs.promises[name] as (...args: unknown[]) => Promise<unknown>;
  const replaced = (...args: unknown[]): Promise<unknown> => {
    if (name !== 'open' || isWriting(args[1])) step(name, args);
    if (name === 'link' && links === 'no-links')
      return Promise.reject(Object.assign(new Error('EPERM: no hard links here'), { code: 'EPERM' }));
    return real.apply(fs.promises, args);
  };
  Object.assign(fs.promises, { [name]: replaced });
}

function isWriting(flags: unknown): boolean {
  return typeof flags === 'string' && flags.startsWith('w');
}

function step(name: string, args: readonly unknown[]): void {
  if (String(count++) === killAt) {
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // until the signal has done its work
  }
  const paths = args.filter((arg) => typeof arg === 'string' && arg.includes('/'));
  const text = paths.map((path) => basename(String(path)).replace(/[-\d]+-[0-9a-f-]{30,}/, '*')).join(' ');
  if (killAt === '-1') fs.writeSync(1, `call ${name} ${text}\n`);
}
