// Settings that belong to the library, by name, as JSON. Who asks says what form they have.

import type { GenericSchema } from 'valibot';

import { parsed } from './columns.ts';
import type { Database } from './database.ts';

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class SettingsTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database) {
    this.#statements = prepare(database);
  }

  /** null where it was never set. @throws DAMAGED_CATALOG also where it has another form */
  get<T>(name: string, schema: GenericSchema<unknown, T>): T | null {
    const row = this.#statements.get.get(name);
    return row === undefined ? null : parsed(row, 'value', schema);
  }

  /** @param value what JSON can hold */
  set(name: string, value: unknown): void {
    this.#statements.set.run(name, JSON.stringify(value));
  }
}

function prepare(database: Database) {
  return {
    get: database.statement('SELECT value FROM settings WHERE name = ?'),
    set: database.statement('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)'),
  };
}
