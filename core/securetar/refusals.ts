// The errors this room throws, each with the next step for the person. Details carry offsets and sizes in
// bytes, never a key, a password or content.

import { StrongroomError, type ErrorDetails } from '../../shared/errors.ts';

const ANOTHER_COPY = 'Download the backup again or use another copy of it.';

export function damagedHeader(message: string, details: ErrorDetails = {}): StrongroomError {
  return new StrongroomError('DAMAGED_HEADER', message, { hint: ANOTHER_COPY, details });
}

export function damagedPayload(message: string, details: ErrorDetails = {}): StrongroomError {
  return new StrongroomError('DAMAGED_PAYLOAD', message, { hint: ANOTHER_COPY, details });
}

export function truncated(message: string, details: ErrorDetails = {}): StrongroomError {
  return new StrongroomError('TRUNCATED', message, { hint: ANOTHER_COPY, details });
}

export function unsupportedVersion(version: number): StrongroomError {
  return new StrongroomError('UNSUPPORTED_VERSION', `unsupported version ${version} of SecureTar`, {
    hint: 'Update Strongroom; if it is up to date, the file is damaged: use another copy of the backup.',
    details: { version },
  });
}

/** Argon2id could not get its memory. */
export function outOfMemory(memLimitBytes: number): StrongroomError {
  const mebibytes = Math.ceil(memLimitBytes / 1024 / 1024);
  return new StrongroomError('LIMIT_EXCEEDED', `This needs ${mebibytes} MiB of free memory.`, {
    hint: 'Close other programs and try again.',
    details: { memLimitBytes },
  });
}

/** A caller inside the program broke a rule of this room. */
export function misuse(message: string, details: ErrorDetails = {}): StrongroomError {
  return new StrongroomError('INTERNAL', message, { details });
}
