// Which backups there are, in which files, and which keys were tried on them. Knows nothing of how any of it is found
// out. Calls are synchronous and short; whoever writes much does it in one `batch`.

import { dirname } from 'node:path';

import {
  DETAIL_COLUMNS,
  detailValues,
  factsOf,
  type BackupFacts,
  type InspectedBackup,
} from './backup-facts.ts';
import { grouped, text, textOrNull } from './columns.ts';
import { ContentsIndex } from './contents-index.ts';
import { CopyTable } from './copy-table.ts';
import { Database } from './database.ts';
import type { FileStamp } from './file-stamp.ts';
import { FolderTable } from './folder-table.ts';
import { JobTable } from './job-table.ts';
import { trialOf, type KeyTrial } from './key-coverage.ts';
import { LibraryView } from './library-view.ts';
import { PinTable } from './pin-table.ts';
import { ReplacementTable } from './replacement-table.ts';
import { RotationTable } from './rotation-table.ts';
import { SettingsTable } from './settings-table.ts';
import { UnreadableTable } from './unreadable-table.ts';
import { VerificationTable } from './verification-table.ts';

/** A backup of which at least one file is known, be it missing at the moment. */
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
    return new Catalog(database, now, dirname(path));
  } catch (error) {
    database.close();
    throw error;
  }
}

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class Catalog {
  /** That its file is in. */
  readonly folder: string;
  readonly folders: FolderTable;
  readonly copies: CopyTable;
  readonly unreadable: UnreadableTable;
  readonly library: LibraryView;
  readonly verifications: VerificationTable;
  readonly contents: ContentsIndex;
  readonly replacements: ReplacementTable;
  readonly settings: SettingsTable;
  readonly jobs: JobTable;
  readonly pins: PinTable;
  readonly rotations: RotationTable;
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database, now: () => Date, folder: string) {
    this.folder = folder;
    this.#database = database;
    this.#now = now;
    this.#statements = prepare(database);
    this.folders = new FolderTable(database, now);
    this.copies = new CopyTable(database, now);
    this.unreadable = new UnreadableTable(database, now);
    this.library = new LibraryView(database);
    this.verifications = new VerificationTable(database, now);
    this.contents = new ContentsIndex(database);
    this.pins = new PinTable(database, now);
    this.rotations = new RotationTable(database, now);
    this.replacements = new ReplacementTable(database, now, { contents: this.contents, pins: this.pins });
    this.settings = new SettingsTable(database);
    this.jobs = new JobTable(database, now);
  }

  /**
   * What is known about the file at `path`, if it is the one that was read; null where it is new or has changed. The number of
   * its device is not asked: it is another after each mount.
   */
  findUnchanged(path: string, stamp: FileStamp): BackupFacts | null {
    const { sizeBytes, mtimeNs, ctimeNs, inode } = stamp;
    const row = this.#statements.findUnchanged.get(path, sizeBytes, mtimeNs, ctimeNs, inode);
    return row === undefined ? null : factsOf(row);
  }

  /** Whether this content was known before, in whatever file. */
  knows(identity: string): boolean {
    return this.#statements.findBackup.get(identity) !== undefined;
  }

  /** What is known of a content, also of one whose files are all gone; null where it is not known. */
  factsOf(identity: string): BackupFacts | null {
    const row = this.#statements.findBackup.get(identity);
    return row === undefined ? null : factsOf(row);
  }

  /**
   * Notes that the file at `path` holds this backup and is there. Where it is the backup that was there before, written anew by whomever,
   * it is pinned if that was.
   * @param folderId where the caller knows it; otherwise the deepest folder of the library that the file lies in
   */
  rememberCopy(path: string, stamp: FileStamp, facts: InspectedBackup, folderId?: number | null): void {
    const { identity, slug, name, date, instanceId, encryptedParts, details, members } = facts;
    this.batch(() => {
      const parts = JSON.stringify(encryptedParts);
      const seenAt = this.#now().toISOString();
      this.#statements.putBackup.run(
        ...[identity, slug, name, date, instanceId, parts, seenAt],
        ...detailValues(details),
      );
      if (members !== undefined) {
        this.#statements.dropMembers.run(identity);
        for (const { position, name: memberName, title, variant, sizeBytes } of members)
          this.#statements.addMember.run(identity, position, memberName, title, variant, sizeBytes);
      }
      const before = this.copies.find(path)?.identity ?? identity;
      if (before !== identity && slug !== '' && this.factsOf(before)?.slug === slug)
        this.pins.follow(before, identity);
      this.copies.put(path, stamp, identity, folderId === undefined ? this.folders.holding(path) : folderId);
      this.unreadable.remove([path]);
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
      const paths = grouped(this.#statements.allCopies.all(), 'identity', (row) => text(row, 'path'));
      const trials = grouped(this.#statements.allTrials.all(), 'identity', trialOf);
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

  /** As `batch`, and on the disk when it returns, whatever happens to the power. */
  durably<T>(work: () => T): T {
    return this.#database.durably(work);
  }

  /**
   * Forgets what serves nothing any more: the names inside backups of which no file is known, and contents of which neither a file
   * nor a key, a verification or a later form is known.
   */
  prune(): void {
    this.batch(() => {
      this.contents.prune();
      this.#statements.dropForgotten.run();
    });
  }

  /** Another number after another process has written; what this one writes does not change it. */
  changeCounter(): number {
    return this.#database.changeCounter();
  }

  close(): void {
    this.#database.close();
  }
}

function prepare(database: Database) {
  const details = DETAIL_COLUMNS.join(', ');
  return {
    findUnchanged: database.statement(
      `SELECT backups.* FROM copies JOIN backups USING (identity)
       WHERE path = ? AND copies.size_bytes = ? AND mtime_ns = ? AND ctime_ns = ? AND inode = ?`,
    ),
    findBackup: database.statement('SELECT * FROM backups WHERE identity = ?'),
    putBackup: database.statement(
      `INSERT INTO backups
         (identity, slug, name, date, instance_id, encrypted_parts, first_seen_at, ${details})
       VALUES (?, ?, ?, ?, ?, ?, ?, ${DETAIL_COLUMNS.map(() => '?').join(', ')})
       ON CONFLICT (identity) DO UPDATE SET slug = excluded.slug, name = excluded.name, date = excluded.date,
         instance_id = excluded.instance_id, encrypted_parts = excluded.encrypted_parts,
         ${DETAIL_COLUMNS.map((column) => `${column} = iif(excluded.size_bytes IS NULL, ${column}, excluded.${column})`).join(', ')}`,
    ),
    dropMembers: database.statement('DELETE FROM members WHERE identity = ?'),
    addMember: database.statement(
      'INSERT INTO members (identity, position, name, title, variant, size_bytes) VALUES (?, ?, ?, ?, ?, ?)',
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
    dropForgotten: database.statement(
      `DELETE FROM backups WHERE identity NOT IN (SELECT identity FROM copies)
         AND identity NOT IN (SELECT identity FROM key_trials)
         AND identity NOT IN (SELECT identity FROM verifications)
         AND identity NOT IN (SELECT old_identity FROM replacements)
         AND identity NOT IN (SELECT new_identity FROM replacements)`,
    ),
  };
}
