// Figures and dates in the person's own way.

import { beforeEach, describe, expect, it } from 'vitest';

import * as formats from '../../renderer/app/formats.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');

describe('formats', () => {
  beforeEach(() => formats.setFormats('en-GB', 'Europe/Berlin'));

  it.each([
    ['2026-03-10T11:59:30Z', 'just now'],
    ['2026-03-10T11:15:00Z', '45 minutes ago'],
    ['2026-03-10T09:30:00Z', '2 hours ago'],
    ['2026-03-09T10:00:00Z', 'yesterday'],
    ['2026-03-04T12:00:00Z', '6 days ago'],
    ['2026-02-20T12:00:00Z', '2 weeks ago'],
    ['2025-12-31T12:00:00Z', '2 months ago'],
    ['2023-12-31T12:00:00Z', '2 years ago'],
    ['2026-03-10T15:00:00Z', 'in 3 hours'],
  ])('%s is %s', (iso, words) => {
    expect(formats.ago(iso, NOW)).toBe(words);
  });

  it('dates are those of the time zone', () => {
    expect(formats.date('2026-03-10T23:30:00Z')).toBe('11 Mar 2026, 00:30');
    expect(formats.time('2026-03-10T23:30:00Z')).toBe('00:30');
  });

  it('what is no date is shown as it is', () => {
    expect(formats.ago('long ago')).toBe('long ago');
    expect(formats.date('long ago')).toBe('long ago');
    expect(`${formats.day('long ago')}${formats.time('long ago')}`).toBe('long ago');
  });

  it('names are sorted as people do', () => {
    const names = ['Backup 10', 'backup 9', 'Ärger', 'Zebra'];
    expect([...names].sort(formats.nameOrder())).toEqual(['Ärger', 'backup 9', 'Backup 10', 'Zebra']);
  });

  it.each([
    ['en', ['de-DE', 'en-GB', 'en-US'], 'en-GB'],
    ['en', ['de-DE'], 'en'],
    ['en', ['eno-XX'], 'en'],
    ['de', ['de'], 'de'],
  ])('in %s with %j it is %s', (language, locales, chosen) => {
    expect(formats.chooseLocale(language, locales)).toBe(chosen);
  });
});
