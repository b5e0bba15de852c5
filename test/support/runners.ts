// The two ways in which the engine runs its tasks, and a runner that lets a test look at them or step in between.

import { Worker } from 'node:worker_threads';

import { inlineRunner, pooledRunner, type MemberRunner, type MemberTask } from '../../core/backup/index.ts';
import { WorkerPool } from '../../core/jobs/index.ts';
import { loadSodium } from '../../core/securetar/index.ts';

export interface OpenRunner {
  readonly runner: MemberRunner;
  close(): Promise<void>;
}

export type RunnerKind = 'inline' | 'threads';

export async function openRunner(kind: RunnerKind): Promise<OpenRunner> {
  const sodium = await loadSodium();
  if (kind === 'inline') return { runner: inlineRunner(sodium), close: () => Promise.resolve() };
  const entry = new URL('../../core/worker.ts', import.meta.url);
  const pool = new WorkerPool({ threads: 2, start: () => new Worker(entry) });
  return { runner: pooledRunner(sodium, pool), close: () => pool.close() };
}

export interface Between {
  /** Before a task runs. */
  readonly before?: (task: MemberTask) => Promise<void> | void;
  /** After a task has ended well. */
  readonly after?: (task: MemberTask) => Promise<void> | void;
}

/** Lets a test step in around every task. */
export function withBetween(runner: MemberRunner, { before, after }: Between): MemberRunner {
  return {
    sodium: runner.sodium,
    run: async (task, options) => {
      await before?.(task);
      const result = await runner.run(task, options);
      await after?.(task);
      return result;
    },
  };
}
