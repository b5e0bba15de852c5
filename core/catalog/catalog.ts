// Which backups there are, in which files, and which keys were tried on them. Knows nothing of how any of it is found
// out. Calls are synchronous and short; whoever writes much does it in one `batch`.

import * as v from 'valibot';

import { Database, damaged, type Row } from './database.ts';

/** What tells that a file has not changed since it was read. Numbers of the file system as text: they exceed a double. */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  readonly inode: string;
  readonly device: string;
}

/** An encrypted member. */
export interface EncryptedPart {
  /** Among all members of the backup, from 0. */
  readonly position: number;
  readonly name: string;
  readonly variant: string;
}

export interface BackupFacts {
  readonly identity: string;
  readonly slug: string;
  readonly name: string;
  /** ISO 8601 in UTC; null where the backup does not tell. */
  readonly date: string | null;
  readonly instanceId: string | null;
  readonly encryptedParts: readonly EncryptedPart[];
}

/** all: it opens every encrypted part; some: the ones it settles; none: none of them. */
export type TrialOutcome = 'all' | 'some' | 'none';

export interface KeyTrial {
  readonly keyId: string;
  readonly outcome: TrialOutcome;
  /** Positions of the parts that need no other key: it opens them, or proves that they are damaged. */
  readonly settledPositions: readonly number[];
}

/** A backup of which at least one file is known. */
export interface KnownBackup extends BackupFacts {
  readonly paths: readonly string[];
  readonly trials: readonly KeyTrial[];
}

/** When and where a backup was made, and what opens it. */
export interface Opening extends Pick<BackupFacts, 'date' | 'instanceId'> {
  readonly keyIds: readonly string[];
}

/** Opens or makes the catalogue. @throws DAMAGED_CATALOG, UNSUPPORTED_VERSION, BUSY, NO_SPACE, OUTPUT_REFUSED, IO_FAILED */
export function openCatalog(path: string, now: () => Date = () => new Date()): Catalog {
  const database = Database.open(path);
  try {
    return new Catalog(database, now);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class Catalog {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
    this.#statements = prepare(database);
  }

  /** What is known about the file at `path`, if it is the one that was read; null where it is new or has changed. */
  findUnchanged(path: string, stamp: FileStamp): BackupFacts | null {
    const { sizeBytes, mtimeNs, ctimeNs, inode, device } = stamp;
    const row = this.#statements.findUnchanged.get(path, sizeBytes, mtimeNs, ctimeNs, inode, device);
    return row === undefined ? null : factsOf(row);
  }

  /** Whether this content was known before, in whatever file. */
  knows(identity: string): boolean {
    return this.#statements.findBackup.get(identity) !== undefined;
  }

  /** Notes that the file at `path` holds this backup. */
  rememberCopy(path: string, stamp: FileStamp, facts: BackupFacts): void {
    const { identity, slug, name, date, instanceId, encryptedParts } = facts;
    const { sizeBytes, mtimeNs, ctimeNs, inode, device } = stamp;
    this.batch(() => {
      const parts = JSON.stringify(encryptedParts);
      this.#statements.putBackup.run(identity, slug, name, date, instanceId, parts);
      const seenAt = this.#now().toISOString();
      this.#statements.putCopy.run(path, identity, sizeBytes, mtimeNs, ctimeNs, inode, device, seenAt);
    });
  }

  trialsOf(identity: string): KeyTrial[] {
    return this.#statements.trialsOf.all(identity).map(trialOf);
  }

  /** Notes what came of trying keys on a backup that is known; an earlier answer for the same key is replaced. */
  rememberTrials(identity: string, trials: readonly KeyTrial[]): void {
    const triedAt = this.#now().toISOString();
    this.batch(() => {
      for (const { keyId, outcome, settledPositions } of trials) {
        const settled = JSON.stringify(settledPositions);
        this.#statements.putTrial.run(identity, keyId, outcome, settled, triedAt);
      }
    });
  }

  /** Every backup of which a file is known, with its files and trials, by identity. */
  backups(): KnownBackup[] {
    return this.#database.snapshot(() => {
      const paths = grouped(this.#statements.allCopies.all(), (row) => text(row, 'path'));
      const trials = grouped(this.#statements.allTrials.all(), trialOf);
      return this.#statements.allBackups.all().map((row) => {
        const facts = factsOf(row);
        const { identity } = facts;
        return { ...facts, paths: paths.get(identity) ?? [], trials: trials.get(identity) ?? [] };
      });
    });
  }

  /** Every content of which somebody knows a key, with the ids of the keys that open it or a part of it. */
  openings(): Opening[] {
    const openings = new Map<string, { date: string | null; instanceId: string | null; keyIds: string[] }>();
    for (const row of this.#statements.openings.all()) {
      const identity = text(row, 'identity');
      const known = openings.get(identity);
      const keyId = text(row, 'key_id');
      if (known !== undefined) known.keyIds.push(keyId);
      else
        openings.set(identity, {
          date: textOrNull(row, 'date'),
          instanceId: textOrNull(row, 'instance_id'),
          keyIds: [keyId],
        });
    }
    return [...openings.values()];
  }

  /** Everything `work` writes is written at once, or nothing of it. */
  batch<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  close(): void {
    this.#database.close();
  }
}

