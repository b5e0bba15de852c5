// What is verified next, how much of it today, and when nothing is begun.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { VerificationPolicy, VerificationReason } from '../../shared/library.ts';
import {
  DEFAULT_VERIFICATION_POLICY,
  planVerifications,
  quietUntil,
  reasonFor,
  startOfDay,
  type VerificationCandidate,
  type VerificationsOfToday,
} from '../../shared/verification-plan.ts';

const NOW = new Date('2026-06-15T10:00:00.000Z');
const DAY_MS = 86_400_000;
const UNUSED: VerificationsOfToday = { bytes: 0, minutes: 0, bytesPerMinute: null };
const BERLIN = 'Europe/Berlin';

function daysAgo(days: number): string {
  return new Date(NOW.getTime() - days * DAY_MS).toISOString();
}

function candidate(path: string, parts: Partial<VerificationCandidate> = {}): VerificationCandidate {
  return {
    identity: path,
    path,
    name: path,
    date: null,
    sizeBytes: 100,
    modified: daysAgo(300),
    lastVerification: null,
    ...parts,
  };
}

function verified(
  days: number,
  status: 'good' | 'damaged' | 'locked' = 'good',
  level: 'quick' | 'full' | 'deep' = 'full',
): Pick<VerificationCandidate, 'lastVerification'> {
  return { lastVerification: { level, at: daysAgo(days), status, message: null } };
}

function policy(parts: Partial<VerificationPolicy> = {}): VerificationPolicy {
  return { ...DEFAULT_VERIFICATION_POLICY, ...parts };
}

function plan(
  candidates: readonly VerificationCandidate[],
  parts: Partial<VerificationPolicy> = {},
  used: VerificationsOfToday = UNUSED,
  now = NOW,
) {
  return planVerifications(candidates, policy(parts), now, BERLIN, used);
}

const someVerification = fc.option(
  fc.record({
    level: fc.constantFrom('quick' as const, 'full' as const, 'deep' as const),
    at: fc.integer({ min: -50, max: 400 }).map(daysAgo),
    status: fc.constantFrom('good' as const, 'damaged' as const, 'locked' as const),
    message: fc.constant(null),
  }),
  { nil: null },
);
const someCandidates = fc
  .array(
    fc.record({
      sizeBytes: fc.integer({ min: 1, max: 1000 }),
      modified: fc.integer({ min: -50, max: 400 }).map(daysAgo),
      lastVerification: someVerification,
    }),
    { maxLength: 30 },
  )
  .map((all) => all.map((parts, index) => candidate(`/b/${index}`, parts)));
const somePolicy = fc.record({
  level: fc.constantFrom('quick' as const, 'full' as const, 'deep' as const),
  staleAfterDays: fc.integer({ min: 1, max: 100 }),
  bytesPerDay: fc.option(fc.integer({ min: 1, max: 3000 }), { nil: null }),
  minutesPerDay: fc.option(fc.integer({ min: 1, max: 60 }), { nil: null }),
  quietHours: fc.constant(null),
});
const someUse = fc.record({
  bytes: fc.nat(2000),
  minutes: fc.nat(40),
  bytesPerMinute: fc.option(fc.integer({ min: 1, max: 500 }), { nil: null }),
});

