// The tests of kills at random moments. The everyday run and the slow one differ in how many kills they make.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { MemberRunner } from '../../core/backup/index.ts';
import { newFolder } from '../support/fixtures.ts';
import { openRunner, type OpenRunner } from '../support/runners.ts';
import { killBatches } from './batch-kills.ts';
import { killCopies } from './copy-kills.ts';
import { killAtRandom, type KillFigures } from './kill-at-random.ts';

/**
 * SIGKILL at random moments of batches with three workers, then a restart: nothing lost, nothing doubled, no partial left,
 * catalogue consistent.
 */
export function testBatchKills(kills: number): void {
  testKills(
    `${kills} kills at random moments of batches lose nothing, double nothing and leave nothing behind`,
    async (folder, runner) => {
      const figures = await killBatches(folder, kills, newSeed(), runner);
      process.stdout.write(`batch kills: ${JSON.stringify(figures)}\n`);
      expect(Object.values(figures.itemsDone).reduce((sum, count) => sum + count)).toBe(kills);
      requireWriting(kills, figures.moments);
    },
  );
}

/** SIGKILL at random moments of copying: the originals as they were, and in the other folder whole copies or nothing. */
export function testCopyKills(kills: number): void {
  testKills(
    `${kills} kills at random moments of copying leave whole copies or none, and the next start goes on`,
    async (folder, runner) => {
      const figures = await killCopies(folder, kills, newSeed(), runner);
      process.stdout.write(`copy kills: ${JSON.stringify(figures)}\n`);
      expect(Object.values(figures.copiesThere).reduce((sum, count) => sum + count)).toBe(kills);
      requireWriting(kills, figures.moments);
    },
  );
}

/** Killed at random moments of a migration: an intact copy exists each time, and the next run cleans up and finishes. */
export function testMigrationKills(kills: number, check: (figures: KillFigures) => void): void {
  testKills(
    `${kills} kills at random moments lose nothing, and the next run finishes`,
    async (folder, runner) => {
      const data = join(folder, 'data');
      process.env['XDG_DATA_HOME'] = data; // the next run, in this process, uses the trash too
      const figures = await killAtRandom(folder, data, kills, newSeed(), runner);
      process.stdout.write(`kills: ${JSON.stringify(figures)}\n`);
      check(figures);
    },
  );
}

/** Of a few kills all may miss the writing. */
function requireWriting(kills: number, moments: Readonly<Record<string, number>>): void {
  if (kills >= 50) expect(Object.keys(moments)).toContain('writing');
}

function testKills(name: string, test: (folder: string, runner: MemberRunner) => Promise<void>): void {
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
  it(name, () => test(folder, open.runner));
}

function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
