// What the operating system says about a file, in words, for results that are read long after the error was thrown.

import { access, constants } from 'node:fs/promises';
import { basename } from 'node:path';

import { errorCode, StrongroomError, type ErrorCode } from '../../shared/errors.ts';
import type { FileStamp } from '../catalog/index.ts';
import { changedMeanwhile, stampFile } from './recognise-backup.ts';

interface Words {
  readonly says: (name: string) => string;
  readonly hint: string;
}

const GONE: Words = {
  says: (name) => `“${name}” is not there any more.`,
  hint: 'If you moved it, scan the folder that it is in now. If its drive is not connected, connect it.',
};
const AWAY: Words = {
  says: (name) => `“${name}” cannot be reached: its folder is not there now.`,
  hint: 'Connect its drive or share, then try again.',
};
const REFUSED: Words = {
  says: (name) => `The system does not allow “${name}” to be read.`,
  hint: 'Check its permissions, or who it belongs to.',
};
const BY_SYSTEM_CODE: Readonly<Record<string, Words>> = {
  ENOENT: GONE,
  ENOTDIR: GONE,
  EACCES: REFUSED,
  EPERM: REFUSED,
  EIO: {
    says: (name) => `The disk could not read “${name}”.`,
    hint: 'The disk may be failing. Copy what you can to another one first, then try the copy.',
  },
};

/** An error of the system with the file's name in it; all others stay as they are. */
export function describeFileProblem(thrown: unknown, path: string): unknown {
  const systemCode = (thrown as NodeJS.ErrnoException | null)?.code ?? '';
  const words = thrown instanceof StrongroomError ? undefined : BY_SYSTEM_CODE[systemCode];
  if (words === undefined) return thrown;
  return new StrongroomError('IO_FAILED', words.says(basename(path)), {
    hint: words.hint,
    details: { systemCode },
    cause: thrown,
  });
}

/**
 * Why work on the file at `path` failed, as `describeFileProblem`. Where another file stands there than the one that was begun
 * with, or none that may be read, that is why: what was read of two files says nothing about either.
 * @param before what it was at the start; null where that could not be told
 */
export async function explainFailure(
  thrown: unknown,
  path: string,
  before: FileStamp | null,
): Promise<unknown> {
  if (!MAY_COME_OF_A_CHANGE.has(errorCode(thrown))) return describeFileProblem(thrown, path);
  try {
    await access(path, constants.R_OK);
    return before === null || isSameContent(before, await stampFile(path))
      ? describeFileProblem(thrown, path)
      : changedMeanwhile();
  } catch (error) {
    return describeFileProblem(error, path);
  }
}

/** What reading says about bytes, or the system about the file. */
const MAY_COME_OF_A_CHANGE: ReadonlySet<ErrorCode> = new Set([
  'DAMAGED_HEADER',
  'DAMAGED_PAYLOAD',
  'DAMAGED_METADATA',
  'NOT_A_BACKUP',
  'TRUNCATED',
  'LIMIT_EXCEEDED',
  'UNSUPPORTED_VERSION',
  'WRONG_KEY',
  'KEY_REQUIRED',
  'IO_FAILED',
]);

/** A second name, as a rewrite gives the original and takes it back, changes the time of its last change and no more. */
function isSameContent(a: FileStamp, b: FileStamp): boolean {
  return a.inode === b.inode && a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs;
}

/** For a file that the library knows to be gone, or out of reach, without looking. */
export function fileNotThere(path: string, state: 'missing' | 'unreachable'): StrongroomError {
  const { says, hint } = state === 'missing' ? GONE : AWAY;
  return new StrongroomError('IO_FAILED', says(basename(path)), { hint });
}
