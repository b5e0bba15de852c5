// What is due to be verified in this library: reads what is known and lets the planner decide.

import type {
  LastVerification,
  LibraryBackup,
  LibraryCopy,
  VerificationPlan,
} from '../../../shared/library.ts';
import {
  planVerifications,
  startOfDay,
  type VerificationCandidate,
  type VerificationsOfToday,
} from '../../../shared/verification-plan.ts';
import type { Catalog, Verification } from '../../catalog/index.ts';
import type { LibraryServices } from '../services.ts';
import { readPolicy } from './verification-policy.ts';

/** Verifications of so many days say how fast the next ones will be. */
const SPEED_DAYS = 30;
const DAY_MS = 86_400_000;

export interface PlanDueOptions {
  readonly now?: Date;
  /** IANA name of the person's; the system's unless told. */
  readonly timeZone?: string;
  /**
   * one-each: of each content the copy that was verified longest ago, which is enough for the content. all: every file, each
   * by its own history: copies on two disks rot apart.
   */
  readonly copies?: 'one-each' | 'all';
  /** Of these contents only; all unless told. */
  readonly among?: ((identity: string) => boolean) | undefined;
}

/** Of the files in the library's folders, which originals that were kept never are. @throws DAMAGED_CATALOG, BUSY */
export function planDue(
  { catalog }: Pick<LibraryServices, 'catalog'>,
  options: PlanDueOptions = {},
): VerificationPlan {
  const { now = new Date(), timeZone = systemTimeZone(), copies = 'one-each', among = () => true } = options;
  const backups = catalog.library.backups({}, null, null).filter(({ identity }) => among(identity));
  const candidates = backups.flatMap((backup) =>
    copies === 'all' ? everyCopy(catalog, backup) : oneCopy(catalog, backup),
  );
  return planVerifications(candidates, readPolicy(catalog), now, timeZone, usedToday(catalog, now, timeZone));
}

export function systemTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function everyCopy(catalog: Catalog, backup: LibraryBackup): VerificationCandidate[] {
  const copies = presentCopies(backup);
  const history = copies.length > 0 ? catalog.verifications.history(backup.identity) : [];
  return copies.map((copy) => candidateOf(backup, copy, copy.modified, lastOf(history, copy)));
}

function oneCopy(catalog: Catalog, backup: LibraryBackup): VerificationCandidate[] {
  const copies = presentCopies(backup);
  const [first, ...others] = copies;
  if (first === undefined) return [];
  const { lastVerification } = backup;
  if (others.length === 0 || lastVerification === null)
    return [candidateOf(backup, first, first.modified, lastVerification)];
  const history = catalog.verifications.history(backup.identity);
  // History is the newest first: the later a copy's place in it, the longer ago; those that are not in it come first.
  const placeOf = ({ path }: LibraryCopy): number => {
    const place = history.findIndex((verification) => verification.path === path);
    return place === -1 ? Infinity : place;
  };
  const longestAgo = copies.reduce((best, copy) => (placeOf(copy) > placeOf(best) ? copy : best));
  // A copy that came later is no change: the one that was read has to have changed.
  const read = copies.find(({ path }) => path === history[0]?.path) ?? longestAgo;
  return [candidateOf(backup, longestAgo, read.modified, lastVerification)];
}

function presentCopies({ copies }: LibraryBackup): LibraryCopy[] {
  return copies.filter(({ state, folderId }) => state === 'present' && folderId !== null);
}

function candidateOf(
  { identity, name, date }: LibraryBackup,
  { path, sizeBytes }: LibraryCopy,
  modified: string,
  lastVerification: LastVerification | null,
): VerificationCandidate {
  return { identity, path, name, date, sizeBytes, modified, lastVerification };
}

function lastOf(history: readonly Verification[], { path }: LibraryCopy): LastVerification | null {
  return history.find((verification) => verification.path === path) ?? null;
}

/** What is dated after now, by a clock that went ahead, is nothing of today. */
export function usedToday(
  { verifications }: Pick<Catalog, 'verifications'>,
  now: Date,
  timeZone: string,
): VerificationsOfToday {
  const between = (from: Date): { readonly bytes: number; readonly minutes: number } => {
    const all = verifications.usedSince(from.toISOString());
    const later = verifications.usedSince(new Date(now.getTime() + 1).toISOString());
    return { bytes: all.bytes - later.bytes, minutes: Math.max(0, all.minutes - later.minutes) };
  };
  const lately = between(new Date(now.getTime() - SPEED_DAYS * DAY_MS));
  const hasSpeed = lately.bytes > 0 && lately.minutes > 0;
  return {
    ...between(startOfDay(now, timeZone)),
    bytesPerMinute: hasSpeed ? lately.bytes / lately.minutes : null,
  };
}
