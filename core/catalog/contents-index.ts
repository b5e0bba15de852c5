// Names of the files inside the backups, as full verifications read them, to be searched by any part of a name. SQLite's
// trigrams find the names that may match; what matches is decided here, because SQLite's LIKE knows the case of ASCII only.

import { number, text } from './columns.ts';
import type { Database } from './database.ts';

export interface ContentsEntry {
  /** As it stands in the inner archive, of whatever characters. */
  readonly name: string;
  readonly sizeBytes: number;
}

export interface ContentsMatch extends ContentsEntry {
  readonly identity: string;
  readonly member: string;
}

const GRAM_LENGTH = 3;
/** More of them hardly exclude another name. */
const MAX_GRAMS = 64;
/** With more than these it is quicker to look through the newest backups. */
const MAX_NAMES = 2000;
const MAX_PLACES = 10_000;

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class ContentsIndex {
  readonly #database: Database;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  /**
   * Notes what is in a member, in the place of what was noted before. The content has to be known. Of several entries with
   * one name the last counts, as it does when they are unpacked.
   */
  put(identity: string, member: string, entries: Iterable<ContentsEntry>): void {
    const { drop, add, addEntry } = this.#statements;
    this.#database.transaction(() => {
      drop.run(identity, member);
      const id = number(add.get(identity, member) ?? {}, 'id');
      for (const { name, sizeBytes } of entries) addEntry.run(id, this.#nameId(name), sizeBytes);
    });
  }

  /** Whether anything is noted about this content, or about this member of it. */
  has(identity: string, member?: string): boolean {
    const { anyOf, find } = this.#statements;
    return (member === undefined ? anyOf.get(identity) : find.get(identity, member)) !== undefined;
  }

  /** Notes for a content that the same is in it as in another. */
  copy(fromIdentity: string, toIdentity: string): void {
    this.#database.transaction(() => {
      for (const row of this.#statements.listsOf.all(fromIdentity)) {
        const member = text(row, 'member');
        this.#statements.drop.run(toIdentity, member);
        const id = number(this.#statements.add.get(toIdentity, member) ?? {}, 'id');
        this.#statements.copyEntries.run(id, number(row, 'id'));
      }
    });
  }

  /** Forgets what is in this content. */
  remove(identity: string): void {
    this.#database.transaction(() => {
      const nameIds = this.#statements.nameIdsOf.all(identity).map((row) => number(row, 'name_id'));
      this.#statements.dropAllOf.run(identity);
      this.#dropUnused(nameIds);
    });
  }

  /** Forgets what is in contents of which no file is known any more, and names that stand in none. */
  prune(): void {
    this.#database.transaction(() => {
      this.#statements.dropWithoutCopies.run();
      this.#dropUnused(this.#statements.unusedNameIds.all().map((row) => number(row, 'id')));
    });
  }

  /**
   * Files whose name (with its folders) has `text` in it, without regard to case, in backups of which a file is known; those in the
   * newest backups first.
   */
  search(searched: string, limit: number): ContentsMatch[] {
    const wanted = fold(searched);
    if (wanted === '' || limit < 1) return [];
    return this.#database.snapshot(() => {
      const nameIds = this.#namesWith(wanted);
      const isRare = nameIds !== null && this.#isIn(nameIds, MAX_PLACES);
      return isRare ? this.#placesOf(nameIds, limit) : this.#newestWith(wanted, limit);
    });
  }

  /** null where too many names match. */
  #namesWith(wanted: string): number[] | null {
    const grams = gramsOf(wanted).map((gram) => `"${gram.replaceAll('"', '""')}"`);
    const { allNames, candidates } = this.#statements;
    const rows = grams.length === 0 ? allNames.iterate() : candidates.iterate(grams.join(' AND '));
    const ids: number[] = [];
    for (const row of rows) {
      if (fold(text(row, 'name')).includes(wanted)) ids.push(number(row, 'id'));
      if (ids.length > MAX_NAMES) return null;
    }
    return ids;
  }

  /** Whether these names stand in at most so many places. */
  #isIn(nameIds: readonly number[], maxPlaces: number): boolean {
    return this.#statements.countPlaces.all(JSON.stringify(nameIds), maxPlaces + 1).length <= maxPlaces;
  }

  #placesOf(nameIds: readonly number[], limit: number): ContentsMatch[] {
    return this.#statements.places.all(JSON.stringify(nameIds), limit).map((row) => ({
      identity: text(row, 'identity'),
      member: text(row, 'member'),
      name: text(row, 'name'),
      sizeBytes: number(row, 'size_bytes'),
    }));
  }

  /** Backup by backup, for what is found so often that the newest few have enough of it. */
  #newestWith(wanted: string, limit: number): ContentsMatch[] {
    const matches: ContentsMatch[] = [];
    const matching = new Map<number, boolean>();
    for (const list of this.#statements.newestLists.all()) {
      const place = { identity: text(list, 'identity'), member: text(list, 'member') };
      for (const row of this.#statements.entriesOf.iterate(number(list, 'id'))) {
        const nameId = number(row, 'name_id');
        const name = text(row, 'name');
        const isMatch = matching.get(nameId) ?? fold(name).includes(wanted);
        matching.set(nameId, isMatch);
        if (isMatch) matches.push({ ...place, name, sizeBytes: number(row, 'size_bytes') });
        if (matches.length === limit) return matches;
      }
    }
    return matches;
  }

  #nameId(given: string): number {
    const name = given.toWellFormed(); // what UTF-8 cannot hold
    const known = this.#statements.nameId.get(name);
    if (known !== undefined) return number(known, 'id');
    const id = number(this.#statements.addName.get(name) ?? {}, 'id');
    this.#statements.addToIndex.run(id, fold(name));
    return id;
  }

  #dropUnused(nameIds: readonly number[]): void {
    const { isUsed, dropFromIndex, dropName } = this.#statements;
    for (const id of nameIds) {
      if (isUsed.get(id) !== undefined) continue;
      dropFromIndex.run(id);
      dropName.run(id);
    }
  }
}

