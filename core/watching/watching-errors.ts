// What can limit the watching of a folder, in words.

import { basename } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';

/** The folder will be looked through every `pollMs` instead. */
export function noMoreNotices(folder: string, cause: NodeJS.ErrnoException, pollMs: number): StrongroomError {
  const full = cause.code === 'ENOSPC' || cause.code === 'EMFILE' || cause.code === 'ENFILE';
  const why = full
    ? 'The system watches no more folders for this user'
    : 'The system cannot watch this folder';
  return new StrongroomError(
    'IO_FAILED',
    `${why}, so “${folder}” is looked through every ${inWords(pollMs)} instead.`,
    {
      hint: full
        ? 'New backups are found all the same, only later. To be told at once, allow more watches (fs.inotify.max_user_watches and max_user_instances on Linux).'
        : 'New backups are found all the same, only later.',
      details: { folder, systemCode: cause.code ?? null },
      cause,
    },
  );
}

/** The name is not in UTF-8, and what the system gave us for it does not lead to the file. */
export function unreadableName(path: string): StrongroomError {
  return new StrongroomError(
    'IO_FAILED',
    `The name of the file “${basename(path)}” has bytes that are no text, so I cannot open it.`,
    { hint: 'Rename it in your file manager. The backup itself is not damaged by that.', details: { path } },
  );
}

function inWords(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  return seconds === 1 ? 'second' : `${seconds} seconds`;
}
