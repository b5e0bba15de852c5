// Every backup file in the library's folders by name and stamp, however many folders and links lead to it: a file counts once,
// under its own name where it lies in a folder of the library. Nothing is opened. What could not be looked at is said, so that
// nobody takes the files there for gone.

import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isBackupName } from '../../../shared/backup-names.ts';
import { toPlainError, type PlainError } from '../../../shared/errors.ts';
import { isBelow, type FileStamp } from '../../catalog/index.ts';
import { QUARANTINE_FOLDER, fileOfJournal, throwIfCancelled } from '../../files/index.ts';
import { describeFileProblem } from '../file-problem.ts';
import { sideBySide } from '../../streams/index.ts';
import { stampFile, stampOf } from '../recognise-backup.ts';
import { brokenFileLink, unreadableFolder } from './folder-problems.ts';
import { childBytes, childPath, nameIsNoText, standInPath, textOfName } from './raw-names.ts';

/** Answers of the file system that are waited for side by side; on a share each takes its time. */
const LOOKS = 16;

export interface SeenFolder {
  readonly device: string;
  /** Nothing is in it and nothing is mounted on it: what a drive leaves behind that is not connected. */
  readonly isEmptyPlace: boolean;
}

/** A file that cannot be opened under its name. */
export interface RefusedFile {
  /** null where the system does not even tell that. */
  readonly stamp: FileStamp | null;
  readonly error: PlainError;
}

/** What was found in one folder of the library. */
export interface SearchedFolder {
  readonly root: string;
  readonly files: Map<string, FileStamp>;
  /** Where its name is no text: by a stand-in for its path. */
  readonly refused: Map<string, RefusedFile>;
  /** What could not be looked at: folders with why; files without, they are refused or just being replaced. */
  readonly hidden: Map<string, PlainError | null>;
  /** Links that lead nowhere; null for one that has no backup's name. */
  readonly broken: Map<string, RefusedFile | null>;
  /** Folders that were read. */
  readonly folders: Map<string, SeenFolder>;
}

export interface SearchOptions {
  /** Of the whole library: each is left to its own search. */
  readonly folderPaths: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onFile?: () => void;
}

/** A folder to be read. */
interface Place {
  readonly path: string;
  /** Without symbolic links. */
  readonly realPath: string;
  readonly bytes: Buffer;
  /** Its path leads to it: no name in it is something else than text. */
  readonly isNamed: boolean;
}

interface Link {
  readonly path: string;
  readonly found: SearchedFolder;
}

/** One search through some folders of the library. */
export class FileSearch {
  readonly #roots: ReadonlySet<string>;
  readonly #options: SearchOptions;
  readonly #realFolders = new Set<string>();
  readonly #realFiles = new Set<string>();
  readonly #links: Link[] = [];

  constructor(options: SearchOptions) {
    this.#roots = new Set(options.folderPaths);
    this.#options = options;
  }

  /** Everything but what only links lead to. @throws CANCELLED */
  async search(root: string): Promise<SearchedFolder> {
    const found: SearchedFolder = {
      root,
      files: new Map(),
      refused: new Map(),
      hidden: new Map(),
      broken: new Map(),
      folders: new Map(),
    };
    await this.#readTree(root, found);
    return found;
  }

