// A policy while somebody writes it: a text for each rule, as it stands in its field, and what is wrong with it. Pure.

import { errorCode } from '../../../shared/errors.ts';
import {
  COUNTED_RULES,
  formatPolicy,
  formatSpan,
  parsePolicy,
  PRESETS,
  type CountedRule,
  type PresetName,
  type RetentionPolicy,
} from '../../../shared/retention/index.ts';

/** Units of “everything of the last …”. */
export const SPAN_UNITS = ['d', 'm', 'y'] as const;
export type SpanUnit = (typeof SPAN_UNITS)[number];

/** Empty: there is no such rule. */
export interface PolicyDraft {
  readonly counts: Readonly<Record<CountedRule, string>>;
  readonly within: string;
  readonly withinUnit: SpanUnit;
}

export type PolicyChoice = PresetName | 'own';
export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[];

export interface ReadDraft {
  /** Of the fields that can be read. */
  readonly policy: RetentionPolicy;
  readonly wrong: readonly (CountedRule | 'within')[];
}

export function draftOf(policy: RetentionPolicy): PolicyDraft {
  const counts = Object.fromEntries(
    COUNTED_RULES.map((rule) => [rule, String(policy[rule] ?? '')]),
  ) as Record<CountedRule, string>;
  const [, within = '', unit = 'd'] =
    policy.within === undefined ? [] : (/^(\d+)([ymd])$/.exec(formatSpan(policy.within)) ?? []);
  const isSimple = within !== '' || policy.within === undefined;
  return {
    counts,
    within: isSimple ? within : formatSpan(policy.within),
    withinUnit: isSimple ? (unit as SpanUnit) : 'd',
  };
}

export function readDraft({ counts, within, withinUnit }: PolicyDraft): ReadDraft {
  const rules = COUNTED_RULES.flatMap((rule) => {
    const text = counts[rule].trim().toLowerCase();
    return text === '' ? [] : [{ rule, text: `${rule}=${text}` }];
  });
  const span = within.trim();
  const given: readonly { readonly rule: CountedRule | 'within'; readonly text: string }[] = [
    ...rules,
    ...(span === ''
      ? []
      : [{ rule: 'within' as const, text: `within=${/^\d+$/.test(span) ? `${span}${withinUnit}` : span}` }]),
  ];
  const wrong = given.filter(({ text }) => !canBeRead(text)).map(({ rule }) => rule);
  const readable = given.filter(({ rule }) => !wrong.includes(rule)).map(({ text }) => text);
  return { policy: parsePolicy(readable.join(',')), wrong };
}

/** The preset that a policy is; else it is somebody's own. */
export function choiceOf(policy: RetentionPolicy): PolicyChoice {
  const text = formatPolicy(policy);
  return PRESET_NAMES.find((name) => formatPolicy(PRESETS[name]) === text) ?? 'own';
}

/** null where it cannot be read. */
export function policyIfAny(text: string): RetentionPolicy | null {
  try {
    return parsePolicy(text);
  } catch (error) {
    if (errorCode(error) === 'USAGE') return null;
    throw error;
  }
}

function canBeRead(text: string): boolean {
  return policyIfAny(text) !== null;
}
