// Which error leads to which exit code, and which code wins.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { EXIT, type ExitCode, exitCodeFor, WORST_FIRST, worstExitCode } from '../../cli/exit-code.ts';
import type { ErrorCode } from '../../shared/errors.ts';

const ALL: Record<ErrorCode, number> = {
  USAGE: 2,
  KEY_REQUIRED: 3,
  WRONG_KEY: 3,
  DAMAGED_HEADER: 4,
  DAMAGED_PAYLOAD: 4,
  DAMAGED_METADATA: 4,
  LIMIT_EXCEEDED: 4,
  TRUNCATED: 5,
  UNSUPPORTED_VERSION: 6,
  NOT_A_BACKUP: 7,
  NO_SPACE: 8,
  OUTPUT_REFUSED: 8,
  CANCELLED: 130,
  NO_VAULT: 3,
  VAULT_LOCKED: 3,
  WRONG_PASSPHRASE: 3,
  DAMAGED_VAULT: 4,
  KEYCHAIN_FAILED: 1,
  UNKNOWN_KEY: 2,
  KEY_IN_USE: 8,
  DAMAGED_CATALOG: 4,
  SOURCE_CHANGED: 1,
  BUSY: 1,
  IO_FAILED: 1,
  INTERNAL: 1,
};

describe('exitCodeFor', () => {
  it.each(Object.entries(ALL))('%s: %d', (code, expected) => {
    expect(exitCodeFor(code as ErrorCode)).toBe(expected);
  });

  it('is 0 without an error', () => {
    expect(exitCodeFor(null)).toBe(0);
  });
});

describe('worstExitCode', () => {
  it('ranks every code once', () => {
    expect(WORST_FIRST.map(({ code }) => code)).toEqual([130, 1, 4, 5, 6, 7, 3, 8, 2, 0]);
    expect(new Set(WORST_FIRST.map(({ code }) => code))).toEqual(new Set(Object.values(EXIT)));
  });

  it('is the first of the order that occurs, whatever the order of the files', () => {
    const codes = WORST_FIRST.map(({ code }) => code);
    fc.assert(
      fc.property(fc.array(fc.constantFrom<ExitCode>(...codes)), (some) => {
        const first = codes.find((code) => some.includes(code)) ?? 0;
        expect(worstExitCode(some)).toBe(first);
        expect(worstExitCode(some.toReversed())).toBe(first);
      }),
    );
  });
});
