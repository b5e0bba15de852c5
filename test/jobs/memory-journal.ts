// A journal that lives in memory and outlives queues: what the catalogue is in the program. It holds the queue to the rules
// of the interface, can be told to fail, and counts who had what in work.

import { StrongroomError, type ErrorCode, type PlainError } from '../../shared/errors.ts';
import type { JobJournal, JobItemEnd, JobWish, NewJobItem } from '../../core/jobs/index.ts';
import type {
  Job,
  JobCounts,
  JobDetails,
  JobItem,
  JobItemState,
  JobKind,
  JobState,
} from '../../shared/jobs.ts';

interface Row {
  job: Omit<Job, 'counts' | 'totalBytes' | 'doneBytes'>;
  items: JobItem[];
  results: (string | null)[];
  requestJson: string;
  owner: string | null;
  wish: JobWish | null;
}

export type JournalCall = keyof JobJournal;

export class MemoryJournal implements JobJournal {
  readonly #rows: Row[] = [];
  /** Calls that throw from now on, and with what. */
  readonly broken = new Map<JournalCall, ErrorCode>();
  /** Called before each call is carried out. */
  onCall: (call: JournalCall, id: number | null) => void = () => undefined;

  create(
    kind: JobKind,
    title: string,
    priority: number,
    requestJson: string,
    items: readonly NewJobItem[],
  ): Job {
    this.#enter('create');
    const id = this.#rows.length + 1;
    this.#rows.push({
      job: {
        id,
        kind,
        title,
        priority,
        state: 'waiting',
        createdAt: now(),
        startedAt: null,
        endedAt: null,
        error: null,
      },
      items: items.map((item, position) => ({
        ...item,
        position,
        state: 'waiting',
        attempts: 0,
        message: null,
        error: null,
        startedAt: null,
        endedAt: null,
      })),
      results: items.map(() => null),
      requestJson,
      owner: null,
      wish: null,
    });
    return this.#describe(this.#row(id));
  }

  list(limit?: number): Job[] {
    this.#enter('list');
    return this.#rows
      .map((row) => this.#describe(row))
      .reverse()
      .slice(0, limit);
  }

  job(id: number): Job | null {
    this.#enter('job', id);
    const row = this.#rows[id - 1];
    return row === undefined ? null : this.#describe(row);
  }

  get(id: number): JobDetails | null {
    this.#enter('get', id);
    const row = this.#rows[id - 1];
    return row === undefined ? null : { ...this.#describe(row), items: [...row.items] };
  }

  requestOf(id: number): string {
    this.#enter('requestOf', id);
    return this.#row(id).requestJson;
  }

  setState(id: number, state: JobState, error: PlainError | null = null): void {
    this.#enter('setState', id);
    const row = this.#row(id);
    if (row.owner === null) throw new Error('a state is set by the owner only');
    const hasEnded = ['done', 'cancelled', 'failed'].includes(state);
    const startedAt = row.job.startedAt ?? (state === 'running' ? now() : null);
    row.job = { ...row.job, state, error, startedAt, endedAt: hasEnded ? now() : null };
  }

  startItem(id: number, position: number): JobItem {
    this.#enter('startItem', id);
    const { attempts, state } = this.#item(id, position);
    if (state !== 'waiting') throw new Error(`an item is begun that is ${state}`);
    this.#row(id).results[position] = null;
    return this.#setItem(id, position, {
      state: 'running',
      attempts: attempts + 1,
      message: null,
      error: null,
      startedAt: now(),
      endedAt: null,
    });
  }

  endItem(id: number, position: number, { resultJson, ...end }: JobItemEnd): JobItem {
    this.#enter('endItem', id);
    this.#row(id).results[position] = resultJson;
    return this.#setItem(id, position, { ...end, endedAt: end.state === 'waiting' ? null : now() });
  }

  reopenItems(id: number, states: readonly ('failed' | 'cancelled')[]): void {
    this.#enter('reopenItems', id);
    for (const { position, state } of this.#row(id).items)
      if (states.some((reopened) => reopened === state))
        this.#setItem(id, position, { state: 'waiting', message: null, endedAt: null });
  }

  resultOf(id: number, position: number): string | null {
    this.#enter('resultOf', id);
    return this.#row(id).results[position] ?? null;
  }

  claim(id: number, owner: string, previous: string | null): boolean {
    this.#enter('claim', id);
    const row = this.#row(id);
    if (row.owner !== previous) return false;
    row.owner = owner;
    row.wish = null;
    return true;
  }

  ownerOf(id: number): string | null {
    this.#enter('ownerOf', id);
    return this.#row(id).owner;
  }

  held(): { id: number; owner: string | null }[] {
    this.#enter('held');
    return this.#rows
      .filter(({ owner, job }) => owner !== null || job.state === 'running')
      .map(({ job, owner }) => ({ id: job.id, owner }));
  }

  release(id: number): void {
    this.#enter('release', id);
    this.#row(id).owner = null;
  }

  ask(id: number, wish: JobWish | null): void {
    this.#enter('ask', id);
    this.#row(id).wish = wish;
  }

  wishOf(id: number): JobWish | null {
    this.#enter('wishOf', id);
    return this.#row(id).wish;
  }

  setPriority(id: number, priority: number): void {
    this.#enter('setPriority', id);
    const row = this.#row(id);
    row.job = { ...row.job, priority };
  }

  /** As another process sees it, whatever is broken here. */
  look(
    id: number,
  ): JobDetails & { readonly owner: string | null; readonly results: readonly (string | null)[] } {
    const row = this.#row(id);
    return { ...this.#describe(row), items: row.items, owner: row.owner, results: row.results };
  }

  #enter(call: JournalCall, id: number | null = null): void {
    this.onCall(call, id);
    const code = this.broken.get(call);
    if (code !== undefined) throw new StrongroomError(code, `The journal cannot ${call}.`);
  }

  #row(id: number): Row {
    const row = this.#rows[id - 1];
    if (row === undefined) throw new StrongroomError('USAGE', `There is no job ${id}.`);
    return row;
  }

  #item(id: number, position: number): JobItem {
    const item = this.#row(id).items[position];
    if (item === undefined) throw new Error(`job ${id} has no item ${position}`);
    return item;
  }

  #setItem(id: number, position: number, change: Partial<JobItem>): JobItem {
    const item = { ...this.#item(id, position), ...change };
    this.#row(id).items[position] = item;
    return item;
  }

  #describe({ job, items }: Row): Job {
    const bytes = (some: readonly JobItem[]) => some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return {
      ...job,
      counts: countItems(items),
      totalBytes: bytes(items),
      doneBytes: bytes(items.filter(({ state }) => state !== 'waiting' && state !== 'running')),
    };
  }
}

export function countItems(items: readonly JobItem[]): JobCounts {
  const count = (...states: JobItemState[]) => items.filter(({ state }) => states.includes(state)).length;
  return {
    total: items.length,
    done: count('done'),
    skipped: count('skipped'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    left: count('waiting', 'running'),
  };
}

function now(): string {
  return new Date().toISOString();
}
