// “SIGKILL at random moments of batch runs with three workers, then a restart: nothing lost, nothing doubled, no partial left,
// catalogue consistent.”

import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { newFolder } from '../support/fixtures.ts';
import { openRunner, type OpenRunner } from '../support/runners.ts';
import { killBatches } from './batch-kills.ts';

const KILLS = 30;
let folder = '';
let open: OpenRunner;

beforeAll(async () => {
  folder = await newFolder();
  open = await openRunner('threads');
});
afterAll(async () => {
  await open.close();
  await rm(folder, { recursive: true, force: true });
});

it(`${KILLS} kills at random moments of batches lose nothing, double nothing and leave nothing behind`, async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const figures = await killBatches(folder, KILLS, seed, open.runner);
  process.stdout.write(`batch kills: ${JSON.stringify(figures)}\n`);
  expect(Object.values(figures.itemsDone).reduce((sum, kills) => sum + kills)).toBe(KILLS);
  expect(Object.keys(figures.moments)).toContain('writing');
});
