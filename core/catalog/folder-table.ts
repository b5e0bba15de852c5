// The folders of the library. A file belongs to the deepest of them that it lies in.

import { isAbsolute, sep } from 'node:path';
import * as v from 'valibot';

import type { PlainError } from '../../shared/errors.ts';
import type { LibraryFolder, WatchRule } from '../../shared/library.ts';
import { PLACE_KINDS, type PlaceKind } from '../../shared/places.ts';
import { errorOrNull, jsonOrNull, number, parsedOrNull, text, textOrNull } from './columns.ts';
import { Database, type Row } from './database.ts';
import { damaged } from './database-errors.ts';

/** What a scan found out about a folder itself. */
export interface FolderScan {
  readonly state: LibraryFolder['state'];
  readonly problem: PlainError | null;
  /** ISO 8601; left out where this scan did not come to its end: the last time stays. */
  readonly scannedAt?: string;
}

/** Where a folder was when it was last there, as `core/library/places` found it out, and what a person said. */
export interface FolderPlace {
  readonly id: string;
  readonly kind: PlaceKind;
  readonly label: string;
  /** A full sentence. */
  readonly reason: string;
}

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. Paths are absolute. */
export class FolderTable {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
    this.#statements = prepare(database);
  }

  /** Makes it a folder of the library; nothing changes where it is one. Files known in it belong to it from now on. */
  add(path: string): LibraryFolder {
    return this.#database.transaction(() => {
      if (this.#statements.add.run(path, this.#now().toISOString()) > 0) this.#assignFilesBelow(path);
      const folder = this.find(path);
      if (folder === null) throw damaged();
      return folder;
    });
  }

  /**
   * Forgets the folder and the files in it; where another folder holds them, they stay as its files. What was found out
   * about their contents (keys that open them, verifications) stays; nothing on the disk is touched.
   */
  remove(id: number): void {
    this.#database.transaction(() => {
      const row = this.#statements.get.get(id);
      if (row === undefined) return;
      const path = text(row, 'path');
      const outer = this.#deepest(path, id);
      if (outer !== null) {
        this.#statements.giveCopies.run(outer, id);
        this.#statements.giveUnreadable.run(outer, id);
      }
      this.#statements.remove.run(id); // and with it the files that are still its own
    });
  }

  list(): LibraryFolder[] {
    return this.#statements.list.all().map(folderOf);
  }

  get(id: number): LibraryFolder | null {
    const row = this.#statements.get.get(id);
    return row === undefined ? null : folderOf(row);
  }

  /** The folder with just this path. */
  find(path: string): LibraryFolder | null {
    const row = this.#statements.find.get(path);
    return row === undefined ? null : folderOf(row);
  }

  /** Id of the deepest folder that the file lies in, null outside of all. */
  holding(path: string): number | null {
    return this.#deepest(path, null);
  }

  setScan(id: number, { state, problem, scannedAt }: FolderScan): void {
    this.#statements.setScan.run(state, jsonOrNull(problem), scannedAt ?? null, id);
  }

  /** null: not watched any more. */
  setWatch(id: number, rule: WatchRule | null): void {
    this.#statements.setWatch.run(jsonOrNull(rule), id);
  }

  /** null: it was not found out yet. */
  placeOf(id: number): FolderPlace | null {
    const row = this.#statements.place.get(id);
    return row === undefined ? null : parsedOrNull(row, 'place', PLACE);
  }

  setPlace(id: number, place: FolderPlace): void {
    this.#statements.setPlace.run(JSON.stringify(place), id);
  }

  /** What a person said about where it is; null: nothing. */
  placeKindOf(id: number): PlaceKind | null {
    const row = this.#statements.place.get(id);
    return row === undefined ? null : parsedPlaceKind(textOrNull(row, 'place_kind'));
  }

  setPlaceKind(id: number, kind: PlaceKind | null): void {
    this.#statements.setPlaceKind.run(kind, id);
  }

  /** The scheme that a person has carried out in this folder last, as text; null where none was. */
  approvedScheme(id: number): string | null {
    const row = this.#statements.place.get(id);
    return row === undefined ? null : textOrNull(row, 'approved_scheme');
  }

  /** null: it is agreed to no more. */
  approveScheme(id: number, scheme: string | null): void {
    this.#statements.approveScheme.run(scheme, id);
  }

  #assignFilesBelow(path: string): void {
    const row = this.#statements.find.get(path);
    if (row === undefined) throw damaged();
    const id = number(row, 'id');
    for (const [list, assign] of [
      [this.#statements.copyPaths, this.#statements.assignCopy],
      [this.#statements.unreadablePaths, this.#statements.assignUnreadable],
    ] as const) {
      for (const file of list.all(belowPrefix(path).length, belowPrefix(path))) {
        const filePath = text(file, 'path');
        if (this.#deepest(filePath, null) === id) assign.run(id, filePath);
      }
    }
  }

  #deepest(path: string, exceptId: number | null): number | null {
    let deepest: { id: number; length: number } | null = null;
    for (const row of this.#statements.paths.all()) {
      const folder = text(row, 'path');
      const id = number(row, 'id');
      if (id === exceptId || !isBelow(path, folder)) continue;
      if (folder.length > (deepest?.length ?? -1)) deepest = { id, length: folder.length };
    }
    return deepest?.id ?? null;
  }
}

