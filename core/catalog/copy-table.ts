// The files that hold backups: which content, in which folder, and since when one is missing. A file that is missing is
// not forgotten: it may come back with its drive, and until then its keys are needed.

import { numberOrNull, text, textOrNull } from './columns.ts';
import type { Database, Row } from './database.ts';
import { stampOf, type FileStamp } from './file-stamp.ts';

export interface KnownCopy {
  readonly stamp: FileStamp;
  readonly identity: string;
  /** ISO 8601; null while it is there. */
  readonly missingSince: string | null;
}

/** A copy with where it is. */
export interface PlacedCopy extends KnownCopy {
  readonly path: string;
  readonly folderId: number | null;
}

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class CopyTable {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
    this.#statements = prepare(database);
  }

  /** By path, also the ones that are missing. */
  inFolder(folderId: number): Map<string, KnownCopy> {
    const copies = new Map<string, KnownCopy>();
    for (const row of this.#statements.inFolder.iterate(folderId)) copies.set(text(row, 'path'), copyOf(row));
    return copies;
  }

  /** Files that lie in no folder of the library, by path: named once by somebody, or originals that were kept. */
  outsideFolders(): PlacedCopy[] {
    return this.#statements.outside.all().map(placedCopyOf);
  }

  find(path: string): PlacedCopy | null {
    const row = this.#statements.find.get(path);
    return row === undefined ? null : placedCopyOf(row);
  }

  /** All files that hold this content, by path, also the ones that are missing. */
  byIdentity(identity: string): PlacedCopy[] {
    return this.#statements.byIdentity.all(identity).map(placedCopyOf);
  }

  /** Puts the file in the place of what was known at this path. The content has to be known. */
  put(path: string, stamp: FileStamp, identity: string, folderId: number | null): void {
    const { sizeBytes, mtimeNs, ctimeNs, inode, device } = stamp;
    const seenAt = this.#now().toISOString();
    this.#statements.put.run(path, identity, sizeBytes, mtimeNs, ctimeNs, inode, device, seenAt, folderId);
  }

  /** @param at ISO 8601; one that is missing already keeps its earlier time */
  markMissing(paths: Iterable<string>, at: string): void {
    this.#each(paths, (path) => this.#statements.markMissing.run(at, path));
  }

  /** They are there again, or still. */
  markPresent(paths: Iterable<string>): void {
    this.#each(paths, (path) => this.#statements.markPresent.run(path));
  }

  /** Notes new stamps of files whose content is known to be the same. */
  restamp(stamps: Iterable<readonly [path: string, stamp: FileStamp]>): void {
    this.#each(stamps, ([path, { sizeBytes, mtimeNs, ctimeNs, inode, device }]) =>
      this.#statements.restamp.run(sizeBytes, mtimeNs, ctimeNs, inode, device, path),
    );
  }

  /** Forgets the file for good; what is known of its content stays. */
  remove(path: string): void {
    this.#statements.remove.run(path);
  }

  #each<T>(items: Iterable<T>, change: (item: T) => void): void {
    this.#database.transaction(() => {
      for (const item of items) change(item);
    });
  }
}

function prepare(database: Database) {
  return {
    inFolder: database.statement('SELECT * FROM copies WHERE folder_id = ?'),
    outside: database.statement('SELECT * FROM copies WHERE folder_id IS NULL ORDER BY path'),
    find: database.statement('SELECT * FROM copies WHERE path = ?'),
    byIdentity: database.statement('SELECT * FROM copies WHERE identity = ? ORDER BY path'),
    put: database.statement(
      `INSERT OR REPLACE INTO copies
         (path, identity, size_bytes, mtime_ns, ctime_ns, inode, device, seen_at, folder_id, missing_since)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)`,
    ),
    markMissing: database.statement(
      'UPDATE copies SET missing_since = ? WHERE path = ? AND missing_since IS NULL',
    ),
    markPresent: database.statement(
      'UPDATE copies SET missing_since = NULL WHERE path = ? AND missing_since IS NOT NULL',
    ),
    restamp: database.statement(
      'UPDATE copies SET size_bytes = ?, mtime_ns = ?, ctime_ns = ?, inode = ?, device = ? WHERE path = ?',
    ),
    remove: database.statement('DELETE FROM copies WHERE path = ?'),
  };
}

function copyOf(row: Row): KnownCopy {
  return {
    stamp: stampOf(row),
    identity: text(row, 'identity'),
    missingSince: textOrNull(row, 'missing_since'),
  };
}

function placedCopyOf(row: Row): PlacedCopy {
  return { ...copyOf(row), path: text(row, 'path'), folderId: numberOrNull(row, 'folder_id') };
}
