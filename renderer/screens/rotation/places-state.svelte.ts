// Where backups are, and copying them to another place.

import type { App } from '../../app/app.svelte.ts';
import { errorCode } from '../../../shared/errors.ts';
import type { Job } from '../../../shared/jobs.ts';
import type { CopyPlan, PlaceKind, PlacesOverview } from '../../../shared/places.ts';
import { Selection } from '../../widgets/selection.svelte.ts';
import { placedBackups, placedShown, type PlacedBackup, type PlaceFilter } from './places-view.ts';

export class PlacesState {
  readonly selection = new Selection();
  readonly #app: App;
  #overview = $state.raw<PlacesOverview | null>(null);
  #problem = $state.raw<unknown>(null);
  #filter = $state<PlaceFilter>('all');
  #text = $state('');
  #made = $state.raw<{ readonly planId: string; readonly plan: CopyPlan } | null>(null);
  #isPlanning = $state(false);
  #all: readonly PlacedBackup[] = $derived.by(() =>
    this.#overview === null
      ? []
      : placedBackups(this.#overview, (identity) => this.#app.library.get(identity)),
  );
  #shown = $derived(placedShown(this.#all, this.#filter, this.#text));

  constructor(app: App) {
    this.#app = app;
  }

  /** null until it is there. */
  get overview(): PlacesOverview | null {
    return this.#overview;
  }

  get problem(): unknown {
    return this.#problem;
  }

  get all(): readonly PlacedBackup[] {
    return this.#all;
  }

  get shown(): readonly PlacedBackup[] {
    return this.#shown;
  }

  get filter(): PlaceFilter {
    return this.#filter;
  }

  /** Once more: all. */
  show(filter: PlaceFilter): void {
    this.#filter = this.#filter === filter ? 'all' : filter;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
  }

  get made(): { readonly planId: string; readonly plan: CopyPlan } | null {
    return this.#made;
  }

  get isPlanning(): boolean {
    return this.#isPlanning;
  }

  /** Copying that runs, stands still, or ended since the program was opened, the newest first. */
  get jobs(): readonly Job[] {
    return this.#app.jobs.list.filter(
      ({ kind, state }) =>
        kind === 'copy' &&
        (state === 'running' || state === 'waiting' || state === 'paused' || state === 'interrupted'),
    );
  }

  /** Asks, and again when the library changes, until the answer is called. */
  start(): () => void {
    void this.load();
    return this.#app.client.on('library', () => void this.load());
  }

  async load(): Promise<void> {
    await this.#take(() => this.#app.client.call('places.overview', {}));
  }

  async setKind(path: string, kind: PlaceKind | null): Promise<void> {
    try {
      this.#overview = await this.#app.client.call('places.setKind', { path, kind });
    } catch (error) {
      this.#app.toasts.fail(error);
    }
  }

  /** Asks for the folder, then for the plan. */
  async planCopy(): Promise<void> {
    if (this.#isPlanning || this.selection.size === 0) return;
    this.#isPlanning = true;
    try {
      const [to] = await this.#app.paths.choose('folder');
      if (to === undefined) return;
      this.#made = await this.#app.client.call('copies.plan', {
        which: { kind: 'backups', identities: [...this.selection.keys] },
        to,
      });
    } catch (error) {
      if (errorCode(error) !== 'CANCELLED') this.#app.toasts.fail(error);
    } finally {
      this.#isPlanning = false;
    }
  }

  dropPlan(): void {
    this.#made = null;
  }

  /** @throws as copies.start */
  async startCopy(): Promise<Job | null> {
    if (this.#made === null) return null;
    const job = await this.#app.client.call('copies.start', { planId: this.#made.planId });
    this.#app.jobs.take(job);
    this.selection.clear();
    return job;
  }

  async #take(ask: () => Promise<PlacesOverview>): Promise<void> {
    try {
      this.#overview = await ask();
      this.#problem = null;
    } catch (error) {
      this.#problem = error;
    }
  }
}
