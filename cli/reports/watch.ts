// What happens in watched folders, a line each.

import { basename } from 'node:path';

import type { WatchEvent } from '../../shared/library.ts';
import type { Formats } from '../../shared/reports/formats.ts';
import { printable } from '../../shared/reports/printable.ts';

/** "Feb 13, 2025, 9:36 AM  home.tar: Verified in full: good." */
export function watchLine({ at, folder, path, message, error }: WatchEvent, formats: Formats): string {
  const subject = path === null ? folder : basename(path);
  const named = message.includes(subject) ? message : `${subject}: ${message}`;
  const hint = error?.hint === undefined ? '' : ` ${error.hint}`;
  return `${formats.date(at)}  ${printable(named + hint)}`;
}
