// Which backups a filter means. Pure: everything it needs stands in the list.

import { basename, dirname } from 'node:path';

import type { LibraryBackup, LibraryFilter } from '../../shared/library.ts';

/** Whether a verification is none, failed, longer ago than the plan allows, or counts. */
export function verificationState(
  { lastVerification }: Pick<LibraryBackup, 'lastVerification'>,
  staleBefore: string | null,
): NonNullable<LibraryFilter['verified']> {
  if (lastVerification === null) return 'never';
  if (lastVerification.status !== 'good') return 'failed';
  return staleBefore !== null && lastVerification.at < staleBefore ? 'stale' : 'good';
}

/** Anything encrypted that is not v3, or in parts. */
export function isOldFormat({ format }: Pick<LibraryBackup, 'format'>): boolean {
  return format === 'v1' || format === 'v2' || format === 'mixed';
}

/** Locked, or opened in part: all the keys there are have been tried. */
export function isWithoutKey({ keyState }: Pick<LibraryBackup, 'keyState'>): boolean {
  return keyState === 'locked' || keyState === 'opens-part';
}

/**
 * All conditions as one test.
 * @param staleBefore ISO 8601 in UTC: verifications before it do not count any more; null: all count
 */
export function filterTest(
  filter: LibraryFilter,
  staleBefore: string | null,
): (backup: LibraryBackup) => boolean {
  const { folder, paths, format, text, keyId, keyState, withoutKey, verified, since, before } = filter;
  const tests: ((backup: LibraryBackup) => boolean)[] = [];
  if (folder !== undefined) tests.push(pathTest([folder]));
  if (paths !== undefined) tests.push(pathTest(paths));
  if (format === 'old') tests.push(isOldFormat);
  else if (format !== undefined) tests.push((backup) => backup.format === format);
  if (text !== undefined) tests.push(textTest(text));
  if (keyId !== undefined) tests.push(({ keyIds }) => keyIds.includes(keyId));
  if (keyState !== undefined) tests.push((backup) => backup.keyState === keyState);
  if (withoutKey !== undefined) tests.push(isWithoutKey);
  if (verified !== undefined) tests.push((backup) => verificationState(backup, staleBefore) === verified);
  if (since !== undefined) tests.push(({ date }) => date !== null && Date.parse(date) >= Date.parse(since));
  if (before !== undefined) tests.push(({ date }) => date !== null && Date.parse(date) < Date.parse(before));
  return (backup) => tests.every((test) => test(backup));
}

/** Looks upwards from each file, so that thousands of given paths cost no more than one. */
function pathTest(paths: readonly string[]): (backup: LibraryBackup) => boolean {
  const given = new Set(paths);
  const isMeant = (path: string): boolean => {
    if (given.has(path)) return true;
    const parent = dirname(path);
    return parent !== path && isMeant(parent);
  };
  return ({ copies }) => copies.some(({ path }) => isMeant(path));
}

function textTest(text: string): (backup: LibraryBackup) => boolean {
  const wanted = folded(text);
  return ({ name, slug, copies }) =>
    folded(name).includes(wanted) ||
    folded(slug).includes(wanted) ||
    copies.some(({ path }) => folded(basename(path)).includes(wanted));
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