describe('what is due', () => {
  it('is what was never verified, has changed, was not good, or is long ago, in this order', () => {
    const { due } = plan([
      candidate('stale', verified(31)),
      candidate('staler', verified(90)),
      candidate('good', verified(29)),
      candidate('bad', verified(2, 'damaged')),
      candidate('changed', { ...verified(5), modified: daysAgo(1) }),
      candidate('new', { modified: daysAgo(1) }),
      candidate('old and new', { modified: daysAgo(20) }),
    ]);
    expect(due.map(({ path, reason }) => [path, reason])).toEqual([
      ['old and new', 'never-verified'],
      ['new', 'never-verified'],
      ['changed', 'changed'],
      ['bad', 'failed-before'],
      ['staler', 'stale'],
      ['stale', 'stale'],
    ]);
  });

  it('always stands in that order, with nothing twice and nothing that is not due', () => {
    const order: VerificationReason[] = ['never-verified', 'changed', 'failed-before', 'stale'];
    fc.assert(
      fc.property(someCandidates, somePolicy, someUse, (candidates, chosen, used) => {
        const { due } = planVerifications(candidates, chosen, NOW, BERLIN, used);
        const places = due.map(({ reason }) => order.indexOf(reason));
        expect(places).toEqual([...places].sort((a, b) => a - b));
        const paths = due.map(({ path }) => path);
        expect(new Set(paths).size).toBe(paths.length);
        for (const one of candidates)
          expect(paths.includes(one.path)).toBe(reasonFor(one, chosen, NOW) !== null);
      }),
    );
  });

  it('is nothing any more once all of it has just been verified, whatever came of it', () => {
    fc.assert(
      fc.property(someCandidates, somePolicy, someUse, (candidates, chosen, used) => {
        const after = candidates.map((one, index) => ({
          ...one,
          ...verified(0, index % 2 === 0 ? 'good' : 'locked', chosen.level),
        }));
        expect(planVerifications(after, chosen, NOW, BERLIN, used).due).toEqual([]);
      }),
    );
  });

  it('counts a quick look for nothing where the content was to be read, and a deeper one as enough', () => {
    const quick = candidate('quick', verified(1, 'good', 'quick'));
    const deep = candidate('deep', verified(1, 'good', 'deep'));
    expect(plan([quick, deep]).due.map(({ path, reason }) => [path, reason])).toEqual([
      ['quick', 'never-verified'],
    ]);
    expect(plan([quick, deep], { level: 'quick' }).due).toEqual([]);
  });

  it('looks again at what was not good after a day, not at once and not only when it is stale', () => {
    expect(plan([candidate('bad', verified(0.5, 'damaged'))]).due).toEqual([]);
    expect(plan([candidate('bad', verified(1, 'locked'))]).due).toMatchObject([{ reason: 'failed-before' }]);
  });

  it('takes a verification from the future, before the clock was set back, for one of just now', () => {
    expect(plan([candidate('a', verified(-400))]).due).toEqual([]);
    expect(plan([candidate('a', verified(-400, 'damaged'))]).due).toEqual([]);
    const changed = candidate('a', { ...verified(-400), modified: daysAgo(1) });
    expect(plan([changed]).due).toEqual([]);
  });

  it('does not take a file time in the future for a change, for ever', () => {
    expect(plan([candidate('a', { ...verified(1), modified: daysAgo(-400) })]).due).toEqual([]);
  });
});

describe('the budget of a day', () => {
  it('is never exceeded but by one backup that is larger than all of it, on a day of its own', () => {
    fc.assert(
      fc.property(someCandidates, somePolicy, someUse, (candidates, chosen, used) => {
        const { due } = planVerifications(candidates, chosen, NOW, BERLIN, used);
        const today = due.filter((one) => one.today);
        const bytes = chosen.level === 'quick' ? 0 : today.reduce((sum, one) => sum + one.sizeBytes, 0);
        const minutes = used.bytesPerMinute === null ? 0 : bytes / used.bytesPerMinute;
        const fits =
          used.bytes + bytes <= (chosen.bytesPerDay ?? Infinity) &&
          used.minutes + minutes <= (chosen.minutesPerDay ?? Infinity) + 1e-9;
        const isAlone = today.length === 1 && used.bytes === 0 && used.minutes === 0 && today[0] === due[0];
        expect(fits || today.length === 0 || isAlone).toBe(true);
      }),
    );
  });

  it('begins with the most urgent and lets smaller ones have what a larger one leaves', () => {
    const candidates = [
      candidate('a', { sizeBytes: 60, modified: daysAgo(9) }),
      candidate('b', { sizeBytes: 60, modified: daysAgo(8) }),
      candidate('c', { sizeBytes: 40, modified: daysAgo(7) }),
    ];
    expect(plan(candidates, { bytesPerDay: 100 }).due.map(({ today }) => today)).toEqual([true, false, true]);
  });

  it('gives a backup that is larger than all of it a day, when nothing was verified on that yet', () => {
    const huge = [candidate('huge', { sizeBytes: 500 })];
    expect(plan(huge, { bytesPerDay: 100 }).due[0]?.today).toBe(true);
    expect(plan(huge, { bytesPerDay: 100 }, { ...UNUSED, bytes: 1, minutes: 1 }).due[0]?.today).toBe(false);
    const speed = { ...UNUSED, bytesPerMinute: 10 };
    expect(plan(huge, { minutesPerDay: 5 }, speed).due[0]?.today).toBe(true);
  });

  it('lets nothing wait for ever: day by day everything gets its turn', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 100 }), (all, bytesPerDay) => {
        let left = all.map((sizeBytes, index) => candidate(`/b/${index}`, { sizeBytes }));
        for (let day = 0; left.length > 0; day++) {
          expect(day).toBeLessThan(all.length);
          const { due } = plan(left, { bytesPerDay });
          const done = new Set(due.filter(({ today }) => today).map(({ path }) => path));
          expect(done.size).toBeGreaterThan(0);
          left = left.filter(({ path }) => !done.has(path));
        }
      }),
    );
  });

  it('is used up for the day when it is used up', () => {
    const few = [candidate('a', { sizeBytes: 1 })];
    expect(plan(few, { minutesPerDay: 5 }, { ...UNUSED, minutes: 5, bytes: 9 }).due[0]?.today).toBe(false);
    expect(plan(few, {}, { ...UNUSED, minutes: 5000, bytes: 1e12 }).due[0]?.today).toBe(true);
  });
});

