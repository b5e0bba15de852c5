// Watched folders as the screen shows them: folders of the library with their rules, how each does, and what happened in them. State
// and events come from the engine; a rule that is turned off is remembered here, so that turning it on brings it back.

import type { App } from '../../app/app.svelte.ts';
import type { LibraryFolder, WatchEvent, WatchRule } from '../../../shared/library.ts';
import type { WatchState } from '../../../shared/window.ts';
import { FIRST_RULE, isProblem, type FolderWatch } from './rule-words.ts';

/** As many as the engine keeps. */
const EVENTS_KEPT = 500;

export class WatchedState {
  readonly #app: App;
  #watching = $state.raw<WatchState | null>(null);
  #problem = $state.raw<unknown>(null);
  #folderShown = $state<string | null>(null);
  #problemsOnly = $state(false);
  #edited = $state.raw<LibraryFolder | null>(null);
  #setAside: ReadonlyMap<string, WatchRule> = new Map();

  #watched = $derived.by(() => this.#app.library.folders.filter(({ watch }) => watch !== null));
  #others = $derived.by(() => this.#app.library.folders.filter(({ watch }) => watch === null));
  #events: readonly WatchEvent[] = $derived.by(() =>
    (this.#watching?.events ?? []).filter(
      (event) =>
        (this.#folderShown === null || event.folder === this.#folderShown) &&
        (!this.#problemsOnly || isProblem(event)),
    ),
  );

  constructor(app: App) {
    this.#app = app;
  }

  get isLoaded(): boolean {
    return this.#watching !== null && this.#app.library.isLoaded;
  }

  get problem(): unknown {
    return this.#problem;
  }

  /** Folders with a rule. */
  get watched(): readonly LibraryFolder[] {
    return this.#watched;
  }

  /** Folders of the library without one. */
  get others(): readonly LibraryFolder[] {
    return this.#others;
  }

  get pausedBecause(): WatchState['pausedBecause'] {
    return this.#watching?.pausedBecause ?? null;
  }

  /** How a folder with a rule does. */
  watchOf(path: string): {
    readonly state: FolderWatch;
    readonly problem: WatchState['folders'][number]['problem'];
  } {
    if (this.pausedBecause !== null) return { state: 'paused', problem: null };
    if (this.#watching?.isOn !== true) return { state: 'off', problem: null };
    return (
      this.#watching.folders.find((folder) => folder.path === path) ?? { state: 'starting', problem: null }
    );
  }

  /** The newest that happened to a backup in a folder; null where nothing did. */
  newestOf(path: string): WatchEvent | null {
    return this.#watching?.events.find((event) => event.folder === path && event.path !== null) ?? null;
  }

  /** The newest first, as the filters say. */
  get events(): readonly WatchEvent[] {
    return this.#events;
  }

  get hasEvents(): boolean {
    return (this.#watching?.events.length ?? 0) > 0;
  }

  get folderShown(): string | null {
    return this.#folderShown;
  }

  set folderShown(path: string | null) {
    this.#folderShown = path;
  }

  get problemsOnly(): boolean {
    return this.#problemsOnly;
  }

  set problemsOnly(only: boolean) {
    this.#problemsOnly = only;
  }

  /** Whose rule is being written; null: none. */
  get edited(): LibraryFolder | null {
    return this.#edited;
  }

  edit(folder: LibraryFolder | null): void {
    this.#edited = folder;
  }

  async load(): Promise<void> {
    try {
      this.#watching = await this.#app.client.call('watching.state', {});
      this.#problem = null;
    } catch (error) {
      this.#problem = error;
    }
  }

  /** Loads, and listens until the answer is called. */
  start(): () => void {
    void this.load();
    const ends = [
      this.#app.client.on('watch', ({ event }) => this.#take(event)),
      this.#app.client.on('watch-state', () => void this.load()),
      this.#app.client.watchConnection((state) => {
        if (state === 'back') void this.load();
      }),
    ];
    return () => ends.forEach((end) => end());
  }

  /** What a folder had before it was turned off, or what is usual. */
  ruleToBegin({ path, watch }: LibraryFolder): WatchRule {
    return watch ?? this.#setAside.get(path) ?? FIRST_RULE;
  }

  /** null: not watched any more. @throws as watching.setRule */
  async setRule(folder: LibraryFolder, rule: WatchRule | null): Promise<void> {
    if (rule === null && folder.watch !== null)
      this.#setAside = new Map(this.#setAside).set(folder.path, folder.watch);
    await this.#app.client.call('watching.setRule', { path: folder.path, rule });
    await Promise.all([this.#app.library.load(), this.load()]);
  }

  /** On with the rule it had, off and remembered. */
  async turn(folder: LibraryFolder, to: 'on' | 'off'): Promise<void> {
    await this.#try(() => this.setRule(folder, to === 'on' ? this.ruleToBegin(folder) : null));
  }

  /** Asks for a folder, makes it one of the library, and leads to its rule. */
  async addFolder(): Promise<void> {
    await this.#try(async () => {
      const [path] = await this.#app.paths.choose('folder');
      if (path === undefined) return;
      const folder = await this.#app.client.call('library.addFolder', { path });
      await this.#app.library.load();
      this.#edited = this.#app.library.folders.find(({ id }) => id === folder.id) ?? folder;
    });
  }

  /** @throws as library.removeFolder */
  async removeFolder({ path }: LibraryFolder): Promise<void> {
    await this.#app.client.call('library.removeFolder', { path });
    if (this.#folderShown === path) this.#folderShown = null;
    await Promise.all([this.#app.library.load(), this.load()]);
  }

  async scan({ path }: LibraryFolder): Promise<void> {
    await this.#try(async () => {
      await this.#app.client.call('library.scan', { folders: [path] });
    });
  }

  async change(settings: Parameters<App['changeSettings']>[0]): Promise<void> {
    await this.#try(() => this.#app.changeSettings(settings));
  }

  #take(event: WatchEvent): void {
    if (this.#watching === null) return;
    const events = [event, ...this.#watching.events].slice(0, EVENTS_KEPT);
    this.#watching = { ...this.#watching, events };
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#app.toasts.fail(error);
    }
  }
}
