// A scheme, and its undo, killed just before each call that changes a name or begins a file, and at random moments. The everyday run and
// the slow one differ in which cases and how many kills they make.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { newFolder } from '../support/fixtures.ts';
import { count, randomFrom } from './kill-at-random.ts';
import { requireTakenUp, requireUndoTakenUp } from './scheme-after-a-kill.ts';
import {
  freshScheme,
  makeSchemePlace,
  runSchemeChild,
  type SchemePlace,
  type SchemeRun,
} from './scheme-place.ts';

/** Of what a run is thought to last, with each kill: only those that come too late tell that it lasts less. */
const GROWTH = 1.03;
/** Prime, and no divisor of a number of kills. */
const STRIDE = 37;

type Removal = 'quarantine' | 'trash';

let folder = '';
let scheme: SchemePlace;
let undoScheme: SchemePlace;

beforeAll(async () => {
  folder = await newFolder();
  scheme = await makeSchemePlace(join(folder, 'scheme'));
  undoScheme = await makeSchemePlace(join(folder, 'undo'));
  const { exitCode } = await runSchemeChild(undoScheme.template, ['take-up']);
  if (exitCode !== 0) throw new Error('the child does not run');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

export function testSchemeKillsAtEachCall(removals: readonly Removal[]): void {
  it.each(removals)('nothing is lost by a kill before any call of a removal: %s', async (to) => {
    const order = ['apply', to];
    const calls = callsOf(await runSchemeChild(await freshScheme(scheme), order, { atCall: -1 }));
    expect(calls.filter((call) => call.startsWith('rename')).length).toBeGreaterThanOrEqual(5);
    const gone = new Map<string, number>();
    for (const [atCall, call] of calls.entries()) {
      const place = await freshScheme(scheme);
      const run = await runSchemeChild(place, order, { atCall });
      expect(run.signal, call).toBe('SIGKILL');
      count(gone, String(await requireTakenUp(place, scheme, to).catch(explain(call))));
    }
    process.stdout.write(`${to}: ${calls.length} calls, files gone at the kill: ${words(gone)}\n`);
  });
}

export function testUndoKillsAtEachCall(linked: readonly boolean[]): void {
  it.each(linked)(
    'nothing is lost by a kill before any call of an undo; hard links: %s',
    async (hasLinks) => {
      const begin = async () => {
        const place = await freshScheme(undoScheme);
        expect((await runSchemeChild(place, ['apply', 'quarantine'])).told.at(-1)).toBe('ended done');
        return place;
      };
      const calls = callsOf(await runSchemeChild(await begin(), ['undo'], { atCall: -1, hasLinks }));
      expect(calls.length).toBeGreaterThanOrEqual(10);
      const back = new Map<string, number>();
      for (const [atCall, call] of calls.entries()) {
        const place = await begin();
        const run = await runSchemeChild(place, ['undo'], { atCall, hasLinks });
        expect(run.signal, call).toBe('SIGKILL');
        count(back, String(await requireUndoTakenUp(place, undoScheme).catch(explain(call))));
      }
      process.stdout.write(`undo: ${calls.length} calls, files back at the kill: ${words(back)}\n`);
    },
  );
}

/** Every third time the process that takes the job up is killed, too. */
export function testSchemeKillsAtRandom(kills: number): void {
  it(`${kills} kills at random moments of schemes lose nothing and double nothing`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = randomFrom(seed);
    const gone = new Map<string, number>();
    let lasting = (await runSchemeChild(await freshScheme(scheme), ['apply', 'quarantine'])).durationMs;
    let tooLate = 0;
    for (let kill = 0; kill < kills; kill++) {
      const to = kill % 2 === 0 ? 'quarantine' : 'trash';
      const place = await freshScheme(scheme);
      // Uniform, and evenly so: one kill in each slice of the run, early and late ones mixed.
      const afterMs = ((((kill * STRIDE) % kills) + random()) / kills) * lasting;
      const run = await runSchemeChild(place, ['apply', to], { afterMs });
      if (run.signal === null) {
        tooLate++;
        lasting = (lasting + run.durationMs) / 2;
      } else lasting *= GROWTH;
      if (kill % 3 === 2) await runSchemeChild(place, ['take-up'], { afterMs: random() * lasting });
      const what = `kill ${kill} of seed ${seed}, ${to}, after ${Math.round(afterMs)} ms`;
      count(gone, String(await requireTakenUp(place, scheme, to).catch(explain(what))));
    }
    process.stdout.write(
      `scheme kills: ${JSON.stringify({ seed, kills, tooLate, lastingMs: Math.round(lasting) })}, files gone: ${words(gone)}\n`,
    );
    expect(tooLate).toBeLessThan(kills);
  });
}

function callsOf({ told, exitCode }: SchemeRun): string[] {
  expect(exitCode).toBe(0);
  return told.filter((line) => line.startsWith('call ')).map((line) => line.slice(5));
}

function words(counts: ReadonlyMap<string, number>): string {
  return JSON.stringify(Object.fromEntries([...counts].sort()));
}

function explain(what: string): (error: unknown) => never {
  return (error) => {
    throw new Error(`killed before “${what}”: ${(error as Error).message}`, { cause: error });
  };
}
