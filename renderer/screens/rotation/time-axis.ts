// Time from left to right, with the ticks of a calendar. Recent time is drawn wider, because schemes keep much of it and little of what is
// long ago: a place is the square root of the age, so that seven days of three years can still be told apart. Pure.

import type { PersonsCalendar } from '../../../shared/retention/index.ts';

const DAY_MS = 86_400_000;
/** Pixels between two ticks that both have words. */
const BETWEEN = { year: 38, month: 34, day: 52 } as const;
const SHORT_SPAN_MS = 150 * DAY_MS;

export interface TimeAxis {
  readonly startMs: number;
  readonly endMs: number;
  readonly widthPixels: number;
}

export interface Tick {
  readonly x: number;
  readonly year: number;
  /** From 1. */
  readonly month: number;
  /** Of the month, from 1. */
  readonly day: number;
  readonly kind: 'year' | 'month' | 'day';
}

/** From the oldest to the newest, with a little room at both ends; at the least a week. */
export function axisOf(datesMs: readonly number[], nowMs: number, widthPixels: number): TimeAxis {
  const newest = datesMs.length === 0 ? nowMs : datesMs.reduce((most, one) => Math.max(most, one));
  const oldest = datesMs.reduce((least, one) => Math.min(least, one), newest - 7 * DAY_MS);
  const span = newest - oldest;
  return { startMs: oldest - span * 0.02, endMs: newest + span * 0.0004, widthPixels };
}

/** Pixels from the left; what is outside is at the edge. */
export function placeOf({ startMs, endMs, widthPixels }: TimeAxis, ms: number): number {
  const age = (endMs - Math.min(endMs, Math.max(startMs, ms))) / (endMs - startMs);
  return widthPixels * (1 - Math.sqrt(age));
}

/** When a day of the person's calendar begins, in milliseconds; on a day whose midnight is left out, an hour beside it. */
export function startOfDay(calendar: PersonsCalendar, year: number, month: number, day: number): number {
  const wanted = Date.UTC(year, month - 1, day);
  const wall = (ms: number): number => {
    const { year: y, month: m, day: d, hour, minute, second } = calendar.wallTime(new Date(ms));
    return Date.UTC(y, m - 1, d, hour, minute, second);
  };
  const guess = wanted - (wall(wanted) - wanted);
  return guess - (wall(guess) - wanted);
}

/** Years first, then as many months, and in a short span days, as there is room for between them. From left to right. */
export function ticksOf(axis: TimeAxis, calendar: PersonsCalendar): readonly Tick[] {
  const first = calendar.wallTime(new Date(axis.startMs));
  const last = calendar.wallTime(new Date(axis.endMs));
  const hasDays = axis.endMs - axis.startMs < SHORT_SPAN_MS;
  const all: Tick[] = [];
  for (let year = first.year; year <= last.year; year++) {
    for (let month = 1; month <= 12; month++) {
      const days = hasDays ? new Date(Date.UTC(year, month, 0)).getUTCDate() : 1;
      for (let day = 1; day <= days; day++) {
        const ms = startOfDay(calendar, year, month, day);
        if (ms <= axis.startMs || ms > axis.endMs) continue;
        const kind = day > 1 ? 'day' : month > 1 ? 'month' : 'year';
        all.push({ x: placeOf(axis, ms), year, month, day, kind });
      }
    }
  }
  const taken: Tick[] = [];
  for (const kind of ['year', 'month', 'day'] as const)
    for (const tick of all.filter((one) => one.kind === kind).reverse())
      if (tick.x < axis.widthPixels - 12 && taken.every(({ x }) => Math.abs(x - tick.x) >= BETWEEN[kind]))
        taken.push(tick);
  return taken.sort((a, b) => a.x - b.x);
}
