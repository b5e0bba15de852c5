// “Killed at random moments of a migration: an intact copy exists each time, and the next run cleans up and finishes.”

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { newFolder } from '../support/fixtures.ts';
import { openRunner, type OpenRunner } from '../support/runners.ts';
import { killAtRandom } from './kill-at-random.ts';

const KILLS = 20;
let folder = '';
let open: OpenRunner;

beforeAll(async () => {
  folder = await newFolder();
  open = await openRunner('threads');
  process.env['XDG_DATA_HOME'] = join(folder, 'data'); // the next run, in this process, uses the trash too
});
afterAll(async () => {
  await open.close();
  await rm(folder, { recursive: true, force: true });
});

it(`${KILLS} kills at random moments lose nothing, and the next run finishes`, async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const figures = await killAtRandom(folder, join(folder, 'data'), KILLS, seed, open.runner);
  process.stdout.write(`kills: ${JSON.stringify(figures)}\n`);
  expect(Object.values(figures.moments).reduce((sum, count) => sum + count)).toBe(KILLS);
});
