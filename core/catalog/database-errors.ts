// The database's refusals as codes and words for people, never in SQLite's words, which may quote what stands in the tables.

import { errorCode, StrongroomError, type ErrorParts } from '../../shared/errors.ts';

const SQLITE_ERROR = 1;
const BUSY_CODES = new Set([5, 6]); // SQLITE_BUSY, SQLITE_LOCKED
const DAMAGED_CODES = new Set([11, 24, 26]); // SQLITE_CORRUPT, SQLITE_FORMAT, SQLITE_NOTADB

/** Without SQLite's message, which may quote what stands in the tables. */
export function translate(error: unknown): unknown {
  const code = primaryCode(error);
  if (code === null) return error;
  if (DAMAGED_CODES.has(code)) return damaged(error);
  if (isBusy(error)) {
    return new StrongroomError(
      'BUSY',
      'Another Strongroom is writing to the catalogue and does not finish.',
      {
        hint: 'Wait a moment, or end the other one.',
      },
    );
  }
  const details = { sqliteCode: code };
  if (code === 13 || isWithoutRoomForIndex(error)) return noSpace({ details });
  if (code === 8)
    return new StrongroomError('OUTPUT_REFUSED', 'The catalogue may not be written to.', {
      hint: 'Look at the permissions of the data folder.',
      details,
    });
  const { errstr } = error as { errstr?: unknown };
  const reason = typeof errstr === 'string' ? errstr : 'unknown reason';
  if (code === 10 || code === 14)
    return new StrongroomError('IO_FAILED', `The catalogue cannot be read or written (${reason}).`, {
      details,
    });
  return new StrongroomError('INTERNAL', `The catalogue’s database refuses (${reason}).`, { details });
}

/** Whether what was asked for is not there: a table, a column. */
export function isUnknownName(error: unknown): boolean {
  return primaryCode(error) === SQLITE_ERROR;
}

export function isBusy(error: unknown): boolean {
  return BUSY_CODES.has(primaryCode(error) ?? -1);
}

/** The primary result code of an error of SQLite's; null for any other error. */
function primaryCode(error: unknown): number | null {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : null;
}

/** SQLITE_IOERR_SHMSIZE: the file that all users of a WAL share cannot grow. */
function isWithoutRoomForIndex(error: unknown): boolean {
  return (error as { errcode?: unknown }).errcode === (10 | (19 << 8));
}

/** The operating system's answer to making or opening the file, in words. */
export function refusedFile(error: unknown, path: string): unknown {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string') return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return noSpace({ cause: error });
  return new StrongroomError(
    'OUTPUT_REFUSED',
    `The catalogue “${path}” cannot be opened or made (${code}).`,
    { hint: 'Choose a data folder that you may write to, or change its permissions.', cause: error },
  );
}

function noSpace(parts: ErrorParts): StrongroomError {
  return new StrongroomError('NO_SPACE', 'There is no room on the disk for the catalogue.', {
    hint: 'Make room on the disk of the data folder, then try again.',
    ...parts,
  });
}

export function isDamaged(error: unknown): boolean {
  return errorCode(error) === 'DAMAGED_CATALOG';
}

/** `path` where it is known: then the hint says which file to move away. */
export function damaged(cause?: unknown, path?: string): StrongroomError {
  const file = path === undefined ? 'It can be deleted' : `The file “${path}” can be deleted`;
  return new StrongroomError('DAMAGED_CATALOG', 'The catalogue of your backups is damaged.', {
    hint: `${file}: it is made anew from your folders, and neither a backup nor a key is lost with it. The list of folders and the history of verifications begin again. Match your backups again before you remove a key.`,
    cause: primaryCode(cause) === null ? undefined : new Error(`SQLite result code ${primaryCode(cause)}`),
  });
}

export function tooNew(version: number, newestKnown: number): StrongroomError {
  return new StrongroomError(
    'UNSUPPORTED_VERSION',
    'The catalogue of your backups was written by a newer Strongroom.',
    {
      hint: 'Update Strongroom. The catalogue can also be deleted: it is made anew from your folders.',
      details: { version, newestKnown },
    },
  );
}
