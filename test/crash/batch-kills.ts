// Kills batches and rotations at random moments, spread evenly over the time that an undisturbed one takes, and every third time also the
// process that recovers.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { MemberRunner } from '../../core/backup/index.ts';
import type { OriginalsPolicy } from '../../shared/backup.ts';
import { openPlace, type LibraryPlace } from '../system/library-place.ts';
import {
  requireFinished,
  requireKnownKeys,
  requireNoNews,
  requireOrder,
  requireRotated,
  requireSoundCatalog,
  requireTruthfulJob,
} from './batch-after-a-kill.ts';
import {
  freshPlace,
  makeBatchPlace,
  withOriginals,
  type BatchPlace,
  type KilledOperation,
  type KilledPlan,
} from './batch-place.ts';
import { count, randomFrom } from './kill-at-random.ts';
import { takeUp } from './take-up.ts';

const CHILD = fileURLToPath(new URL('./batch-child.ts', import.meta.url));

export interface BatchKillFigures {
  readonly seed: number;
  readonly kills: number;
  /** Median, by operation. */
  readonly undisturbedMs: Readonly<Record<string, number>>;
  /** How far files that were being written were when the kill came, one for each of them; else one for the kill. */
  readonly moments: Readonly<Record<string, number>>;
  /** How many files were being written. */
  readonly filesInWork: Readonly<Record<string, number>>;
  /** How many of the items had been noted as done. */
  readonly itemsDone: Readonly<Record<string, number>>;
  /** Where the second kill came, of those that were killed again. */
  readonly secondKills: Readonly<Record<string, number>>;
}

export interface ChildRun {
  readonly told: readonly string[];
  readonly signal: NodeJS.Signals | null;
  readonly exitCode: number | null;
  /** Since it had begun, by what it told. */
  readonly toldAfterMs: ReadonlyMap<string, number>;
  readonly durationMs: number;
}

const OPERATIONS: readonly KilledOperation[] = ['migrate', 'rekey', 'rotate'];
const POLICIES: readonly OriginalsPolicy[] = ['keep', 'quarantine', 'trash'];
/** Every so often the next start is killed, too: half of the time while it recovers. */
const SECOND_KILL_EVERY = 3;
const MOST_ATTEMPTS = 5;
/** Of what a run is thought to last, with each kill: only those that come too late tell that it lasts less. */
const GROWTH = 1.03;
/** Prime, and no divisor of a number of kills. */
const STRIDE = 37;

/** @throws with the number of the kill, when something was lost, doubled or left behind */
export async function killBatches(
  folder: string,
  kills: number,
  seed: number,
  runner: MemberRunner,
): Promise<BatchKillFigures> {
  const batch = await makeBatchPlace(folder, runner);
  const cache = join(folder, 'compiled'); // of scripts, so that a child starts in half the time
  const undisturbedMs = await measure(batch, cache);
  const lasting = { ...undisturbedMs };
  const random = randomFrom(seed);
  const tallies = {
    moments: new Map<string, number>(),
    filesInWork: new Map<string, number>(),
    itemsDone: new Map<string, number>(),
    secondKills: new Map<string, number>(),
  };
  let recoverMs = 30;
  for (let kill = 0; kill < kills; kill++) {
    const operation = OPERATIONS[kill % OPERATIONS.length] ?? 'migrate';
    const originals = POLICIES[Math.floor(kill / OPERATIONS.length) % POLICIES.length] ?? 'keep';
    const plan = withOriginals(batch.plans[operation], originals);
    // Uniform, and evenly so: one kill in each slice of the run, early and late ones mixed.
    const share = (((kill * STRIDE) % kills) + random()) / kills;
    const what = `kill ${kill} of seed ${seed}, ${operation}, originals ${originals}, at ${share.toFixed(3)} of the run`;
    try {
      const { place, run } = await killOnce(
        batch,
        plan,
        cache,
        () => share * lasting[operation],
        (durationMs) => {
          lasting[operation] = (lasting[operation] + durationMs) / 2;
        },
      );
      requireOwnKill(run);
      lasting[operation] *= GROWTH;
      const steps = stepsInWork(place);
      for (const step of steps) count(tallies.moments, step);
      if (steps.length === 0) count(tallies.moments, momentWithoutFile(run));
      count(tallies.filesInWork, String(steps.length));
      const again = kill % SECOND_KILL_EVERY === SECOND_KILL_EVERY - 1;
      if (again) {
        const isRecovery = kill % 2 === 0;
        const secondMs = random() * (isRecovery ? recoverMs * 1.2 : lasting[operation] / 2);
        const second = await runChild(place, ['take-up'], cache, secondMs);
        requireOwnKill(second);
        const recoveredMs = second.toldAfterMs.get('recovered');
        if (recoveredMs !== undefined) recoverMs = (recoverMs + recoveredMs) / 2;
        const moment = second.signal === null ? 'after its end' : 'in the resumed batch';
        count(tallies.secondKills, recoveredMs === undefined ? 'in the recovery' : moment);
      }
      const done = await requireTakenUp(place, batch, plan, runner);
      count(tallies.itemsDone, String(done));
    } catch (error) {
      throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
    }
  }
  return {
    seed,
    kills,
    undisturbedMs,
    moments: sorted(tallies.moments),
    filesInWork: sorted(tallies.filesInWork),
    itemsDone: sorted(tallies.itemsDone),
    secondKills: sorted(tallies.secondKills),
  };
}

