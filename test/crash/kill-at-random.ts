// Kills migrations at random moments, spread evenly over the time that an undisturbed one takes.

import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { MemberRunner } from '../../core/backup/index.ts';
import type { OriginalsPolicy } from '../../shared/backup.ts';
import { PASSWORD } from '../support/fixtures.ts';
import { sha256Of } from '../support/folder-state.ts';
import { makeBackup } from '../support/make-backup.ts';
import { momentOf, requireFinished, requireIntactCopy, runMigration } from './after-a-kill.ts';

export interface KillFigures {
  readonly seed: number;
  readonly kills: number;
  readonly backupBytes: number;
  readonly undisturbedMs: number;
  /** How many kills landed in which moment. */
  readonly moments: Readonly<Record<string, number>>;
  /** How often the intact copy was found under which name. */
  readonly intactAs: Readonly<Record<string, number>>;
}

const POLICIES: readonly OriginalsPolicy[] = ['keep', 'keep', 'quarantine', 'trash'];

/**
 * `dataHome` is where this process, too, has its trash (XDG_DATA_HOME, set before it was first used).
 * @throws with the number of the kill, when something was lost or left behind
 */
export async function killAtRandom(
  folder: string,
  dataHome: string,
  kills: number,
  seed: number,
  runner: MemberRunner,
): Promise<KillFigures> {
  const source = join(folder, 'source.tar');
  await makeBackup(source, PASSWORD, 4, 4 * 1024 * 1024);
  const sum = await sha256Of(source);
  const random = randomFrom(seed);
  const undisturbedMs = await measure(folder, dataHome, source);
  const moments = new Map<string, number>();
  const intactAs = new Map<string, number>();
  for (let kill = 0; kill < kills; kill++) {
    const originals = POLICIES[kill % POLICIES.length] ?? 'keep';
    const work = join(folder, `kill-${kill}`);
    const path = await prepare(work, source);
    const options = { originals, dataHome };
    // Uniform, and evenly so: one kill in each slice of the run.
    const afterMs = ((kill + random()) / kills) * undisturbedMs;
    try {
      const run = await runMigration(path, { ...options, afterMs });
      if (run.signal === null && run.exitCode !== 0) throw new Error('the migration failed by itself');
      count(moments, momentOf(path, run));
      const intact = await requireIntactCopy(path, options, runner);
      count(intactAs, intact === path ? 'its name' : 'the original’s place');
      await requireFinished(path, sum, options, runner);
    } catch (error) {
      throw new Error(
        `kill ${kill} of seed ${seed}, after ${Math.round(afterMs)} ms, originals ${originals}`,
        {
          cause: error,
        },
      );
    }
    await rm(work, { recursive: true });
    await rm(dataHome, { recursive: true, force: true }); // an original in the trash is of this kill only
  }
  const { size } = await stat(source);
  return {
    seed,
    kills,
    backupBytes: size,
    undisturbedMs: Math.round(undisturbedMs),
    moments: Object.fromEntries([...moments].sort()),
    intactAs: Object.fromEntries(intactAs),
  };
}

/** The median of three whole runs. */
async function measure(folder: string, dataHome: string, source: string): Promise<number> {
  const durations: number[] = [];
  for (let run = 0; run < 3; run++) {
    const work = join(folder, `measure-${run}`);
    const path = await prepare(work, source);
    const { exitCode, durationMs } = await runMigration(path, { originals: 'keep', dataHome });
    if (exitCode !== 0) throw new Error(`an undisturbed migration ended with ${exitCode}`);
    durations.push(durationMs);
    await rm(work, { recursive: true });
  }
  return durations.sort((a, b) => a - b)[1] ?? 0;
}

async function prepare(work: string, source: string): Promise<string> {
  await mkdir(work);
  const path = join(work, 'backup.tar');
  await copyFile(source, path);
  return path;
}

export function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
