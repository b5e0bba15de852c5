// A walk through the folders of the computer that Strongroom runs on, to choose something there.

import type { FolderListing } from '../../shared/window.ts';
import type { Client } from '../transport/client.ts';
import type { PathWish } from './path-choice.svelte.ts';

export class PathWalk {
  readonly #client: Client;
  readonly #what: PathWish;
  #listing = $state.raw<FolderListing | null>(null);
  #problem = $state.raw<unknown>(null);
  #chosen = $state.raw<ReadonlySet<string>>(new Set());
  #isBusy = $state(false);
  #asked = 0;
  #entries = $derived(
    (this.#listing?.entries ?? []).filter((entry) => entry.kind === 'folder' || this.#isFitting(entry.name)),
  );

  constructor(client: Client, what: PathWish) {
    this.#client = client;
    this.#what = what;
    void this.enter(null);
  }

  get listing(): FolderListing | null {
    return this.#listing;
  }

  /** Folders, and the files that can be meant or that tell what is there. */
  get entries(): FolderListing['entries'] {
    return this.#entries;
  }

  get problem(): unknown {
    return this.#problem;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  get chosen(): ReadonlySet<string> {
    return this.#chosen;
  }

  /** null: the home folder. */
  async enter(path: string | null): Promise<void> {
    const asked = ++this.#asked;
    this.#isBusy = true;
    try {
      const listing = await this.#client.call('files.browse', { path });
      if (asked !== this.#asked) return;
      this.#listing = listing;
      this.#chosen = new Set();
      this.#problem = null;
    } catch (error) {
      if (asked === this.#asked) this.#problem = error;
    } finally {
      if (asked === this.#asked) this.#isBusy = false;
    }
  }

  toggle(path: string): void {
    const chosen = new Set(this.#chosen);
    if (!chosen.delete(path)) chosen.add(path);
    this.#chosen = chosen;
  }

  /** Of a new file in this folder; null while the name is none, or taken. */
  pathFor(name: string): string | null {
    if (this.#listing === null || name.trim() === '' || /[/\\]/.test(name) || this.hasEntry(name))
      return null;
    const { path } = this.#listing;
    const separator = path.includes('\\') && !path.includes('/') ? '\\' : '/';
    return path.endsWith(separator) ? path + name : path + separator + name;
  }

  hasEntry(name: string): boolean {
    return this.#listing?.entries.some((entry) => entry.name === name) === true;
  }

  #isFitting(name: string): boolean {
    // Where a folder is chosen, the backups in it show that it is the right one.
    return this.#what === 'backups' || this.#what === 'folder' ? /\.tar$/i.test(name) : true;
  }
}
