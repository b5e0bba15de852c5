// The shared number formats with the person's locale and time zone filled in.

import {
  formatCount,
  formatDate,
  formatDay,
  formatDuration,
  formatShare,
  formatShortDay,
  formatSize,
  formatSpeed,
} from '../format.ts';

export interface Formats {
  size(bytes: number): string;
  speed(bytesPerSecond: number): string;
  duration(ms: number): string;
  share(done: number, total: number): string;
  count(count: number): string;
  /** With the time of day. */
  date(iso: string): string;
  /** Without it. */
  day(iso: string): string;
  /** Without the year, too: beside a date that tells it. */
  shortDay(iso: string): string;
  /** "1 file", "12 files". */
  countOf(count: number, one: string, many: string): string;
}

export function createFormats(locale: string | undefined, timeZone: string | undefined): Formats {
  return {
    size: (bytes) => formatSize(bytes, locale),
    speed: (bytesPerSecond) => formatSpeed(bytesPerSecond, locale),
    duration: (ms) => formatDuration(ms, locale),
    share: (done, total) => formatShare(done, total, locale),
    count: (count) => formatCount(count, locale),
    date: (iso) => formatDate(iso, locale, timeZone),
    day: (iso) => formatDay(iso, locale, timeZone),
    shortDay: (iso) => formatShortDay(iso, locale, timeZone),
    countOf: (count, one, many) => `${formatCount(count, locale)} ${count === 1 ? one : many}`,
  };
}
