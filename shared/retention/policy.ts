// How long backups stay, as a person says it: "daily=7,weekly=4,monthly=12,yearly=3". The rules are restic's, and so are their names.

import { StrongroomError } from '../errors.ts';

/** Rules that count: of each natural period the newest backup fills a slot. In the order in which they are read and shown. */
export const COUNTED_RULES = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type CountedRule = (typeof COUNTED_RULES)[number];

/** As long as a calendar counts it: a month is one day of the month to the same day of another. */
export interface CalendarSpan {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
}

/** Any rule that keeps a backup keeps it. One without a rule deletes nothing. */
export interface RetentionPolicy extends Readonly<Partial<Record<CountedRule, number | 'all'>>> {
  /** Everything that is at the most so much older than the newest. */
  readonly within?: CalendarSpan;
}

export const PRESETS = {
  few: { last: 3, monthly: 6 },
  standard: { daily: 7, weekly: 4, monthly: 12, yearly: 3 },
  long: { daily: 14, weekly: 8, monthly: 24, yearly: 10 },
} as const satisfies Readonly<Record<string, RetentionPolicy>>;
export type PresetName = keyof typeof PRESETS;

const MOST_SLOTS = 10_000;
const SPAN = /^(?:(\d{1,4})y)?(?:(\d{1,5})m)?(?:(\d{1,6})d)?(?:(\d{1,7})h)?$/;

export function isEmptyPolicy(policy: RetentionPolicy): boolean {
  return policy.within === undefined && COUNTED_RULES.every((rule) => policy[rule] === undefined);
}

/** The name of a preset, or rules with commas between. "" is the empty policy. @throws USAGE with what is wrong */
export function parsePolicy(text: string): RetentionPolicy {
  const given = text.trim();
  if (Object.hasOwn(PRESETS, given)) return PRESETS[given as PresetName];
  const policy: { -readonly [rule in keyof RetentionPolicy]: RetentionPolicy[rule] } = {};
  for (const part of given === '' ? [] : given.split(',')) {
    const [name = '', value = '', ...more] = part.split('=').map((piece) => piece.trim());
    if (more.length > 0 || value === '') throw notARule(part);
    if (name === 'within' && policy.within === undefined) policy.within = parseSpan(value);
    else if (isCounted(name) && policy[name] === undefined) policy[name] = parseSlots(part, value);
    else throw notARule(part);
  }
  return policy;
}

/** What `parsePolicy` reads. */
export function formatPolicy(policy: RetentionPolicy): string {
  const counted = COUNTED_RULES.flatMap((rule) =>
    policy[rule] === undefined ? [] : [`${rule}=${policy[rule]}`],
  );
  return [...counted, ...(policy.within === undefined ? [] : [`within=${formatSpan(policy.within)}`])].join(
    ',',
  );
}

/** "1y2m3d5h", each part at the most once and in this order. @throws USAGE */
export function parseSpan(text: string): CalendarSpan {
  const [, ...parts] = SPAN.exec(text) ?? [];
  const [years = 0, months = 0, days = 0, hours = 0] = parts.map((part: string | undefined) =>
    Number(part ?? 0),
  );
  if (years + months + days + hours > 0) return { years, months, days, hours };
  throw new StrongroomError('USAGE', `“${text}” is no span of time.`, {
    hint: 'Write it as in 1y6m14d12h: years, months, days, hours, those that you need.',
  });
}

export function formatSpan({ years, months, days, hours }: CalendarSpan): string {
  const parts = [years && `${years}y`, months && `${months}m`, days && `${days}d`, hours && `${hours}h`];
  return parts.filter((part) => part !== 0).join('');
}

function parseSlots(part: string, value: string): number | 'all' {
  if (value === 'all') return 'all';
  const slots = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (slots >= 1 && slots <= MOST_SLOTS) return slots;
  throw notARule(part);
}

function isCounted(name: string): name is CountedRule {
  return (COUNTED_RULES as readonly string[]).includes(name);
}

function notARule(part: string): StrongroomError {
  return new StrongroomError('USAGE', `“${part.trim()}” is no rule of a scheme.`, {
    hint: `Write each rule once, as in daily=7,weekly=4,monthly=12,yearly=3,within=14d, or one of ${Object.keys(PRESETS).join(', ')}. Counts go from 1 to ${MOST_SLOTS}, or are “all”.`,
  });
}
