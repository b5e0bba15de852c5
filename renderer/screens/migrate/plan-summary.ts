// A plan as it is shown: how many files of each kind, and who can restore what comes of them. Pure.

import type { RestoreNeeds } from '../../../shared/backup.ts';
import type { BatchPlan, PlannedItem, PlannedState } from '../../../shared/library.ts';
import { t } from '../../messages/messages.ts';

/** As they are shown. */
export const PLANNED_STATES: readonly PlannedState[] = ['do', 'no-room', 'blocked', 'nothing-to-do'];

export type PlanFilter = PlannedState | 'all';

/** Files of each kind. */
export function countStates({
  items,
}: {
  readonly items: readonly Pick<PlannedItem, 'state'>[];
}): Readonly<Record<PlannedState, number>> {
  const counts = { do: 0, 'no-room': 0, blocked: 0, 'nothing-to-do': 0 };
  for (const { state } of items) counts[state]++;
  return counts;
}

/** Backups by what becomes of them: one that has several files counts once, as the first of `PLANNED_STATES` that one of them has. */
export function countBackups({ items }: Pick<BatchPlan, 'items'>): Readonly<Record<PlannedState, number>> {
  const states = new Map<string, PlannedState>();
  for (const { identity, path, state } of items) {
    const backup = identity === '' ? path : identity;
    const known = states.get(backup);
    if (known === undefined || PLANNED_STATES.indexOf(state) < PLANNED_STATES.indexOf(known))
      states.set(backup, state);
  }
  return countStates({ items: [...states.values()].map((state) => ({ state })) });
}

export function itemsShown(
  items: readonly PlannedItem[],
  filter: PlanFilter,
  text: string,
): readonly PlannedItem[] {
  const wanted = text.trim().toLocaleLowerCase();
  if (filter === 'all' && wanted === '') return items;
  return items.filter(
    ({ state, name, path }) =>
      (filter === 'all' || state === filter) && `${name}\n${path}`.toLocaleLowerCase().includes(wanted),
  );
}

/** Which Home Assistant can restore what will be done, the most backups first. */
export function restoreGroups(
  items: readonly PlannedItem[],
): readonly { readonly text: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { state, restoreNeeds } of items) {
    if (state !== 'do' || restoreNeeds === null) continue;
    const text = needsInWords(restoreNeeds);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => ({ text, count })).sort((a, b) => b.count - a.count);
}

/** "Home Assistant 2026.3 or newer, with Supervisor 2026.02.3 or newer". */
export function needsInWords({ core, supervisor }: RestoreNeeds): string {
  if (core === null && supervisor === null) return t('migrate.plan.restore.any');
  if (core === null) return t('migrate.plan.restore.supervisor', { supervisor: supervisor ?? '' });
  if (supervisor === null) return t('migrate.plan.restore.core', { core });
  return t('migrate.plan.restore.both', { core, supervisor });
}
