// A queue on a journal in memory, with a handler that the test holds. Time stands still unless the test moves it.

import { onTestFinished, vi } from 'vitest';

import { JobQueue, type JobQueueOptions } from '../../core/jobs/index.ts';
import type { Job, JobEvent, JobState } from '../../shared/jobs.ts';
import { HeldHandler, type HeldHandlerOptions } from './held-handler.ts';
import { MemoryJournal } from './memory-journal.ts';

export interface QueueFixtureOptions extends HeldHandlerOptions, Partial<JobQueueOptions> {
  readonly places?: number;
}

/** What can be done and seen of one process that has a queue. */
export function newQueue(options: QueueFixtureOptions = {}) {
  const journal = (options.journal ?? new MemoryJournal()) as MemoryJournal;
  const handler = new HeldHandler(options);
  const queue = new JobQueue({
    owner: 'this process',
    mayBeAlive: () => true,
    ...options,
    journal,
    handlers: options.handlers ?? [handler],
    atATime: options.places ?? 2,
  });
  const events: JobEvent[] = [];
  queue.subscribe((event) => events.push(event));
  const create = (paths: string, priority = 0): Job =>
    queue.create(
      handler.kind,
      `Work on ${paths}`,
      { wish: paths },
      [...paths].map((path) => ({ path, sizeBytes: 1000 })),
      { priority },
    );
  const start = (paths: string, priority = 0) => {
    const { id } = create(paths, priority);
    return { id, ended: follow(queue.run(id)) };
  };
  return { journal, handler, queue, events, create, start };
}

/** A promise of which a test can see whether it has an end yet. */
export interface Followed<T> extends Promise<T> {
  readonly hasEnded: () => boolean;
}

export function follow<T>(promise: Promise<T>): Followed<T> {
  let hasEnded = false;
  const end = (): void => {
    hasEnded = true;
  };
  promise.then(end, end);
  return Object.assign(promise, { hasEnded: () => hasEnded });
}

/** Freezes all clocks and timers for one test. */
export function holdTime(): void {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
}

/** Lets everything happen that needs no time, or that happens within `ms`. */
export async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** The items of a job in one line: "a:done b:waiting". */
export function itemsOf(journal: MemoryJournal, id: number): string {
  return journal
    .look(id)
    .items.map(({ path, state }) => `${path}:${state}`)
    .join(' ');
}

export function statesOf(events: readonly JobEvent[], id: number): JobState[] {
  return events.flatMap((event) => (event.kind === 'job' && event.job.id === id ? [event.job.state] : []));
}
