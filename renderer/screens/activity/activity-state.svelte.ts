// What the Activity screen shows of the jobs: those that the filters mean, in sections. The filters are part of the address, so
// that a link, back and a reload keep them.

import type { App } from '../../app/app.svelte.ts';
import type { Job, JobKind } from '../../../shared/jobs.ts';
import { sectionOf, type JobSection } from './job-words.ts';

export const SHOWN = ['all', 'now', 'attention', 'past'] as const;
export type Shown = (typeof SHOWN)[number];
export const KINDS = ['verify', 'migrate', 'encrypt', 'rekey'] as const satisfies readonly JobKind[];
export type KindFilter = (typeof KINDS)[number] | 'all';

export const SECTIONS: readonly JobSection[] = ['now', 'attention', 'past'];

export class ActivityState {
  readonly #app: App;
  #shown: Shown = $derived.by(() => oneOf(SHOWN, this.#query['show']) ?? 'all');
  #kind: KindFilter = $derived.by(() => oneOf(KINDS, this.#query['kind']) ?? 'all');
  #ofKind = $derived.by(() =>
    this.#app.jobs.list.filter(({ kind }) => this.#kind === 'all' || kind === this.#kind),
  );
  #sections: readonly JobsOfSection[] = $derived.by(() => sectioned(this.#ofKind, Date.now()));

  constructor(app: App) {
    this.#app = app;
  }

  get shown(): Shown {
    return this.#shown;
  }

  get kind(): KindFilter {
    return this.#kind;
  }

  /** Those that have jobs and are to be shown. */
  get sections(): readonly JobsOfSection[] {
    return this.#sections.filter(
      ({ section, jobs }) => jobs.length > 0 && (this.#shown === 'all' || this.#shown === section),
    );
  }

  /** How many jobs a filter would show. */
  countOf(shown: Shown): number {
    return shown === 'all'
      ? this.#ofKind.length
      : (this.#sections.find(({ section }) => section === shown)?.jobs.length ?? 0);
  }

  show(shown: Shown): void {
    this.#place(shown, this.#kind);
  }

  showKind(kind: KindFilter): void {
    this.#place(this.#shown, kind);
  }

  showAll(): void {
    this.#place('all', 'all');
  }

  get #query(): Readonly<Record<string, string>> {
    return this.#app.router.route.query;
  }

  #place(shown: Shown, kind: KindFilter): void {
    const query = {
      ...(shown === 'all' ? {} : { show: shown }),
      ...(kind === 'all' ? {} : { kind }),
    };
    this.#app.router.replace('activity', { query });
  }
}

export interface JobsOfSection {
  readonly section: JobSection;
  readonly jobs: readonly Job[];
}

/** In the order of SECTIONS; jobs stay in theirs. */
export function sectioned(jobs: readonly Job[], nowMs: number): readonly JobsOfSection[] {
  return SECTIONS.map((section) => ({
    section,
    jobs: jobs.filter((job) => sectionOf(job, nowMs) === section),
  }));
}

function oneOf<T extends string>(known: readonly T[], text: string | undefined): T | null {
  return known.find((one) => one === text) ?? null;
}
