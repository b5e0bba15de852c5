// Which of the given keys opens which part of a backup. The trying is a task: an Argon2id takes 0.2 s, which neither
// a window nor another backup has to wait for.

import type { KeyMatch } from '../../../shared/backup.ts';
import { openBackup } from '../file/backup-file.ts';
import { identityOf } from '../file/identity.ts';
import type { MemberRunner, TaskContext } from '../member-tasks.ts';
import type { BackupKey } from '../options.ts';
import { KeyRing } from './key-ring.ts';
import { describeKey, openMembers } from './open-member.ts';
import { keysFromTask, shareKeys, wipeKeys, type TaskKey } from './task-keys.ts';

export interface OpenTask {
  readonly kind: 'open';
  readonly path: string;
  readonly keys: readonly TaskKey[];
}

/**
 * Tries the keys, in their order: one AES block each for v1 and v2, one Argon2id a key and root salt for v3.
 * @throws NOT_A_BACKUP, TRUNCATED, DAMAGED_METADATA, DAMAGED_HEADER, LIMIT_EXCEEDED, CANCELLED, IO_FAILED
 */
export async function openWith(
  path: string,
  keys: readonly BackupKey[],
  runner: MemberRunner,
  signal?: AbortSignal,
): Promise<KeyMatch> {
  const shared = shareKeys(keys);
  try {
    return await runner.run({ kind: 'open', path, keys: shared }, { signal });
  } finally {
    wipeKeys(shared);
  }
}

/** The work itself, on whatever thread. @throws as `openWith` */
export async function tryKeys(task: OpenTask, { sodium, signal }: TaskContext): Promise<KeyMatch> {
  const { path } = task;
  const backup = await openBackup(path);
  const ring = new KeyRing(sodium, keysFromTask(task.keys));
  try {
    const members = (await openMembers(backup, ring, signal)).map(describeKey);
    const encrypted = members.filter(({ status }) => status !== 'not-needed');
    const labels = new Set(encrypted.map(({ keyLabel }) => keyLabel));
    const [only] = labels;
    return {
      path,
      identity: identityOf(backup),
      members,
      keyLabel: labels.size === 1 ? (only ?? null) : null,
      argon2idCount: ring.argon2idCount,
    };
  } finally {
    ring.wipe();
    await backup.close();
  }
}
