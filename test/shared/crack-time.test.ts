// Crack times in words.

import { describe, expect, it } from 'vitest';

import { describeCrackTime } from '../../shared/crack-time.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY;

describe('describeCrackTime', () => {
  it.each([
    [0, 'less than a second'],
    [0.4, 'less than a second'],
    [NaN, 'less than a second'],
    [1, 'about 1 second'],
    [44.6, 'about 45 seconds'],
    [59.9, 'about 1 minute'],
    [90, 'about 2 minutes'],
    [59.7 * 60, 'about 1 hour'],
    [3 * HOUR, 'about 3 hours'],
    [23.9 * HOUR, 'about 1 day'],
    [12 * DAY, 'about 12 days'],
    [30 * DAY, 'about 1 month'],
    [364 * DAY, 'about 1 year'],
    [42 * YEAR, 'about 42 years'],
    [199 * YEAR, 'about 199 years'],
    [300 * YEAR, 'centuries'],
    [5000 * YEAR, 'thousands of years'],
    [1e7 * YEAR, 'millions of years'],
    [Number.MAX_VALUE, 'millions of years'],
    [Infinity, 'millions of years'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(describeCrackTime(seconds)).toBe(words);
  });

  it('never gets shorter for more seconds, nor counts to the next unit', () => {
    for (let exponent = -1; exponent < 12; exponent += 0.01) {
      expect(describeCrackTime(10 ** exponent)).not.toMatch(/60 seconds|60 minutes|24 hours|12 months/);
    }
  });
});
