// The exit codes: what each means, which error leads to it, and which wins when several files end differently.

import type { ErrorCode } from '../shared/errors.ts';

export const EXIT = {
  good: 0,
  other: 1,
  usage: 2,
  noKeyFits: 3,
  damaged: 4,
  cutOff: 5,
  unsupported: 6,
  notABackup: 7,
  refused: 8,
  cancelled: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** From the worst to the best: with several files the exit code is the first of these that occurred. */
export const WORST_FIRST: readonly { readonly code: ExitCode; readonly meaning: string }[] = [
  { code: EXIT.cancelled, meaning: 'stopped by you (Ctrl-C) or by a signal' },
  { code: EXIT.other, meaning: 'something else went wrong' },
  { code: EXIT.damaged, meaning: 'damaged' },
  { code: EXIT.cutOff, meaning: 'cut off: the file ends too early' },
  { code: EXIT.unsupported, meaning: 'written in a format this version does not know' },
  { code: EXIT.notABackup, meaning: 'not a backup' },
  { code: EXIT.noKeyFits, meaning: 'no key fits, or none was given' },
  { code: EXIT.refused, meaning: 'no space, or the output exists or may not be written' },
  { code: EXIT.usage, meaning: 'the command was not understood' },
  { code: EXIT.good, meaning: 'good' },
];

const BY_ERROR: Readonly<Record<ErrorCode, ExitCode>> = {
  USAGE: EXIT.usage,
  KEY_REQUIRED: EXIT.noKeyFits,
  WRONG_KEY: EXIT.noKeyFits,
  DAMAGED_HEADER: EXIT.damaged,
  DAMAGED_PAYLOAD: EXIT.damaged,
  DAMAGED_METADATA: EXIT.damaged,
  LIMIT_EXCEEDED: EXIT.damaged,
  TRUNCATED: EXIT.cutOff,
  UNSUPPORTED_VERSION: EXIT.unsupported,
  NOT_A_BACKUP: EXIT.notABackup,
  NO_SPACE: EXIT.refused,
  OUTPUT_REFUSED: EXIT.refused,
  CANCELLED: EXIT.cancelled,
  NO_VAULT: EXIT.noKeyFits,
  VAULT_LOCKED: EXIT.noKeyFits,
  WRONG_PASSPHRASE: EXIT.noKeyFits,
  DAMAGED_VAULT: EXIT.damaged,
  KEYCHAIN_FAILED: EXIT.other,
  UNKNOWN_KEY: EXIT.usage,
  KEY_IN_USE: EXIT.refused,
  DAMAGED_CATALOG: EXIT.damaged,
  SOURCE_CHANGED: EXIT.other,
  BUSY: EXIT.other,
  IO_FAILED: EXIT.other,
  INTERNAL: EXIT.other,
};

/** The exit code of a command that ended with this error; 0 for none. */
export function exitCodeFor(code: ErrorCode | null): ExitCode {
  return code === null ? EXIT.good : BY_ERROR[code];
}

/** The worst of several exit codes; 0 for none at all. */
export function worstExitCode(codes: Iterable<ExitCode>): ExitCode {
  const seen = new Set(codes);
  return WORST_FIRST.find(({ code }) => seen.has(code))?.code ?? EXIT.good;
}
