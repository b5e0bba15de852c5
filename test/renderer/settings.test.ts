// The small rules of the settings.

import { describe, expect, it } from 'vitest';

import { setFormats } from '../../renderer/app/formats.ts';
import { hourLabel } from '../../renderer/screens/settings/hours.ts';
import { numberChoices } from '../../renderer/screens/settings/number-choices.ts';
import { tabOf, TABS } from '../../renderer/screens/settings/tabs.ts';

describe('settings', () => {
  it('show a number that was set elsewhere in its place among those that are offered', () => {
    const values = (current: number | null) =>
      numberChoices([7, 30, 90], current, String).map(({ value }) => value);
    expect(values(30)).toEqual(['7', '30', '90']);
    expect(values(45)).toEqual(['7', '30', '45', '90']);
    expect(values(null)).toEqual(['7', '30', '90']);
  });

  it.each([
    ['en-GB', 'Europe/Berlin', '00:00', '22:00'],
    ['en-US', 'America/St_Johns', '12:00 AM', '10:00 PM'],
    ['en-GB', 'Asia/Kathmandu', '00:00', '22:00'],
  ])('write hours as %s does, whatever the zone', (locale, timeZone, midnight, late) => {
    setFormats(locale, timeZone);
    expect(hourLabel(0, timeZone)).toBe(midnight);
    expect(hourLabel(22, timeZone)).toBe(late);
  });

  it('open on the tab of the place, and on the first one where it names none', () => {
    for (const tab of TABS) expect(tabOf(tab)).toBe(tab);
    expect(tabOf(null)).toBe('general');
    expect(tabOf('__proto__')).toBe('general');
  });
});