/** What is the same but for case, or for how its letters are composed, becomes equal. SQLite's tokenizer ends at a NUL. */
function fold(text: string): string {
  return text.toWellFormed().normalize('NFC').toLowerCase().replaceAll('\0', '\ufffd');
}

function gramsOf(folded: string): string[] {
  const characters = Array.from(folded);
  const grams = new Set<string>();
  for (let start = 0; start + GRAM_LENGTH <= characters.length && grams.size < MAX_GRAMS; start++)
    grams.add(characters.slice(start, start + GRAM_LENGTH).join(''));
  return [...grams];
}

function prepare(database: Database) {
  return {
    find: database.statement('SELECT id FROM contents WHERE identity = ? AND member = ?'),
    anyOf: database.statement('SELECT id FROM contents WHERE identity = ? LIMIT 1'),
    listsOf: database.statement('SELECT id, member FROM contents WHERE identity = ?'),
    add: database.statement('INSERT INTO contents (identity, member) VALUES (?, ?) RETURNING id'),
    drop: database.statement('DELETE FROM contents WHERE identity = ? AND member = ?'),
    dropAllOf: database.statement('DELETE FROM contents WHERE identity = ?'),
    dropWithoutCopies: database.statement(
      'DELETE FROM contents WHERE identity NOT IN (SELECT identity FROM copies)',
    ),
    addEntry: database.statement(
      'INSERT OR REPLACE INTO entries (contents_id, name_id, size_bytes) VALUES (?, ?, ?)',
    ),
    copyEntries: database.statement(
      `INSERT INTO entries (contents_id, name_id, size_bytes)
       SELECT ?, name_id, size_bytes FROM entries WHERE contents_id = ?`,
    ),
    nameId: database.statement('SELECT id FROM entry_names WHERE name = ?'),
    addName: database.statement('INSERT INTO entry_names (name) VALUES (?) RETURNING id'),
    addToIndex: database.statement('INSERT INTO entry_names_index (rowid, folded) VALUES (?, ?)'),
    nameIdsOf: database.statement(
      `SELECT DISTINCT name_id FROM contents JOIN entries ON contents_id = contents.id WHERE identity = ?`,
    ),
    unusedNameIds: database.statement(
      'SELECT id FROM entry_names WHERE NOT EXISTS (SELECT 1 FROM entries WHERE name_id = entry_names.id)',
    ),
    isUsed: database.statement('SELECT 1 FROM entries WHERE name_id = ? LIMIT 1'),
    dropFromIndex: database.statement('DELETE FROM entry_names_index WHERE rowid = ?'),
    dropName: database.statement('DELETE FROM entry_names WHERE id = ?'),
    allNames: database.statement('SELECT id, name FROM entry_names'),
    candidates: database.statement(
      `SELECT id, name FROM entry_names_index CROSS JOIN entry_names ON id = entry_names_index.rowid
       WHERE entry_names_index MATCH ?`,
    ),
    countPlaces: database.statement(
      `SELECT 1 FROM json_each(?) AS wanted CROSS JOIN entries ON name_id = wanted.value LIMIT ?`,
    ),
    newestLists: database.statement(
      `SELECT contents.id, identity, member FROM contents JOIN backups USING (identity)
       WHERE EXISTS (SELECT 1 FROM copies WHERE copies.identity = contents.identity)
       ORDER BY backups.date DESC, identity, member`,
    ),
    entriesOf: database.statement(
      `SELECT name_id, name, size_bytes FROM entries CROSS JOIN entry_names ON id = name_id
       WHERE contents_id = ? ORDER BY name_id`,
    ),
    places: database.statement(
      `SELECT contents.identity, member, entry_names.name, entries.size_bytes
       FROM json_each(?) AS wanted
         CROSS JOIN entries ON name_id = wanted.value
         CROSS JOIN entry_names ON entry_names.id = name_id
         CROSS JOIN contents ON contents.id = contents_id
         CROSS JOIN backups USING (identity)
       WHERE EXISTS (SELECT 1 FROM copies WHERE copies.identity = contents.identity)
       ORDER BY backups.date DESC, contents.identity, member, entry_names.name
       LIMIT ?`,
    ),
  };
}
