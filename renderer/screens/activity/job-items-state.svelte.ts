// The files of one job as its table shows them: by what came of them, and by a part of their names.

import type { JobItem, JobKind } from '../../../shared/jobs.ts';

export const ITEM_FILTERS = ['all', 'failed', 'left', 'done'] as const;
export type ItemFilter = (typeof ITEM_FILTERS)[number];

export class JobItemsState {
  readonly #items: () => readonly JobItem[];
  #filter = $state<ItemFilter>('all');
  #text = $state('');
  #shown: readonly JobItem[] = $derived.by(() => itemsShown(this.#items(), this.#filter, this.#text));
  #counts: Readonly<Record<ItemFilter, number>> = $derived.by(() => countsOf(this.#items()));

  /** @param items what is followed; asked each time that it may have changed */
  constructor(items: () => readonly JobItem[]) {
    this.#items = items;
  }

  get filter(): ItemFilter {
    return this.#filter;
  }

  set filter(filter: ItemFilter) {
    this.#filter = filter;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
  }

  get shown(): readonly JobItem[] {
    return this.#shown;
  }

  get counts(): Readonly<Record<ItemFilter, number>> {
    return this.#counts;
  }
}

/** Which words a filter has for this kind of work. */
export function filterName(filter: ItemFilter, kind: JobKind): ItemFilter | 'not-good' {
  return filter === 'failed' && kind === 'verify' ? 'not-good' : filter;
}

export function itemsShown(items: readonly JobItem[], filter: ItemFilter, text: string): readonly JobItem[] {
  const wanted = text.trim().toLocaleLowerCase();
  if (filter === 'all' && wanted === '') return items;
  return items.filter(
    (item) =>
      (filter === 'all' || groupOf(item) === filter) && item.path.toLocaleLowerCase().includes(wanted),
  );
}

function countsOf(items: readonly JobItem[]): Readonly<Record<ItemFilter, number>> {
  const counts = { all: items.length, failed: 0, left: 0, done: 0 };
  for (const item of items) counts[groupOf(item)]++;
  return counts;
}

function groupOf({ state }: JobItem): Exclude<ItemFilter, 'all'> {
  switch (state) {
    case 'failed':
      return 'failed';
    case 'done':
    case 'skipped':
      return 'done';
    case 'waiting':
    case 'running':
    case 'cancelled':
      return 'left';
  }
}
