// Every file below a folder that may be of interest, by name alone. Symbolic links count like what they point to, except those
// to folders that are looked into anyway: they would lead round in circles.

import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';

export interface ListOptions {
  readonly isWanted: (name: string) => boolean;
  /** Whether the folder at `path` is looked into. */
  readonly isFolderWanted: (path: string, name: string) => boolean;
  readonly isCancelled: () => boolean;
}

export interface FileList {
  readonly files: readonly string[];
  /** Those of the files that are symbolic links. */
  readonly links: readonly string[];
  /** Folders inside. */
  readonly folders: readonly string[];
  /** A folder inside is a symbolic link. */
  readonly hasLinkedFolders: boolean;
  /** Everything that was seen, wanted or not. */
  readonly entryCount: number;
}

/** Folders inside that cannot be read are left out: the scan of the library says so. Never throws. */
export async function listFiles(root: string, options: ListOptions): Promise<FileList> {
  const tree = new FileTree(options);
  await tree.readRoot(root);
  return tree;
}

class FileTree implements FileList {
  readonly #options: ListOptions;
  readonly files: string[] = [];
  readonly links: string[] = [];
  readonly folders: string[] = [];
  hasLinkedFolders = false;
  entryCount = 0;
  readonly #unfollowed: string[] = [];
  /** Real paths of folders that are looked into with all that is in them. */
  readonly #covered: string[] = [];

  constructor(options: ListOptions) {
    this.#options = options;
  }

  /** Links come last, when every folder that is there by itself is known. */
  async readRoot(root: string): Promise<void> {
    const rootTarget = (await folderAt(root)) ?? root;
    this.#covered.push(rootTarget);
    await this.#read(root);
    for (let link = this.#unfollowed.shift(); link !== undefined; link = this.#unfollowed.shift()) {
      if (this.#options.isCancelled()) return;
      const target = await folderAt(link);
      if (target !== null) await this.#readLinked(link, target, rootTarget);
      else if (this.#options.isWanted(basename(link))) {
        this.files.push(link);
        this.links.push(link);
      }
    }
  }

  async #readLinked(link: string, target: string, rootTarget: string): Promise<void> {
    const { isFolderWanted } = this.#options;
    const isCovered = this.#covered.some((folder) => isAtOrBelow(target, folder));
    if (isCovered || isAtOrBelow(rootTarget, target)) return;
    if (!isFolderWanted(link, basename(link)) || !isFolderWanted(target, basename(target))) return;
    this.#covered.push(target);
    this.folders.push(link);
    this.hasLinkedFolders = true;
    await this.#read(link);
  }

  async #read(root: string): Promise<void> {
    const { isWanted, isFolderWanted, isCancelled } = this.#options;
    const unread = [root];
    for (let folder = unread.pop(); folder !== undefined && !isCancelled(); folder = unread.pop()) {
      for (const entry of await readFolder(folder)) {
        this.entryCount++;
        const path = join(folder, entry.name);
        if (entry.isSymbolicLink()) this.#unfollowed.push(path);
        else if (entry.isDirectory()) {
          if (!isFolderWanted(path, entry.name)) continue;
          this.folders.push(path);
          unread.push(path);
        } else if (isWanted(entry.name)) this.files.push(path);
      }
    }
  }
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The real path of the folder that `path` leads to; null where it leads to none. */
async function folderAt(path: string): Promise<string | null> {
  try {
    return (await stat(path)).isDirectory() ? await realpath(path) : null;
  } catch {
    // It leads nowhere, or round in circles.
    return null;
  }
}

async function readFolder(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch {
    // It vanished, or it may not be read: no file in it is taken for gone without a look of its own.
    return [];
  }
}
