// One small file out of a backup, in memory: for what the program itself wants to know. Reading ends with the entry;
// what stands behind it is not looked at, so this says nothing about the rest of the archive.

import { StrongroomError } from '../../../shared/errors.ts';
import { throwIfCancelled } from '../../files/index.ts';
import type { WalkedEntry } from '../../tar/index.ts';
import type { MemberRunner, TaskContext } from '../member-tasks.ts';
import { ChosenMembers } from '../open/chosen-members.ts';
import { shareSecret } from '../open/member-source.ts';
import { keysFromTask, shareKeys, wipeKeys, type TaskKey } from '../open/task-keys.ts';
import type { ReadEntryOptions } from '../options.ts';
import { entryParts } from '../read/entry-name.ts';

export interface ReadEntryTask {
  readonly kind: 'entry';
  readonly path: string;
  readonly keys: readonly TaskKey[];
  readonly members: readonly string[];
  readonly name: string;
  readonly limitBytes: number;
}

/** What the entry holds, in shared memory for whoever asked; null where there is none of that name. */
export interface EntryContent {
  readonly content: Uint8Array | null;
}

/**
 * The content of the first file called `name` in the given members, null where none has it. The caller wipes it.
 * @throws LIMIT_EXCEEDED when it is larger than `limitBytes`; USAGE for a member that is not there; KEY_REQUIRED,
 *   WRONG_KEY, DAMAGED_HEADER, DAMAGED_PAYLOAD, TRUNCATED, UNSUPPORTED_VERSION, NOT_A_BACKUP, DAMAGED_METADATA,
 *   CANCELLED, IO_FAILED
 */
export async function readEntry(
  path: string,
  options: ReadEntryOptions,
  runner: MemberRunner,
): Promise<Buffer | null> {
  const { members, name, limitBytes, signal } = options;
  const keys = shareKeys(options.keys);
  try {
    const { content } = await runner.run(
      { kind: 'entry', path, keys, members, name, limitBytes },
      { signal },
    );
    if (content === null) return null;
    try {
      return Buffer.from(content);
    } finally {
      content.fill(0);
    }
  } finally {
    wipeKeys(keys);
  }
}

/** The work itself, on whatever thread. @throws as `readEntry` */
export async function findEntry(task: ReadEntryTask, context: TaskContext): Promise<EntryContent> {
  const { signal, onBytes } = context;
  const { path, members, limitBytes } = task;
  const chosen = await ChosenMembers.open(path, context.sodium, { keys: keysFromTask(task.keys), members });
  try {
    const wanted = entryParts(task.name).join('/');
    for (const opened of chosen.members) {
      if (opened.error !== null) throw opened.error;
      for await (const entry of chosen.entries(opened, { signal, onBytes })) {
        throwIfCancelled(signal);
        if (entry.type !== 'file' || entryParts(entry.name).join('/') !== wanted) continue;
        return { content: await contentOf(entry, limitBytes) };
      }
    }
    return { content: null };
  } finally {
    await chosen.close();
  }
}

async function contentOf(entry: WalkedEntry, limitBytes: number): Promise<Uint8Array> {
  if (entry.sizeBytes > limitBytes) {
    throw new StrongroomError('LIMIT_EXCEEDED', `“${entry.name}” is larger than any real one.`, {
      details: { sizeBytes: entry.sizeBytes, limitBytes },
    });
  }
  const pieces: Buffer[] = [];
  try {
    for await (const piece of entry.data()) pieces.push(Buffer.from(piece));
    const whole = Buffer.concat(pieces);
    const shared = shareSecret(whole);
    whole.fill(0);
    return shared;
  } finally {
    for (const piece of pieces) piece.fill(0);
  }
}
