// Files that lie where backups lie and could not be read as one, with what tells that they have not changed since: they
// are shown, and not opened again and again.

import type { PlainError } from '../../shared/errors.ts';
import type { UnreadableFile } from '../../shared/library.ts';
import { errorOrNull, number, numberOrNull, text } from './columns.ts';
import type { Database, Row } from './database.ts';
import { damaged } from './database-errors.ts';
import { stampOf, type FileStamp } from './file-stamp.ts';

export interface KnownUnreadable {
  readonly stamp: FileStamp;
  readonly error: PlainError;
}

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class UnreadableTable {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
    this.#statements = prepare(database);
  }

  /** An earlier error at this path is replaced; the time of the first one stays. */
  put(path: string, folderId: number | null, stamp: FileStamp, error: PlainError): void {
    const { sizeBytes, mtimeNs, ctimeNs, inode, device } = stamp;
    const since = this.#now().toISOString();
    const json = JSON.stringify(error);
    this.#statements.put.run(path, folderId, sizeBytes, mtimeNs, ctimeNs, inode, device, json, since);
  }

  inFolder(folderId: number): Map<string, KnownUnreadable> {
    const files = this.#statements.inFolder.all(folderId);
    return new Map(files.map((row) => [text(row, 'path'), { stamp: stampOf(row), error: errorOf(row) }]));
  }

  remove(paths: Iterable<string>): void {
    this.#database.transaction(() => {
      for (const path of paths) this.#statements.remove.run(path);
    });
  }

  /** By path. */
  list(): UnreadableFile[] {
    return this.#statements.list.all().map((row) => ({
      path: text(row, 'path'),
      folderId: numberOrNull(row, 'folder_id'),
      sizeBytes: number(row, 'size_bytes'),
      error: errorOf(row),
      since: text(row, 'since'),
    }));
  }
}

function prepare(database: Database) {
  return {
    put: database.statement(
      `INSERT INTO unreadable_files
         (path, folder_id, size_bytes, mtime_ns, ctime_ns, inode, device, error, since)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (path) DO UPDATE SET folder_id = excluded.folder_id, size_bytes = excluded.size_bytes,
         mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, inode = excluded.inode,
         device = excluded.device, error = excluded.error`,
    ),
    inFolder: database.statement('SELECT * FROM unreadable_files WHERE folder_id = ?'),
    remove: database.statement('DELETE FROM unreadable_files WHERE path = ?'),
    list: database.statement('SELECT * FROM unreadable_files ORDER BY path'),
  };
}

function errorOf(row: Row): PlainError {
  const error = errorOrNull(row, 'error');
  if (error === null) throw damaged();
  return error;
}
