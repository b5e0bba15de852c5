// Natural periods of a person's calendar and clock: a day begins at their midnight, a week on their Monday, whatever changes of the clock
// lie in it.

import type { CalendarSpan, CountedRule } from './policy.ts';

export type Period = Exclude<CountedRule, 'last'>;

/** Date and time on the wall of a place. */
export interface WallTime {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** So many instants of each zone are kept: asking the system for one takes twenty times as long, and a preview asks for all again. */
const KEPT_TIMES = 20_000;
const calendars = new Map<string, PersonsCalendar>();

/** The same one for the same zone. @param timeZone IANA name; @throws RangeError where there is no such zone */
export function calendarOf(timeZone: string): PersonsCalendar {
  const calendar = calendars.get(timeZone) ?? new PersonsCalendar(timeZone);
  calendars.set(timeZone, calendar);
  return calendar;
}

export class PersonsCalendar {
  readonly #parts: Intl.DateTimeFormat;
  readonly #known = new Map<number, WallTime>();

  /** @param timeZone IANA name; @throws RangeError where there is no such zone */
  constructor(timeZone: string) {
    this.#parts = new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone, calendar: 'gregory', hourCycle: 'h23', era: 'short' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  }

  /** The name of the natural period that an instant is in: names of one kind sort as the periods do. */
  nameOf(period: Period, time: WallTime): string {
    const { year, month, day, hour } = time;
    switch (period) {
      case 'hourly':
        return `${dayName(time)}T${pad(hour)}`;
      case 'daily':
        return dayName(time);
      case 'weekly':
        return isoWeek(year, month, day);
      case 'monthly':
        return `${pad(year, 4)}-${pad(month)}`;
      case 'yearly':
        return pad(year, 4);
    }
  }

  wallTime(instant: Date): WallTime {
    const known = this.#known.get(instant.getTime());
    if (known !== undefined) return known;
    const time = this.#askFor(instant);
    if (this.#known.size >= KEPT_TIMES) this.#known.clear();
    this.#known.set(instant.getTime(), time);
    return time;
  }

  #askFor(instant: Date): WallTime {
    const parts = new Map(this.#parts.formatToParts(instant).map(({ type, value }) => [type, value]));
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year');
    return {
      year,
      month: number('month'),
      day: number('day'),
      hour: number('hour'),
      minute: number('minute'),
      second: number('second'),
    };
  }

  /** So much earlier: years, months and days by the calendar, at the same time on the wall, hours by the clock. */
  earlier(instant: Date, { years, months, days, hours }: CalendarSpan): Date {
    const { year, month, day, hour, minute, second } = this.wallTime(instant);
    const wall = Date.UTC(year - years, month - 1 - months, day - days, hour, minute, second);
    const milliseconds = ((instant.getTime() % 1000) + 1000) % 1000;
    return new Date(this.#instantOf(wall) + milliseconds - hours * HOUR_MS);
  }

  /** The instant at which the wall shows this; where it shows it twice or never, one of the two sides of the change. */
  #instantOf(wall: number): number {
    const guess = wall - this.#offsetAt(wall);
    return wall - this.#offsetAt(guess);
  }

  #offsetAt(instant: number): number {
    const { year, month, day, hour, minute, second } = this.wallTime(new Date(instant));
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
  }
}

function dayName({ year, month, day }: WallTime): string {
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** ISO 8601: weeks begin on Monday, and the first of a year is the one with its first Thursday. */
function isoWeek(year: number, month: number, day: number): string {
  const date = Date.UTC(year, month - 1, day);
  const weekday = (new Date(date).getUTCDay() + 6) % 7; // Monday is 0
  const thursday = new Date(date + (3 - weekday) * DAY_MS);
  const ofYear = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(ofYear, 0, 1)) / (7 * DAY_MS));
  return `${pad(ofYear, 4)}-W${pad(week)}`;
}

function pad(number: number, digits = 2): string {
  return String(number).padStart(digits, '0');
}
