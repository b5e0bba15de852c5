// What keeps a scan from looking into a folder, in words. None of it means that a backup is lost, and each says so.

import { StrongroomError, toPlainError, type PlainError } from '../../../shared/errors.ts';

const KEPT = 'What is known of the backups in it stays as it is.';

/** What the system said about reading the folder at `path`. */
export function unreadableFolder(path: string, thrown: unknown): PlainError {
  const systemCode = (thrown as NodeJS.ErrnoException | null)?.code;
  if (typeof systemCode !== 'string') return toPlainError(thrown);
  if (GONE.has(systemCode))
    return ioFailed(
      `The folder “${path}” is not there.`,
      `If it is on a drive or a share, connect it and scan again. ${KEPT}`,
      systemCode,
    );
  if (REFUSED.has(systemCode))
    return ioFailed(
      `The system does not allow the folder “${path}” to be read.`,
      `Check its permissions, or who it belongs to. ${KEPT}`,
      systemCode,
    );
  return ioFailed(
    `The folder “${path}” cannot be read (${systemCode}).`,
    `Check the drive or share that it is on. ${KEPT}`,
    systemCode,
  );
}

/** The place where a drive was: it is there, and empty, and another device. */
export function emptyPlaceOf(path: string): PlainError {
  return ioFailed(
    `The folder “${path}” is empty, and the drive that its backups are on seems not to be connected.`,
    `Connect the drive and scan again. ${KEPT}`,
  );
}

/** A folder inside that lay on a drive of its own and vanished with it. */
export function vanishedDrive(path: string): PlainError {
  return ioFailed(
    `The folder “${path}” is not there, and was on a drive of its own.`,
    `Connect the drive and scan again. ${KEPT}`,
  );
}

/** A link to a folder that is not there. */
export function brokenLink(path: string): PlainError {
  return ioFailed(
    `“${path}” is a link to a folder that is not there.`,
    `If that is on a drive or a share, connect it and scan again. ${KEPT}`,
  );
}

/** A link with a backup's name that leads nowhere. */
export function brokenFileLink(): PlainError {
  return ioFailed(
    'This is a link to a file that is not there.',
    'If the file is on a drive or a share, connect it and scan again. Otherwise remove the link.',
  );
}

/** Several problems of one folder as one; null where there is none. */
export function summary(problems: readonly PlainError[]): PlainError | null {
  const [first] = problems;
  if (first === undefined || problems.length === 1) return first ?? null;
  const others =
    problems.length === 2 ? 'Another folder in it' : `${problems.length - 1} other folders in it`;
  return { ...first, message: `${first.message} ${others} cannot be read either.` };
}

function ioFailed(message: string, hint: string, systemCode?: string): PlainError {
  const details = systemCode === undefined ? {} : { systemCode };
  return toPlainError(new StrongroomError('IO_FAILED', message, { hint, details }));
}

const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);
const REFUSED: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);
