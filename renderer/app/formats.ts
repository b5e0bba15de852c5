// Numbers, sizes and dates as the person writes them: shared/format.ts with the locale and time zone that the program was
// started in. Until `setFormats` they are those of the browser.

import * as format from '../../shared/format.ts';
import { t } from '../messages/messages.ts';

let locale: string | undefined;
let timeZone: string | undefined;

export function setFormats(newLocale: string, newTimeZone: string): void {
  locale = newLocale;
  timeZone = newTimeZone;
}

/** "1.4 MB". */
export const size = (bytes: number): string => format.formatSize(bytes, locale);
/** "120 MB/s". */
export const speed = (bytesPerSecond: number): string => format.formatSpeed(bytesPerSecond, locale);
/** "3 min 20 sec". */
export const duration = (ms: number): string => format.formatDuration(ms, locale);
/** "42%", rounded down. */
export const share = (done: number, total: number): string => format.formatShare(done, total, locale);
/** "1,234". */
export const count = (number: number): string => format.formatCount(number, locale);
/** "Feb 13, 2025, 9:36 AM". */
export const date = (iso: string): string => format.formatDate(iso, locale, timeZone);
/** "Feb 13, 2025". */
export const day = (iso: string): string => format.formatDay(iso, locale, timeZone);
/** "9:36 AM"; empty when it is no date, which `day` shows as it is. */
export function time(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  const zone = timeZone === undefined ? {} : { timeZone };
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short', ...zone })
    .format(at)
    .replaceAll('\u202F', ' ');
}

/** A day of a calendar, whatever the clock says there: "Feb 13, 2025", or "Feb 13". @param month from 1 */
export function calendarDay(
  year: number,
  month: number,
  dayOfMonth: number,
  look: 'long' | 'short' = 'long',
): string {
  const at = new Date(Date.UTC(year, month - 1, dayOfMonth));
  if (look === 'long') return format.formatDay(at.toISOString(), locale, 'UTC');
  return new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(at);
}

/** "February 2025", or "Feb". @param month from 1 */
export function calendarMonth(year: number, month: number, look: 'long' | 'short' = 'long'): string {
  const words =
    look === 'long' ? ({ year: 'numeric', month: 'long' } as const) : ({ month: 'short' } as const);
  return new Intl.DateTimeFormat(locale, { ...words, timeZone: 'UTC' }).format(
    new Date(Date.UTC(year, month - 1, 1)),
  );
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** "3 days ago", "yesterday", "just now". */
export function ago(iso: string, now: number = Date.now()): string {
  const elapsedMs = now - Date.parse(iso);
  if (Number.isNaN(elapsedMs)) return iso;
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, ms] of STEPS) {
    if (Math.abs(elapsedMs) >= ms) return words.format(-Math.trunc(elapsedMs / ms), unit);
  }
  return t('app.just-now');
}

/** "a, b and c". */
export function list(words: readonly string[]): string {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(words);
}

/** Compares names as people sort them: by locale, numbers by their value. */
export function nameOrder(): (a: string, b: string) => number {
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
  return (a, b) => collator.compare(a, b);
}

/**
 * The locale for dates and numbers: the first of the system's that speaks the language of the messages, so that no sentence mixes
 * two languages; else that language itself.
 */
export function chooseLocale(language: string, locales: readonly string[]): string {
  return locales.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language;
}
