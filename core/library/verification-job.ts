// The job behind a wish to verify: of chosen backups, or of what is due; by a person, or by the program itself.

import type { VerifyLevel } from '../../shared/backup.ts';
import type { Job } from '../../shared/jobs.ts';
import type { JobQueue } from '../jobs/index.ts';
import { chooseFiles, type VerificationChoice } from './choose-files.ts';
import { leftOverJob } from './left-over-jobs.ts';
import { priorityOf, type JobOrigin } from './library-jobs.ts';
import { listBackups } from './list-backups.ts';
import type { LibraryServices } from './services.ts';
import {
  createDueVerification,
  createVerification,
  planDue,
  readPolicy,
  type VerifyRequest,
} from './verification/index.ts';

export interface VerificationWish {
  /** The plan's unless told. */
  readonly level?: VerifyLevel;
  /** person unless told. */
  readonly origin?: JobOrigin;
}

export interface VerificationRooms {
  readonly services: LibraryServices;
  readonly queue: JobQueue;
  /** The vault's; null while it is locked. */
  readonly keyIds: ReadonlySet<string> | null;
}

/**
 * A job that waits; null where the plan has nothing for now. What the program had begun by itself is gone on with.
 * @throws USAGE where the choice means no file; DAMAGED_CATALOG, BUSY, NO_SPACE
 */
export function verificationJob(
  rooms: VerificationRooms,
  what: VerificationChoice,
  wish: VerificationWish,
): Job | null {
  const { services, queue, keyIds } = rooms;
  const { origin = 'person', level = readPolicy(services.catalog).level } = wish;
  if (what.kind === 'due') return dueJob(rooms, origin, level, what.evenInQuietHours ?? false);
  const chosen = chooseFiles(listBackups(services, what.filter, keyIds), what.filter, what.copies);
  const files = chosen.flatMap(({ copies }) => copies.filter(({ state }) => state === 'present'));
  return createVerification(queue, { level, origin: 'person' }, files, { priority: priorityOf(origin) });
}

function dueJob(
  rooms: VerificationRooms,
  origin: JobOrigin,
  level: VerifyLevel,
  evenInQuietHours: boolean,
): Job | null {
  const { services, queue } = rooms;
  const isOwn = origin === 'program';
  const plan = planDue(services, { among: isOwn ? verifiableNow(rooms) : undefined });
  if (isOwn) {
    const request: VerifyRequest = { level, origin: 'plan' };
    const left = leftOverJob(services, 'verify', request, null);
    if (left !== null) return plan.quietUntil === null ? left : null;
  }
  const asked = { ...plan, policy: { ...plan.policy, level } };
  return createDueVerification(queue, asked, { priority: priorityOf(origin), evenInQuietHours });
}

/** What nobody has to be asked about: with a locked vault, or a key that is missing, it would only fail each time. */
function verifiableNow({ services, keyIds }: VerificationRooms): (identity: string) => boolean {
  const fit = listBackups(services, {}, keyIds).filter(
    ({ keyState }) => keyState === 'plain' || (keyIds !== null && keyState === 'opens'),
  );
  const identities = new Set(fit.map(({ identity }) => identity));
  return (identity) => identities.has(identity);
}
