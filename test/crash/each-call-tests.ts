// A migration that is killed just before each of the calls that change a name or begin a file, one after the other;
// and a recovery that is killed in the same way. Every step of the journal is met, whatever the clock does.

import { execFileSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { OriginalsPolicy } from '../../shared/backup.ts';
import { copyFixture, newFolder } from '../support/fixtures.ts';
import { sha256Of } from '../support/folder-state.ts';
import { openRunner, type OpenRunner } from '../support/runners.ts';
import {
  momentOf,
  requireFinished,
  requireIntactCopy,
  runMigration,
  type RunOptions,
} from './after-a-kill.ts';

/** What becomes of the original, and whether the disk has hard links. */
export type KilledCase = readonly [OriginalsPolicy, boolean];

const FIXTURE = 'v2-compressed.tar';
let folder = '';
let dataHome = '';
let open: OpenRunner;

beforeAll(async () => {
  folder = await newFolder();
  dataHome = join(folder, 'data');
  process.env['XDG_DATA_HOME'] = dataHome; // the next run, in this process, uses the trash too
  open = await openRunner('threads');
});
afterAll(async () => {
  await open.close();
  await rm(folder, { recursive: true, force: true });
});

async function freshCopy(): Promise<string> {
  const work = join(folder, 'work');
  await rm(work, { recursive: true, force: true });
  await rm(dataHome, { recursive: true, force: true });
  await mkdir(work);
  return copyFixture(FIXTURE, work);
}

/** The calls of an undisturbed run that change names, in their order. */
async function callsOf(options: RunOptions): Promise<string[]> {
  const run = await runMigration(await freshCopy(), { ...options, atCall: -1 });
  expect(run.exitCode).toBe(0);
  return run.told.filter((line) => line.startsWith('call ')).map((line) => line.slice(5));
}

export function testKillsOfMigrations(cases: readonly KilledCase[]): void {
  describe.each(cases)('originals: %s, hard links: %s', (originals, hasLinks) => {
    const options = (): RunOptions => ({ originals, dataHome, hasLinks });

    it('nothing is lost by a kill before any call of a migration', async () => {
      const calls = await callsOf(options());
      expect(calls).toContain(`rename ${FIXTURE}.partial ${FIXTURE}`);
      const moments = new Set<string>();
      for (const [atCall, call] of calls.entries()) {
        const path = await freshCopy();
        const sum = await sha256Of(path);
        const run = await runMigration(path, { ...options(), atCall });
        expect(run.signal, call).toBe('SIGKILL');
        moments.add(momentOf(path, run));
        await requireIntactCopy(path, options(), open.runner).catch(explain(call));
        await requireFinished(path, sum, options(), open.runner).catch(explain(call));
      }
      const steps = ['before the journal', 'starting', 'swapping', 'verified', 'after the journal'];
      expect([...moments].filter((moment) => steps.includes(moment)).sort()).toEqual(steps.sort());
      process.stdout.write(`${calls.length} calls, moments: ${[...moments].join(', ')}\n`);
    });
  });
}

export function testKillsOfRecoveries(cases: readonly KilledCase[]): void {
  describe.each(cases)('originals: %s, hard links: %s', (originals, hasLinks) => {
    const options = (): RunOptions => ({ originals, dataHome, hasLinks });

    it('nothing is lost by a kill before any call of the recovery after a kill', async () => {
      const calls = await callsOf(options());
      const swap = calls.indexOf(`rename ${FIXTURE}.partial ${FIXTURE}`);
      let kills = 0;
      for (let atCall = 0; ; atCall++) {
        const path = await freshCopy();
        const sum = await sha256Of(path);
        await runMigration(path, { ...options(), atCall: swap });
        const recovery = await runMigration(path, { ...options(), atCall });
        const call = `call ${atCall} of the recovery`;
        if (recovery.signal !== 'SIGKILL') {
          expect([recovery.exitCode, recovery.told.at(-1)], call).toEqual([0, 'nothing-to-do']);
          break;
        }
        kills++;
        await requireIntactCopy(path, options(), open.runner).catch(explain(call));
        await requireFinished(path, sum, options(), open.runner).catch(explain(call));
      }
      expect(kills).toBeGreaterThan(3);
    });
  });
}

function explain(call: string): (error: unknown) => never {
  return (error) => {
    const names = execFileSync('find', [folder, '-type', 'f'], { encoding: 'utf8' });
    throw new Error(`killed before “${call}”: ${(error as Error).message}\n${names}`, { cause: error });
  };
}
