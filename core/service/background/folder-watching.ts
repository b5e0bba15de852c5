// Watches the folders that have rules, as long as that is wanted, and keeps in mind how each does. What is watched follows the
// rules: when they change, the step that is in work is finished first.

import { toPlainError, type PlainError } from '../../../shared/errors.ts';
import type { LibraryFolder, WatchEvent, WatchRule } from '../../../shared/library.ts';
import type { WatchState } from '../../../shared/window.ts';
import type { LibraryDesk } from '../../library/index.ts';
import type { Log } from '../log.ts';

const KEPT_EVENTS = 500;
/** The key where no folder is watched. */
const NOTHING = '';
/** Steps are not cut short here: the end of the engine does that. */
const NEVER = new AbortController().signal;

type FolderState = WatchState['folders'][number];

export interface FolderWatchingOptions {
  readonly desk: Pick<LibraryDesk, 'folders' | 'watch' | 'catalogProblem'>;
  readonly isWanted: () => boolean;
  readonly quarantineDays: () => number;
  readonly onEvent: (event: WatchEvent) => void;
  /** What `state` tells has changed. */
  readonly onState: () => void;
  /** null: any may have changed. */
  readonly onLibraryChange: (identities: readonly string[] | null) => void;
  readonly log: Log;
}

interface Watching {
  /** Another one for other folders or rules. */
  readonly key: string;
  readonly finish: AbortController;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

export class FolderWatching {
  readonly #options: FolderWatchingOptions;
  readonly #folders = new Map<string, FolderState>();
  #rules: ReadonlyMap<string, WatchRule> = new Map();
  #events: readonly WatchEvent[] = [];
  #current: Watching | null = null;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: FolderWatchingOptions) {
    this.#options = options;
  }

  get folders(): readonly FolderState[] {
    return [...this.#folders.values()];
  }

  /** The newest first. */
  get events(): readonly WatchEvent[] {
    return this.#events;
  }

  ruleOf(folder: string): WatchRule | null {
    return this.#rules.get(folder) ?? null;
  }

  /** Brings what is watched to what is wanted now. Resolves when it is so; never rejects. */
  refresh(): Promise<void> {
    this.#turn = this.#turn
      .then(() => this.#apply())
      .catch((error: unknown) => {
        this.#options.log.failure('watching', 'Folders could not be watched', error);
      });
    return this.#turn;
  }

  /** Begins nothing more. Resolves when the step that is in work is finished, or the engine is closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.refresh();
  }

  async #apply(): Promise<void> {
    const wanted = await this.#wantedFolders();
    if ((this.#current?.key ?? NOTHING) === this.#keyOf(wanted)) return;
    await this.#end();
    // That may have taken long: what is wanted now is asked once more.
    const now = await this.#wantedFolders();
    if (now.length > 0) this.#begin(now);
    this.#options.onState();
  }

  #keyOf(folders: readonly LibraryFolder[]): string {
    if (folders.length === 0) return NOTHING;
    return JSON.stringify([
      this.#options.quarantineDays(),
      ...folders.map(({ path, watch }) => [path, watch]),
    ]);
  }

  async #wantedFolders(): Promise<readonly LibraryFolder[]> {
    const { desk, isWanted } = this.#options;
    if (this.#isClosed || !isWanted() || desk.catalogProblem() !== null) return [];
    return (await desk.folders()).filter(({ watch }) => watch !== null);
  }

  #begin(folders: readonly LibraryFolder[]): void {
    const { desk, onLibraryChange, quarantineDays } = this.#options;
    const finish = new AbortController();
    const paths = folders.map(({ path }) => path);
    this.#rules = new Map(folders.flatMap(({ path, watch }) => (watch === null ? [] : [[path, watch]])));
    for (const path of paths) this.#folders.set(path, { path, state: 'starting', problem: null });
    const ended = desk
      .watch({
        folders: paths,
        signal: NEVER,
        finishing: finish.signal,
        quarantineDays: quarantineDays(),
        onEvent: (event) => this.#note(event),
        onLibraryChange,
      })
      .catch((error: unknown) => this.#noteFailure(paths, error))
      .finally(() => {
        if (this.#current?.finish === finish) this.#current = null;
      });
    this.#current = { key: this.#keyOf(folders), finish, ended };
  }

  async #end(): Promise<void> {
    this.#current?.finish.abort();
    await this.#current?.ended;
    this.#folders.clear();
    this.#rules = new Map();
  }

  #noteFailure(paths: readonly string[], error: unknown): void {
    this.#options.log.failure('watching', 'The watching has ended', error);
    for (const path of paths) this.#set(path, 'failed', toPlainError(error));
  }

  #note(event: WatchEvent): void {
    this.#events = [event, ...this.#events].slice(0, KEPT_EVENTS);
    const { kind, folder, path, error } = event;
    if (kind === 'failed' && path === null) this.#set(folder, 'failed', error);
    else if (kind === 'unreachable') this.#set(folder, 'unreachable', null);
    else if (kind === 'stopped') this.#folders.delete(folder);
    else if (kind !== 'failed') this.#set(folder, 'watching', null);
    this.#options.onEvent(event);
  }

  #set(path: string, state: FolderState['state'], problem: PlainError | null): void {
    const known = this.#folders.get(path);
    if (known === undefined || (known.state === state && known.problem === problem)) return;
    this.#folders.set(path, { path, state, problem });
    this.#options.onState();
  }
}
