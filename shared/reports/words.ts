// Words that several reports share: what a format, a part and a list of names are called.

import type { MemberVariant, Remark, RestoreNeeds } from '../backup.ts';
import type { Formats } from './formats.ts';
import { printable } from './printable.ts';

/** What a report needs besides its data. */
export interface ReportContext {
  readonly formats: Formats;
  /** The file as the person gave it. */
  readonly shownAs: string;
  /** Names of the keys that were tried. */
  readonly keyLabels: readonly string[];
}

/** From this many on, remarks of one kind are told as one. */
const SAID_SINGLY = 3;

const FORMATS: Readonly<Record<MemberVariant, string>> = {
  plain: 'not encrypted',
  v1: 'v1 (old)',
  'v1-pax': 'v1 (old)',
  v2: 'v2 (old)',
  v3: 'v3',
  empty: 'empty',
  opaque: 'other file',
  unknown: 'not readable',
};

export function formatName(variant: MemberVariant): string {
  return FORMATS[variant];
}

/** Formats that migrate brings forward. */
export function isOldFormat(variant: MemberVariant): boolean {
  return variant === 'v1' || variant === 'v1-pax' || variant === 'v2';
}

/** "'a'", "'a' and 'b'", "'a', 'b' and 'c'". */
export function listOfNames(names: readonly string[]): string {
  const quoted = names.map((name) => `“${printable(name)}”`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`;
}

/** A section of remarks; nothing when there is none. What is said of many parts is said once. */
export function remarkLines(remarks: readonly Remark[]): string[] {
  const distinct = new Map(remarks.map((remark) => [remark.message, remark])).values();
  const byCode = Map.groupBy(distinct, ({ code }) => code);
  const lines = [...byCode.values()].flatMap((alike) => {
    const messages = alike.map(({ message }) => message);
    const others = alike.slice(1).flatMap(({ member }) => (member === undefined ? [] : [member]));
    if (messages.length < SAID_SINGLY || others.length < alike.length - 1) return messages;
    return [`${messages[0] ?? ''} The same is true of ${new Intl.ListFormat('en').format(others)}.`];
  });
  return lines.length === 0 ? [] : ['', 'Worth knowing:', ...lines.map((line) => `- ${printable(line)}`)];
}

/** What can restore it; null when every Home Assistant can, as far as is known. */
export function restoreLine({ core, supervisor }: RestoreNeeds): string | null {
  if (core === null && supervisor === null) return null;
  const needs = [
    ...(core === null ? [] : [`Home Assistant ${printable(core)}`]),
    ...(supervisor === null ? [] : [`Supervisor ${printable(supervisor)}`]),
  ];
  return `Restoring it needs ${needs.join(' with ')} or newer.`;
}
