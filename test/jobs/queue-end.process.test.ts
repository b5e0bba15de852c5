// A program ends by itself when its queue has nothing more to do, and not a moment before an item has stopped.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('./queue-child.ts', import.meta.url));
const DEADLINE_MS = 30_000;

it.each([
  ['paused', ['item ended', 'paused']],
  ['cancelled', ['cancelled', 'item ended']],
  ['retried', ['item ended', 'item ended', 'done']],
])('a program whose job is %s', async (how, said) => {
  const ended = promisify(execFile)(process.execPath, [CHILD, how], { timeout: DEADLINE_MS });
  expect((await ended).stdout.trim().split('\n')).toEqual(said); // rejects when it had to be ended
});
