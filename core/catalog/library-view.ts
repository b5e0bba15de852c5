// The backups of the library as people see them: one for each content, with its files, its keys and its last verification.
// Everything comes from one moment and few queries, however many backups there are.

import type { BackupFormat, LibraryBackup, LibraryCopy, LibraryFilter } from '../../shared/library.ts';
import {
  factsOf,
  memberOf,
  type BackupDetails,
  type BackupFacts,
  type BackupMember,
} from './backup-facts.ts';
import { grouped, number, numberOrNull, text, textOrNull } from './columns.ts';
import type { Database, Row } from './database.ts';
import { changedOf, modifiedOf } from './file-stamp.ts';
import { coverageOf, trialOf, untriedKeys, type KeyTrial } from './key-coverage.ts';
import { filterTest } from './library-filter.ts';
import { lastVerificationOf } from './verification-table.ts';

/** All methods throw DAMAGED_CATALOG, BUSY and IO_FAILED. */
export class LibraryView {
  readonly #database: Database;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  /**
   * Backups of which at least one file is known, the newest first; with all their files, not only those that the filter means.
   * @param keyIds the vault's keys; null where nobody may ask for them: then the keys of which it is known that they open something
   * @param staleBefore ISO 8601 in UTC: verifications before it do not count any more; null: all count
   */
  backups(
    filter: LibraryFilter,
    keyIds: ReadonlySet<string> | null,
    staleBefore: string | null,
  ): LibraryBackup[] {
    return this.#all(keyIds).filter(filterTest(filter, staleBefore));
  }

  /** The backup that the file at `path` holds, or held when it was last there; null where none is known. */
  byPath(path: string, keyIds: ReadonlySet<string> | null): LibraryBackup | null {
    const row = this.#statements.identityAt.get(path);
    return row === undefined ? null : this.byIdentity(text(row, 'identity'), keyIds);
  }

  /** null where no file of it is known. */
  byIdentity(identity: string, keyIds: ReadonlySet<string> | null): LibraryBackup | null {
    const { oneBackup, copiesOfOne, trialsOfOne, lastOfOne, filesOfOne } = this.#statements;
    return this.#database.snapshot(() => {
      const verified = new FileVerifications(filesOfOne.all(identity));
      const copies = copiesOfOne.all(identity).map((copy) => copyOf(copy, verified));
      const row = oneBackup.get(identity);
      if (row === undefined || copies.length === 0) return null;
      return backupOf(row, copies, trialsOfOne.all(identity).map(trialOf), lastOfOne.get(identity), keyIds);
    });
  }

  /** The inner archives by position; none where only version 1 of the catalogue knew the content. */
  members(identity: string): BackupMember[] {
    return this.#statements.members.all(identity).map(memberOf);
  }

  #all(keyIds: ReadonlySet<string> | null): LibraryBackup[] {
    const { allBackups, allCopies, allTrials, allLast, allFiles } = this.#statements;
    return this.#database.snapshot(() => {
      const verified = new FileVerifications(allFiles.all());
      const copies = grouped(allCopies.all(), 'identity', (copy) => copyOf(copy, verified));
      const trials = grouped(allTrials.all(), 'identity', trialOf);
      const last = new Map(allLast.all().map((row) => [text(row, 'identity'), row]));
      return allBackups.all().map((row) => {
        const identity = text(row, 'identity');
        return backupOf(
          row,
          copies.get(identity) ?? [],
          trials.get(identity) ?? [],
          last.get(identity),
          keyIds,
        );
      });
    });
  }
}

function prepare(database: Database) {
  const backups = `SELECT backups.*,
      EXISTS (SELECT 1 FROM pins WHERE pins.identity = backups.identity) AS is_pinned FROM backups`;
  const copies = `SELECT copies.*, folders.state AS folder_state FROM copies
    LEFT JOIN folders ON folders.id = copies.folder_id`;
  return {
    allBackups: database.statement(
      `${backups} WHERE identity IN (SELECT identity FROM copies) ORDER BY date DESC, name, identity`,
    ),
    allCopies: database.statement(`${copies} ORDER BY copies.path`),
    allTrials: database.statement('SELECT * FROM key_trials ORDER BY identity, key_id'),
    allLast: database.statement(
      'SELECT * FROM verifications WHERE id IN (SELECT max(id) FROM verifications GROUP BY identity)',
    ),
    allFiles: database.statement(
      'SELECT * FROM verifications WHERE id IN (SELECT max(id) FROM verifications GROUP BY identity, path)',
    ),
    filesOfOne: database.statement(
      `SELECT * FROM verifications WHERE id IN
         (SELECT max(id) FROM verifications WHERE identity = ? GROUP BY path)`,
    ),
    identityAt: database.statement('SELECT identity FROM copies WHERE path = ?'),
    oneBackup: database.statement(`${backups} WHERE identity = ?`),
    copiesOfOne: database.statement(`${copies} WHERE identity = ? ORDER BY copies.path`),
    trialsOfOne: database.statement('SELECT * FROM key_trials WHERE identity = ? ORDER BY key_id'),
    lastOfOne: database.statement('SELECT * FROM verifications WHERE identity = ? ORDER BY id DESC LIMIT 1'),
    members: database.statement('SELECT * FROM members WHERE identity = ? ORDER BY position'),
  };
}

