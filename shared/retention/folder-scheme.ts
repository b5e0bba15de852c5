// What a scheme means for the files of one folder: the backups that have a file there now, each with its decision and its bytes. Pure, so that
// the engine that carries it out and the window that draws it cannot differ.

import type { LibraryBackup, LibraryCopy } from '../library.ts';
import type { FolderScheme, SchemeItem } from '../scheme.ts';
import { planRetention, type RetentionCandidate, type RetentionOptions } from './plan.ts';
import type { RetentionPolicy } from './policy.ts';

/** What is not about why a rule would ask. */
export type PlannedFolder = Omit<FolderScheme, 'asks'>;

export function planFolder(
  folder: { readonly id: number; readonly path: string },
  backups: readonly LibraryBackup[],
  policy: RetentionPolicy,
  options: RetentionOptions,
): PlannedFolder {
  const present = backups.flatMap((backup) => {
    const files = backup.copies.filter(
      ({ folderId, state }) => folderId === folder.id && state === 'present',
    );
    return files.length === 0 ? [] : [{ backup, files }];
  });
  const candidates = judged(present);
  const decisions = planRetention(candidates, policy, options);
  const items = present.flatMap(({ backup, files }, index): SchemeItem[] => {
    const [decision, candidate] = [decisions[index], candidates[index]];
    if (decision === undefined || candidate === undefined) return [];
    const { date, instanceId, verification, isPinned } = candidate;
    return [
      {
        ...{ identity: backup.identity, name: backup.name, date, instanceId, verification, isPinned },
        paths: files.map(({ path }) => path),
        sizeBytes: sum(files.map(({ sizeBytes }) => sizeBytes)),
        decision,
      },
    ];
  });
  items.sort(newestFirst);
  const kept = items.filter(({ decision }) => decision.keeps);
  const removed = items.filter(({ decision }) => !decision.keeps);
  return {
    folder: folder.path,
    items,
    keptCount: kept.length,
    removedCount: removed.length,
    keptBytes: sum(kept.map(({ sizeBytes }) => sizeBytes)),
    freedBytes: sum(removed.map(({ sizeBytes }) => sizeBytes)),
  };
}

interface Present {
  readonly backup: LibraryBackup;
  /** In this folder. */
  readonly files: readonly LibraryCopy[];
}

/**
 * What is found in one file says nothing about another one of the same backup: each folder's own files are judged. Where an instance has
 * none in this folder that is known to be good, as after they were renamed, one that is good elsewhere counts, so that the last good one is
 * kept all the same.
 */
function judged(present: readonly Present[]): RetentionCandidate[] {
  const own = present.map(({ backup, files }) => candidateOf(backup, verificationOf(backup, files)));
  const proven = new Set(
    own.flatMap(({ instanceId, verification }) => (verification === 'good' ? [instanceId] : [])),
  );
  return own.map((candidate, index) => {
    const isGoodElsewhere = present[index]?.backup.lastVerification?.status === 'good';
    const counts = candidate.verification === 'none' && isGoodElsewhere && !proven.has(candidate.instanceId);
    return counts ? { ...candidate, verification: 'good' } : candidate;
  });
}

function candidateOf(
  { identity, date, instanceId, isPinned }: LibraryBackup,
  verification: RetentionCandidate['verification'],
): RetentionCandidate {
  return { id: identity, date, instanceId, isPinned, verification };
}

/**
 * Locked or only partly opened with every key tried: what is in it cannot be judged until its key is found. A verification that met a
 * format newer than this program says nothing about the backup either.
 */
function verificationOf(
  { keyState, lastVerification }: LibraryBackup,
  files: readonly LibraryCopy[],
): RetentionCandidate['verification'] {
  if (files.some(({ verified }) => verified === 'good')) return 'good';
  if (files.every(({ verified }) => verified === 'damaged' || verified === 'truncated')) return 'failed';
  const isUnsupported = lastVerification?.status === 'unsupported';
  return keyState === 'locked' || keyState === 'opens-part' || isUnsupported ? 'locked' : 'none';
}

function newestFirst(a: SchemeItem, b: SchemeItem): number {
  const time = (item: SchemeItem): number => (item.date === null ? -Infinity : Date.parse(item.date));
  return time(b) - time(a) || (a.identity < b.identity ? -1 : 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
