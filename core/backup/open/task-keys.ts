// Keys on their way to a task on another thread: in shared memory, so that wiping them once wipes them everywhere.

import type { BackupKey } from '../options.ts';
import { shareSecret } from './member-source.ts';

export interface TaskKey {
  readonly label: string;
  /** In shared memory; whoever started the task wipes it. */
  readonly password: Uint8Array;
}

export function shareKeys(keys: readonly BackupKey[]): TaskKey[] {
  return keys.map(({ label, password }) => ({ label, password: shareSecret(password) }));
}

/** The same memory as the room's functions take it; no copy is made. */
export function keysFromTask(keys: readonly TaskKey[]): BackupKey[] {
  return keys.map(({ label, password }) => ({
    label,
    password: Buffer.from(password.buffer, password.byteOffset, password.byteLength),
  }));
}

export function wipeKeys(keys: readonly TaskKey[]): void {
  for (const { password } of keys) password.fill(0);
}
