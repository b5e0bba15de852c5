// Which content took the place of which when a backup was written anew, so that its history can be followed.

import type { RecodeOperation } from '../../shared/backup.ts';
import { text } from './columns.ts';
import type { ContentsIndex } from './contents-index.ts';
import type { Database, Row } from './database.ts';
import type { PinTable } from './pin-table.ts';

export interface Replacement {
  readonly oldIdentity: string;
  readonly newIdentity: string;
  readonly operation: RecodeOperation;
  /** The file that was written. */
  readonly path: string;
  /** ISO 8601. */
  readonly at: string;
}

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class ReplacementTable {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #contents: ContentsIndex;
  readonly #pins: PinTable;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(
    database: Database,
    now: () => Date,
    { contents, pins }: { readonly contents: ContentsIndex; readonly pins: PinTable },
  ) {
    this.#database = database;
    this.#now = now;
    this.#contents = contents;
    this.#pins = pins;
    this.#statements = prepare(database);
  }

  /** Both contents have to be known. The files inside are the same, so their names are taken over into the index, and a pin is. */
  add(replacement: Omit<Replacement, 'at'>): void {
    const { oldIdentity, newIdentity, operation, path } = replacement;
    this.#database.transaction(() => {
      this.#statements.add.run(oldIdentity, newIdentity, operation, path, this.#now().toISOString());
      if (!this.#contents.has(newIdentity)) this.#contents.copy(oldIdentity, newIdentity);
      this.#pins.follow(oldIdentity, newIdentity);
    });
  }

  /** How this content came to be in the file at `path`; null where it was not made there. */
  madeAt(identity: string, path: string): Replacement | null {
    const row = this.#statements.madeAt.get(identity, path);
    return row === undefined ? null : replacementOf(row);
  }

  /** What this content was made of, step by step, the last step first. */
  originsOf(identity: string): Replacement[] {
    const origins: Replacement[] = [];
    const seen = new Set([identity]);
    for (let newer = identity; ;) {
      const row = this.#statements.madeFrom.get(newer);
      if (row === undefined) return origins;
      const origin = replacementOf(row);
      if (seen.has(origin.oldIdentity)) return origins;
      seen.add(origin.oldIdentity);
      origins.push(origin);
      newer = origin.oldIdentity;
    }
  }

  /** What was made of this content, the newest first. */
  replacedBy(identity: string): Replacement[] {
    return this.#statements.madeInto.all(identity).map(replacementOf);
  }
}

function prepare(database: Database) {
  return {
    add: database.statement(
      'INSERT INTO replacements (old_identity, new_identity, operation, path, at) VALUES (?, ?, ?, ?, ?)',
    ),
    madeAt: database.statement(
      'SELECT * FROM replacements WHERE new_identity = ? AND path = ? ORDER BY id DESC LIMIT 1',
    ),
    madeFrom: database.statement(
      'SELECT * FROM replacements WHERE new_identity = ? ORDER BY id DESC LIMIT 1',
    ),
    madeInto: database.statement('SELECT * FROM replacements WHERE old_identity = ? ORDER BY id DESC'),
  };
}

function replacementOf(row: Row): Replacement {
  return {
    oldIdentity: text(row, 'old_identity'),
    newIdentity: text(row, 'new_identity'),
    operation: text(row, 'operation') as RecodeOperation,
    path: text(row, 'path'),
    at: text(row, 'at'),
  };
}
