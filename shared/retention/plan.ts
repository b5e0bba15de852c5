// Which backups a scheme keeps, and why: a pure function. The rules are restic's (forget, "ApplyPolicy"): they are ORed, the newest backup of
// each natural period fills a slot, and a rule with slots left also keeps the oldest. On top of them: nothing that may be the last good one
// goes, what failed fills no slot, and every decision says why.

import { calendarOf, type PersonsCalendar, type WallTime } from './periods.ts';
import { COUNTED_RULES, isEmptyPolicy, type CountedRule, type RetentionPolicy } from './policy.ts';

/** A backup, whatever copies there are of it. */
export interface RetentionCandidate {
  readonly id: string;
  /** When it was made, ISO 8601; null where it does not tell. */
  readonly date: string | null;
  /** Of the Home Assistant that made it; those that do not tell are of one. */
  readonly instanceId: string | null;
  /** Of the last verification; none: there was none yet; locked: no key opens it, so that nobody can say whether it is good. */
  readonly verification: 'good' | 'failed' | 'locked' | 'none';
  readonly isPinned: boolean;
}

export type KeepReason =
  /** `number` of `of` slots, the newest is 1; `period` as PersonsCalendar names it, the place in the order for "last". */
  | {
      readonly kind: 'rule';
      readonly rule: CountedRule;
      readonly number: number;
      readonly of: number | 'all';
      readonly period: string;
      /** It is not the newest of a period, but the oldest of all, and there was a slot left. */
      readonly isOldest: boolean;
    }
  /** Not older than this, ISO 8601. */
  | { readonly kind: 'within'; readonly since: string }
  /**
   * nothing-better: it failed, but so did every other one of its instance, and something may still be saved of it; locked: the key for
   * it may still be found.
   */
  | {
      readonly kind:
        | 'pinned'
        | 'newest'
        | 'last-verified'
        | 'future'
        | 'undated'
        | 'no-rules'
        | 'nothing-better'
        | 'locked';
    };

export type RemoveReason =
  /** It cannot be restored as it is, so that it fills no slot. */
  | { readonly kind: 'failed' }
  /** This rule keeps a newer one of the same period. */
  | { readonly kind: 'covered'; readonly rule: CountedRule; readonly period: string; readonly by: string }
  /** All slots of this rule hold newer ones. */
  | { readonly kind: 'used-up'; readonly rule: CountedRule; readonly of: number }
  | { readonly kind: 'too-old'; readonly since: string };

export type RetentionDecision =
  | { readonly id: string; readonly keeps: true; readonly reasons: readonly KeepReason[] }
  | { readonly id: string; readonly keeps: false; readonly reasons: readonly RemoveReason[] };

export interface RetentionOptions {
  readonly now: Date;
  /** IANA name of the person's. */
  readonly timeZone: string;
  /** Whether a rule with slots left also keeps the oldest, as restic does from 0.15 on. true unless told. */
  readonly keepsOldest?: boolean;
}

/** One decision for each candidate, in their order. Each instance is looked at by itself. Pure: the same input, the same answer. */
export function planRetention(
  candidates: readonly RetentionCandidate[],
  policy: RetentionPolicy,
  options: RetentionOptions,
): RetentionDecision[] {
  const calendar = calendarOf(options.timeZone);
  const decisions = new Map<string, RetentionDecision>();
  for (const group of groupByInstance(candidates)) {
    const found = isEmptyPolicy(policy) ? keepAll(group) : planInstance(group, policy, calendar, options);
    for (const decision of found) decisions.set(decision.id, decision);
  }
  return candidates.flatMap(({ id }) => decisions.get(id) ?? []);
}

interface Dated {
  readonly candidate: RetentionCandidate;
  readonly instant: Date;
  readonly wall: WallTime;
}

