// One line of `ls`: size, date, part and name, or the name alone.

import type { ArchiveEntry } from '../../shared/backup.ts';
import type { Formats } from '../../shared/reports/formats.ts';
import { printable } from '../../shared/reports/printable.ts';
import { pad } from '../../shared/reports/table.ts';

const SIZE_CELLS = 9;
const DATE_CELLS = 16;
const PART_CELLS = 16;

export function entryLine(
  entry: ArchiveEntry,
  formats: Formats,
  options: { readonly names?: boolean },
): string {
  if (options.names === true) return plainName(entry);
  const size = entry.type === 'file' ? formats.size(entry.sizeBytes) : '-';
  return [
    pad(size, SIZE_CELLS, 'right'),
    pad(shortDate(entry.modified), DATE_CELLS),
    pad(printable(entry.member), PART_CELLS),
    plainName(entry) + linkWords(entry),
  ].join('  ');
}

/** Without the leading `./`; folders end in a slash. */
function plainName({ name, type }: ArchiveEntry): string {
  const plain = printable(withoutDot(name));
  return type === 'directory' && !plain.endsWith('/') ? `${plain}/` : plain;
}

function linkWords({ type, linkTarget }: ArchiveEntry): string {
  if (linkTarget === null) return '';
  return type === 'hardlink'
    ? ` is the same file as ${printable(withoutDot(linkTarget))}`
    : ` -> ${printable(linkTarget)}`;
}

function withoutDot(name: string): string {
  return name.replace(/^\.\/+(?=.)/, '');
}

/** "2025-02-13 09:36" in UTC: sorts as it reads, in every language. */
function shortDate(modified: string | null): string {
  return modified === null ? '' : modified.slice(0, 16).replace('T', ' ');
}
