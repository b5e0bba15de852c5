// How the library is, in one line and then at length, and what a scan found.

import type { LibraryStatus, ScanReport } from '../../shared/library.ts';
import type { Formats } from '../../shared/reports/formats.ts';
import { printable } from '../../shared/reports/printable.ts';
import { folderTable, NO_FOLDER } from './library.ts';

/** So many of one kind are named before the rest is counted. */
const NAMED_FILES = 20;

/** The line that says it all, then the folders, then what can be done. */
export function statusLines(status: LibraryStatus, formats: Formats): string[] {
  if (status.folders.length === 0 && status.backupCount === 0) return [NO_FOLDER];
  const todo = todoLines(status, formats);
  return [
    bannerLine(status, formats),
    ...(status.folders.length === 0 ? [] : ['', ...folderTable(status.folders, formats)]),
    ...(todo.length === 0 ? [] : ['', ...todo]),
  ];
}

/** "42 backups · 40 verified · 1 damaged · 3 without a key · 7 in an old format". */
function bannerLine(status: LibraryStatus, formats: Formats): string {
  const { backupCount, verifiedCount, damaged, withoutKey, oldFormat } = status;
  const worth = (count: number, words: string): string[] =>
    count === 0 ? [] : [`${formats.count(count)} ${words}`];
  return [
    formats.countOf(backupCount, 'backup', 'backups'),
    `${formats.count(verifiedCount)} verified`,
    ...worth(damaged, 'damaged'),
    ...worth(withoutKey, 'without a key'),
    ...worth(status.unreadable.length, 'not readable'),
    ...worth(oldFormat, 'in an old format'),
    ...worth(status.unencrypted, 'not encrypted'),
  ].join(' · ');
}

/** The worst first, each with the command that helps. */
function todoLines(status: LibraryStatus, formats: Formats): string[] {
  const { damaged, withoutKey, neverVerified, stale, oldFormat, unencrypted, missingCopies } = status;
  const line = (count: number, one: string, many: string, todo: string): string[] =>
    count === 0 ? [] : [`${formats.countOf(count, one, many)}. ${todo}`];
  return [
    ...line(
      damaged,
      'backup is damaged',
      'backups are damaged',
      'Which, and is another copy whole? strongroom library verify --failed --every-copy',
    ),
    ...line(
      withoutKey,
      'backup opens with no key of yours',
      'backups open with no key of yours',
      'Which: strongroom library backups --without-key. Take in their keys: strongroom keys import FOLDER',
    ),
    ...unreadableLines(status, formats),
    ...line(
      neverVerified,
      'backup was never verified',
      'backups were never verified',
      'Verify what is due: strongroom library verify',
    ),
    ...line(
      stale,
      'verification is too old to count',
      'verifications are too old to count',
      'Verify what is due: strongroom library verify',
    ),
    ...line(
      oldFormat,
      'backup is in an old format',
      'backups are in an old format',
      'Bring it all forward: strongroom library migrate --all',
    ),
    ...line(
      unencrypted,
      'backup is not encrypted',
      'backups are not encrypted',
      'Everyone who has the file can read it. Encrypt: strongroom library encrypt --all',
    ),
    ...line(
      missingCopies,
      'file is gone from its folder',
      'files are gone from their folders',
      'That is as it should be if Home Assistant or you removed them.',
    ),
  ];
}

function unreadableLines({ unreadable }: LibraryStatus, formats: Formats): string[] {
  if (unreadable.length === 0) return [];
  const files = unreadable.map(({ path, error }) => `${path}: ${error.message}`);
  return [
    `${formats.countOf(unreadable.length, 'file', 'files')} could not be read as a backup:`,
    ...named(files, formats),
  ];
}

export function scanLines(report: ScanReport, formats: Formats): string[] {
  const { added, changed, moved, copies, returned, missing, unreadable, unchangedCount } = report;
  const count = (number: number, words: string): string[] =>
    number === 0 ? [] : [`${formats.count(number)} ${words}`];
  const found = [
    ...count(added.length, 'new'),
    ...count(changed.length, 'changed'),
    ...count(moved.length, 'moved'),
    ...count(copies.length, copies.length === 1 ? 'further copy' : 'further copies'),
    ...count(returned.length, 'back again'),
    ...count(missing.length, 'gone'),
    ...count(unreadable.length, 'not readable'),
    `${formats.count(unchangedCount)} as before`,
  ];
  const renames = moved.map(({ from, to }) => `${from} is now ${to}`);
  return [
    ...section('New:', added, formats),
    ...section('Changed:', changed, formats),
    ...section('Moved:', renames, formats),
    ...section('Further copies:', copies, formats),
    ...section('Back again:', returned, formats),
    ...section('Gone:', missing, formats),
    `${found.join(', ')}. ${formats.countOf(report.folders.length, 'folder', 'folders')} in ${formats.duration(report.durationMs)}.`,
  ];
}

function section(title: string, lines: readonly string[], formats: Formats): string[] {
  return lines.length === 0 ? [] : [title, ...named(lines, formats), ''];
}

function named(lines: readonly string[], formats: Formats): string[] {
  const more = lines.length - NAMED_FILES;
  return [
    ...lines.slice(0, NAMED_FILES).map((line) => `  ${printable(line)}`),
    ...(more > 0 ? [`  and ${formats.count(more)} more`] : []),
  ];
}
