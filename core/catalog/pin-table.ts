// Backups that no scheme may remove, because a person said so.

import { Database } from './database.ts';

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class PinTable {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
    this.#statements = prepare(database);
  }

  /** Contents need not be known. */
  set(identities: readonly string[], isPinned: boolean): void {
    const { pin, unpin } = this.#statements;
    const at = this.#now().toISOString();
    this.#database.transaction(() => {
      for (const identity of identities) {
        if (isPinned) pin.run(identity, at);
        else unpin.run(identity);
      }
    });
  }

  /** A content that was written anew is pinned where the old one is. */
  follow(oldIdentity: string, newIdentity: string): void {
    if (this.#statements.one.get(oldIdentity) !== undefined) this.set([newIdentity], true);
  }
}

/** Pinned contents of a catalogue that may be damaged, as far as they can be read. */
export function salvagePins(path: string): string[] {
  return Database.salvage(path, 'SELECT identity FROM pins').flatMap(({ identity }) =>
    typeof identity === 'string' ? [identity] : [],
  );
}

function prepare(database: Database) {
  return {
    pin: database.statement('INSERT OR IGNORE INTO pins (identity, pinned_at) VALUES (?, ?)'),
    unpin: database.statement('DELETE FROM pins WHERE identity = ?'),
    one: database.statement('SELECT identity FROM pins WHERE identity = ?'),
  };
}
