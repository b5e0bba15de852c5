// Rotations of keys, each with the jobs that carry it out. What a request looks like is its room's matter; it never holds a key.

import { number, numberOrNull, text, textOrNull } from './columns.ts';
import type { Database, Row } from './database.ts';

export interface RotationRow {
  readonly id: number;
  readonly requestJson: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
  /** run: nothing is left to be done; person: it was set aside. */
  readonly endedBy: 'run' | 'person' | null;
  /** The job after whose end was done what is to be done at the end of a run. */
  readonly settledJobId: number | null;
  /** The last one last. */
  readonly jobIds: readonly number[];
}

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class RotationTable {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
    this.#statements = prepare(database);
  }

  /** Returns its number. */
  create(requestJson: string): number {
    return this.#database.durably(() =>
      number(this.#statements.create.get(requestJson, this.#now().toISOString()) ?? {}, 'id'),
    );
  }

  addJob(id: number, jobId: number): void {
    this.#database.durably(() => this.#statements.addJob.run(id, jobId));
  }

  setSettled(id: number, jobId: number): void {
    this.#statements.setSettled.run(jobId, id);
  }

  /** null: it goes on. */
  setEnd(id: number, by: RotationRow['endedBy']): void {
    this.#statements.setEnd.run(by === null ? null : this.#now().toISOString(), by, id);
  }

  get(id: number): RotationRow | null {
    return this.#database.snapshot(() => {
      const row = this.#statements.get.get(id);
      return row === undefined ? null : this.#rotationOf(row);
    });
  }

  /** The one that this job belongs to. */
  ofJob(jobId: number): RotationRow | null {
    return this.#database.snapshot(() => {
      const row = this.#statements.ofJob.get(jobId);
      return row === undefined ? null : this.#rotationOf(row);
    });
  }

  /** The newest first. */
  list(): RotationRow[] {
    return this.#database.snapshot(() => this.#statements.list.all().map((row) => this.#rotationOf(row)));
  }

  #rotationOf(row: Row): RotationRow {
    const id = number(row, 'id');
    return {
      id,
      requestJson: text(row, 'request'),
      createdAt: text(row, 'created_at'),
      endedAt: textOrNull(row, 'ended_at'),
      endedBy: textOrNull(row, 'ended_by') as RotationRow['endedBy'], // the table's own CHECK
      settledJobId: numberOrNull(row, 'settled_job_id'),
      jobIds: this.#statements.jobs.all(id).map((job) => number(job, 'job_id')),
    };
  }
}

function prepare(database: Database) {
  return {
    create: database.statement('INSERT INTO rotations (request, created_at) VALUES (?, ?) RETURNING id'),
    addJob: database.statement('INSERT OR IGNORE INTO rotation_jobs (rotation_id, job_id) VALUES (?, ?)'),
    setSettled: database.statement('UPDATE rotations SET settled_job_id = ? WHERE id = ?'),
    setEnd: database.statement('UPDATE rotations SET ended_at = ?, ended_by = ? WHERE id = ?'),
    get: database.statement('SELECT * FROM rotations WHERE id = ?'),
    ofJob: database.statement(
      'SELECT rotations.* FROM rotations JOIN rotation_jobs ON rotation_id = id WHERE job_id = ?',
    ),
    list: database.statement('SELECT * FROM rotations ORDER BY id DESC'),
    jobs: database.statement('SELECT job_id FROM rotation_jobs WHERE rotation_id = ? ORDER BY job_id'),
  };
}
