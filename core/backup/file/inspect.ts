// What can be said about a backup without a key: metadata, members, how each is really protected, what is odd.
// Reads headers only; a 50 GB backup takes no longer than a small one.

import type { BackupInspection } from '../../../shared/backup.ts';
import { toPlainError } from '../../../shared/errors.ts';
import { openBackup, type BackupFile } from './backup-file.ts';
import { identityOf } from './identity.ts';
import { describeMember } from './member.ts';
import type { InspectOptions } from '../options.ts';
import { protectionOf, remarksOf, restoreNeeds } from './remarks.ts';

/**
 * Inspects one file.
 * @throws NOT_A_BACKUP, TRUNCATED, DAMAGED_METADATA, DAMAGED_HEADER, LIMIT_EXCEEDED, IO_FAILED
 */
export async function inspect(path: string, options: InspectOptions = {}): Promise<BackupInspection> {
  const backup = await openBackup(path);
  try {
    return inspectionOf(backup, options);
  } finally {
    await backup.close();
  }
}

export function inspectionOf(backup: BackupFile, options: InspectOptions = {}): BackupInspection {
  const { path, layout, metadata, members } = backup;
  return {
    path,
    identity: identityOf(backup),
    sizeBytes: layout.fileBytes,
    modified: layout.modified.toISOString(),
    metadata,
    protection: protectionOf(members),
    members: members.map((member) => describeMember(member, metadata)),
    remarks: remarksOf(backup, options),
    problem: layout.problem === null ? null : toPlainError(layout.problem),
    restoreNeeds: restoreNeeds(members.map(({ variant }) => variant)),
  };
}
