// Files that are replaced, cut off or deleted while they are read: the others go on, that one says so, and nothing is half done.

import {
  closeSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { MemberTask } from '../../core/backup/index.ts';
import { PASSWORD } from '../support/fixtures.ts';
import { once } from '../support/interruptions.ts';
import { makeBackup } from '../support/make-backup.ts';
import { openRunner, type OpenRunner } from '../support/runners.ts';
import { makeSmallLibrary, type SmallLibrary } from './small-library.ts';

const NAMES = ['a.tar', 'b.tar', 'c.tar', 'd.tar'];
const VICTIM = 'b.tar';
const OTHERS = NAMES.filter((name) => name !== VICTIM);
const ALL = { kind: 'filter', filter: {}, copies: 'every' } as const;
const RUNNING = { signal: new AbortController().signal, level: 'full' } as const;

type Change = 'replaced' | 'cut off' | 'deleted';
const CHANGES: readonly Change[] = ['replaced', 'cut off', 'deleted'];
/** The new file is a whole backup, so it is worked on at the second attempt. */
const OUTCOMES: Readonly<Record<Change, readonly unknown[]>> = {
  replaced: ['done', undefined],
  'cut off': ['failed', 'TRUNCATED'],
  deleted: ['failed', 'IO_FAILED'],
};
let open: OpenRunner;

beforeAll(async () => {
  open = await openRunner('threads');
});
afterAll(() => open.close());

/** What is to be done to the victim; afterwards the library knows what it is now. */
async function changeOf(library: SmallLibrary, change: Change): Promise<() => void> {
  const path = library.path(VICTIM);
  const other = `${path}.coming`;
  if (change === 'replaced') {
    await makeBackup(other, PASSWORD, 1, 300 * 1024, 'feedface');
    await library.know(VICTIM, other);
  } else library.forget(VICTIM);
  return () => {
    if (change === 'replaced') renameSync(other, path);
    if (change === 'cut off') truncateSync(path, Math.floor(statSync(path).size / 2));
    if (change === 'deleted') rmSync(path);
  };
}

async function scannedLibrary(): Promise<SmallLibrary> {
  const library = await makeSmallLibrary(open.runner, NAMES);
  await library.desk.scan({});
  return library;
}

function isAt(path: string, task: MemberTask): boolean {
  return JSON.stringify(task, (_, value: unknown) => (value instanceof Uint8Array ? null : value)).includes(
    path,
  );
}

describe.each(CHANGES)('a file that is %s', (change) => {
  it('while it is scanned is not taken for what it was or will be, and the next scan takes it', async () => {
    const library = await makeSmallLibrary(open.runner, NAMES);
    const { desk, steps } = library;
    const act = await changeOf(library, change);
    const happen = once('read', act);
    steps.beforeInspecting = (path) =>
      path.endsWith(VICTIM) ? happen({ kind: 'read' } as MemberTask) : undefined;
    const first = await desk.scan({});
    expect(first.added.map((path) => path.slice(-5))).toEqual(OTHERS);
    const said = change === 'deleted' ? [] : ['SOURCE_CHANGED'];
    expect(first.unreadable.map(({ error }) => error.code)).toEqual(said);
    const second = await desk.scan({});
    expect(second.unchangedCount).toBe(OTHERS.length);
    expect(second.added).toEqual(change === 'replaced' ? [library.path(VICTIM)] : []);
    expect(second.unreadable.map(({ error }) => error.code)).toEqual(
      change === 'cut off' ? ['TRUNCATED'] : [],
    );
  });

  it('between the plan and the run is worked on as what it is, or left', async () => {
    const library = await scannedLibrary();
    const { path, plan, run } = library;
    const planned = await plan();
    (await changeOf(library, change))();
    const cutBytes = change === 'cut off' ? statSync(path(VICTIM)).size : null;
    const { items, state } = await run(planned);
    expect(state).toBe('done');
    const item = items.find((one) => one.path === path(VICTIM));
    expect([item?.outcome, item?.error?.code]).toEqual(OUTCOMES[change]);
    if (change === 'deleted') expect(item?.message).toContain('not there any more');
    await expectOrder(library, change, cutBytes);
  });

  it.each(['write', 'digest'] as const)(
    'while it is rewritten, before the first %s, is not replaced',
    async (moment) => {
      const library = await scannedLibrary();
      const { path, plan, run, steps } = library;
      const planned = await plan();
      const act = await changeOf(library, change);
      const happen = once(moment, act);
      steps.beforeTask = (task) => (isAt(path(VICTIM), task) ? happen(task) : undefined);
      const { items, state, jobId } = await run(planned);
      expect(state).toBe('done');
      const item = items.find((one) => one.path === path(VICTIM));
      expect([item?.outcome, item?.error?.code]).toEqual(OUTCOMES[change]);
      const { items: jobItems } = await library.desk.job(jobId);
      const attempts = jobItems.find((one) => one.path === path(VICTIM))?.attempts;
      expect(attempts).toBe(change === 'deleted' && moment === 'write' ? 1 : 2);
      const cutBytes = change === 'cut off' ? statSync(path(VICTIM)).size : null;
      await expectOrder(library, change, cutBytes);
    },
  );

  it('while it is verified gets no verdict that is not its own', async () => {
    const library = await scannedLibrary();
    const { desk, path, steps } = library;
    const act = await changeOf(library, change);
    const happen = once('read', act);
    steps.beforeTask = (task) => (isAt(path(VICTIM), task) ? happen(task) : undefined);
    const { results } = await desk.verifyBackups(ALL, RUNNING);
    const statusOf = (name: string): unknown => results.find((one) => one.path === path(name))?.status;
    expect(OTHERS.map(statusOf)).toEqual(['good', 'good', 'good']);
    expect(statusOf(VICTIM)).toBe(
      { replaced: 'good', 'cut off': 'truncated', deleted: 'unreadable' }[change],
    );
    const said = results.find((one) => one.path === path(VICTIM))?.error?.message ?? '';
    if (change === 'deleted') expect(said).toContain('not there any more');
    const known = (await desk.listBackups()).find(({ copies }) =>
      copies.some((copy) => copy.path === path(VICTIM)),
    );
    const verdicts = { replaced: 'good', 'cut off': 'truncated', deleted: undefined };
    expect(known?.lastVerification?.status).toBe(verdicts[change]);
  });
});

async function expectOrder(library: SmallLibrary, change: Change, cutBytes: number | null): Promise<void> {
  if (cutBytes !== null) {
    expect(statSync(library.path(VICTIM)).size).toBe(cutBytes);
    rmSync(library.path(VICTIM));
  }
  expect(await library.requireOrder()).toEqual(change === 'replaced' ? NAMES : OTHERS);
}

it('a file that changes at every attempt is tried three times and left', async () => {
  const library = await scannedLibrary();
  const { path, plan, run, steps } = library;
  const planned = await plan();
  let changes = 0;
  steps.beforeTask = (task) => {
    if (task.kind !== 'digest' || !isAt(path(VICTIM), task)) return;
    utimesSync(path(VICTIM), new Date(), new Date(2020, 1, ++changes));
  };
  const { items, jobId } = await run(planned);
  const item = items.find((one) => one.path === path(VICTIM));
  expect([item?.outcome, item?.error?.code]).toEqual(['failed', 'SOURCE_CHANGED']);
  const job = await library.desk.job(jobId);
  expect(job.items.find((one) => one.path === path(VICTIM))?.attempts).toBe(3);
  expect(await library.requireOrder()).toEqual(OTHERS);
});

it('a file that is still being copied is not rewritten, and no half of it is known', async () => {
  const library = await makeSmallLibrary(open.runner, NAMES);
  const { path, desk, steps } = library;
  const growing = openSync(path(VICTIM), 'a');
  steps.beforeInspecting = (looked) => {
    if (looked === path(VICTIM)) writeSync(growing, Buffer.alloc(512));
  };
  const { unreadable } = await desk.scan({});
  closeSync(growing);
  expect(unreadable.map(({ error }) => error.code)).toEqual(['SOURCE_CHANGED']);
  expect(await desk.listBackups()).toHaveLength(OTHERS.length);
});
