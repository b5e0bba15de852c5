// A verification has opened what a match would have tried: what it found out is remembered in the same way.

import type { BackupVerification, KeyStatus, MemberVerification } from '../../shared/backup.ts';
import { rememberMatch } from './keys-for.ts';
import type { LibraryServices } from './services.ts';

/**
 * Remembers which keys of the vault opened a backup. Keys that failed are not: a verification may have had others, too.
 * @throws VAULT_LOCKED, DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED
 */
export async function rememberVerification(
  services: LibraryServices,
  { path, inspection, members }: BackupVerification,
): Promise<void> {
  const labels = new Set(members.flatMap(({ keyLabel }) => (keyLabel === null ? [] : [keyLabel])));
  if (labels.size === 0) return;
  const keys = (await services.vault.list()).filter(({ label }) => labels.has(label));
  if (keys.length === 0) return;
  const match = {
    path,
    identity: inspection.identity,
    members: members.map((member) => ({
      member: member.name,
      status: statusOf(member),
      keyLabel: member.keyLabel,
      error: member.error,
    })),
    keyLabel: null,
    argon2idCount: 0,
  };
  await rememberMatch(services, path, match, keys);
}

function statusOf({ keyLabel, status, variant }: MemberVerification): KeyStatus {
  if (keyLabel !== null) return 'opens';
  if (variant === 'plain' || variant === 'empty' || variant === 'opaque') return 'not-needed';
  return status === 'locked' ? 'wrong-key' : 'unreadable';
}
