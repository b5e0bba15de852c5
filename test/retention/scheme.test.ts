// What a scheme keeps and why: the rules one by one, what no rule can take away, and what holds whatever the backups and the policy are.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  COUNTED_RULES,
  parsePolicy,
  PRESETS,
  planRetention,
  type RetentionCandidate,
  type RetentionOptions,
  type RetentionPolicy,
} from '../../shared/retention/index.ts';
import { candidate, daily, decisionOn, kept } from './scheme-samples.ts';

const NOW = new Date('2026-06-15T10:00:00Z');
const UTC: RetentionOptions = { now: NOW, timeZone: 'UTC' };
const BERLIN: RetentionOptions = { now: NOW, timeZone: 'Europe/Berlin' };
const DAYS = daily(20, '2026-06-15T04:45:00Z');

describe('a policy', () => {
  it('without a rule deletes nothing', () => {
    const decisions = planRetention(DAYS, {}, UTC);
    expect(kept(decisions)).toHaveLength(20);
    expect(decisions[7]?.reasons).toEqual([{ kind: 'no-rules' }]);
  });

  it('keeps the newest of each day, and says which place it has', () => {
    const twice = [...DAYS, candidate('noon', { date: '2026-06-14T12:00:00Z' })];
    const decisions = planRetention(twice, { daily: 3 }, UTC);
    expect(kept(decisions)).toEqual(['d00', 'd02', 'noon']);
    expect(decisionOn(decisions, 'noon').reasons).toEqual([
      { kind: 'rule', rule: 'daily', number: 2, of: 3, period: '2026-06-14', isOldest: false },
    ]);
    expect(decisionOn(decisions, 'd01').reasons).toEqual([
      { kind: 'covered', rule: 'daily', period: '2026-06-14', by: 'noon' },
    ]);
    expect(decisionOn(decisions, 'd03').reasons).toEqual([{ kind: 'used-up', rule: 'daily', of: 3 }]);
  });

  it('keeps what any of its rules keeps', () => {
    const decisions = planRetention(DAYS, parsePolicy('last=1,weekly=3'), UTC);
    expect(kept(decisions)).toEqual(['d00', 'd01', 'd08']); // Monday the 15th, Sunday the 14th, Sunday the 7th
    expect(decisionOn(decisions, 'd01').reasons).toMatchObject([{ rule: 'weekly', period: '2026-W24' }]);
  });

  it('keeps the oldest, too, while a rule has slots left', () => {
    const decisions = planRetention(DAYS, { monthly: 4 }, UTC);
    expect(kept(decisions)).toEqual(['d00', 'd15', 'd19']);
    expect(decisionOn(decisions, 'd19').reasons).toMatchObject([{ number: 3, of: 4, isOldest: true }]);
    expect(kept(planRetention(DAYS, { monthly: 2 }, UTC))).toEqual(['d00', 'd15']);
  });

  it('keeps everything within a span of the newest, however old that is', () => {
    const decisions = planRetention(DAYS.slice(5), parsePolicy('within=3d'), UTC);
    expect(kept(decisions)).toEqual(['d05', 'd06', 'd07']);
    expect(decisionOn(decisions, 'd06').reasons).toEqual([
      { kind: 'within', since: '2026-06-07T04:45:00.000Z' },
    ]);
    expect(decisionOn(decisions, 'd08').reasons).toEqual([
      { kind: 'too-old', since: '2026-06-07T04:45:00.000Z' },
    ]);
  });

  it('looks at each instance by itself', () => {
    const summer = DAYS.slice(0, 6).map((one) => ({
      ...one,
      id: `summer ${one.id}`,
      instanceId: 'summer house',
    }));
    expect(kept(planRetention([...DAYS, ...summer], { last: 2 }, UTC))).toEqual([
      ...['d00', 'd01', 'summer d00', 'summer d01'],
    ]);
  });

  it('has days that begin at the midnight of the person', () => {
    const late = candidate('late', { date: '2026-06-14T22:30:00Z' }); // half past midnight of the 15th in Berlin
    const early = candidate('early', { date: '2026-06-14T21:30:00Z' });
    const at = (options: RetentionOptions): string[] =>
      kept(planRetention([late, early], { daily: 1 }, options));
    expect(at(UTC)).toEqual(['late']);
    expect(planRetention([late, early], { daily: 2 }, BERLIN).map(({ reasons }) => reasons)).toMatchObject([
      [{ kind: 'newest' }, { period: '2026-06-15' }],
      [{ period: '2026-06-14', isOldest: false }],
    ]);
  });

  it('counts the day with 23 hours and the one with 25 as one day each', () => {
    // Berlin, 2026: March 29 has 23 hours, October 25 has 25.
    for (const [day, from, hours] of [
      ['2026-03-29', '2026-03-28T23:00:00Z', 23],
      ['2026-10-25', '2026-10-24T22:00:00Z', 25],
    ] as const) {
      const times = Array.from({ length: hours + 2 }, (_, hour) => Date.parse(from) + (hour - 1) * 3_600_000);
      const all = times.map((time) => candidate(String(time), { date: new Date(time).toISOString() }));
      const options = {
        now: new Date('2027-01-01T00:00:00Z'),
        timeZone: 'Europe/Berlin',
        keepsOldest: false,
      };
      const decisions = planRetention(all, { daily: 9 }, options);
      expect(kept(decisions), day).toEqual([times[0], times[hours], times[hours + 1]].map(String));
      expect(decisionOn(decisions, String(times[hours])).reasons).toMatchObject([{ period: day }]);
    }
  });

  it('has ISO weeks: the days around New Year are of the week that they are in', () => {
    const all = ['2025-12-28', '2025-12-29', '2026-01-04', '2026-01-05'].map((day) =>
      candidate(day, { date: `${day}T12:00:00Z` }),
    );
    const decisions = planRetention(all, { weekly: 9 }, { ...UTC, keepsOldest: false });
    expect(decisions.map(({ reasons }) => reasons)).toMatchObject([
      [{ period: '2025-W52' }],
      [{ kind: 'covered', period: '2026-W01', by: '2026-01-04' }],
      [{ period: '2026-W01' }],
      [{ kind: 'newest' }, { period: '2026-W02' }],
    ]);
  });
});

