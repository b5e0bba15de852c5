#!/usr/bin/env node
// The `strongroom` program: hands the real process to the command line.

import '../core/thread-pool.ts';
import '../core/quiet-sqlite.ts';

import { availableParallelism, homedir } from 'node:os';
import process from 'node:process';

import { dataFolderOf, loadEngine } from './engine.ts';
import { watchInterrupts } from './interrupts.ts';
import { runCli } from './run.ts';

const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions();
const place = { env: process.env, platform: process.platform, homeFolder: homedir(), cwd: process.cwd() };

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  ...place,
  dataFolder: dataFolderOf(place),
  cores: availableParallelism(),
  locale,
  timeZone,
  signal: watchInterrupts(process, (code) => process.exit(code)),
  now: () => performance.now(),
  openStrongroom: loadEngine,
});