/** On a machine that has become quicker a kill comes too late: then it is tried again, with what is known by then. */
async function killOnce(
  batch: BatchPlace,
  plan: KilledPlan,
  cache: string,
  afterMs: () => number,
  onTooLate: (durationMs: number) => void,
): Promise<{ readonly place: LibraryPlace; readonly run: ChildRun }> {
  for (let attempt = 1; ; attempt++) {
    const { place, planPath } = await freshPlace(batch, plan);
    const run = await runChild(place, ['run', planPath], cache, afterMs());
    if (run.signal !== null || run.exitCode !== 0 || attempt === MOST_ATTEMPTS) return { place, run };
    onTooLate(run.durationMs);
  }
}

/** The next start: it recovers, and takes the job up again. Returns how many items had been noted as done. */
async function requireTakenUp(
  place: LibraryPlace,
  batch: BatchPlace,
  { batch: plan, rotation }: KilledPlan,
  runner: MemberRunner,
): Promise<number> {
  process.env['XDG_DATA_HOME'] = place.home; // what is finished here may put an original into the trash
  const open = await openPlace(place, runner);
  try {
    const { desk } = open;
    const running = { signal: new AbortController().signal };
    await desk.recover();
    const rewritten = await requireOrder(place, batch, plan.request);
    requireSoundCatalog(place);
    await requireNoNews(open, batch.files.length);
    const jobs = await desk.jobs();
    if (jobs.length > 1) throw new Error(`there are ${jobs.length} jobs`);
    const [job] = jobs;
    if (job !== undefined) requireTruthfulJob(job, rewritten, batch.files);
    else if (rewritten.size > 0) throw new Error('there are new files and there is no job');
    await requireKnownKeys(open, batch, rewritten, plan.request);
    if (job === undefined) {
      if (rotation === null) await desk.runBatch(plan, running);
      else await (await desk.rotations.start(rotation, running)).run?.ended;
    }
    await takeUp(desk, running);
    const [ended] = await desk.jobs();
    await requireFinished(place, batch, open, await desk.batchReport(ended?.id ?? 0));
    if (rotation !== null) await requireRotated(place, open);
    return job?.counts.done ?? 0;
  } finally {
    await open.close();
  }
}

async function measure(batch: BatchPlace, cache: string): Promise<Record<KilledOperation, number>> {
  const median = async (operation: KilledOperation): Promise<number> => {
    const durations: number[] = [];
    for (let run = 0; run < 3; run++) {
      const { place, planPath } = await freshPlace(batch, batch.plans[operation]);
      const { told, durationMs } = await runChild(place, ['run', planPath], cache);
      if (told.at(-1) !== 'ended done') throw new Error(`an undisturbed batch ended with ${told.at(-1)}`);
      durations.push(Math.round(durationMs));
    }
    return durations.sort((a, b) => a - b)[1] ?? 0;
  };
  return {
    migrate: await median('migrate'),
    rekey: await median('rekey'),
    rotate: await median('rotate'),
  };
}

export function runChild(
  { folder, home }: LibraryPlace,
  order: readonly string[],
  cache: string,
  killAfterMs?: number,
): Promise<ChildRun> {
  const child = spawn(process.execPath, [CHILD, folder, ...order], {
    env: { ...process.env, XDG_DATA_HOME: home, NODE_COMPILE_CACHE: cache },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: string[] = [];
  const toldAfterMs = new Map<string, number>();
  let begunAt: number | null = null;
  let killing: NodeJS.Timeout | undefined;
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      begunAt ??= performance.now();
      if (told.length === 0 && killAfterMs !== undefined)
        killing = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      told.push(line);
      toldAfterMs.set(line, performance.now() - begunAt);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      clearTimeout(killing);
      resolve({ told, signal, exitCode, toldAfterMs, durationMs: toldAfterMs.get(told.at(-1) ?? '') ?? 0 });
    });
  });
}

export function requireOwnKill({ signal, exitCode, told }: ChildRun): void {
  if (signal !== 'SIGKILL' && exitCode !== 0)
    throw new Error(`the child ended by itself: ${told.join(', ')}`);
}

/** How far each file was that the dead process was at, from the journals that it left. */
export function stepsInWork({ backups }: Pick<LibraryPlace, 'backups'>): string[] {
  const journals = readdirSync(backups).filter((name) => name.endsWith('.partial-journal'));
  return journals.map((name) => {
    const state = readdirSync(join(backups, name)).find((file) => file.endsWith('.json'));
    if (state === undefined) return 'inside the journal';
    const { step } = JSON.parse(readFileSync(join(backups, name, state), 'utf8')) as { step: string };
    const hasPartial = existsSync(join(backups, name.slice(0, -'-journal'.length)));
    return step === 'verified' && !hasPartial ? 'swapped' : step;
  });
}

export function momentWithoutFile({ told, signal }: ChildRun): string {
  if (signal === null) return 'after its end';
  const begun = told.filter((line) => line.endsWith(' running')).length;
  const ended = told.filter((line) => line.startsWith('item ')).length - begun;
  if (begun === 0) return 'before the first file';
  return begun === ended ? 'between files' : 'no file written to yet, or noting the last';
}

export function sorted(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort());
}
