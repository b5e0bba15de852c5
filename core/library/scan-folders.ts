// Brings the catalogue to what is on the disk, folder by folder: only files that are new or changed are opened. It is written in
// batches, each true by itself, so that a scan that is stopped has done nothing wrong and little twice; several may run at once.
// Files that vanish are marked and not forgotten, and nothing is called missing where it could not be looked.

import * as v from 'valibot';

import type { LibraryFolder, ScanReport } from '../../shared/library.ts';
import { isBelow, type Catalog, type FileStamp, type PlacedCopy } from '../catalog/index.ts';
import { throwIfCancelled } from '../files/index.ts';
import { sideBySide } from '../streams/index.ts';
import { folderAt } from './folders.ts';
import { notePlace } from './places/index.ts';
import type { InspectServices } from './recognise-backup.ts';
import { compareFolder, type ComparedFolder } from './scan/compare-folder.ts';
import { FileSearch, type SearchedFolder } from './scan/file-search.ts';
import { summary } from './scan/folder-problems.ts';
import { forgetGoneOriginals } from './scan/gone-originals.ts';
import { findGone, findMovedAway, keepReachable, SeenFiles, type Absence } from './scan/gone-files.ts';
import { examineFile, noteFile, type ExaminedFile, type Finding } from './scan/note-file.ts';
import { ScanTally } from './scan/scan-tally.ts';

/** Files that are opened side by side: they wait for the disk more than they work. */
const INSPECTIONS = 8;
/** Written at once; as many are opened again after a scan that was killed. */
const BATCH_FILES = 100;
const PROGRESS_MS = 100;

export interface ScanServices extends InspectServices {
  readonly catalog: Catalog;
}

/** Files, counted up. */
export interface ScanProgress {
  readonly seen: number;
  /** 0 until all folders have been looked through. */
  readonly toInspect: number;
  readonly inspected: number;
}

export interface ScanOptions {
  /** Paths of folders of the library, each with those inside it; all unless told. */
  readonly folders?: readonly string[];
  readonly signal?: AbortSignal;
  /** Called at most ten times a second, and at the end. */
  readonly onProgress?: (progress: ScanProgress) => void;
}

/**
 * What was found out before a stop stays known.
 * @throws USAGE a folder that is none of the library, CANCELLED, DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED, IO_FAILED
 */
export async function scanFolders(services: ScanServices, options: ScanOptions = {}): Promise<ScanReport> {
  const started = performance.now();
  const all = services.catalog.folders.list();
  const folders = await chooseFolders(services, all, options.folders);
  const tally = await new Scan(services, options).run(folders, all);
  return { ...tally.report(), durationMs: performance.now() - started };
}

async function chooseFolders(
  { catalog }: ScanServices,
  all: readonly LibraryFolder[],
  given: readonly string[] | undefined,
): Promise<readonly LibraryFolder[]> {
  if (given === undefined) return all;
  const chosen = await Promise.all(given.map((path) => folderAt(catalog, path)));
  return all.filter(({ path }) =>
    chosen.some((folder) => folder.path === path || isBelow(path, folder.path)),
  );
}

interface FolderInScan {
  readonly folder: LibraryFolder;
  readonly found: SearchedFolder;
  readonly compared: ComparedFolder;
}

class Scan {
  readonly #services: ScanServices;
  readonly #options: ScanOptions;
  readonly #tally = new ScanTally();
  readonly #seen = new SeenFiles();
  readonly #seenPaths = new Set<string>();
  readonly #folderIds = new Set<number>();
  readonly #gone = new Map<string, Absence>();
  readonly #progress = { seen: 0, toInspect: 0, inspected: 0 };
  #progressAt = -Infinity;

  constructor(services: ScanServices, options: ScanOptions) {
    this.#services = services;
    this.#options = options;
  }

  async run(folders: readonly LibraryFolder[], all: readonly LibraryFolder[]): Promise<ScanTally> {
    const scanned = await this.#lookThrough(folders, all);
    const unseen = scanned.flatMap(({ compared }) => compared.unseen);
    for (const [path, absence] of await findGone(unseen, this.#seen, this.#options.signal))
      this.#gone.set(path, absence);
    this.#services.catalog.batch(() => scanned.forEach((one) => this.#notePlain(one)));
    const toInspect = scanned.flatMap(({ compared }) => compared.toInspect);
    this.#progress.toInspect = toInspect.length;
    await this.#inspect(toInspect);
    for (const one of scanned) await this.#conclude(one);
    this.#tell('now');
    return this.#tally;
  }

  /** All folders before any file is opened: what was moved from one to another is then known to be gone. */
  async #lookThrough(
    folders: readonly LibraryFolder[],
    all: readonly LibraryFolder[],
  ): Promise<FolderInScan[]> {
    const search = new FileSearch({
      folderPaths: all.map(({ path }) => path),
      signal: this.#options.signal,
      onFile: () => {
        this.#progress.seen++;
        this.#tell();
      },
    });
    const searched: (readonly [LibraryFolder, SearchedFolder])[] = [];
    for (const folder of folders) searched.push([folder, await search.search(folder.path)]);
    await search.followLinks();
    return searched.map(([folder, found]) => {
      this.#folderIds.add(folder.id);
      for (const [path, stamp] of found.files) {
        this.#seenPaths.add(path);
        this.#seen.add(stamp);
      }
      return { folder, found, compared: this.#compare(folder, found) };
    });
  }

  #compare({ id }: LibraryFolder, found: SearchedFolder): ComparedFolder {
    const { catalog } = this.#services;
    return compareFolder(found, {
      copies: catalog.copies.inFolder(id),
      unreadable: catalog.unreadable.inFolder(id),
      device: catalog.settings.get(deviceSetting(id), v.string()),
      isComplete: (identity) => catalog.factsOf(identity)?.details !== undefined,
    });
  }

  /** Everything that needs no file to be opened. */
  #notePlain({ folder, compared }: FolderInScan): void {
    const { copies, folders, unreadable } = this.#services.catalog;
    this.#tally.addCompared(compared);
    copies.restamp(compared.restamped);
    copies.markPresent(compared.returned);
    unreadable.remove(compared.forgotten);
    for (const path of compared.foreign) {
      const copy = copies.find(path);
      if (copy !== null) copies.put(path, copy.stamp, copy.identity, null);
    }
    if (folders.get(folder.id) === null) return; // removed while it was searched
    for (const { path, stamp, error } of compared.refused) unreadable.put(path, folder.id, stamp, error);
  }

