// What a scheme decides about one folder, as it is drawn: every backup in its place in time, in columns that are counted where they are
// many, and for each rule a lane with its periods and the backup that fills each. Pure: numbers only, colours and shapes are Timeline.svelte.

import {
  calendarOf,
  COUNTED_RULES,
  type CountedRule,
  type KeepReason,
  type PersonsCalendar,
  type RetentionPolicy,
} from '../../../shared/retention/index.ts';
import type { SchemeItem } from '../../../shared/scheme.ts';
import { periodRange } from './period-range.ts';
import { axisOf, placeOf, ticksOf, type Tick, type TimeAxis } from './time-axis.ts';

/** Pixels. */
const COLUMN_WIDTH = 9;
const BADGE_WIDTH = 11;
/** Backups of one column that are drawn one by one; with more, columns are bars. */
export const MOST_STACKED = 6;

export interface Mark {
  readonly item: SchemeItem;
  readonly ms: number;
  readonly x: number;
  /** From 0: how many of the same fate are in its column before it. */
  readonly level: number;
}

export interface Column {
  readonly x: number;
  readonly keptCount: number;
  readonly removedCount: number;
}

/** One period of a rule; of “last” and of what is not the newest of one there is none, and both ends are the backup's place. */
export interface Slot {
  readonly identity: string;
  readonly x: number;
  readonly from: number;
  readonly to: number;
}

export interface Lane {
  readonly rule: CountedRule | 'within';
  readonly slots: readonly Slot[];
  /** Slots of each instance. */
  readonly of: number | 'all' | null;
}

/** What stands out, whatever the rules. */
export type BadgeKind = 'pinned' | 'newest' | 'last-verified' | 'failed' | 'locked' | 'future';

export interface Badge {
  readonly identity: string;
  readonly kind: BadgeKind;
  readonly x: number;
}

export interface Timeline {
  readonly axis: TimeAxis;
  readonly ticks: readonly Tick[];
  /** From the oldest to the newest. */
  readonly marks: readonly Mark[];
  readonly columns: readonly Column[];
  /** Of the fullest column, of one fate. */
  readonly mostInColumn: number;
  readonly lanes: readonly Lane[];
  readonly badges: readonly Badge[];
  /** Home Assistants that the backups are of: the rules count for each by itself. */
  readonly instanceCount: number;
  /** They have no place in time. */
  readonly undatedCount: number;
}

export interface TimelineWish {
  readonly policy: RetentionPolicy;
  readonly now: Date;
  readonly timeZone: string;
  readonly widthPixels: number;
}

export function layOutTimeline(
  items: readonly SchemeItem[],
  { policy, now, timeZone, widthPixels }: TimelineWish,
): Timeline {
  const calendar = calendarOf(timeZone);
  const dated = items
    .flatMap((item) => {
      const ms = item.date === null ? Number.NaN : Date.parse(item.date);
      return Number.isNaN(ms) ? [] : [{ item, ms }];
    })
    .sort((a, b) => a.ms - b.ms || (a.item.identity < b.item.identity ? -1 : 1));
  const axis = axisOf(
    dated.map(({ ms }) => ms),
    now.getTime(),
    widthPixels,
  );
  const columns = new Map<number, { x: number; keptCount: number; removedCount: number }>();
  const marks = dated.map(({ item, ms }): Mark => {
    const x = placeOf(axis, ms);
    const index = Math.floor(Math.min(x, widthPixels - 1) / COLUMN_WIDTH);
    const column = columns.get(index) ?? {
      x: (index + 0.5) * COLUMN_WIDTH,
      keptCount: 0,
      removedCount: 0,
    };
    columns.set(index, column);
    const level = item.decision.keeps ? column.keptCount++ : column.removedCount++;
    return { item, ms, x, level };
  });
  const ordered = [...columns.values()].sort((a, b) => a.x - b.x);
  return {
    axis,
    ticks: ticksOf(axis, calendar),
    marks,
    columns: ordered,
    mostInColumn: Math.max(0, ...ordered.flatMap((one) => [one.keptCount, one.removedCount])),
    lanes: lanesOf(marks, policy, axis, calendar),
    badges: placeBadges(marks),
    instanceCount: new Set(items.map(({ instanceId }) => instanceId)).size,
    undatedCount: items.length - dated.length,
  };
}