/** The last verification of each file of a content. */
class FileVerifications {
  readonly #rows: ReadonlyMap<string, Row>;

  constructor(rows: readonly Row[]) {
    this.#rows = new Map(rows.map((row) => [keyOf(row), row]));
  }

  /** null where the file was written or renamed after it, or nobody verified it. */
  of(copy: Row): LibraryCopy['verified'] {
    const row = this.#rows.get(keyOf(copy));
    if (row === undefined) return null;
    const { at, status } = lastVerificationOf(row);
    return changedOf({ ctimeNs: text(copy, 'ctime_ns') }) <= Date.parse(at) ? status : null;
  }
}

const keyOf = (row: Row): string => `${text(row, 'identity')} ${text(row, 'path')}`;

function copyOf(row: Row, verified: FileVerifications): LibraryCopy {
  const missingSince = textOrNull(row, 'missing_since');
  const isAway = textOrNull(row, 'folder_state') === 'unreachable';
  return {
    path: text(row, 'path'),
    folderId: numberOrNull(row, 'folder_id'),
    sizeBytes: number(row, 'size_bytes'),
    modified: modifiedOf({ mtimeNs: text(row, 'mtime_ns') }),
    state: missingSince !== null ? 'missing' : isAway ? 'unreachable' : 'present',
    missingSince,
    verified: verified.of(row),
  };
}

function backupOf(
  row: Row,
  copies: readonly LibraryCopy[],
  trials: readonly KeyTrial[],
  last: Row | undefined,
  keyIds: ReadonlySet<string> | null,
): LibraryBackup {
  const { identity, slug, name, date, instanceId, ...facts } = factsOf(row);
  return {
    identity,
    slug,
    name,
    date,
    instanceId,
    ...(facts.details ?? guessedDetails(facts, copies)),
    copies,
    ...openedBy(facts, trials, keyIds),
    lastVerification: last === undefined ? null : lastVerificationOf(last),
    isPinned: number(row, 'is_pinned') === 1,
  };
}

/** What can be said about a content that nobody has inspected since version 1. */
function guessedDetails(
  { encryptedParts }: Pick<BackupFacts, 'encryptedParts'>,
  copies: readonly LibraryCopy[],
): BackupDetails {
  const formats = new Set(encryptedParts.map(({ variant }) => (variant === 'v1-pax' ? 'v1' : variant)));
  const [format = 'plain'] = formats;
  return {
    type: null,
    homeAssistantVersion: null,
    sizeBytes: copies[0]?.sizeBytes ?? 0,
    protection: encryptedParts.length > 0 ? 'encrypted' : 'unclear',
    format: formats.size > 1 ? 'mixed' : (format as BackupFormat),
    mismatch: false,
    contents: [],
    restoreNeeds: { supervisor: null, core: null },
  };
}

function openedBy(
  facts: Pick<BackupFacts, 'encryptedParts'>,
  trials: readonly KeyTrial[],
  vaultKeyIds: ReadonlySet<string> | null,
): Pick<LibraryBackup, 'keyState' | 'keyIds'> {
  if (facts.encryptedParts.length === 0) return { keyState: 'plain', keyIds: [] };
  const keyIds = vaultKeyIds ?? new Set(trials.map(({ keyId }) => keyId));
  const coverage = coverageOf(facts, trials, keyIds);
  if (coverage.lockedParts.length === 0) return { keyState: 'opens', keyIds: coverage.keyIds };
  if (coverage.keyIds.length > 0) return { keyState: 'opens-part', keyIds: coverage.keyIds };
  const isUntried = vaultKeyIds === null || untriedKeys(trials, vaultKeyIds).length > 0;
  return { keyState: isUntried ? 'untried' : 'locked', keyIds: [] };
}
