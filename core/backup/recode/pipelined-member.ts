// One big member written by two threads at a time: one reads, decrypts and checks, the other digests, encrypts and
// writes. Only where two threads are free at once: halves that wait for each other must never wait for threads.

import {
  PieceReceiver,
  PieceSender,
  isOtherSideLeft,
  newPieceRing,
  type RingEnd,
} from '../../streams/index.ts';
import type { MemberRunner, TaskContext } from '../member-tasks.ts';
import {
  checkSource,
  writeContent,
  type MemberWriting,
  type SourceCheck,
  type SourceTask,
  type TargetTask,
  type WriteMemberTask,
  type WrittenContent,
} from './write-member.ts';

/** From here on a second thread gains more than it costs to begin. */
export const PIPELINE_FROM_BYTES = 16 * 1024 * 1024;

export interface CheckSourceTask extends SourceTask {
  readonly kind: 'check-source';
  readonly to: RingEnd;
}

export interface WriteContentTask extends TargetTask {
  readonly kind: 'write-content';
  readonly from: RingEnd;
}

export async function runCheckSource(task: CheckSourceTask, context: TaskContext): Promise<SourceCheck> {
  const sender = new PieceSender(task.to, context.signal);
  try {
    return await checkSource(task, sender, context);
  } finally {
    sender.fail(); // changes nothing where it has finished
  }
}

export async function runWriteContent(task: WriteContentTask, context: TaskContext): Promise<WrittenContent> {
  const receiver = new PieceReceiver(task.from, context.signal);
  try {
    const written = await writeContent(receiver, task, context);
    receiver.close('content');
    return written;
  } catch (error) {
    receiver.close('failed');
    throw error;
  }
}

/**
 * Begins `task` on two threads and leaves `leaving` others free; null where that many are not free right now.
 * The result, and what it rejects with, are those of the task on one thread.
 */
export function writePipelined(
  task: WriteMemberTask,
  runner: MemberRunner,
  leaving: number,
  { signal, onBytes }: Pick<TaskContext, 'signal' | 'onBytes'>,
): Promise<MemberWriting> | null {
  if ((runner.freeThreads ?? 0) < 2 + leaving) return null;
  const ring = newPieceRing();
  const { source, variant, isArchive, content, target, digestKey } = task;
  const { sender: to, receiver: from } = ring;
  const closePorts = (): void => {
    to.port.close(); // those that never went to a thread; closing the others changes nothing
    from.port.close();
  };
  const checking = runner.run(
    { kind: 'check-source', source, variant, isArchive, content, to },
    { signal, onBytes, transfer: [to.port] },
  );
  const writing = runner.run(
    { kind: 'write-content', content, target, digestKey, from },
    { signal, transfer: [from.port] },
  );
  checking.catch(closePorts);
  writing.catch(closePorts);
  return join(checking, writing).finally(() => ring.release());
}

async function join(
  checking: Promise<SourceCheck>,
  writing: Promise<WrittenContent>,
): Promise<MemberWriting> {
  const [checked, written] = await Promise.allSettled([checking, writing]);
  // What was written for other content fails or is worthless.
  if (checked.status === 'fulfilled' && checked.value.outcome === 'other-content') return checked.value;
  const failures = [written, checked].flatMap((half) =>
    half.status === 'rejected' ? [half.reason as unknown] : [],
  );
  if (failures.length > 0) throw failures.find((error) => !isOtherSideLeft(error)) ?? failures[0];
  if (checked.status === 'rejected' || written.status === 'rejected') throw failures[0];
  return { ...checked.value, ...written.value, outcome: 'written' } as MemberWriting;
}