function planInstance(
  group: readonly RetentionCandidate[],
  policy: RetentionPolicy,
  calendar: PersonsCalendar,
  { now, keepsOldest = true }: RetentionOptions,
): RetentionDecision[] {
  const keeping = new Map<string, KeepReason[]>();
  const keep = (id: string, reason: KeepReason): void => {
    keeping.set(id, [...(keeping.get(id) ?? []), reason]);
  };
  const past: Dated[] = [];
  for (const candidate of group) {
    const instant = candidate.date === null ? null : new Date(candidate.date);
    if (candidate.isPinned) keep(candidate.id, { kind: 'pinned' });
    if (instant === null || Number.isNaN(instant.getTime())) keep(candidate.id, { kind: 'undated' });
    else if (instant > now) keep(candidate.id, { kind: 'future' });
    else past.push({ candidate, instant, wall: calendar.wallTime(instant) });
  }
  past.sort(newestFirst);
  const [newest] = past;
  if (newest !== undefined) keep(newest.candidate.id, { kind: 'newest' });
  const lastVerified = past.find(({ candidate }) => candidate.verification === 'good');
  if (lastVerified !== undefined) keep(lastVerified.candidate.id, { kind: 'last-verified' });

  const fit = past.filter(
    ({ candidate: { verification } }) => verification !== 'failed' && verification !== 'locked',
  );
  const removing = new Map<string, RemoveReason[]>();
  const pass = (id: string, reason: RemoveReason): void => {
    removing.set(id, [...(removing.get(id) ?? []), reason]);
  };
  for (const { candidate } of past) {
    if (candidate.verification === 'locked') keep(candidate.id, { kind: 'locked' });
    if (candidate.verification !== 'failed') continue;
    if (fit.length === 0) keep(candidate.id, { kind: 'nothing-better' });
    else pass(candidate.id, { kind: 'failed' });
  }
  applyWithin(fit, policy, calendar, keep, pass);
  for (const rule of COUNTED_RULES) {
    const slots = policy[rule];
    if (slots !== undefined) applyCounted(fit, { rule, slots, calendar, keepsOldest }, keep, pass);
  }
  return group.map(({ id }) => {
    const kept = keeping.get(id);
    return kept === undefined
      ? { id, keeps: false, reasons: removing.get(id) ?? [] }
      : { id, keeps: true, reasons: kept };
  });
}

function applyWithin(
  fit: readonly Dated[],
  { within }: RetentionPolicy,
  calendar: PersonsCalendar,
  keep: (id: string, reason: KeepReason) => void,
  pass: (id: string, reason: RemoveReason) => void,
): void {
  const [newest] = fit;
  if (within === undefined || newest === undefined) return;
  const start = calendar.earlier(newest.instant, within);
  const since = start.toISOString();
  for (const { candidate, instant } of fit) {
    if (instant > start) keep(candidate.id, { kind: 'within', since });
    else pass(candidate.id, { kind: 'too-old', since });
  }
}

interface CountedWish {
  readonly rule: CountedRule;
  readonly slots: number | 'all';
  readonly calendar: PersonsCalendar;
  readonly keepsOldest: boolean;
}

function applyCounted(
  fit: readonly Dated[],
  { rule, slots, calendar, keepsOldest }: CountedWish,
  keep: (id: string, reason: KeepReason) => void,
  pass: (id: string, reason: RemoveReason) => void,
): void {
  let used = 0;
  let last = null as { readonly period: string; readonly id: string } | null;
  for (const [index, { candidate, wall }] of fit.entries()) {
    const { id } = candidate;
    const period = rule === 'last' ? String(index + 1) : calendar.nameOf(rule, wall);
    const isNew = period !== last?.period;
    const isOldest: boolean = !isNew && keepsOldest && index === fit.length - 1;
    const hasSlot = slots === 'all' || used < slots;
    if (hasSlot && (isNew || isOldest)) {
      used++;
      keep(id, { kind: 'rule', rule, number: used, of: slots, period, isOldest });
      last = { period, id };
    } else if (!isNew && last !== null) pass(id, { kind: 'covered', rule, period, by: last.id });
    else if (slots !== 'all') pass(id, { kind: 'used-up', rule, of: slots });
  }
}

/** The id decides between two of one instant, so that the answer does not hang on the order of the question. */
function newestFirst(a: Dated, b: Dated): number {
  return b.instant.getTime() - a.instant.getTime() || (a.candidate.id < b.candidate.id ? -1 : 1);
}

function keepAll(group: readonly RetentionCandidate[]): RetentionDecision[] {
  return group.map(({ id }) => ({ id, keeps: true, reasons: [{ kind: 'no-rules' }] }));
}

function groupByInstance(candidates: readonly RetentionCandidate[]): RetentionCandidate[][] {
  const groups = new Map<string | null, RetentionCandidate[]>();
  for (const candidate of candidates) {
    const group = groups.get(candidate.instanceId);
    if (group === undefined) groups.set(candidate.instanceId, [candidate]);
    else group.push(candidate);
  }
  return [...groups.values()];
}
