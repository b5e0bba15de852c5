// Idle threads keep no program alive, although nobody closed the pool.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('./idle-child.ts', import.meta.url));
const DEADLINE_MS = 20_000;

it.each(['warm', 'used'])('a program ends by itself with threads that are %s', async (how) => {
  const ended = promisify(execFile)(process.execPath, [CHILD, how], { timeout: DEADLINE_MS });
  expect((await ended).stdout).toBe(how === 'used' ? 'used' : ''); // rejects when it had to be ended
});
