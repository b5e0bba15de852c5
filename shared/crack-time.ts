// How long an attacker needs, in words. Rough on purpose: the figures behind it are estimates.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY;
const MONTH = YEAR / 12;

/** The largest first. */
const UNITS = [
  ['year', YEAR],
  ['month', MONTH],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', 1],
] as const;

/** A unit is used from a little below one of it on: 59 minutes are about an hour. */
const NEARLY_ONE = 0.95;

/**
 * "less than a second", "about 3 hours", "centuries", "millions of years".
 * @param seconds 0 or more, also infinity
 */
export function describeCrackTime(seconds: number): string {
  if (seconds >= 1e6 * YEAR) return 'millions of years';
  if (seconds >= 2000 * YEAR) return 'thousands of years';
  if (seconds >= 200 * YEAR) return 'centuries';
  const unit = UNITS.find(([, length]) => seconds >= length * NEARLY_ONE);
  if (unit === undefined) return 'less than a second';
  const [name, length] = unit;
  const count = Math.max(1, Math.round(seconds / length));
  return `about ${count} ${name}${count === 1 ? '' : 's'}`;
}
