// Why a scheme keeps a backup or lets it go, in words: short in a table ("week: Nov 15 stays · 7 daily are newer"), and in full for one.

import type { CountedRule, KeepReason, RemoveReason, RetentionDecision } from '../retention/index.ts';
import type { SchemeItem } from '../scheme.ts';
import type { Formats } from './formats.ts';

const PERIODS: Readonly<Record<Exclude<CountedRule, 'last'>, string>> = {
  hourly: 'hour',
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
  yearly: 'year',
};

type Dated = Pick<SchemeItem, 'identity' | 'date'>;

/** Each reason of one decision. @param items of the folder, to name the one that is kept instead */
export function reasonsInWords(
  { keeps, reasons }: RetentionDecision,
  items: readonly Dated[],
  formats: Formats,
): string[] {
  const words = keeps
    ? reasons.map((reason) => keptInWords(reason, formats))
    : distinctPeriods(reasons).map((reason) => removedInWords(reason, items, formats));
  return [...new Set(words)];
}

/** The same for a row of a table: of several that stay for it the one of the shortest period, and rules that hold newer ones together. */
export function reasonsInShort(
  { keeps, reasons }: RetentionDecision,
  items: readonly Dated[],
  formats: Formats,
): string {
  if (keeps) return [...new Set(reasons.map((reason) => keptInWords(reason, formats)))].join(', ');
  const covered = reasons.find((reason) => reason.kind === 'covered');
  const newer = reasons.flatMap((reason) =>
    reason.kind === 'used-up' && reason.rule !== 'last' ? [`${reason.of} ${reason.rule}`] : [],
  );
  const isOne = newer.length === 1 && newer[0]?.startsWith('1 ') === true;
  return [
    ...(covered === undefined ? [] : [coveredInShort(covered, items, formats)]),
    ...(newer.length === 0 ? [] : [`${newer.join(', ')} ${isOne ? 'is' : 'are'} newer`]),
    ...reasons.flatMap((reason) =>
      reason.kind === 'covered' || (reason.kind === 'used-up' && reason.rule !== 'last')
        ? []
        : [removedInWords(reason, items, formats)],
    ),
  ].join(' · ');
}

function coveredInShort(
  { rule, by }: Extract<RemoveReason, { kind: 'covered' }>,
  items: readonly Dated[],
  formats: Formats,
): string {
  const date = dateOf(by, items);
  return `${periodOf(rule)}: ${date === null ? 'another one' : formats.shortDay(date)} stays`;
}

function keptInWords(reason: KeepReason, formats: Formats): string {
  switch (reason.kind) {
    case 'rule': {
      const { rule, number, of, isOldest } = reason;
      const count = of === 'all' ? `${rule}, all are kept` : `${rule} ${number} of ${of}`;
      return isOldest ? `${count} (the oldest)` : count;
    }
    case 'within':
      return `newer than ${formats.day(reason.since)}`;
    case 'pinned':
      return 'pinned';
    case 'newest':
      return 'the newest';
    case 'last-verified':
      return 'last verified';
    case 'future':
      return 'made in the future';
    case 'undated':
      return 'it does not tell when it was made';
    case 'no-rules':
      return 'no rule removes anything';
    case 'nothing-better':
      return 'failed its last verification, but there is nothing better';
    case 'locked':
      return 'no key opens it yet';
  }
}

function removedInWords(reason: RemoveReason, items: readonly Dated[], formats: Formats): string {
  switch (reason.kind) {
    case 'failed':
      return 'failed its last verification';
    case 'covered': {
      const date = dateOf(reason.by, items);
      return `another one of that ${periodOf(reason.rule)} stays${date === null ? '' : `, made ${formats.date(date)}`}`;
    }
    case 'used-up':
      return reason.rule === 'last'
        ? `not among the last ${reason.of}`
        : reason.of === 1
          ? `the one ${reason.rule} backup that stays is newer`
          : `the ${reason.of} ${reason.rule} backups that stay are newer`;
    case 'too-old':
      return `older than ${formats.day(reason.since)}`;
  }
}

function dateOf(wanted: string, items: readonly Dated[]): string | null {
  return items.find(({ identity }) => identity === wanted)?.date ?? null;
}

function periodOf(rule: CountedRule): string {
  return rule === 'last' ? 'run' : PERIODS[rule];
}

/** Of several periods in which the same backup stands for it, the shortest says enough. */
function distinctPeriods(reasons: readonly RemoveReason[]): RemoveReason[] {
  const told = new Set<string>();
  return reasons.filter((reason) => {
    if (reason.kind !== 'covered') return true;
    if (told.has(reason.by)) return false;
    told.add(reason.by);
    return true;
  });
}