function lanesOf(
  marks: readonly Mark[],
  policy: RetentionPolicy,
  axis: TimeAxis,
  calendar: PersonsCalendar,
): readonly Lane[] {
  const keepers = marks.flatMap(({ item, x }) =>
    item.decision.keeps ? [{ identity: item.identity, x, reasons: item.decision.reasons }] : [],
  );
  const counted = COUNTED_RULES.filter((rule) => policy[rule] !== undefined).map((rule): Lane => {
    const slots = keepers.flatMap(({ identity, x, reasons }) =>
      reasons.flatMap((reason): Slot[] => {
        if (reason.kind !== 'rule' || reason.rule !== rule) return [];
        return [{ identity, x, ...bandOf(reason, x, axis, calendar) }];
      }),
    );
    return { rule, slots, of: policy[rule] ?? null };
  });
  if (policy.within === undefined) return counted;
  const slots = keepers
    .filter(({ reasons }) => reasons.some(({ kind }) => kind === 'within'))
    .map(({ identity, x }): Slot => ({ identity, x, from: x, to: x }));
  return [...counted, { rule: 'within', slots, of: null }];
}

function bandOf(
  { rule, period, isOldest }: Extract<KeepReason, { kind: 'rule' }>,
  x: number,
  axis: TimeAxis,
  calendar: PersonsCalendar,
): Pick<Slot, 'from' | 'to'> {
  if (rule === 'last' || isOldest) return { from: x, to: x };
  const { startMs, endMs } = periodRange(rule, period, calendar);
  return { from: placeOf(axis, startMs), to: placeOf(axis, endMs) };
}

/** Beside each other where they would be one upon another. */
function placeBadges(marks: readonly Mark[]): readonly Badge[] {
  const badges: Badge[] = [];
  for (const { item, x } of marks) {
    for (const kind of badgesOf(item)) {
      const before = badges.at(-1);
      badges.push({
        identity: item.identity,
        kind,
        x: before === undefined ? x : Math.max(x, before.x + BADGE_WIDTH),
      });
    }
  }
  return badges;
}

function badgesOf({ isPinned, verification, decision }: SchemeItem): BadgeKind[] {
  const has = (kind: KeepReason['kind']): boolean =>
    decision.keeps && decision.reasons.some((reason) => reason.kind === kind);
  return [
    ...(isPinned ? ['pinned' as const] : []),
    ...(has('newest') ? ['newest' as const] : []),
    ...(has('last-verified') ? ['last-verified' as const] : []),
    ...(verification === 'failed' ? ['failed' as const] : []),
    ...(verification === 'locked' ? ['locked' as const] : []),
    ...(has('future') ? ['future' as const] : []),
  ];
}

/** The mark nearest to a place. @returns null where there is none */
export function markNear(marks: readonly Mark[], x: number): Mark | null {
  let best: Mark | null = null;
  for (const mark of marks) if (best === null || Math.abs(mark.x - x) < Math.abs(best.x - x)) best = mark;
  return best;
}

/** Where a key leads from one mark to another; null where the key means nothing here. By page: about a month. */
export function moveAlong(marks: readonly Mark[], from: number, key: string): number | null {
  const last = marks.length - 1;
  if (last < 0) return null;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowUp':
      return Math.max(0, from - 1);
    case 'ArrowRight':
    case 'ArrowDown':
      return Math.min(last, from + 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'PageUp':
    case 'PageDown':
      return monthAway(marks, from, key === 'PageUp' ? -1 : 1);
    default:
      return null;
  }
}

const MONTH_MS = 30 * 86_400_000;

function monthAway(marks: readonly Mark[], from: number, direction: -1 | 1): number {
  const at = marks[from];
  if (at === undefined) return from;
  const wanted = at.ms + direction * MONTH_MS;
  const found =
    direction === 1
      ? marks.findIndex(({ ms }) => ms >= wanted)
      : marks.findLastIndex(({ ms }) => ms <= wanted);
  if (found !== -1) return found;
  return direction === 1 ? marks.length - 1 : 0;
}
