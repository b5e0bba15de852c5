// Every verification that was made of a content, kept as history. The order is that of their ids: clocks are set back.

import type { VerifyLevel } from '../../shared/backup.ts';
import type { LastVerification } from '../../shared/library.ts';
import { number, text, textOrNull } from './columns.ts';
import type { Database, Row } from './database.ts';

export interface NewVerification {
  readonly identity: string;
  /** The file that was read. */
  readonly path: string;
  readonly level: VerifyLevel;
  readonly status: LastVerification['status'];
  /** What makes it not good; null where it is. */
  readonly message: string | null;
  /** Bytes of the stored backup that were read. */
  readonly bytes: number;
  readonly durationMs: number;
  /** ISO 8601; now unless told. */
  readonly at?: string;
}

export interface Verification extends NewVerification {
  readonly id: number;
  readonly at: string;
}

export interface VerificationUse {
  readonly bytes: number;
  readonly minutes: number;
}

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class VerificationTable {
  readonly #now: () => Date;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database, now: () => Date) {
    this.#now = now;
    this.#statements = prepare(database);
  }

  /** The content has to be known. */
  add(verification: NewVerification): void {
    const { identity, path, level, status, message, bytes, durationMs } = verification;
    const at = verification.at ?? this.#now().toISOString();
    this.#statements.add.run(identity, path, level, at, status, message, bytes, durationMs);
  }

  lastOf(identity: string): Verification | null {
    const row = this.#statements.lastOf.get(identity);
    return row === undefined ? null : verificationOf(row);
  }

  /** The newest first. */
  history(identity: string): Verification[] {
    return this.#statements.history.all(identity).map(verificationOf);
  }

  /** What verifications that ended at or after `since` (ISO 8601 in UTC) took. */
  usedSince(since: string): VerificationUse {
    const row = this.#statements.usedSince.get(since) ?? {};
    return { bytes: number(row, 'bytes'), minutes: number(row, 'duration_ms') / 60_000 };
  }
}

function prepare(database: Database) {
  return {
    add: database.statement(
      `INSERT INTO verifications (identity, path, level, at, status, message, bytes, duration_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    lastOf: database.statement('SELECT * FROM verifications WHERE identity = ? ORDER BY id DESC LIMIT 1'),
    history: database.statement('SELECT * FROM verifications WHERE identity = ? ORDER BY id DESC'),
    usedSince: database.statement(
      `SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(duration_ms), 0) AS duration_ms
       FROM verifications WHERE at >= ?`,
    ),
  };
}

function verificationOf(row: Row): Verification {
  return {
    id: number(row, 'id'),
    identity: text(row, 'identity'),
    path: text(row, 'path'),
    ...lastVerificationOf(row),
    bytes: number(row, 'bytes'),
    durationMs: number(row, 'duration_ms'),
  };
}

export function lastVerificationOf(row: Row): LastVerification {
  return {
    level: text(row, 'level') as VerifyLevel, // the table's own CHECKs
    at: text(row, 'at'),
    status: text(row, 'status') as LastVerification['status'],
    message: textOrNull(row, 'message'),
  };
}