describe('no rule takes away', () => {
  const NOTHING: RetentionPolicy = { last: 1 };

  it('what is pinned', () => {
    const pinned = DAYS.map((one) => (one.id === 'd12' ? { ...one, isPinned: true } : one));
    const decisions = planRetention(pinned, NOTHING, UTC);
    expect(kept(decisions)).toEqual(['d00', 'd12']);
    expect(decisionOn(decisions, 'd12').reasons).toEqual([{ kind: 'pinned' }]);
  });

  it('the last verified one', () => {
    const verified = DAYS.map((one, index) => (index >= 9 ? { ...one, verification: 'good' as const } : one));
    expect(kept(planRetention(verified, NOTHING, UTC))).toEqual(['d00', 'd09']);
  });

  it('the newest, also when it failed; and what failed fills no slot', () => {
    const failed = DAYS.map((one, index) => (index < 2 ? { ...one, verification: 'failed' as const } : one));
    const decisions = planRetention(failed, { daily: 3 }, UTC);
    expect(kept(decisions)).toEqual(['d00', 'd02', 'd03', 'd04']);
    expect(decisionOn(decisions, 'd00').reasons).toEqual([{ kind: 'newest' }]);
    expect(decisionOn(decisions, 'd01').reasons).toEqual([{ kind: 'failed' }]);
  });

  it('anything where every one has failed: something may still be saved of each', () => {
    const failed = DAYS.slice(0, 3).map((one) => ({ ...one, verification: 'failed' as const }));
    expect(kept(planRetention(failed, NOTHING, UTC))).toEqual(['d00', 'd01', 'd02']);
  });

  it('what is dated in the future or not at all; and neither fills a slot', () => {
    const odd = [
      candidate('tomorrow', { date: '2026-06-16T00:00:00Z' }),
      candidate('sometime'),
      candidate('never', { date: 'not a date' }),
    ];
    const decisions = planRetention([...odd, ...DAYS], { last: 2 }, UTC);
    expect(kept(decisions)).toEqual(['tomorrow', 'sometime', 'never', 'd00', 'd01']);
    expect(decisions.slice(0, 3).map(({ reasons }) => reasons)).toEqual([
      [{ kind: 'future' }],
      [{ kind: 'undated' }],
      [{ kind: 'undated' }],
    ]);
  });
});

