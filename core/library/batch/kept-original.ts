// Originals that were kept when their backup was rewritten are backups, too, and lie where backups lie. They are there to
// go back to: no batch touches them.

import { sep } from 'node:path';

import { QUARANTINE_FOLDER } from '../../files/index.ts';

const SUFFIX = /\.orig(\.\d+)?$/;

/** By where it is and what it is called, as core/files names them. */
export function isKeptOriginal(path: string): boolean {
  return SUFFIX.test(path) || path.includes(sep + QUARANTINE_FOLDER + sep);
}
