// Numbers for people: sizes, durations, speeds, shares and dates, by locale (BCP 47; the machine's unless told).

const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

type Locale = string | undefined;

/** "1.4 MB": decimal units, two or three significant digits, whole bytes below 1 kB. */
export function formatSize(bytes: number, locale?: Locale): string {
  const { value, unit } = scale(bytes);
  return number(value, locale, { style: 'unit', unit, unitDisplay: unit === 'byte' ? 'long' : 'short' });
}

/** "120 MB/s". */
export function formatSpeed(bytesPerSecond: number, locale?: Locale): string {
  const { value, unit } = scale(bytesPerSecond);
  return number(value, locale, { style: 'unit', unit: `${unit}-per-second`, unitDisplay: 'short' });
}

/** "0.4 sec", "12 sec", "3 min 20 sec", "2 hr 5 min", "4 days 3 hr": at most two units. */
export function formatDuration(ms: number, locale?: Locale): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return unitOf(seconds, 'second', locale, seconds < 0.095 ? 2 : 1);
  const whole = Math.round(seconds);
  if (whole < 60) return unitOf(whole, 'second', locale);
  if (whole < 3600) return pair(Math.floor(whole / 60), 'minute', whole % 60, 'second', locale);
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), 'hour', minutes % 60, 'minute', locale);
  const hours = Math.round(seconds / 3600);
  return pair(Math.floor(hours / 24), 'day', hours % 24, 'hour', locale);
}

/** "42%": rounded down, so that 100% is only said when all is done. */
export function formatShare(done: number, total: number, locale?: Locale): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(
    Math.floor(share * 100) / 100,
  );
}

/** "1,234". */
export function formatCount(count: number, locale?: Locale): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(count);
}

/** "Feb 13, 2025, 9:36 AM" in the given time zone; the text itself when it is no date. */
export function formatDate(iso: string, locale?: Locale, timeZone?: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const zone = timeZone === undefined ? {} : { timeZone };
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', ...zone })
    .format(date)
    .replaceAll('\u202F', ' ');
}

/** "Feb 13, 2025" in the given time zone; the text itself when it is no date. */
export function formatDay(iso: string, locale?: Locale, timeZone?: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const zone = timeZone === undefined ? {} : { timeZone };
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', ...zone }).format(date);
}

/** "Feb 13" in the given time zone, where the year is told already; the text itself when it is no date. */
export function formatShortDay(iso: string, locale?: Locale, timeZone?: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const zone = timeZone === undefined ? {} : { timeZone };
  return new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', ...zone }).format(date);
}

function scale(bytes: number): { value: number; unit: (typeof SIZE_UNITS)[number] } {
  let value = Math.max(0, bytes);
  let index = 0;
  // 999.5 and more would be shown as 1,000 of the smaller unit.
  while (value >= 999.5 && index < SIZE_UNITS.length - 1) {
    value /= 1000;
    index++;
  }
  return { value: index === 0 ? Math.round(value) : value, unit: SIZE_UNITS[index] ?? 'byte' };
}

function number(value: number, locale: Locale, options: Intl.NumberFormatOptions): string {
  const digits = value < 99.95 ? 1 : 0;
  const whole = options.unit?.startsWith('byte') === true;
  return new Intl.NumberFormat(locale, { ...options, maximumFractionDigits: whole ? 0 : digits }).format(
    value,
  );
}

type TimeUnit = 'second' | 'minute' | 'hour' | 'day';

function unitOf(value: number, unit: TimeUnit, locale: Locale, digits = 0): string {
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value);
}

function pair(
  large: number,
  largeUnit: TimeUnit,
  small: number,
  smallUnit: TimeUnit,
  locale: Locale,
): string {
  const first = unitOf(large, largeUnit, locale);
  return small === 0 ? first : `${first} ${unitOf(small, smallUnit, locale)}`;
}
