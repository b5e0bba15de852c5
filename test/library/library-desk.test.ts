// The desk as hosts get it: from a folder to a migrated, verified library, and what becomes of it when the catalogue is damaged.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';

import type { WatchEvent } from '../../shared/library.ts';
import { request } from '../support/batch-request.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { newDesk } from './desk-sample.ts';

const MIGRATION = request();
const neverStopped = new AbortController().signal;

it('leads from a folder to a library that is matched, migrated and verified', async () => {
  const { desk, folder } = await newDesk();
  await desk.addFolder(folder);
  expect(await desk.scan({})).toMatchObject({ inspectedCount: 3, missing: [] });
  expect(await desk.matchUntried()).toBe(1);
  expect(await desk.matchUntried()).toBe(0);
  expect(await desk.status()).toMatchObject({ backupCount: 2, copyCount: 3, withoutKey: 0, oldFormat: 1 });

  const plan = await desk.planBatch(MIGRATION, {});
  expect(plan.items.map(({ state }) => state).sort()).toEqual(['do', 'do', 'nothing-to-do']);
  const events: string[] = [];
  const options = { signal: neverStopped, onEvent: ({ kind }: { kind: string }) => void events.push(kind) };
  const report = await desk.runBatch(plan, options);
  expect(report.items.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
  expect(new Set(events)).toContain('item');
  expect(await desk.status()).toMatchObject({ copyCount: 3, oldFormat: 0, withoutKey: 0 });

  const due = await desk.verifyBackups({ kind: 'due' }, { signal: neverStopped });
  expect(due.results.map(({ path, status }) => [path, status])).toEqual([
    [join(folder, 'plain.tar'), 'good'],
  ]);
  const all = { kind: 'filter', filter: {}, copies: 'every' } as const;
  const everything = await desk.verifyBackups(all, { signal: neverStopped, level: 'quick' });
  expect(everything.results.map(({ status }) => status)).toEqual(['good', 'good', 'good']);
  expect((await desk.findContents('configuration', 10)).map(({ path }) => path)).toContain(
    join(folder, 'plain.tar'),
  );
  expect((await desk.jobs()).map(({ kind, state }) => [kind, state])).toEqual([
    ['verify', 'done'],
    ['verify', 'done'],
    ['migrate', 'done'],
  ]);
});

it('verifies what is due at the level that was asked for', async () => {
  const { desk, folder } = await newDesk();
  await desk.addFolder(folder);
  await desk.scan({});
  await desk.verifyBackups({ kind: 'due' }, { signal: neverStopped, level: 'quick' });
  const levels = (await desk.listBackups()).map(({ lastVerification }) => lastVerification?.level);
  expect(levels).toEqual(['quick', 'quick']);
});

it('takes nothing for locked while the vault is, and tries no key then', async () => {
  const { desk, vault, folder } = await newDesk();
  await desk.addFolder(folder);
  await desk.scan({});
  vault.lock();
  expect(await desk.matchUntried()).toBe(0);
  expect(await desk.status()).toMatchObject({ withoutKey: 0 });
});

it('keeps the folders and their rules when a damaged catalogue makes way for a new one', async () => {
  const { desk, catalogPath, library, folder } = await newDesk();
  await desk.addFolder(folder);
  const rule = { verify: 'full', migrate: { originals: 'trash' }, scheme: null } as const;
  await desk.setWatch(folder, rule);
  await desk.scan({});
  await library.close();
  const database = new DatabaseSync(catalogPath);
  database.exec('PRAGMA foreign_keys = OFF; DROP TABLE verifications');
  database.close();
  expect(desk.catalogProblem()).toMatchObject({ code: 'DAMAGED_CATALOG' });
  const { movedTo } = await desk.rebuildCatalog();
  expect(movedTo).toContain('catalog.damaged-');
  expect(desk.catalogProblem()).toBeNull();
  expect(await desk.folders()).toMatchObject([{ state: 'never-scanned', watch: rule }]);
  expect(await desk.scan({})).toMatchObject({ inspectedCount: 3 });
});

it('verifies what is put in the place of a damaged download, and migrates it by the rule', async () => {
  const { desk, folder } = await newDesk();
  await desk.addFolder(folder);
  await desk.setWatch(folder, { verify: 'full', migrate: { originals: 'keep' }, scheme: null });
  await desk.scan({});
  const stopping = new AbortController();
  const events: WatchEvent[] = [];
  const waiting = new Map<WatchEvent['kind'], () => void>();
  const until = (kind: WatchEvent['kind']): Promise<void> =>
    new Promise((resolve) => waiting.set(kind, resolve));
  const isWatching = until('watching');
  const watching = desk.watch({
    signal: stopping.signal,
    onEvent: (event) => {
      events.push(event);
      waiting.get(event.kind)?.();
    },
  });
  await isWatching;
  const failed = until('failed');
  copyFileSync(join(FIXTURES, 'bad/v2-bit-flip.tar'), join(folder, 'new.tar'));
  await failed;
  const migrated = until('migrated');
  copyFileSync(join(FIXTURES, 'v2-uncompressed.tar'), join(folder, 'new.tar'));
  await migrated;
  stopping.abort();
  await watching;
  const told = events.filter(({ path }) => path === join(folder, 'new.tar')).map(({ kind }) => kind);
  expect(told).toEqual(['arrived', 'taken-in', 'failed', 'arrived', 'taken-in', 'verified', 'migrated']);
  expect(events.at(-1)?.kind).toBe('stopped');
}, 60_000);
