// The one error type of the program. Recognise an error by its `code`, never by its class: class and
// extra fields are lost when an error crosses a thread or a process. No secret may ever be put into one.

/** Every reason for which Strongroom refuses or fails. The set is closed. */
export type ErrorCode =
  | 'USAGE' // the caller asked for something that makes no sense
  | 'KEY_REQUIRED' // encrypted, and no key was given
  | 'WRONG_KEY' // none of the given keys opens it
  | 'DAMAGED_HEADER' // the header of an archive or a tar entry is not what was written
  | 'DAMAGED_PAYLOAD' // the content does not authenticate, inflate or unpack
  | 'DAMAGED_METADATA' // backup.json or snapshot.json is missing, not JSON, or of the wrong types
  | 'TRUNCATED' // the file ends too early
  | 'UNSUPPORTED_VERSION' // written in a format newer than, or unknown to, this program
  | 'NOT_A_BACKUP' // not a Home Assistant backup at all
  | 'LIMIT_EXCEEDED' // larger than any honest backup: refused before memory is allocated
  | 'NO_SPACE' // not enough room on the disk
  | 'OUTPUT_REFUSED' // the output exists, is the input, or may not be written
  | 'SOURCE_CHANGED' // the file changed while it was being read
  | 'BUSY' // another Strongroom works on this file
  | 'CANCELLED' // the user stopped it
  | 'NO_VAULT' // there is no vault in the data folder yet
  | 'VAULT_LOCKED' // it has to be unlocked first
  | 'WRONG_PASSPHRASE' // the passphrase does not open the vault
  | 'DAMAGED_VAULT' // the vault file is not what was written
  | 'KEYCHAIN_FAILED' // the system's keychain is not there, refuses, or does not answer
  | 'UNKNOWN_KEY' // no key, or more than one, in the vault is called that
  | 'KEY_IN_USE' // a known backup needs this key, or may need it
  | 'DAMAGED_CATALOG' // the catalogue's database cannot be read; it can be deleted and made anew
  | 'IO_FAILED' // the operating system refused a read or a write
  | 'INTERNAL'; // a mistake of ours

/** What an error may carry besides its text: plain values only, never a key, password or file content. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

export interface ErrorParts {
  /** What the person can do next, one sentence. */
  readonly hint?: string;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/** A plain, serialisable form of an error: what crosses threads, IPC and `--json`. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly details?: ErrorDetails;
}

export class StrongroomError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, parts: ErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'StrongroomError';
    this.code = code;
    this.hint = parts.hint;
    this.details = parts.details ?? {};
  }
}

const SYSTEM_CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EFBIG: 'NO_SPACE',
  EROFS: 'OUTPUT_REFUSED',
  ABORT_ERR: 'CANCELLED',
};

/** Turns anything that was thrown into the plain form. Unknown system errors become IO_FAILED, all else INTERNAL. */
export function toPlainError(thrown: unknown): PlainError {
  const error = (thrown ?? {}) as Partial<StrongroomError> & {
    code?: unknown;
    syscall?: unknown;
    name?: unknown;
  };
  const message = typeof error.message === 'string' ? error.message : String(thrown);
  if (error instanceof StrongroomError || isPlainError(thrown)) {
    const details = error.details ?? {};
    return {
      code: error.code as ErrorCode,
      message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(Object.keys(details).length === 0 ? {} : { details }),
    };
  }
  if (error.name === 'AbortError') return { code: 'CANCELLED', message: 'Stopped at your request.' };
  if (typeof error.code === 'string') {
    const known = SYSTEM_CODES[error.code];
    if (known !== undefined) return { code: known, message };
    if (typeof error.syscall === 'string') return { code: 'IO_FAILED', message };
  }
  return { code: 'INTERNAL', message };
}

/** Rebuilds an error on the near side of a thread or transport. */
export function fromPlainError(plain: PlainError): StrongroomError {
  return new StrongroomError(plain.code, plain.message, {
    ...(plain.hint === undefined ? {} : { hint: plain.hint }),
    ...(plain.details === undefined ? {} : { details: plain.details }),
  });
}

/** The code of anything thrown. */
export function errorCode(thrown: unknown): ErrorCode {
  return toPlainError(thrown).code;
}

const CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'USAGE',
  'KEY_REQUIRED',
  'WRONG_KEY',
  'DAMAGED_HEADER',
  'DAMAGED_PAYLOAD',
  'DAMAGED_METADATA',
  'TRUNCATED',
  'UNSUPPORTED_VERSION',
  'NOT_A_BACKUP',
  'LIMIT_EXCEEDED',
  'NO_SPACE',
  'OUTPUT_REFUSED',
  'SOURCE_CHANGED',
  'BUSY',
  'CANCELLED',
  'NO_VAULT',
  'VAULT_LOCKED',
  'WRONG_PASSPHRASE',
  'DAMAGED_VAULT',
  'KEYCHAIN_FAILED',
  'UNKNOWN_KEY',
  'KEY_IN_USE',
  'DAMAGED_CATALOG',
  'IO_FAILED',
  'INTERNAL',
]);

function isPlainError(value: unknown): value is PlainError {
  const candidate = value as { code?: unknown; message?: unknown } | null;
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    typeof candidate.code === 'string' &&
    CODES.has(candidate.code) &&
    typeof candidate.message === 'string'
  );
}
