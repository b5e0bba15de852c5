// A policy as a person writes it, on the command line and in the settings.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  COUNTED_RULES,
  formatPolicy,
  isEmptyPolicy,
  parsePolicy,
  parseSpan,
  PRESETS,
  type RetentionPolicy,
} from '../../shared/retention/index.ts';
import { thrown } from '../support/thrown.ts';

describe('a policy in words', () => {
  it('is rules with commas between, or the name of a preset', () => {
    expect(parsePolicy('daily=7,weekly=4,monthly=12,yearly=3')).toEqual(PRESETS.standard);
    expect(parsePolicy(' standard ')).toEqual(PRESETS.standard);
    expect(parsePolicy('last = 3, hourly=all , within=1y2m3d5h')).toEqual({
      ...{ last: 3, hourly: 'all' },
      within: { years: 1, months: 2, days: 3, hours: 5 },
    });
    expect(parsePolicy('within=14d')).toEqual({ within: { years: 0, months: 0, days: 14, hours: 0 } });
  });

  it('may be empty', () => {
    expect(isEmptyPolicy(parsePolicy(''))).toBe(true);
    expect(isEmptyPolicy(parsePolicy('within=1h'))).toBe(false);
    expect(isEmptyPolicy(parsePolicy('yearly=1'))).toBe(false);
  });

  it.each([
    ...[
      'daily',
      'daily=',
      'daily=0',
      'daily=-1',
      'daily=1.5',
      'daily=10001',
      'daily=7=8',
      'Daily=7',
      'minutely=3',
    ],
    ...['daily=7,daily=8', 'daily=7,,weekly=4', ',', '=', '__proto__=3', 'toString', 'within=1d,within=2d'],
    ...['within=', 'within=d', 'within=0d', 'within=1d1y', 'within=1.5d', 'within=all', 'within=1w'],
  ])('is refused where it says nothing sure: %s', (text) => {
    expect(thrown(() => parsePolicy(text))).toBe('USAGE');
  });

  it('reads what it writes', () => {
    const slots = fc.option(fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.constant('all' as const)), {
      nil: undefined,
    });
    const span = fc
      .record({
        years: fc.nat(30),
        months: fc.nat(300),
        days: fc.nat(4000),
        hours: fc.nat(90_000),
      })
      .filter(({ years, months, days, hours }) => years + months + days + hours > 0);
    const rules = Object.fromEntries(COUNTED_RULES.map((rule) => [rule, slots]));
    fc.assert(
      fc.property(fc.record({ ...rules, within: fc.option(span, { nil: undefined }) }), (all) => {
        const given = Object.entries(all).filter(([, value]) => value !== undefined);
        const policy = Object.fromEntries(given) as RetentionPolicy;
        expect(parsePolicy(formatPolicy(policy))).toEqual(policy);
      }),
    );
  });
});

it('a span says what is wrong with it', () => {
  expect(() => parseSpan('two weeks')).toThrow('“two weeks” is no span of time.');
});
