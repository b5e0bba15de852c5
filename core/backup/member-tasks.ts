// The work on one member, or on the keys of one backup, that may run on any thread, and who runs it: in place, or a
// pool behind the same function.

import type { MessagePort } from 'node:worker_threads';

import type { KeyMatch } from '../../shared/backup.ts';
import type { SodiumProvider } from '../securetar/index.ts';
import { findEntry, type EntryContent, type ReadEntryTask } from './extract/read-entry.ts';
import { tryKeys, type OpenTask } from './open/open-with.ts';
import {
  runCheckSource,
  runWriteContent,
  type CheckSourceTask,
  type WriteContentTask,
} from './recode/pipelined-member.ts';
import { digestMember, type DigestMemberTask, type MemberDigest } from './recode/digest-member.ts';
import { readMember, type MemberReading, type ReadMemberTask } from './read/read-member.ts';
import {
  writeMember,
  type MemberWriting,
  type SourceCheck,
  type WriteMemberTask,
  type WrittenContent,
} from './recode/write-member.ts';

export interface TaskContext {
  readonly sodium: SodiumProvider;
  readonly signal?: AbortSignal | undefined;
  /** Told of every stretch of the source that was read, in bytes. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export type MemberTask =
  | OpenTask
  | ReadEntryTask
  | ReadMemberTask
  | WriteMemberTask
  | CheckSourceTask
  | WriteContentTask
  | DigestMemberTask;

export interface MemberResults {
  readonly open: KeyMatch;
  readonly entry: EntryContent;
  readonly read: MemberReading;
  readonly write: MemberWriting;
  readonly 'check-source': SourceCheck;
  readonly 'write-content': WrittenContent;
  readonly digest: MemberDigest;
}

export type MemberResult<T extends MemberTask> = MemberResults[T['kind']];

/** Runs a task here and now. What a worker thread calls, too. */
export async function runMemberTask<T extends MemberTask>(
  task: T,
  context: TaskContext,
): Promise<MemberResult<T>> {
  return (await run(task, context)) as MemberResult<T>;
}

function run(task: MemberTask, context: TaskContext): Promise<MemberResults[keyof MemberResults]> {
  switch (task.kind) {
    case 'open':
      return tryKeys(task, context);
    case 'entry':
      return findEntry(task, context);
    case 'read':
      return readMember(task, context);
    case 'write':
      return writeMember(task, context);
    case 'check-source':
      return runCheckSource(task, context);
    case 'write-content':
      return runWriteContent(task, context);
    case 'digest':
      return digestMember(task, context);
  }
}

export interface RunnerOptions extends Pick<TaskContext, 'signal' | 'onBytes'> {
  /** Ports in the task, which go over to the thread. */
  readonly transfer?: readonly MessagePort[];
}

/** How tasks are run: the one thing that this room wants of its host. */
export interface MemberRunner {
  readonly sodium: SodiumProvider;
  run<T extends MemberTask>(task: T, options: RunnerOptions): Promise<MemberResult<T>>;
  /** As many tasks, given to `run` without waiting in between, run at the same time; none unless it can tell. */
  readonly freeThreads?: number;
}

/** What `core/jobs` has, as far as it is wanted here. */
export interface TaskPool {
  readonly freeThreads: number;
  run(task: unknown, options: RunnerOptions): Promise<unknown>;
}

/** On a pool's threads. It carries anything: that a result is of its task's kind is `runMemberTask`'s promise there. */
export function pooledRunner(sodium: SodiumProvider, pool: TaskPool): MemberRunner {
  return {
    sodium,
    run: (task, options) => pool.run(task, options) as never,
    get freeThreads() {
      return pool.freeThreads;
    },
  };
}

/** Everything on the calling thread, one task after the other. */
export function inlineRunner(sodium: SodiumProvider): MemberRunner {
  let last: Promise<unknown> = Promise.resolve();
  return {
    sodium,
    run: (task, options) => {
      const mine = last.then(() => runMemberTask(task, { sodium, ...options }));
      last = mine.catch(() => undefined); // whoever asked for it gets the error
      return mine;
    },
  };
}
