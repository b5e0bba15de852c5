// What a search found beside what the catalogue knows, one folder at a time: what is as it was, what has to be opened, and what
// is not where it was. Pure.

import { dirname } from 'node:path';

import type { PlainError } from '../../../shared/errors.ts';
import {
  isBelow,
  isSameFile,
  type FileStamp,
  type KnownCopy,
  type KnownUnreadable,
} from '../../catalog/index.ts';
import { countsAsBackup } from '../library-facts.ts';
import { brokenLink, emptyPlaceOf, vanishedDrive } from './folder-problems.ts';
import type { SearchedFolder } from './file-search.ts';

export interface KnownFolder {
  /** Also the ones that are missing. */
  readonly copies: ReadonlyMap<string, KnownCopy>;
  readonly unreadable: ReadonlyMap<string, KnownUnreadable>;
  /** Of the folder itself, at the last scan; null where there was none. */
  readonly device: string | null;
  /** Whether all that is kept of a content is known; it is not where only version 1 of the catalogue had it. */
  isComplete(identity: string): boolean;
}

export interface ComparedFolder {
  readonly unchanged: readonly string[];
  /** As they were before they went missing. */
  readonly returned: readonly string[];
  /** Unchanged but for the number of their device. */
  readonly restamped: readonly (readonly [path: string, stamp: FileStamp])[];
  readonly toInspect: readonly (readonly [path: string, stamp: FileStamp])[];
  /** All of them, known or not. */
  readonly unreadable: readonly { readonly path: string; readonly error: PlainError }[];
  /** Those of them to be noted, which nobody will try to open. */
  readonly refused: readonly {
    readonly path: string;
    readonly stamp: FileStamp;
    readonly error: PlainError;
  }[];
  /** Files that could not be read and are not there any more. */
  readonly forgotten: readonly string[];
  /** Known, also as missing, and not found where it could be looked. */
  readonly unseen: readonly string[];
  /** Known from elsewhere, and no backups of the library: kept originals. */
  readonly foreign: readonly string[];
  /** The folder as a whole cannot be looked at now. */
  readonly isAway: boolean;
  readonly problems: readonly PlainError[];
}

export function compareFolder(found: SearchedFolder, known: KnownFolder): ComparedFolder {
  const unchanged: string[] = [];
  const returned: string[] = [];
  const restamped: (readonly [string, FileStamp])[] = [];
  const toInspect: (readonly [string, FileStamp])[] = [];
  const brokenLinks = [...found.broken].filter(([path]) => !known.copies.has(path));
  const refused = [...found.refused, ...brokenLinks].flatMap(([path, file]) =>
    file === null ? [] : [{ path, ...file }],
  );
  const unreadable = refused.map(({ path, error }) => ({ path, error }));
  const refusedPaths = new Set(refused.map(({ path }) => path));
  for (const [path, stamp] of found.files) {
    const copy = known.copies.get(path);
    const earlier = known.unreadable.get(path);
    if (copy !== undefined && isSameFile(copy.stamp, stamp) && known.isComplete(copy.identity)) {
      (copy.missingSince === null ? unchanged : returned).push(path);
      if (copy.stamp.device !== stamp.device) restamped.push([path, stamp]);
    } else if (earlier !== undefined && isSameFile(earlier.stamp, stamp) && isLasting(earlier.error)) {
      unreadable.push({ path, error: earlier.error });
    } else toInspect.push([path, stamp]);
  }
  const readable = new Set([...unchanged, ...returned]);
  const unfound = [...known.copies.keys()].filter((path) => !found.files.has(path));
  const hidden = new Map([...found.hidden, ...unreachableParts(found, known, unfound)]);
  const isStillUnread = (path: string): boolean =>
    refusedPaths.has(path) || (found.files.has(path) && !readable.has(path));
  return {
    unchanged,
    returned,
    restamped,
    toInspect,
    unreadable,
    refused: refused.flatMap(({ path, stamp, error }) => (stamp === null ? [] : [{ path, stamp, error }])),
    forgotten: [...known.unreadable.keys()].filter((path) => !isStillUnread(path) && !isHidden(path, hidden)),
    unseen: unfound.filter((path) => countsAsBackup(path) && !isHidden(path, hidden)),
    foreign: unfound.filter((path) => !countsAsBackup(path)),
    isAway: hidden.has(found.root),
    problems: [...hidden.values()].filter((problem) => problem !== null),
  };
}

/** Whether it, or a folder that it lies in, could not be looked at. */
function isHidden(path: string, hidden: ReadonlyMap<string, unknown>): boolean {
  if (hidden.size === 0) return false;
  for (let place = path; ; place = dirname(place)) {
    if (hidden.has(place)) return true;
    if (place === dirname(place)) return false;
  }
}

/**
 * Files that are not found and were on a device of which nothing is left in this folder: their drive or share is not
 * connected, and what is left of it is an empty place, no place at all, or a link that leads nowhere.
 */
function unreachableParts(
  found: SearchedFolder,
  known: KnownFolder,
  unfound: readonly string[],
): Map<string, PlainError> {
  const parts = new Map<string, PlainError>();
  const root = found.folders.get(found.root);
  if (root === undefined) return parts;
  if (root.isEmptyPlace && known.device !== null && known.device !== root.device) {
    parts.set(found.root, emptyPlaceOf(found.root));
    return parts;
  }
  const connected = new Set([...found.folders.values()].map(({ device }) => device));
  // A drive gets another number when it is mounted again: what was on the folder's own device still is.
  if (known.device !== null) connected.add(known.device);
  for (const [path] of found.files) {
    const copy = known.copies.get(path);
    if (copy !== undefined) connected.add(copy.stamp.device);
  }
  for (const path of unfound) {
    const copy = known.copies.get(path);
    const link = [...found.broken.keys()].find((broken) => isBelow(path, broken));
    if (link !== undefined) parts.set(link, brokenLink(link));
    if (link !== undefined || copy === undefined || copy.missingSince !== null) continue;
    if (connected.has(copy.stamp.device)) continue;
    const folder = dirname(path);
    const seen = found.folders.get(folder);
    if (seen === undefined) parts.set(folder, vanishedDrive(folder));
    else if (seen.isEmptyPlace) parts.set(folder, emptyPlaceOf(folder));
  }
  return parts;
}

/** What a program of another version, or the disk on another day, may read. */
function isLasting({ code }: PlainError): boolean {
  return code !== 'UNSUPPORTED_VERSION' && code !== 'IO_FAILED' && code !== 'INTERNAL';
}
