// The journal of jobs (the JobJournal of core/jobs): every write is on the disk when the call returns, so that the next start
// knows what was begun. Jobs are ordered by their ids: clocks are set back. Never holds a key.

import { StrongroomError, type PlainError } from '../../shared/errors.ts';
import type { Job, JobDetails, JobItem, JobItemState, JobKind, JobState } from '../../shared/jobs.ts';
import { jsonOrNull, number, text, textOrNull } from './columns.ts';
import type { Database, Row } from './database.ts';
import { damaged } from './database-errors.ts';
import { itemOf, jobOf, talliesBy } from './job-rows.ts';

export interface ItemEnd {
  readonly state: Exclude<JobItemState, 'running'>;
  readonly message: string | null;
  readonly error: PlainError | null;
  readonly resultJson: string | null;
}

/** Jobs that have ended and are kept. */
const KEPT_JOBS = 500;
const ENDED: readonly JobState[] = ['done', 'cancelled', 'failed'];

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. What they mean: JobJournal in core/jobs. */
export class JobTable {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
    this.#statements = prepare(database);
  }

  /** Forgets the oldest jobs that have ended, where there are more than 500. */
  create(
    kind: JobKind,
    title: string,
    priority: number,
    requestJson: string,
    items: readonly { readonly path: string; readonly sizeBytes: number }[],
  ): Job {
    const { add, addItem, prune } = this.#statements;
    return this.#database.durably(() => {
      prune.run();
      const id = number(add.get(kind, title, priority, requestJson, this.#time()) ?? {}, 'id');
      for (const [position, { path, sizeBytes }] of items.entries())
        addItem.run(id, position, path, sizeBytes);
      return this.#existing(id);
    });
  }

  list(limit = -1): Job[] {
    const { list, listCounts } = this.#statements;
    return this.#database.snapshot(() => {
      const tallies = talliesBy(listCounts.all(limit));
      return list.all(limit).map((row) => jobOf(row, tallies.get(number(row, 'id'))));
    });
  }

  job(id: number): Job | null {
    return this.#database.snapshot(() => {
      const row = this.#statements.get.get(id);
      return row === undefined ? null : jobOf(row, talliesBy(this.#statements.counts.all(id)).get(id));
    });
  }

  get(id: number): JobDetails | null {
    return this.#database.snapshot(() => {
      const job = this.job(id);
      return job === null ? null : { ...job, items: this.#statements.items.all(id).map(itemOf) };
    });
  }

  /** @throws USAGE where there is no such job, as all that take one */
  requestOf(id: number): string {
    return text(this.#row(id), 'request');
  }

  setState(id: number, state: JobState, error: PlainError | null = null): void {
    const now = this.#time();
    const startedAt = state === 'running' ? now : null;
    const endedAt = ENDED.includes(state) ? now : null;
    this.#change(id, () => this.#statements.setState.run(state, jsonOrNull(error), startedAt, endedAt, id));
  }

  startItem(id: number, position: number): JobItem {
    return this.#changeItem(id, position, () => this.#statements.startItem.run(this.#time(), id, position));
  }

  endItem(id: number, position: number, { state, message, error, resultJson }: ItemEnd): JobItem {
    const endedAt = state === 'waiting' ? null : this.#time();
    return this.#changeItem(id, position, () =>
      this.#statements.endItem.run(state, message, jsonOrNull(error), resultJson, endedAt, id, position),
    );
  }

  reopenItems(id: number, states: readonly ('failed' | 'cancelled')[]): void {
    this.#change(id, () => {
      for (const state of states) this.#statements.reopenItems.run(id, state);
    });
  }

  resultOf(id: number, position: number): string | null {
    const row = this.#statements.result.get(id, position);
    return row === undefined ? null : textOrNull(row, 'result');
  }

  claim(id: number, owner: string, previous: string | null = null): boolean {
    return this.#database.durably(() => this.#statements.claim.run(owner, id, previous) > 0);
  }

  ownerOf(id: number): string | null {
    const row = this.#statements.get.get(id);
    return row === undefined ? null : textOrNull(row, 'owner');
  }

  held(): { readonly id: number; readonly owner: string | null }[] {
    return this.#statements.held
      .all()
      .map((row) => ({ id: number(row, 'id'), owner: textOrNull(row, 'owner') }));
  }

  release(id: number): void {
    this.#database.durably(() => this.#statements.release.run(id));
  }

  ask(id: number, wish: 'pause' | 'cancel' | null): void {
    this.#database.durably(() => this.#statements.ask.run(wish, id));
  }

  wishOf(id: number): 'pause' | 'cancel' | null {
    const row = this.#statements.get.get(id);
    return row === undefined ? null : (textOrNull(row, 'wish') as 'pause' | 'cancel' | null); // the table's own CHECK
  }

  setPriority(id: number, priority: number): void {
    this.#change(id, () => this.#statements.setPriority.run(priority, id));
  }

  #change(id: number, change: () => void): void {
    this.#database.durably(() => {
      this.#row(id);
      change();
    });
  }

  #changeItem(id: number, position: number, change: () => number): JobItem {
    return this.#database.durably(() => {
      if (change() === 0) throw noSuchJob(id);
      const row = this.#statements.item.get(id, position);
      if (row === undefined) throw damaged();
      return itemOf(row);
    });
  }

  #existing(id: number): Job {
    const job = this.job(id);
    if (job === null) throw noSuchJob(id);
    return job;
  }

  #row(id: number): Row {
    const row = this.#statements.get.get(id);
    if (row === undefined) throw noSuchJob(id);
    return row;
  }

  #time(): string {
    return this.#now().toISOString();
  }
}

