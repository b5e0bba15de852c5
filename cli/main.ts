#!/usr/bin/env node
// The `strongroom` program: hands the real process to the command line. Bundled into one script, it is also the
// entry of its own worker threads.

import { availableParallelism, homedir } from 'node:os';
import process from 'node:process';

import { isMemberWorker } from '../core/worker-role.ts';
import { loadEngine } from './engine.ts';
import { watchInterrupts } from './interrupts.ts';
import { runCli } from './run.ts';

if (isMemberWorker()) await import('../core/worker.ts');
else process.exitCode = await main();

function main(): Promise<number> {
  const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions();

  return runCli(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    homeFolder: homedir(),
    platform: process.platform,
    cores: availableParallelism(),
    locale,
    timeZone,
    signal: watchInterrupts(process, (code) => process.exit(code)),
    now: () => performance.now(),
    openStrongroom: loadEngine,
  });
}
