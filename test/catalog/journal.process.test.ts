// Several real processes at one catalogue, and processes that are killed at it: each job is run by one, what was said to be
// written is written, and an older catalogue is brought up to date whole or not at all.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

import { MIGRATIONS } from '../../core/catalog/migrations.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { BACKUP, PATHS, PLAIN_BACKUP, TRIALS } from './catalog-samples.ts';
import { newPath, opened } from './opened-catalog.ts';

const JOURNAL_CHILD = fileURLToPath(new URL('journal-child.ts', import.meta.url));
const MIGRATION_CHILD = fileURLToPath(new URL('migration-child.ts', import.meta.url));
const PROCESSES = 4;
const JOBS = 40;

interface Other {
  readonly process: ChildProcess;
  /** The next line it answers; null when it has ended. */
  next(): Promise<string | null>;
  /** @param at milliseconds since 1970 */
  order(order: string, at: number, given: string): void;
}

function startOther(): Other {
  const child = spawn(process.execPath, [JOURNAL_CHILD], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    next: async () => {
      const { value, done } = await lines.next();
      return done === true ? null : value;
    },
    order: (order, at, given) => void child.stdin.write(`${order} ${at} ${given}\n`),
  };
}

async function startOthers(path: string): Promise<Other[]> {
  const others = Array.from({ length: PROCESSES }, startOther);
  for (const other of others) other.order('open', 0, path);
  for (const other of others) expect(await other.next()).toMatch(/^opened/);
  return others;
}

/** All of them are waiting for orders, so that a moment is enough. */
const soon = (): number => Date.now() + 100;

/** Everything that the stored catalogue of version 1 holds. */
function expectVersion1Contents(path: string): void {
  const catalog = opened(path);
  expect(catalog.backups()).toEqual([
    { ...BACKUP, paths: [PATHS[0], PATHS[1]], trials: TRIALS },
    { ...PLAIN_BACKUP, paths: [PATHS[2]], trials: [] },
  ]);
  catalog.close();
}

async function pathOfVersion1(): Promise<string> {
  const path = await newPath();
  copyFileSync(join(FIXTURES, 'catalog/v1.sqlite'), path);
  return path;
}

it('each job is got by one process', async () => {
  const path = await newPath();
  const catalog = opened(path);
  for (let count = 0; count < JOBS; count++) catalog.jobs.create('verify', 'Verify', 0, '{}', []);
  const others = await startOthers(path);
  const at = soon();
  for (const other of others) other.order('claim', at, String(JOBS));
  const got = await Promise.all(
    others.map(async (other) => (await other.next())?.split(' ').filter(Boolean) ?? []),
  );
  const claimed = got.flat().map(Number);
  expect(claimed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: JOBS }, (_, index) => index + 1));
  for (const [index, ids] of got.entries())
    for (const id of ids)
      expect(catalog.jobs.ownerOf(Number(id))).toBe(`process ${others[index]?.process.pid}`);
});

it('what a process said it had written stays when it is killed', async () => {
  const path = await newPath();
  for (let round = 0; round < 5; round++) {
    const others = await startOthers(path);
    const at = soon();
    for (const other of others) other.order('work', at, '100000');
    const ended: number[] = [];
    for (const [index, other] of others.entries()) {
      for (let count = 0; count <= index * 3; count++) {
        const line = await other.next();
        expect(line).toMatch(/^ended \d+$/);
        ended.push(Number(line?.slice('ended '.length)));
      }
      other.process.kill('SIGKILL');
      await once(other.process, 'close');
      for (let line = await other.next(); line !== null; line = await other.next())
        if (/^ended \d+$/.test(line)) ended.push(Number(line.slice('ended '.length)));
    }
    const catalog = opened(path);
    expect(new Set(ended).size).toBe(ended.length); // no number was given twice
    const newest = Math.max(...ended);
    for (const id of ended.filter((each) => each > newest - 400))
      expect(catalog.jobs.get(id)).toMatchObject({ counts: { done: 1 }, items: [{ attempts: 1 }] });
    catalog.close();
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    database.close();
  }
});

it('a kill in the middle of the migration leaves version 1 as it was', async () => {
  const path = await pathOfVersion1();
  const child = spawn(process.execPath, [MIGRATION_CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('migrated, not committed');
  child.kill('SIGKILL');
  await once(child, 'close');
  const database = new DatabaseSync(path);
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
  expect(database.prepare("SELECT name FROM sqlite_master WHERE name = 'jobs'").all()).toEqual([]);
  database.close();
  expectVersion1Contents(path);
});

it('processes that bring one catalogue up to date at once all succeed', async () => {
  for (let round = 0; round < 5; round++) {
    const path = await pathOfVersion1();
    const others = Array.from({ length: PROCESSES }, startOther);
    const probe = await newPath();
    for (const other of others) other.order('open', 0, probe); // they have started when they answer
    for (const other of others) expect(await other.next()).toBe('opened 0');
    const at = soon();
    for (const other of others) other.order('open', at, path);
    expect(await Promise.all(others.map((other) => other.next()))).toEqual(others.map(() => 'opened 2'));
    for (const other of others) other.process.kill('SIGKILL');
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length });
    database.close();
    expectVersion1Contents(path);
  }
});
