// What is remembered of a verification, good or not: a backup that is not good must never be hidden.

import { resolve } from 'node:path';

import type { BackupVerification, VerifyLevel } from '../../../shared/backup.ts';
import { toPlainError, type ErrorCode } from '../../../shared/errors.ts';
import type { LastVerification } from '../../../shared/library.ts';
import type { Catalog, ContentsEntry } from '../../catalog/index.ts';

/** Names of the files inside, by member, as they were read. */
export type ReadContents = ReadonlyMap<string, readonly ContentsEntry[]>;

/** Notes a verification that came to its end. A content that the library does not know has no history to note it in. */
export function recordVerification(
  catalog: Catalog,
  report: BackupVerification,
  contents: ReadContents,
): void {
  const { path, level, status, inspection, members, error, durationMs } = report;
  const identity = knownIdentity(catalog, path, inspection.identity);
  if (identity === null) return;
  catalog.batch(() => {
    catalog.verifications.add({
      identity,
      path: resolve(path),
      level,
      status,
      message: error?.message ?? null,
      bytes: bytesRead(report),
      durationMs,
    });
    if (identity !== inspection.identity) return;
    for (const member of members) {
      const entries = contents.get(member.name);
      if (member.status === 'good' && entries !== undefined && !catalog.contents.has(identity, member.name))
        catalog.contents.put(identity, member.name, entries);
    }
  });
}

/** Notes that a file which was a backup cannot be read as one any more. Errors that say nothing of its bytes are not noted. */
export function recordUnreadable(
  catalog: Catalog,
  path: string,
  level: VerifyLevel,
  thrown: unknown,
  durationMs: number,
): void {
  const { code, message, details } = toPlainError(thrown);
  const status = details?.['systemCode'] === 'EIO' ? 'damaged' : BYTES_SAY[code];
  const identity = knownIdentity(catalog, path, null);
  if (status === undefined || identity === null) return;
  catalog.verifications.add({
    identity,
    path: resolve(path),
    level,
    status,
    message,
    bytes: 0,
    durationMs,
  });
}

/** Bytes of the stored backup that were read. */
export function bytesRead({ level, members }: Pick<BackupVerification, 'level' | 'members'>): number {
  if (level === 'quick') return 0;
  return members.reduce((sum, { status, sizeBytes }) => (status === 'locked' ? sum : sum + sizeBytes), 0);
}

/** The content that was read; else the one that this file held when it could last be read. */
function knownIdentity(catalog: Catalog, path: string, identity: string | null): string | null {
  if (identity !== null && catalog.knows(identity)) return identity;
  return catalog.copies.find(resolve(path))?.identity ?? null;
}

const BYTES_SAY: Readonly<Partial<Record<ErrorCode, LastVerification['status']>>> = {
  DAMAGED_HEADER: 'damaged',
  DAMAGED_PAYLOAD: 'damaged',
  DAMAGED_METADATA: 'damaged',
  NOT_A_BACKUP: 'damaged',
  LIMIT_EXCEEDED: 'damaged',
  TRUNCATED: 'truncated',
  UNSUPPORTED_VERSION: 'unsupported',
};
