// What the first run concludes from what it finds.

import { describe, expect, it } from 'vitest';

import { openingOf, verifiableBackups } from '../../renderer/screens/start/opening.ts';
import { outcomeOf } from '../../renderer/screens/start/proof-outcome.ts';
import type { JobCounts, JobState } from '../../shared/jobs.ts';
import type { LibraryBackup } from '../../shared/library.ts';

const backup = (
  name: string,
  keyState: LibraryBackup['keyState'],
  state: 'present' | 'missing' = 'present',
): LibraryBackup =>
  ({
    identity: name,
    name,
    keyState,
    date: name,
    copies: [{ path: `/${name}`, state }],
  }) as unknown as LibraryBackup;

const counts = (failed: number): JobCounts => ({
  total: 3,
  done: 3 - failed,
  skipped: 0,
  failed,
  cancelled: 0,
  left: 0,
});

describe('the first run', () => {
  const backups = [
    backup('1', 'opens'),
    backup('2', 'opens-part'),
    backup('3', 'locked'),
    backup('4', 'untried'),
    backup('5', 'plain'),
    backup('6', 'opens', 'missing'),
  ];

  it('counts what opens and what does not', () => {
    expect(openingOf(backups)).toEqual({ encrypted: 5, locked: 2, plain: 1 });
    expect(openingOf([])).toEqual({ encrypted: 0, locked: 0, plain: 0 });
  });

  it('verifies only what can be read to the end now, the newest first', () => {
    expect(verifiableBackups(backups).map(({ name }) => name)).toEqual(['5', '1']);
  });

  it('calls a proof good only when all of it is', () => {
    const outcome = (state: JobState, failed = 0) => outcomeOf({ state, counts: counts(failed) });
    expect(outcomeOf(null)).toBeNull();
    expect(outcome('waiting')).toBe('running');
    expect(outcome('running', 1)).toBe('running');
    expect(outcome('done')).toBe('good');
    expect(outcome('done', 1)).toBe('bad');
    expect(outcome('failed')).toBe('failed');
    for (const state of ['paused', 'cancelled', 'interrupted'] as const)
      expect(outcome(state)).toBe('stopped');
  });
});