describe('whatever the backups and the policy are', () => {
  const candidates = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 0, max: 500 }).map(String),
      date: fc.option(
        fc
          .date({ min: new Date('2019-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
          .map((date) => date.toISOString()),
        { freq: 12 },
      ),
      instanceId: fc.constantFrom(null, 'home', 'summer house'),
      verification: fc.constantFrom('good' as const, 'failed' as const, 'none' as const, 'none' as const),
      isPinned: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
    }),
    { selector: ({ id }) => id, maxLength: 120 },
  );
  const slots = fc.option(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant('all' as const)), {
    nil: undefined,
  });
  const policies = fc
    .record(Object.fromEntries(COUNTED_RULES.map((rule) => [rule, slots])))
    .map((rules) => Object.fromEntries(Object.entries(rules).filter(([, count]) => count !== undefined)))
    .map((rules) => rules as RetentionPolicy);
  const zones = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  );
  const holds = (
    check: (all: RetentionCandidate[], policy: RetentionPolicy, options: RetentionOptions) => void,
  ): void => {
    fc.assert(
      fc.property(candidates, policies, zones, (all, policy, timeZone) =>
        check(all, policy, { now: NOW, timeZone }),
      ),
      { numRuns: 150 },
    );
  };

  it('there is one decision on each, in the order of the question, with its reasons', () => {
    holds((all, policy, options) => {
      const decisions = planRetention(all, policy, options);
      expect(decisions.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
      for (const { id, reasons } of decisions) expect(reasons.length, id).toBeGreaterThan(0);
    });
  });

  it('the order of the question changes nothing', () => {
    holds((all, policy, options) => {
      const turned = planRetention(all.toReversed(), policy, options).toReversed();
      expect(turned).toEqual(planRetention(all, policy, options));
    });
  });

  it('each instance keeps its newest, its last verified one, and all that has no past date or a pin', () => {
    holds((all, policy, options) => {
      const keeps = new Set(kept(planRetention(all, policy, options)));
      const isPast = ({ date }: RetentionCandidate): boolean => date !== null && new Date(date) <= NOW;
      for (const one of all) if (!isPast(one) || one.isPinned) expect(keeps).toContain(one.id);
      for (const instance of new Set(all.map(({ instanceId }) => instanceId))) {
        const own = all.filter((one) => one.instanceId === instance && isPast(one));
        const newest = (some: RetentionCandidate[]): string[] => {
          const latest = some
            .map(({ date }) => date ?? '')
            .sort()
            .at(-1);
          return some.filter(({ date }) => date === latest).map(({ id }) => id);
        };
        for (const some of [own, own.filter(({ verification }) => verification === 'good')])
          if (some.length > 0) expect(newest(some).some((id) => keeps.has(id))).toBe(true);
      }
    });
  });

  it('no rule keeps more than its slots, and one that failed is in none', () => {
    holds((all, policy, options) => {
      const decisions = planRetention(all, policy, options);
      const failed = new Set(all.filter(({ verification }) => verification === 'failed').map(({ id }) => id));
      for (const rule of COUNTED_RULES) {
        for (const instance of [null, 'home', 'summer house']) {
          const own = new Set(all.filter(({ instanceId }) => instanceId === instance).map(({ id }) => id));
          const filled = decisions.filter(
            ({ id, keeps, reasons }) =>
              own.has(id) &&
              keeps &&
              reasons.some((reason) => reason.kind === 'rule' && reason.rule === rule),
          );
          const most = policy[rule];
          if (most !== 'all') expect(filled.length).toBeLessThanOrEqual(most ?? 0);
          expect(filled.filter(({ id }) => failed.has(id))).toEqual([]);
        }
      }
    });
  });

  it('another rule never removes what was kept', () => {
    holds((all, policy, options) => {
      const before = kept(planRetention(all, policy, options));
      if (Object.keys(policy).length === 0) return;
      const after = new Set(kept(planRetention(all, { ...policy, last: 'all' }, options)));
      expect(before.filter((id) => !after.has(id))).toEqual([]);
    });
  });

  it('applied again to what it kept, it keeps all of that', () => {
    holds((all, policy, options) => {
      const keeps = new Set(kept(planRetention(all, policy, options)));
      const left = all.filter(({ id }) => keeps.has(id));
      expect(kept(planRetention(left, policy, options))).toEqual(left.map(({ id }) => id));
    });
  });
});

it('the presets are policies', () => {
  for (const policy of Object.values(PRESETS))
    expect(kept(planRetention(DAYS, policy, UTC)).length).toBeLessThan(20);
});
