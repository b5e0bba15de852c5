// Whatever people, errors and crashes do to it, a queue keeps its promises: every item is worked on until it has an end,
// never twice at once and never again after it was done; none is lost; counts add up; places and priorities are kept.

import fc from 'fast-check';
import { expect, it, vi } from 'vitest';

import { JobQueue, type JobHandler } from '../../core/jobs/index.ts';
import { errorCode, StrongroomError } from '../../shared/errors.ts';
import type { Job, JobEvent } from '../../shared/jobs.ts';
import { countItems, MemoryJournal } from './memory-journal.ts';
import { holdTime, pass } from './queue-fixture.ts';

const PLACES = 3;
const OWN_PLACES = 2;

/** What only the process that has a job may write. */
const OWNERS_ONLY: ReadonlySet<string> = new Set([
  'setState',
  'startItem',
  'endItem',
  'reopenItems',
  'release',
]);

type Outcome = 'done' | 'skipped' | 'DAMAGED_PAYLOAD' | 'SOURCE_CHANGED' | 'NO_SPACE';

interface Work {
  readonly jobId: number;
  readonly path: string;
  readonly process: string;
  readonly end: (outcome: Outcome | 'CANCELLED') => void;
  /** Its process is gone. */
  readonly drop: () => void;
}

/** All processes on one computer, and what the items themselves have been through. */
class Computer {
  readonly journal = new MemoryJournal();
  readonly broken: string[] = [];
  readonly inWork = new Map<string, Work>();
  readonly done = new Set<string>();
  /** Stopped by a crash and not recovered yet. */
  readonly leftBehind = new Set<string>();
  readonly dead = new Set<string>();
  /** What was asked and has no answer yet. */
  readonly open = new Set<Promise<unknown>>();
  processes: { readonly name: string; readonly queue: JobQueue }[] = [];
  #started = 0;

  constructor() {
    this.journal.onCall = (call, id) => {
      if (call === 'startItem' && id !== null) this.#checkPriority(id);
    };
  }

  start(): void {
    const name = `process ${++this.#started}`;
    const queue = new JobQueue({
      journal: this.#reachableFor(name),
      handlers: [this.#handler(name)],
      owner: name,
      mayBeAlive: (owner) => !this.dead.has(owner),
      atATime: PLACES,
    });
    const over = new Set<number>();
    queue.subscribe((event) => this.#checkEvent(event, over));
    this.processes.push({ name, queue });
  }

  /** The process is gone in the middle of everything: nothing of it runs on, and it writes nothing more. */
  kill(index: number): void {
    const [process] = this.processes.splice(index % this.processes.length, 1);
    if (process === undefined) return;
    this.dead.add(process.name);
    for (const [path, work] of [...this.inWork]) {
      if (work.process !== process.name) continue;
      this.inWork.delete(path);
      this.leftBehind.add(path);
      work.drop();
    }
    ask(this, process.queue.close());
  }

  /** What a dead process still turns over in its memory reaches no journal. */
  #reachableFor(name: string): MemoryJournal {
    return new Proxy(this.journal, {
      get: (journal, call: keyof MemoryJournal) => {
        const value: unknown = journal[call];
        if (typeof value !== 'function') return value;
        return (...values: unknown[]): unknown => {
          if (this.dead.has(name)) throw new StrongroomError('CANCELLED', 'This process is dead.');
          const id = values[0] as number;
          if (OWNERS_ONLY.has(call) && journal.ownerOf(id) !== name)
            this.broken.push(`${name} writes to job ${id} without having it: ${call}`);
          return value.apply(journal, values);
        };
      },
    });
  }

  check(): void {
    expect(this.broken).toEqual([]);
    for (const { name } of this.processes) {
      const work = [...this.inWork.values()].filter(({ process }) => process === name);
      expect(work.length).toBeLessThanOrEqual(PLACES);
      for (const { jobId } of work)
        expect(work.filter((other) => other.jobId === jobId).length).toBeLessThanOrEqual(OWN_PLACES);
    }
    for (const { id } of this.journal.list()) {
      const { counts, items, state, owner } = this.journal.look(id);
      expect(counts).toEqual(countItems(items));
      if (state === 'done') expect(counts.left).toBe(0);
      for (const item of items) {
        const isHeld = this.inWork.has(item.path) || this.leftBehind.has(item.path);
        expect(`${item.path} ${item.state === 'running'}`).toBe(`${item.path} ${isHeld}`);
        if (item.state === 'running') expect(owner).not.toBe(null);
        expect(`${item.path} ${item.state === 'done'}`).toBe(`${item.path} ${this.done.has(item.path)}`);
      }
    }
  }

  #handler(process: string): JobHandler {
    return {
      kind: 'migrate',
      atATime: () => OWN_PLACES,
      run: (item, { signal, requestJson }) => {
        const { path } = item;
        if (this.inWork.has(path)) this.broken.push(`${path} is in work twice`);
        if (this.done.has(path)) this.broken.push(`${path} is begun after it was done`);
        if (this.leftBehind.has(path)) this.broken.push(`${path} is begun without having been recovered`);
        const { promise, resolve, reject } = Promise.withResolvers<never>();
        const end: Work['end'] = (outcome) => {
          if (this.inWork.get(path) !== work) return;
          this.inWork.delete(path);
          if (outcome === 'done') this.done.add(path);
          if (outcome === 'done' || outcome === 'skipped')
            resolve({ state: outcome, message: 'It went well.', resultJson: null } as never);
          else reject(new StrongroomError(outcome, 'It did not go well.'));
        };
        const drop = (): void => reject(new StrongroomError('CANCELLED', 'This process is dead.'));
        const work: Work = { jobId: Number(JSON.parse(requestJson)), path, process, end, drop };
        this.inWork.set(path, work);
        if (!path.endsWith('slow')) signal.addEventListener('abort', () => end('CANCELLED'));
        return promise;
      },
      recover: ({ path }) => {
        if (!this.leftBehind.delete(path)) this.broken.push(`${path} is recovered without need`);
        return Promise.resolve();
      },
      endsJob: ({ code }) => code === 'NO_SPACE',
      isPassing: ({ code }) => code === 'SOURCE_CHANGED',
    };
  }