describe('quiet hours', () => {
  const quiet = (from: number, to: number, now: string, zone = BERLIN) =>
    quietUntil({ from, to }, new Date(now), zone)?.toISOString() ?? null;

  it('go over midnight by the clock of the person', () => {
    expect(quiet(22, 7, '2026-06-15T19:59:00Z')).toBeNull();
    expect(quiet(22, 7, '2026-06-15T20:00:00Z')).toBe('2026-06-16T05:00:00.000Z');
    expect(quiet(22, 7, '2026-06-16T04:59:59Z')).toBe('2026-06-16T05:00:00.000Z');
    expect(quiet(22, 7, '2026-06-16T05:00:00Z')).toBeNull();
    expect(quiet(22, 7, '2026-06-15T20:00:00Z', 'America/New_York')).toBeNull();
  });

  it('end by the clock also in the nights in which it is changed', () => {
    // At 2:00 it is 3:00 on 29 March; at 3:00 it is 2:00 on 25 October.
    expect(quiet(22, 7, '2026-03-28T22:00:00Z')).toBe('2026-03-29T05:00:00.000Z');
    expect(quiet(22, 7, '2026-10-24T21:00:00Z')).toBe('2026-10-25T06:00:00.000Z');
    expect(quiet(2, 3, '2026-03-29T01:00:00Z')).toBeNull();
    expect(quiet(2, 3, '2026-10-25T00:15:00Z')).toBe('2026-10-25T02:00:00.000Z');
  });

  it('work where the clock is off by half an hour or three quarters', () => {
    expect(quiet(22, 7, '2026-06-15T18:00:00Z', 'Asia/Kolkata')).toBe('2026-06-16T01:30:00.000Z');
    expect(quiet(22, 7, '2026-06-15T18:00:00Z', 'Asia/Kathmandu')).toBe('2026-06-16T01:15:00.000Z');
  });

  it('are none where they are not set, or end when they begin', () => {
    expect(quietUntil(null, NOW, BERLIN)).toBeNull();
    expect(quiet(5, 5, '2026-06-15T03:30:00Z')).toBeNull();
  });

  it('end at a moment that is not quiet, with nothing but quiet before it', () => {
    const zones = fc.constantFrom(BERLIN, 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
    const hours = fc.integer({ min: 0, max: 23 });
    const times = fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(times, hours, hours, zones, (now, from, to, zone) => {
        const end = quietUntil({ from, to }, now, zone);
        if (end === null) return;
        expect(end.getTime()).toBeGreaterThan(now.getTime());
        expect(end.getTime() - now.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
        expect(quietUntil({ from, to }, end, zone)).toBeNull();
        const before = new Date(end.getTime() - 1);
        expect(quietUntil({ from, to }, before, zone)).toEqual(end);
      }),
      { numRuns: 60 },
    );
  });

  it('are said in the plan', () => {
    const now = new Date('2026-06-15T21:00:00Z');
    const { quietUntil: until } = plan([], { quietHours: { from: 22, to: 7 } }, UNUSED, now);
    expect(until).toBe('2026-06-16T05:00:00.000Z');
  });
});

describe('the day', () => {
  it('begins at midnight by the clock of the person', () => {
    const start = (now: string, zone = BERLIN) => startOfDay(new Date(now), zone).toISOString();
    expect(start('2026-06-15T10:00:00Z')).toBe('2026-06-14T22:00:00.000Z');
    expect(start('2026-06-14T22:00:00Z')).toBe('2026-06-14T22:00:00.000Z');
    expect(start('2026-06-14T21:59:59Z')).toBe('2026-06-13T22:00:00.000Z');
    expect(start('2026-03-29T12:00:00Z')).toBe('2026-03-28T23:00:00.000Z');
    expect(start('2026-10-25T12:00:00Z')).toBe('2026-10-24T22:00:00.000Z');
    expect(start('2026-06-15T10:00:00Z', 'Asia/Kathmandu')).toBe('2026-06-14T18:15:00.000Z');
    expect(start('2026-06-15T10:00:00Z', 'Pacific/Kiritimati')).toBe('2026-06-15T10:00:00.000Z');
  });
});
