// What the library shows of all backups: which view, what is searched for, in which order. Pure; the tests of what counts as
// what are those of the engine (core/catalog/library-filter.ts), told again here for a page that filters while it is typed into.

import type { LibraryBackup } from '../../../shared/library.ts';
import { nameOfPath } from '../../app/paths.ts';

export const VIEWS = [
  'all',
  'verified',
  'unverified',
  'stale',
  'damaged',
  'without-key',
  'old',
  'plain',
  'missing',
] as const;
export type View = (typeof VIEWS)[number];

export type SortColumn = 'name' | 'date' | 'version' | 'size' | 'format' | 'key' | 'verified' | 'copies';

export interface LibraryQuestion {
  readonly view: View;
  readonly text: string;
  readonly keyId: string | null;
  readonly folderId: number | null;
}

export type VerificationState = 'never' | 'good' | 'stale' | 'damaged' | 'locked' | 'unsupported';

/** @param staleBefore ISO 8601; null: all verifications count */
export function verificationStateOf(
  { lastVerification }: Pick<LibraryBackup, 'lastVerification'>,
  staleBefore: string | null,
): VerificationState {
  if (lastVerification === null) return 'never';
  const { status, at } = lastVerification;
  if (status === 'damaged' || status === 'truncated') return 'damaged';
  if (status !== 'good') return status;
  return staleBefore !== null && at < staleBefore ? 'stale' : 'good';
}

export function isOldFormat({ format }: Pick<LibraryBackup, 'format'>): boolean {
  return format === 'v1' || format === 'v2' || format === 'mixed';
}

export function isUnencrypted({ protection }: Pick<LibraryBackup, 'protection'>): boolean {
  return protection === 'plain' || protection === 'mixed';
}

export function isEncrypted({ protection }: Pick<LibraryBackup, 'protection'>): boolean {
  return protection === 'encrypted' || protection === 'mixed';
}

export function isInView(backup: LibraryBackup, view: View, staleBefore: string | null): boolean {
  switch (view) {
    case 'all':
      return true;
    case 'verified':
      return verificationStateOf(backup, staleBefore) === 'good';
    case 'unverified':
      return verificationStateOf(backup, staleBefore) === 'never';
    case 'stale':
    case 'damaged':
      return verificationStateOf(backup, staleBefore) === view;
    case 'without-key':
      return backup.keyState === 'locked' || backup.keyState === 'opens-part';
    case 'old':
      return isOldFormat(backup);
    case 'plain':
      return isUnencrypted(backup);
    case 'missing':
      return backup.copies.some(({ folderId, state }) => folderId !== null && state === 'missing');
  }
}

/** How many backups each view has. */
export function countViews(
  backups: readonly LibraryBackup[],
  staleBefore: string | null,
): Readonly<Record<View, number>> {
  const counts = Object.fromEntries(VIEWS.map((view) => [view, 0])) as Record<View, number>;
  for (const backup of backups)
    for (const view of VIEWS) if (isInView(backup, view, staleBefore)) counts[view]++;
  return counts;
}

const searched = new WeakMap<LibraryBackup, string>();

/** Every word that is typed has to be somewhere: in the name, the files' names, the version, or what is in it. */
export function matchesText(backup: LibraryBackup, text: string): boolean {
  const words = folded(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  let known = searched.get(backup);
  if (known === undefined) {
    const { name, slug, homeAssistantVersion, contents, copies } = backup;
    const fileNames = copies.map(({ path }) => nameOfPath(path));
    known = folded([name, slug, homeAssistantVersion ?? '', ...contents, ...fileNames].join('\n'));
    searched.set(backup, known);
  }
  const searchedText = known;
  return words.every((word) => searchedText.includes(word));
}

export function chooseBackups(
  backups: readonly LibraryBackup[],
  { view, text, keyId, folderId }: LibraryQuestion,
  staleBefore: string | null,
): LibraryBackup[] {
  return backups.filter(
    (backup) =>
      isInView(backup, view, staleBefore) &&
      (keyId === null || backup.keyIds.includes(keyId)) &&
      (folderId === null || backup.copies.some((copy) => copy.folderId === folderId)) &&
      matchesText(backup, text),
  );
}

/** @param compareNames by locale */
export function sortBackups(
  backups: readonly LibraryBackup[],
  column: SortColumn,
  direction: 'ascending' | 'descending',
  compareNames: (a: string, b: string) => number,
  labelOf: (backup: LibraryBackup) => string,
): LibraryBackup[] {
  const sign = direction === 'ascending' ? 1 : -1;
  const compare = COMPARISONS[column];
  return [...backups].sort(
    (a, b) => sign * compare(a, b, compareNames, labelOf) || (a.identity < b.identity ? -1 : 1),
  );
}

type Comparison = (
  a: LibraryBackup,
  b: LibraryBackup,
  names: (a: string, b: string) => number,
  labelOf: (backup: LibraryBackup) => string,
) => number;

const byDate: Comparison = (a, b) => plain(a.date ?? '', b.date ?? '');

const COMPARISONS: Readonly<Record<SortColumn, Comparison>> = {
  name: (a, b, names) => names(a.name, b.name),
  date: byDate,
  version: (a, b, names) => names(a.homeAssistantVersion ?? '', b.homeAssistantVersion ?? ''),
  size: (a, b) => a.sizeBytes - b.sizeBytes,
  format: (a, b) => plain(a.format, b.format) || byDate(a, b, plain, () => ''),
  key: (a, b, names, labelOf) => names(labelOf(a), labelOf(b)),
  verified: (a, b) => plain(a.lastVerification?.at ?? '', b.lastVerification?.at ?? ''),
  copies: (a, b) => presentCopies(a).length - presentCopies(b).length,
};

/** Files of it that are there now. */
export function presentCopies({ copies }: Pick<LibraryBackup, 'copies'>): LibraryBackup['copies'] {
  return copies.filter(({ state }) => state === 'present');
}

function plain(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