/** Whether the path leads to something inside the folder, at whatever depth. */
export function isBelow(path: string, folder: string): boolean {
  return path.startsWith(belowPrefix(folder));
}

/** What the paths of all files in a folder begin with. */
function belowPrefix(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}

function prepare(database: Database) {
  const select = `SELECT folders.*,
      (SELECT count(*) FROM copies WHERE folder_id = folders.id AND missing_since IS NULL) AS copy_count,
      (SELECT coalesce(sum(size_bytes), 0) FROM copies
       WHERE folder_id = folders.id AND missing_since IS NULL) AS total_bytes
    FROM folders`;
  return {
    add: database.statement('INSERT OR IGNORE INTO folders (path, added_at) VALUES (?, ?)'),
    remove: database.statement('DELETE FROM folders WHERE id = ?'),
    list: database.statement(`${select} ORDER BY path`),
    get: database.statement(`${select} WHERE id = ?`),
    find: database.statement(`${select} WHERE path = ?`),
    paths: database.statement('SELECT id, path FROM folders'),
    setScan: database.statement(
      'UPDATE folders SET state = ?, problem = ?, scanned_at = coalesce(?, scanned_at) WHERE id = ?',
    ),
    setWatch: database.statement('UPDATE folders SET watch = ? WHERE id = ?'),
    place: database.statement('SELECT place, place_kind, approved_scheme FROM folders WHERE id = ?'),
    setPlace: database.statement('UPDATE folders SET place = ? WHERE id = ?'),
    setPlaceKind: database.statement('UPDATE folders SET place_kind = ? WHERE id = ?'),
    approveScheme: database.statement('UPDATE folders SET approved_scheme = ? WHERE id = ?'),
    copyPaths: database.statement('SELECT path FROM copies WHERE substr(path, 1, ?) = ?'),
    unreadablePaths: database.statement('SELECT path FROM unreadable_files WHERE substr(path, 1, ?) = ?'),
    assignCopy: database.statement('UPDATE copies SET folder_id = ? WHERE path = ?'),
    assignUnreadable: database.statement('UPDATE unreadable_files SET folder_id = ? WHERE path = ?'),
    giveCopies: database.statement('UPDATE copies SET folder_id = ? WHERE folder_id = ?'),
    giveUnreadable: database.statement('UPDATE unreadable_files SET folder_id = ? WHERE folder_id = ?'),
  };
}

/** The folders of a catalogue that may be damaged, as far as they can be read. */
export function salvageFolders(
  path: string,
): (Pick<LibraryFolder, 'path' | 'watch'> & { readonly placeKind: PlaceKind | null })[] {
  return Database.salvage(path, 'SELECT * FROM folders').flatMap((row) => {
    const folder = row['path'];
    if (typeof folder !== 'string' || !isAbsolute(folder)) return [];
    const placeKind = PLACE_KINDS.find((kind) => kind === row['place_kind']) ?? null;
    return [{ path: folder, watch: salvagedRule(row), placeKind }];
  });
}

/** A rule that cannot be read is none: what it did must not be guessed. */
function salvagedRule(row: Row): WatchRule | null {
  try {
    return parsedOrNull(row, 'watch', WATCH_RULE);
  } catch {
    return null;
  }
}

function folderOf(row: Row): LibraryFolder {
  return {
    id: number(row, 'id'),
    path: text(row, 'path'),
    addedAt: text(row, 'added_at'),
    state: text(row, 'state') as LibraryFolder['state'], // the table's own CHECK
    scannedAt: textOrNull(row, 'scanned_at'),
    copyCount: number(row, 'copy_count'),
    totalBytes: number(row, 'total_bytes'),
    watch: parsedOrNull(row, 'watch', WATCH_RULE),
    problem: errorOrNull(row, 'problem'),
  };
}

function parsedPlaceKind(stored: string | null): PlaceKind | null {
  if (stored === null) return null;
  const kind = PLACE_KINDS.find((known) => known === stored);
  if (kind === undefined) throw damaged();
  return kind;
}

const PLACE = v.object({
  id: v.string(),
  kind: v.picklist(PLACE_KINDS),
  label: v.string(),
  reason: v.string(),
});

const WATCH_RULE = v.object({
  verify: v.picklist(['none', 'quick', 'full', 'deep']),
  migrate: v.nullable(v.object({ originals: v.picklist(['keep', 'quarantine', 'trash']) })),
  // Rules of earlier versions have none.
  scheme: v.optional(
    v.nullable(
      v.object({ policy: v.string(), to: v.picklist(['quarantine', 'trash']), undoDays: v.number() }),
    ),
    null,
  ),
});
