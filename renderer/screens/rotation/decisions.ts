// Which decisions of a scheme are listed. Pure.

import type { SchemeItem } from '../../../shared/scheme.ts';

export type DecisionFilter = 'all' | 'stays' | 'goes' | 'pinned';

/** Those that the filter means and whose name or file has the text. */
export function decisionsShown(
  items: readonly SchemeItem[],
  filter: DecisionFilter,
  text: string,
): readonly SchemeItem[] {
  const wanted = text.trim().toLocaleLowerCase();
  return items.filter(
    (item) =>
      fits(item, filter) &&
      (wanted === '' || [item.name, ...item.paths].join('\n').toLocaleLowerCase().includes(wanted)),
  );
}

/** Of what goes: the span of time that it is from. @returns null where none of them tells */
export function spanOf(
  items: readonly SchemeItem[],
): { readonly oldest: string; readonly newest: string } | null {
  const dates = items.flatMap(({ date }) => (date === null ? [] : [date])).sort();
  const [oldest] = dates;
  const newest = dates.at(-1);
  return oldest === undefined || newest === undefined ? null : { oldest, newest };
}

function fits({ decision, isPinned }: SchemeItem, filter: DecisionFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'stays':
      return decision.keeps;
    case 'goes':
      return !decision.keeps;
    case 'pinned':
      return isPinned;
  }
}