function prepare(database: Database) {
  return {
    findUnchanged: database.statement(
      `SELECT backups.* FROM copies JOIN backups USING (identity)
       WHERE path = ? AND size_bytes = ? AND mtime_ns = ? AND ctime_ns = ? AND inode = ? AND device = ?`,
    ),
    findBackup: database.statement('SELECT identity FROM backups WHERE identity = ?'),
    putBackup: database.statement(
      `INSERT INTO backups (identity, slug, name, date, instance_id, encrypted_parts) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (identity) DO UPDATE SET slug = excluded.slug, name = excluded.name, date = excluded.date,
         instance_id = excluded.instance_id, encrypted_parts = excluded.encrypted_parts`,
    ),
    putCopy: database.statement(
      `INSERT OR REPLACE INTO copies (path, identity, size_bytes, mtime_ns, ctime_ns, inode, device, seen_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    trialsOf: database.statement('SELECT * FROM key_trials WHERE identity = ? ORDER BY key_id'),
    putTrial: database.statement(
      `INSERT OR REPLACE INTO key_trials (identity, key_id, outcome, settled_positions, tried_at)
       VALUES (?, ?, ?, ?, ?)`,
    ),
    openings: database.statement(
      `SELECT identity, date, instance_id, key_id FROM key_trials JOIN backups USING (identity)
       WHERE outcome <> 'none'`,
    ),
    allBackups: database.statement(
      'SELECT * FROM backups WHERE identity IN (SELECT identity FROM copies) ORDER BY identity',
    ),
    allCopies: database.statement('SELECT identity, path FROM copies ORDER BY path'),
    allTrials: database.statement('SELECT * FROM key_trials ORDER BY identity, key_id'),
  };
}

function factsOf(row: Row): BackupFacts {
  return {
    identity: text(row, 'identity'),
    slug: text(row, 'slug'),
    name: text(row, 'name'),
    date: textOrNull(row, 'date'),
    instanceId: textOrNull(row, 'instance_id'),
    encryptedParts: parsed(row, 'encrypted_parts', PARTS),
  };
}

function trialOf(row: Row): KeyTrial {
  return {
    keyId: text(row, 'key_id'),
    outcome: text(row, 'outcome') as TrialOutcome, // the table's own CHECK
    settledPositions: parsed(row, 'settled_positions', POSITIONS),
  };
}

const position = v.pipe(v.number(), v.integer(), v.minValue(0));
const PARTS = v.array(v.object({ position, name: v.string(), variant: v.string() }));
const POSITIONS = v.array(position);

function parsed<T>(row: Row, column: string, schema: v.GenericSchema<unknown, T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text(row, column));
  } catch (error) {
    throw damaged(error);
  }
  const result = v.safeParse(schema, json);
  if (!result.success) throw damaged();
  return result.output;
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw damaged();
  return value;
}

function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

function grouped<T>(rows: readonly Row[], read: (row: Row) => T): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const identity = text(row, 'identity');
    const group = groups.get(identity);
    if (group === undefined) groups.set(identity, [read(row)]);
    else group.push(read(row));
  }
  return groups;
}
