// One line of `ls`: size, date, part and name, or the name alone.

import type { ArchiveEntry } from '../../shared/backup.ts';
import type { Formats } from '../terminal/formats.ts';
import { printable } from '../terminal/printable.ts';
import { pad } from '../terminal/table.ts';

const SIZE_CELLS = 9;
const DATE_CELLS = 16;
const PART_CELLS = 16;

export function entryLine(
  entry: ArchiveEntry,
  formats: Formats,
  options: { readonly names?: boolean },
): string {
  const name = shownName(entry);
  if (options.names === true) return name;
  const size = entry.type === 'file' ? formats.size(entry.sizeBytes) : '-';
  return [
    pad(size, SIZE_CELLS, 'right'),
    pad(shortDate(entry.modified), DATE_CELLS),
    pad(printable(entry.member), PART_CELLS),
    name,
  ].join('  ');
}

/** Folders end in a slash; links tell where they lead. */
function shownName({ name, type, linkTarget }: ArchiveEntry): string {
  const plain = printable(name.replace(/^\.\/+(?=.)/, ''));
  if (type === 'directory') return plain.endsWith('/') ? plain : `${plain}/`;
  return linkTarget === null ? plain : `${plain} -> ${printable(linkTarget)}`;
}

/** "2025-02-13 09:36" in UTC: sorts as it reads, in every language. */
function shortDate(modified: string | null): string {
  return modified === null ? '' : modified.slice(0, 16).replace('T', ' ');
}