  async #inspect(files: readonly (readonly [path: string, stamp: FileStamp])[]): Promise<void> {
    let examined: ExaminedFile[] = [];
    const write = async (): Promise<void> => {
      const batch = examined;
      examined = [];
      await this.#note(batch);
    };
    try {
      await sideBySide(INSPECTIONS, files, async ([path, stamp]) => {
        const file = await examineFile(this.#services, path, stamp, this.#options.signal);
        examined.push(file); // into the list of now: it may be another than before
        this.#progress.inspected++;
        this.#tell();
        if (examined.length >= BATCH_FILES) await write();
      });
    } finally {
      // What was read before a stop is worth keeping.
      await write();
    }
  }

  async #note(batch: readonly ExaminedFile[]): Promise<void> {
    const { catalog } = this.#services;
    for (const path of await findMovedAway(this.#copiesElsewhere(batch))) this.#gone.set(path, 'absent');
    const findings = catalog.batch(() =>
      batch.map((file): Finding | null => {
        const isFolderLeft = catalog.folders.holding(file.path) !== null;
        return isFolderLeft ? noteFile(catalog, file, (copy) => this.#isGone(copy)) : null;
      }),
    );
    for (const finding of findings) if (finding !== null) this.#tally.addFinding(finding);
    for (const finding of findings) if (finding?.kind === 'vanished') this.#gone.set(finding.path, 'absent');
  }

  /** Files of the same contents in folders that are not a part of this scan. */
  #copiesElsewhere(batch: readonly ExaminedFile[]): PlacedCopy[] {
    const { copies } = this.#services.catalog;
    return batch
      .flatMap((file) => (file.state === 'read' ? copies.byIdentity(file.backup.identity) : []))
      .filter(({ folderId }) => folderId !== null && !this.#folderIds.has(folderId));
  }

  #isGone({ path, missingSince }: PlacedCopy): boolean {
    return !this.#seenPaths.has(path) && (missingSince !== null || this.#gone.has(path));
  }

  /** Marks what is missing, and says how the folder was found. */
  async #conclude({ folder, found, compared }: FolderInScan): Promise<void> {
    throwIfCancelled(this.#options.signal);
    const { catalog } = this.#services;
    const vanished = compared.toInspect.map(([path]) => path).filter((path) => this.#gone.has(path));
    const candidates = [...compared.unseen, ...vanished].filter(
      (path) => catalog.copies.find(path)?.missingSince === null,
    );
    const gone = await findGone(candidates, this.#seen, this.#options.signal);
    const reachable = await keepReachable(found, gone.keys());
    const missing = reachable.filter((path) => gone.get(path) === 'absent');
    catalog.batch(() => {
      catalog.copies.markMissing(missing, new Date().toISOString());
      for (const path of reachable) if (gone.get(path) === 'elsewhere') catalog.copies.remove(path);
      catalog.folders.setScan(folder.id, {
        state: compared.isAway ? 'unreachable' : 'ready',
        problem: summary(compared.problems),
        ...(compared.isAway ? {} : { scannedAt: new Date().toISOString() }),
      });
      const device = found.folders.get(found.root)?.device;
      if (device !== undefined && !compared.isAway) catalog.settings.set(deviceSetting(folder.id), device);
    });
    if (!compared.isAway) {
      await notePlace({ catalog }, folder);
      await forgetGoneOriginals(catalog, folder.path);
    }
    this.#tally.addFolder(folder.path, summary(compared.problems), missing);
  }

  #tell(when?: 'now'): void {
    const now = performance.now();
    if (when !== 'now' && now - this.#progressAt < PROGRESS_MS) return;
    this.#progressAt = now;
    this.#options.onProgress?.({ ...this.#progress });
  }
}

/** The device that the folder itself was on when it was last read. */
function deviceSetting(folderId: number): string {
  return `folder ${folderId} device`;
}
