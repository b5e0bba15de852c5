// From when to when a natural period lasts on the person's calendar, from the name that `PersonsCalendar` gives it. Pure.

import type { Period, PersonsCalendar } from '../../../shared/retention/index.ts';
import { startOfDay } from './time-axis.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Milliseconds; the end is the beginning of the next one. */
export function periodRange(
  rule: Period,
  period: string,
  calendar: PersonsCalendar,
): { readonly startMs: number; readonly endMs: number } {
  const [year = 0, second = 1, day = 1, hour = 0] = (period.match(/\d+/g) ?? []).map(Number);
  const between = (start: readonly [number, number, number], end: readonly [number, number, number]) => ({
    startMs: startOfDay(calendar, ...start),
    endMs: startOfDay(calendar, ...end),
  });
  switch (rule) {
    case 'hourly': {
      const startMs = startOfDay(calendar, year, second, day) + hour * HOUR_MS;
      return { startMs, endMs: startMs + HOUR_MS };
    }
    case 'daily':
      return between([year, second, day], [year, second, day + 1]);
    case 'weekly': {
      const [from, month, of] = mondayOf(year, second);
      return between([of, month, from], [of, month, from + 7]);
    }
    case 'monthly':
      return between([year, second, 1], [year, second + 1, 1]);
    case 'yearly':
      return between([year, 1, 1], [year + 1, 1, 1]);
  }
}

/** ISO 8601: the fourth of January is always in the first week. As day, month from 1, and year. */
function mondayOf(year: number, week: number): readonly [day: number, month: number, year: number] {
  const fourth = Date.UTC(year, 0, 4);
  const weekday = (new Date(fourth).getUTCDay() + 6) % 7; // Monday is 0
  const monday = new Date(fourth + ((week - 1) * 7 - weekday) * DAY_MS);
  return [monday.getUTCDate(), monday.getUTCMonth() + 1, monday.getUTCFullYear()];
}
