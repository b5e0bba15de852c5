// Where the entries of one member go below its folder. Two entries that would be one file here (another case, another
// Unicode form, the same name twice) get two names. Holds names only, never touches the disk.

import { collisionKey, hostName, numberedName, type HostPlatform } from './host-name.ts';

interface Folder {
  /** Its name on this computer. */
  readonly name: string;
  /** Subfolders by their name in the archive. */
  readonly folders: Map<string, Folder>;
  /** Every name in it by its collision key, with the last number given to it. */
  readonly taken: Map<string, number>;
}

export class ExtractPlaces {
  readonly #platform: HostPlatform;
  readonly #root: Folder = newFolder('');

  constructor(platform: HostPlatform) {
    this.#platform = platform;
  }

  /** A path that nothing else has: for a file, or a link. */
  newPath(parts: readonly string[]): string[] {
    const { folder, path } = this.#walk(parts.slice(0, -1));
    return [...path, this.#take(folder, parts.at(-1) ?? '')];
  }

  /** The path of a folder, always the same for the same name. */
  folderPath(parts: readonly string[]): string[] {
    return this.#walk(parts).path;
  }

  /** Where a path of the archive leads, for a link's target: the first of its name, whether or not it is there. */
  find(parts: readonly string[]): string[] {
    let folder: Folder | undefined = this.#root;
    return parts.map((part) => {
      folder = folder?.folders.get(part);
      return folder?.name ?? hostName(part, this.#platform);
    });
  }

  #walk(parts: readonly string[]): { folder: Folder; path: string[] } {
    const path: string[] = [];
    let folder = this.#root;
    for (const part of parts) {
      let next = folder.folders.get(part);
      if (next === undefined) {
        next = newFolder(this.#take(folder, part));
        folder.folders.set(part, next);
      }
      folder = next;
      path.push(next.name);
    }
    return { folder, path };
  }

  #take({ taken }: Folder, part: string): string {
    const wanted = hostName(part, this.#platform);
    const wantedKey = collisionKey(wanted, this.#platform);
    let number = taken.get(wantedKey) ?? 0;
    let name = wanted;
    let key = wantedKey;
    while (taken.has(key)) {
      number = Math.max(2, number + 1);
      name = numberedName(wanted, number, this.#platform);
      key = collisionKey(name, this.#platform);
    }
    taken.set(wantedKey, number);
    if (key !== wantedKey) taken.set(key, 0);
    return name;
  }
}

function newFolder(name: string): Folder {
  return { name, folders: new Map(), taken: new Map() };
}
