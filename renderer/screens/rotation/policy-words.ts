// Policies and decisions in words: what is kept, and why each backup stays or goes. Pure.

import {
  COUNTED_RULES,
  isEmptyPolicy,
  type CalendarSpan,
  type CountedRule,
  type KeepReason,
  type RemoveReason,
  type RetentionDecision,
  type RetentionPolicy,
} from '../../../shared/retention/index.ts';
import * as formats from '../../app/formats.ts';
import { t } from '../../messages/messages.ts';

/** "7 daily, 4 weekly and 12 monthly", "everything". */
export function policyInWords(policy: RetentionPolicy): string {
  if (isEmptyPolicy(policy)) return t('rotation.policy.everything');
  const rules = COUNTED_RULES.flatMap((rule) => {
    const count = policy[rule];
    if (count === undefined) return [];
    return [count === 'all' ? t(`rotation.policy.all.${rule}`) : t(`rotation.policy.${rule}`, { count })];
  });
  const within =
    policy.within === undefined ? [] : [t('rotation.policy.within', { span: spanInWords(policy.within) })];
  return formats.list([...rules, ...within]);
}

/** "1 year and 6 months". */
export function spanInWords(span: CalendarSpan): string {
  const units = ['years', 'months', 'days', 'hours'] as const;
  return formats.list(
    units.filter((unit) => span[unit] > 0).map((unit) => t(`rotation.span.${unit}`, { count: span[unit] })),
  );
}

/** The natural period of a rule: "Feb 13, 2025", "week 7 of 2025", "February 2025". */
export function periodInWords(rule: CountedRule, period: string): string {
  const [year = 0, second = 0, day = 0, hour = 0] = (period.match(/\d+/g) ?? []).map(Number);
  switch (rule) {
    case 'last':
      return '';
    case 'hourly':
      return t('rotation.period.hour', { day: formats.calendarDay(year, second, day), hour: `${hour}:00` });
    case 'daily':
      return formats.calendarDay(year, second, day);
    case 'weekly':
      return t('rotation.period.week', { week: second, year: String(year) });
    case 'monthly':
      return formats.calendarMonth(year, second);
    case 'yearly':
      return String(year);
  }
}

/** "stays: daily 3 of 7, weekly 1 of 4", "goes: daily used up". */
export function decisionInShort(decision: RetentionDecision): string {
  return decision.keeps
    ? t('rotation.stays.because', { reasons: decision.reasons.map(keepInShort).join(', ') })
    : t('rotation.goes.because', { reasons: decision.reasons.map(removeInShort).join(', ') });
}

/** The reasons alone, for a column. */
export function reasonsInShort(decision: RetentionDecision): string {
  return decision.keeps
    ? decision.reasons.map(keepInShort).join(', ')
    : decision.reasons.map(removeInShort).join(', ');
}

/** A sentence for each reason. */
export function reasonSentences(
  decision: RetentionDecision,
  nameOf: (identity: string) => string,
): readonly string[] {
  return decision.keeps
    ? decision.reasons.map(keepSentence)
    : decision.reasons.map((reason) => removeSentence(reason, nameOf));
}

function keepInShort(reason: KeepReason): string {
  if (reason.kind === 'rule') {
    const rule = t(`rotation.rule.${reason.rule}`);
    return reason.of === 'all'
      ? t('rotation.short.rule-all', { rule })
      : t('rotation.short.rule', { rule, number: reason.number, of: reason.of });
  }
  return t(`rotation.short.${reason.kind}`);
}

function removeInShort(reason: RemoveReason): string {
  switch (reason.kind) {
    case 'covered':
    case 'used-up':
      return t(`rotation.short.${reason.kind}`, { rule: t(`rotation.rule.${reason.rule}`) });
    case 'failed':
    case 'too-old':
      return t(`rotation.short.${reason.kind}`);
  }
}

function keepSentence(reason: KeepReason): string {
  if (reason.kind === 'within') return t('rotation.why.within', { since: formats.date(reason.since) });
  if (reason.kind !== 'rule') return t(`rotation.why.${reason.kind}`);
  const { rule, number, of, isOldest } = reason;
  const slot = of === 'all' ? '' : t('rotation.why.slot', { number, of });
  if (isOldest) return t('rotation.why.oldest', { rule: t(`rotation.rule.${rule}`), slot });
  if (rule === 'last') return t('rotation.why.last', { slot });
  return t('rotation.why.rule', {
    rule: t(`rotation.rule.${rule}`),
    period: periodInWords(rule, reason.period),
    slot,
  });
}

function removeSentence(reason: RemoveReason, nameOf: (identity: string) => string): string {
  switch (reason.kind) {
    case 'failed':
      return t('rotation.why.failed');
    case 'too-old':
      return t('rotation.why.too-old', { since: formats.date(reason.since) });
    case 'used-up':
      return t('rotation.why.used-up', { rule: t(`rotation.rule.${reason.rule}`), of: reason.of });
    case 'covered':
      return t('rotation.why.covered', {
        rule: t(`rotation.rule.${reason.rule}`),
        period: periodInWords(reason.rule, reason.period),
        name: nameOf(reason.by),
      });
  }
}
