// Numbers for people.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  formatCount,
  formatDate,
  formatDuration,
  formatShare,
  formatSize,
  formatSpeed,
} from '../../shared/format.ts';

describe('formatSize', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [1499, '1.5 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [50e9, '50 GB'],
    [9e18, '9,000 PB'],
  ])('%d bytes: %s', (bytes, expected) => {
    expect(formatSize(bytes, 'en')).toBe(expected);
  });

  it('follows the locale', () => {
    expect(formatSize(1_500_000, 'de')).toBe('1,5 MB');
    expect(formatSpeed(120e6, 'en')).toBe('120 MB/s');
    expect(formatCount(12_345, 'de')).toBe('12.345');
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 sec'],
    [44, '0.04 sec'],
    [1234, '1.2 sec'],
    [9950, '10 sec'],
    [59_600, '1 min'],
    [200_000, '3 min 20 sec'],
    [3_599_600, '1 hr'],
    [7_500_000, '2 hr 5 min'],
    [86_399_000, '1 day'],
    [100 * 3_600_000, '4 days 4 hr'],
  ])('%d ms: %s', (ms, expected) => {
    expect(formatDuration(ms, 'en')).toBe(expected);
  });

  it('never says 60 of a unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
        expect(formatDuration(ms, 'en')).not.toMatch(/\b(60 (sec|min)|24 hr)/);
      }),
    );
  });
});

describe('formatShare', () => {
  it('says 100% only when all is done', () => {
    expect(formatShare(999_999, 1_000_000, 'en')).toBe('99%');
    expect(formatShare(1, 1, 'en')).toBe('100%');
    expect(formatShare(0, 0, 'en')).toBe('100%');
    expect(formatShare(-1, 10, 'en')).toBe('0%');
  });
});

describe('formatDate', () => {
  it('is in the given time zone', () => {
    expect(formatDate('2025-02-13T09:36:00Z', 'en', 'UTC')).toBe('Feb 13, 2025, 9:36 AM');
    expect(formatDate('2025-02-13T09:36:00Z', 'en-GB', 'Europe/Berlin')).toBe('13 Feb 2025, 10:36');
  });

  it('leaves what is no date as it is', () => {
    expect(formatDate('yesterday')).toBe('yesterday');
  });
});