  /** A job takes a place only when no job before it, in the same process, could use it. */
  #checkPriority(id: number): void {
    const mine = this.journal.look(id);
    for (const { id: otherId } of this.candidates(mine.owner)) {
      const other = this.journal.look(otherId);
      if (other.priority > mine.priority && this.#couldUsePlace(otherId))
        this.broken.push(`job ${id} goes before job ${otherId}`);
    }
  }

  candidates(owner: string | null): { readonly id: number }[] {
    return this.journal.held().filter((held) => held.owner === owner && held.owner !== null);
  }

  /** Running, asked to stop by nobody, with an item that was never begun. */
  #couldUsePlace(id: number): boolean {
    const { state, items } = this.journal.look(id);
    const inWork = [...this.inWork.values()].filter(({ jobId }) => jobId === id).length;
    const running = items.filter((item) => item.state === 'running');
    const isPrepared = running.length > 0 && running.every(({ path }) => this.inWork.has(path));
    return (
      state === 'running' &&
      isPrepared &&
      !this.stopping.has(id) &&
      !this.failing.has(id) &&
      inWork < OWN_PLACES &&
      items.some((item) => item.state === 'waiting' && item.attempts === 0)
    );
  }

  /** Jobs in which nothing more may be begun, as far as the test has had a hand in it. */
  readonly stopping = new Set<number>();
  /** Jobs with an error that ends them; a run that is about to fail fails, whoever wants it to go on. */
  readonly failing = new Set<number>();

  letGoOn(id: number): void {
    this.stopping.delete(id);
    if (this.journal.look(id).owner === null) this.failing.delete(id);
  }

  #checkEvent(event: JobEvent, over: Set<number>): void {
    if (event.kind === 'job') {
      if (['waiting', 'running'].includes(event.job.state)) over.delete(event.job.id);
      else over.add(event.job.id);
    } else {
      const id = event.kind === 'item' ? event.jobId : event.progress.jobId;
      if (over.has(id)) this.broken.push(`an event of job ${id} after its end`);
    }
  }
}

type Command = { readonly name: string; readonly carryOut: (computer: Computer) => void };

/** Runs a command without waiting; that another process has the job, or the queue was closed, is a fair answer. */
function ask(computer: Computer, asked: Promise<unknown>): void {
  const answered = asked
    .catch((error: unknown) => {
      const code = errorCode(error);
      if (code !== 'BUSY' && code !== 'CANCELLED') computer.broken.push(String(error));
    })
    .finally(() => computer.open.delete(answered));
  computer.open.add(answered);
}

const index = fc.nat({ max: 20 });

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list[at % list.length];
}

const onJob = (
  name: string,
  carryOut: (queue: JobQueue, job: Job, computer: Computer, isFree: boolean) => Promise<unknown>,
): fc.Arbitrary<Command> =>
  fc.tuple(index, index).map(([which, by]) => ({
    name: `${name} ${which} by ${by}`,
    carryOut: (computer) => {
      const job = pick(computer.journal.list(), which);
      const process = pick(computer.processes, by);
      if (job === undefined || process === undefined) return;
      const { owner } = computer.journal.look(job.id);
      const isFree = owner === null || owner === process.name;
      ask(computer, carryOut(process.queue, job, computer, isFree));
    },
  }));

