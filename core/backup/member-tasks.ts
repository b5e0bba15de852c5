// The work on one member, or on the keys of one backup, that may run on any thread, and who runs it: in place, or a pool behind the same function.

import type { KeyMatch } from '../../shared/backup.ts';
import type { SodiumProvider } from '../securetar/index.ts';
import { findEntry, type EntryContent, type ReadEntryTask } from './extract/read-entry.ts';
import { tryKeys, type OpenTask } from './open/open-with.ts';
import { digestMember, type DigestMemberTask, type MemberDigest } from './recode/digest-member.ts';
import { readMember, type MemberReading, type ReadMemberTask } from './read/read-member.ts';
import { writeMember, type MemberWriting, type WriteMemberTask } from './recode/write-member.ts';

export interface TaskContext {
  readonly sodium: SodiumProvider;
  readonly signal?: AbortSignal | undefined;
  /** Told of every stretch of the source that was read, in bytes. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export type MemberTask = OpenTask | ReadEntryTask | ReadMemberTask | WriteMemberTask | DigestMemberTask;

export interface MemberResults {
  readonly open: KeyMatch;
  readonly entry: EntryContent;
  readonly read: MemberReading;
  readonly write: MemberWriting;
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
    case 'digest':
      return digestMember(task, context);
  }
}

/** How tasks are run: the one thing that this room wants of its host. */
export interface MemberRunner {
  readonly sodium: SodiumProvider;
  run<T extends MemberTask>(
    task: T,
    options: Pick<TaskContext, 'signal' | 'onBytes'>,
  ): Promise<MemberResult<T>>;
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
