// Words that several reports share: what a format, a part and a list of names are called.

import type { MemberVariant, Remark, RestoreNeeds } from '../../shared/backup.ts';
import type { Formats } from '../terminal/formats.ts';
import { printable } from '../terminal/printable.ts';

/** What a report needs besides its data. */
export interface ReportContext {
  readonly formats: Formats;
  /** The file as the person gave it. */
  readonly shownAs: string;
  /** Names of the keys that were tried. */
  readonly keyLabels: readonly string[];
}

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
  const quoted = names.map((name) => `'${printable(name)}'`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`;
}

/** A section of remarks; nothing when there is none. The same remark twice is said once. */
export function remarkLines(remarks: readonly Remark[]): string[] {
  const said = [...new Set(remarks.map((remark) => remark.message))];
  return said.length === 0 ? [] : ['', 'Worth knowing:', ...said.map((message) => `- ${printable(message)}`)];
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