const COMMANDS: fc.Arbitrary<Command> = fc.oneof(
  {
    arbitrary: fc
      .tuple(fc.nat({ max: 6 }), fc.integer({ min: -1, max: 2 }), index)
      .map(([count, priority, by]): Command => ({
        name: `create ${count} items, priority ${priority}, by ${by}`,
        carryOut: (computer) => {
          const id = computer.journal.list().length + 1;
          const items = Array.from({ length: count }, (_, position) => ({
            path: `${id}.${position}${position % 3 === 0 ? ' slow' : ''}`,
            sizeBytes: 10,
          }));
          const process = pick(computer.processes, by);
          process?.queue.create('migrate', 'A job', id, items, { priority });
          if (process !== undefined) ask(computer, process.queue.run(id));
        },
      })),
    weight: 3,
  },
  {
    arbitrary: fc
      .tuple(
        index,
        fc.constantFrom<Outcome>(
          'done',
          'done',
          'done',
          'skipped',
          'DAMAGED_PAYLOAD',
          'SOURCE_CHANGED',
          'NO_SPACE',
        ),
      )
      .map(([which, outcome]): Command => ({
        name: `item ${which} ends: ${outcome}`,
        carryOut: (computer) => {
          const work = pick([...computer.inWork.values()], which);
          if (work === undefined) return;
          if (outcome === 'NO_SPACE') computer.failing.add(work.jobId);
          work.end(outcome);
        },
      })),
    weight: 8,
  },
  onJob('run', (queue, { id }, computer, isFree) => {
    if (isFree) computer.letGoOn(id);
    return queue.run(id);
  }),
  onJob('run again', (queue, { id }, computer, isFree) => {
    if (isFree) computer.letGoOn(id);
    return queue.run(id, { retryFailed: true });
  }),
  onJob('resume', (queue, { id }, computer, isFree) => {
    if (isFree) computer.letGoOn(id);
    return queue.resume(id);
  }),
  onJob('pause', (queue, { id }, computer) => {
    computer.stopping.add(id);
    return queue.pause(id);
  }),
  onJob('cancel', (queue, { id }, computer) => {
    computer.stopping.add(id);
    return queue.cancel(id);
  }),
  onJob('prefer', (queue, { id }, _, isFree) => Promise.resolve(isFree && queue.setPriority(id, 1))),
  fc.constantFrom<Command>(
    { name: 'start a process', carryOut: (computer) => computer.processes.length < 3 && computer.start() },
    {
      name: 'recover',
      carryOut: (computer) => {
        for (const { queue } of computer.processes) ask(computer, queue.recover());
      },
    },
  ),
  index.map((which): Command => ({ name: `kill ${which}`, carryOut: (computer) => computer.kill(which) })),
);

it('no order of commands, errors and crashes loses an item or does one twice', async () => {
  holdTime();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(COMMANDS, fc.constantFrom(0, 0, 0, 100, 300, 12_000)), { maxLength: 60 }),
      async (steps) => {
        vi.clearAllTimers();
        const computer = new Computer();
        computer.start();
        for (const [command, waitMs] of steps) {
          command.carryOut(computer);
          await pass(waitMs);
          computer.check();
        }
        await workToTheEnd(computer);
      },
    ),
    { numRuns: 500 },
  );
});

/** A new day: everything that was left is taken up again, and this time nothing goes wrong. */
async function workToTheEnd(computer: Computer): Promise<void> {
  if (computer.processes.length === 0) computer.start();
  const { queue } = computer.processes[0]!;
  for (const { queue: other } of computer.processes.slice(1)) ask(computer, other.close());
  const letEnd = async (): Promise<void> => {
    for (let turn = 0; turn < 200 && computer.inWork.size > 0; turn++) {
      for (const work of [...computer.inWork.values()]) work.end('done');
      await pass(100);
    }
  };
  await letEnd();
  await pass(15_000);
  await letEnd();
  await queue.recover();
  for (const { id } of computer.journal.list()) ask(computer, queue.run(id, { retryFailed: true }));
  await pass();
  await letEnd();
  expect(computer.open.size).toBe(0);
  computer.check();
  for (const { id } of computer.journal.list())
    expect(computer.journal.look(id)).toMatchObject({
      state: 'done',
      owner: null,
      counts: { left: 0, failed: 0, cancelled: 0 },
    });
  await queue.close();
  expect(vi.getTimerCount()).toBe(0);
}
