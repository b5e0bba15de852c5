// Kills copying at random moments, spread evenly over the time that an undisturbed run takes, and every third time also the process
// that takes it up.

import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { MemberRunner } from '../../core/backup/index.ts';
import type { CopyPlan } from '../../shared/places.ts';
import { PASSWORD } from '../support/fixtures.ts';
import { sha256Of } from '../support/folder-state.ts';
import { makeBackup } from '../support/make-backup.ts';
import { copyPlace, makePlace, openPlace, placeAt, type LibraryPlace } from '../system/library-place.ts';
import { requireSame, requireSoundCatalog } from './batch-after-a-kill.ts';
import {
  momentWithoutFile,
  requireOwnKill,
  runChild,
  sorted,
  stepsInWork,
  type ChildRun,
} from './batch-kills.ts';
import { count, randomFrom } from './kill-at-random.ts';

export interface CopyKillFigures {
  readonly seed: number;
  readonly kills: number;
  /** Median. */
  readonly undisturbedMs: number;
  /** How far the copy in work was when the kill came. */
  readonly moments: Readonly<Record<string, number>>;
  /** How many copies were there after the recovery. */
  readonly copiesThere: Readonly<Record<string, number>>;
}

interface CopyPlace {
  /** Never worked in. */
  readonly template: LibraryPlace;
  readonly workFolder: string;
  readonly plan: CopyPlan;
  /** Of the originals, by name. */
  readonly sums: ReadonlyMap<string, string>;
  /** Names of the copies once all are there, with what lay there before. */
  readonly wanted: ReadonlyMap<string, string>;
}

const BACKUPS = 5;
const MEMBER_BYTES = 2 * 1024 * 1024;
const MOST_ATTEMPTS = 5;
/** Of what a run is thought to last, with each kill: only those that come too late tell that it lasts less. */
const GROWTH = 1.03;
const SECOND_KILL_EVERY = 3;
/** Prime, and no divisor of a number of kills. */
const STRIDE = 37;

/** @throws with the number of the kill, when something was lost, doubled or left behind */
export async function killCopies(
  folder: string,
  kills: number,
  seed: number,
  runner: MemberRunner,
): Promise<CopyKillFigures> {
  const copying = await makeCopyPlace(folder, runner);
  const cache = join(folder, 'compiled');
  const undisturbedMs = await measure(copying, cache);
  const random = randomFrom(seed);
  let lastingMs = undisturbedMs;
  const moments = new Map<string, number>();
  const copiesThere = new Map<string, number>();
  for (let kill = 0; kill < kills; kill++) {
    const share = (((kill * STRIDE) % kills) + random()) / kills;
    try {
      const { place, run } = await killOnce(
        copying,
        cache,
        () => share * lastingMs,
        (durationMs) => {
          lastingMs = (lastingMs + durationMs) / 2;
        },
      );
      requireOwnKill(run);
      lastingMs *= GROWTH;
      await requireOriginals(place, copying);
      await requireWholeCopies(place, copying);
      const steps = stepsInWork({ backups: targetOf(place) });
      count(moments, steps[0] ?? momentWithoutFile(run));
      if (kill % SECOND_KILL_EVERY === SECOND_KILL_EVERY - 1) {
        requireOwnKill(await runChild(place, ['take-up'], cache, random() * lastingMs));
        await requireWholeCopies(place, copying);
      }
      count(copiesThere, String(await requireTakenUp(place, copying, runner)));
    } catch (error) {
      const what = `kill ${kill} of seed ${seed}, at ${share.toFixed(3)} of the run`;
      throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
    }
  }
  return { seed, kills, undisturbedMs, moments: sorted(moments), copiesThere: sorted(copiesThere) };
}

/** On a machine that has become quicker a kill comes too late: then it is tried again, with what is known by then. */
async function killOnce(
  copying: CopyPlace,
  cache: string,
  afterMs: () => number,
  onTooLate: (durationMs: number) => void,
): Promise<{ readonly place: LibraryPlace; readonly run: ChildRun }> {
  for (let attempt = 1; ; attempt++) {
    const { place, planPath } = await freshPlace(copying);
    const run = await runChild(place, ['copy', planPath], cache, afterMs());
    if (run.signal !== null || run.exitCode !== 0 || attempt === MOST_ATTEMPTS) return { place, run };
    onTooLate(run.durationMs);
  }
}

