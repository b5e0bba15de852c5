// Which of the given keys opens which part of a backup.

import type { KeyMatch } from '../../../shared/backup.ts';
import type { SodiumProvider } from '../../securetar/index.ts';
import { openBackup } from '../file/backup-file.ts';
import { KeyRing } from './key-ring.ts';
import { describeKey, openMembers } from './open-member.ts';
import type { BackupKey } from '../options.ts';

/**
 * Tries the keys: one AES block each for v1 and v2, one Argon2id a key and root salt for v3.
 * @throws NOT_A_BACKUP, TRUNCATED, DAMAGED_METADATA, DAMAGED_HEADER, CANCELLED, IO_FAILED
 */
export async function openWith(
  path: string,
  keys: readonly BackupKey[],
  sodium: SodiumProvider,
  signal?: AbortSignal,
): Promise<KeyMatch> {
  const backup = await openBackup(path);
  const ring = new KeyRing(sodium, keys);
  try {
    const members = (await openMembers(backup, ring, signal)).map(describeKey);
    const encrypted = members.filter(({ status }) => status !== 'not-needed');
    const labels = new Set(encrypted.map(({ keyLabel }) => keyLabel));
    const [only] = labels;
    return { path, members, keyLabel: labels.size === 1 ? (only ?? null) : null };
  } finally {
    ring.wipe();
    await backup.close();
  }
}