function prepare(database: Database) {
  const ended = ENDED.map((state) => `'${state}'`).join(', ');
  const counts = `SELECT job_id, state, count(*) AS item_count, coalesce(sum(size_bytes), 0) AS bytes FROM job_items`;
  return {
    add: database.statement(
      `INSERT INTO jobs (kind, title, state, priority, request, created_at)
       VALUES (?, ?, 'waiting', ?, ?, ?) RETURNING id`,
    ),
    addItem: database.statement(
      `INSERT INTO job_items (job_id, position, path, size_bytes, state) VALUES (?, ?, ?, ?, 'waiting')`,
    ),
    prune: database.statement(
      `DELETE FROM jobs WHERE id IN
         (SELECT id FROM jobs WHERE state IN (${ended}) AND owner IS NULL ORDER BY id DESC LIMIT -1 OFFSET ${KEPT_JOBS})`,
    ),
    list: database.statement('SELECT * FROM jobs ORDER BY id DESC LIMIT ?'),
    listCounts: database.statement(
      `${counts} WHERE job_id IN (SELECT id FROM jobs ORDER BY id DESC LIMIT ?) GROUP BY job_id, state`,
    ),
    get: database.statement('SELECT * FROM jobs WHERE id = ?'),
    counts: database.statement(`${counts} WHERE job_id = ? GROUP BY state`),
    items: database.statement('SELECT * FROM job_items WHERE job_id = ? ORDER BY position'),
    item: database.statement('SELECT * FROM job_items WHERE job_id = ? AND position = ?'),
    setState: database.statement(
      'UPDATE jobs SET state = ?, error = ?, started_at = coalesce(started_at, ?), ended_at = ? WHERE id = ?',
    ),
    startItem: database.statement(
      `UPDATE job_items SET state = 'running', attempts = attempts + 1, started_at = ?, ended_at = NULL,
         message = NULL, error = NULL, result = NULL
       WHERE job_id = ? AND position = ?`,
    ),
    endItem: database.statement(
      `UPDATE job_items SET state = ?, message = ?, error = ?, result = ?, ended_at = ?
       WHERE job_id = ? AND position = ?`,
    ),
    reopenItems: database.statement(
      `UPDATE job_items SET state = 'waiting', message = NULL, ended_at = NULL WHERE job_id = ? AND state = ?`,
    ),
    result: database.statement('SELECT result FROM job_items WHERE job_id = ? AND position = ?'),
    claim: database.statement('UPDATE jobs SET owner = ?, wish = NULL WHERE id = ? AND owner IS ?'),
    held: database.statement(
      `SELECT id, owner FROM jobs WHERE owner IS NOT NULL OR state = 'running' ORDER BY id`,
    ),
    release: database.statement('UPDATE jobs SET owner = NULL WHERE id = ?'),
    ask: database.statement('UPDATE jobs SET wish = ? WHERE id = ?'),
    setPriority: database.statement('UPDATE jobs SET priority = ? WHERE id = ?'),
  };
}

function noSuchJob(id: number): StrongroomError {
  return new StrongroomError(
    'USAGE',
    `There is no job ${id}, or it was so long ago that it has been forgotten.`,
    {
      hint: 'Look at the list of jobs.',
      details: { jobId: id },
    },
  );
}