/** Small v2 backups, and another folder, where one of them lies already under the name of another. */
async function makeCopyPlace(folder: string, runner: MemberRunner): Promise<CopyPlace> {
  const workFolder = join(folder, 'work');
  const place = placeAt(workFolder);
  await makePlace(place, PASSWORD);
  await mkdir(targetOf(place));
  const sums = new Map<string, string>();
  for (let index = 0; index < BACKUPS; index++) {
    const name = `backup-${index}.tar`;
    await makeBackup(join(place.backups, name), PASSWORD, 1 + (index % 2), MEMBER_BYTES, `c0ffee0${index}`);
    sums.set(name, await sha256Of(join(place.backups, name)));
  }
  await copyFile(join(place.backups, 'backup-1.tar'), join(targetOf(place), 'backup-0.tar'));
  const { desk, close } = await openPlace(place, runner);
  await desk.addFolder(place.backups);
  await desk.scan({});
  const plan = await desk.planCopies(targetOf(place), {});
  await close();
  requireSame('planned copies', plan.items.filter(({ state }) => state === 'do').length, BACKUPS - 1);
  const sumOf = (name: string): string => sums.get(name) ?? '';
  const wanted = new Map([
    ['backup-0.tar', sumOf('backup-1.tar')],
    ['backup-0 (2).tar', sumOf('backup-0.tar')],
    ...[2, 3, 4].map((index) => [`backup-${index}.tar`, sumOf(`backup-${index}.tar`)] as const),
  ]);
  return { template: await copyPlace(place, join(folder, 'template')), workFolder, plan, sums, wanted };
}

async function freshPlace({
  template,
  workFolder,
  plan,
}: CopyPlace): Promise<{ readonly place: LibraryPlace; readonly planPath: string }> {
  await rm(workFolder, { recursive: true, force: true });
  const place = await copyPlace(template, workFolder);
  const planPath = join(place.folder, 'plan.json');
  await writeFile(planPath, JSON.stringify(plan));
  return { place, planPath };
}

async function measure(copying: CopyPlace, cache: string): Promise<number> {
  const durations: number[] = [];
  for (let run = 0; run < 3; run++) {
    const { place, planPath } = await freshPlace(copying);
    const { told, durationMs } = await runChild(place, ['copy', planPath], cache);
    requireSame('the end of an undisturbed run', told.at(-1), 'ended done');
    durations.push(Math.round(durationMs));
  }
  return durations.sort((a, b) => a - b)[1] ?? 0;
}

/** The next start: it recovers, and takes the job up again. Returns how many copies were there by then. */
async function requireTakenUp(
  place: LibraryPlace,
  copying: CopyPlace,
  runner: MemberRunner,
): Promise<number> {
  const { desk, close } = await openPlace(place, runner);
  try {
    const running = { signal: new AbortController().signal };
    await desk.recover();
    const there = await requireWholeCopies(place, copying);
    requireSame('what else lies there', await otherNames(place), []);
    requireSoundCatalog(place);
    const [job] = await desk.jobs();
    const id = job?.id ?? (await desk.runCopies(copying.plan, running)).jobId;
    await desk.resumeJob(id, { ...running, retryFailed: false });
    const report = await desk.copyReport(id);
    requireSame('state of the report', report.state, 'done');
    const outcomes = new Set(report.items.map(({ outcome }) => outcome));
    requireSame('outcomes', [...outcomes], ['verified']);
    const names = report.items.map(({ target }) => target.slice(targetOf(place).length + 1)).sort();
    const planned = [...copying.wanted.keys()].filter((name) => name !== 'backup-0.tar').sort();
    requireSame('names of the copies', names, planned);
    requireSame('copies', await requireWholeCopies(place, copying), BACKUPS);
    requireSame('what else lies there in the end', await otherNames(place), []);
    await requireOriginals(place, copying);
    await desk.scan({});
    const again = await desk.planCopies(targetOf(place), {});
    requireSame(
      'what is left to copy',
      again.items.filter(({ state }) => state !== 'nothing-to-do').length,
      0,
    );
    return there;
  } finally {
    await close();
  }
}

/** Whatever bears the name of a backup is whole. Returns how many there are. @throws what is not */
async function requireWholeCopies(place: LibraryPlace, { wanted }: CopyPlace): Promise<number> {
  const names = (await readdir(targetOf(place))).filter((name) => name.endsWith('.tar'));
  for (const name of names)
    requireSame(`the bytes of “${name}”`, await sha256Of(join(targetOf(place), name)), wanted.get(name));
  return names.length;
}

async function requireOriginals({ backups }: LibraryPlace, { sums }: CopyPlace): Promise<void> {
  requireSame('originals', (await readdir(backups)).sort(), [...sums.keys()].sort());
  for (const [name, sum] of sums)
    requireSame(`the original “${name}”`, await sha256Of(join(backups, name)), sum);
}

async function otherNames(place: LibraryPlace): Promise<string[]> {
  return (await readdir(targetOf(place))).filter((name) => !name.endsWith('.tar'));
}

const targetOf = ({ folder }: LibraryPlace): string => join(folder, 'target');