  /** Adds what links lead to, once all folders were searched: what lies in one of them is known by then. @throws CANCELLED */
  async followLinks(): Promise<void> {
    const fileLinks: Link[] = [];
    for (let links = this.#takeLinks(); links.length > 0; links = this.#takeLinks())
      for (const link of links) if ((await this.#follow(link)) === 'file') fileLinks.push(link);
    for (const { path, found } of fileLinks) await this.#addLinkedFile(path, found);
  }

  /** Sorted, so that of several links to one thing every scan takes the same. */
  #takeLinks(): Link[] {
    return this.#links.splice(0).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async #follow({ path, found }: Link): Promise<'file' | 'done'> {
    throwIfCancelled(this.#options.signal);
    try {
      const status = await stat(path);
      if (status.isFile()) return 'file';
      if (status.isDirectory() && (await this.#mayEnter(path))) await this.#readTree(path, found);
    } catch (error) {
      if (LEADS_NOWHERE.has(systemCode(error))) found.broken.set(path, await describeBroken(path));
      else if (error instanceof Error && 'syscall' in error)
        found.hidden.set(path, unreadableFolder(path, error));
      else throw error;
    }
    return 'done';
  }

  /** Not into what is searched anyway, and not in circles. */
  async #mayEnter(path: string): Promise<boolean> {
    const target = await realpath(path);
    const place = await realpath(dirname(path));
    const isKnown = this.#realFolders.has(target) || this.#isOfAnyFolder(target);
    return !isKnown && place !== target && !isBelow(place, target);
  }

  #isOfAnyFolder(realPath: string): boolean {
    return this.#roots.has(realPath) || [...this.#roots].some((root) => isBelow(realPath, root));
  }

  async #addLinkedFile(path: string, found: SearchedFolder): Promise<void> {
    if (!isBackupName(basename(path))) return;
    try {
      const target = await realpath(path);
      const isItsOwn = isBackupName(basename(target)) && this.#isOfAnyFolder(target);
      if (isItsOwn || this.#realFiles.has(target)) return;
      this.#realFiles.add(target);
      found.files.set(path, await stampFile(path));
      this.#options.onFile?.();
    } catch (error) {
      noteFileProblem(found, dirname(path), path, error);
    }
  }

  async #readTree(root: string, found: SearchedFolder): Promise<void> {
    const waiting: Place[] = [];
    try {
      waiting.push({ path: root, realPath: await realpath(root), bytes: Buffer.from(root), isNamed: true });
    } catch (error) {
      found.hidden.set(root, unreadableFolder(root, error));
    }
    const files: { readonly place: Place; readonly name: Buffer }[] = [];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      throwIfCancelled(this.#options.signal);
      this.#realFolders.add(place.realPath);
      for (const entry of await this.#readFolder(place, found)) {
        const name = entry.name.toString('utf8');
        if (entry.isDirectory()) {
          if (this.#isLookedInto(place, name, found)) waiting.push(inside(place, entry.name));
        } else if (entry.isSymbolicLink()) {
          const link = inside(place, entry.name);
          if (link.isNamed) this.#links.push({ path: link.path, found });
          else if (isBackupName(name)) files.push({ place, name: entry.name });
        } else if (entry.isFile() && isBackupName(name)) files.push({ place, name: entry.name });
      }
    }
    await sideBySide(LOOKS, files, async ({ place, name }) => {
      throwIfCancelled(this.#options.signal);
      await this.#addFile(found, place, name);
    });
  }

  async #readFolder({ path, bytes }: Place, found: SearchedFolder): Promise<Dirent<Buffer>[]> {
    try {
      const { dev } = await stat(bytes, { bigint: true });
      const entries = await readdir(bytes, { withFileTypes: true, encoding: 'buffer' });
      const isEmpty = entries.length === 0;
      const isEmptyPlace = isEmpty && (await stat(dirname(path), { bigint: true })).dev === dev;
      found.folders.set(path, { device: String(dev), isEmptyPlace });
      return entries;
    } catch (error) {
      const hasVanished = path !== found.root && systemCode(error) === 'ENOENT';
      if (!hasVanished) found.hidden.set(path, unreadableFolder(path, error));
      return [];
    }
  }

  #isLookedInto(place: Place, name: string, found: SearchedFolder): boolean {
    if (name === QUARANTINE_FOLDER) return false;
    const replaced = fileOfJournal(name);
    // While a backup is replaced it may be away for an instant, or until an interrupted run is finished.
    if (replaced !== null) found.hidden.set(childPath(place.path, place.isNamed, replaced), null);
    const realPath = join(place.realPath, name);
    return replaced === null && !this.#roots.has(realPath) && !this.#realFolders.has(realPath);
  }

  async #addFile(found: SearchedFolder, place: Place, name: Buffer): Promise<void> {
    const file = inside(place, name);
    try {
      if (!file.isNamed) {
        const stamp = stampOf(await lstat(file.bytes, { bigint: true }));
        found.refused.set(file.path, { stamp, error: toPlainError(nameIsNoText()) });
      } else {
        found.files.set(file.path, await stampFile(file.path));
        this.#realFiles.add(file.realPath);
      }
      this.#options.onFile?.();
    } catch (error) {
      noteFileProblem(found, place.path, file.path, error);
    }
  }
}

/** A file whose folder lets names be read and nothing else is the folder's problem. */
function noteFileProblem(found: SearchedFolder, folder: string, path: string, error: unknown): void {
  const code = systemCode(error);
  if (code === 'ENOENT') return; // gone since its folder was read
  if (code === 'EACCES' || code === 'EPERM') found.hidden.set(folder, unreadableFolder(folder, error));
  else {
    found.hidden.set(path, null);
    found.refused.set(path, { stamp: null, error: toPlainError(describeFileProblem(error, path)) });
  }
}

async function describeBroken(path: string): Promise<RefusedFile | null> {
  if (!isBackupName(basename(path))) return null;
  return { stamp: stampOf(await lstat(path, { bigint: true })), error: brokenFileLink() };
}

function inside(place: Place, name: Buffer): Place {
  const text = textOfName(name);
  const below = (folder: string): string =>
    text === null ? standInPath(folder, name) : childPath(folder, place.isNamed, text);
  return {
    path: below(place.path),
    realPath: below(place.realPath),
    bytes: childBytes(place.bytes, name),
    isNamed: place.isNamed && text !== null,
  };
}

function systemCode(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? '';
}

const LEADS_NOWHERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);
