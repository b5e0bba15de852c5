// Permission denied, at every step, in a process of a user who owns these files and may do nothing else: what may not be read or
// written is said, file by file, everything else goes on, and it is done once it is allowed.

import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { errorCode } from '../../shared/errors.ts';
import { openRunner, type OpenRunner } from '../support/runners.ts';
import { startDesk, type DeskProcess } from './desk-process.ts';
import { makeSmallLibrary, type SmallLibrary } from './small-library.ts';

const NOBODY = 65_534;
const NAMES = ['a.tar', 'b.tar', 'inside/c.tar', 'inside/d.tar'];
const IN_FOLDER = ['inside/c.tar', 'inside/d.tar'];
/** What is refused, by its place: to be read, or listed only. */
const CLOSED = [
  { what: 'a folder without names', place: 'inside', mode: 0o000, closed: IN_FOLDER },
  { what: 'a folder with names only', place: 'inside', mode: 0o444, closed: IN_FOLDER },
  { what: 'a file', place: 'b.tar', mode: 0o000, closed: ['b.tar'] },
];
let open: OpenRunner;

beforeAll(async () => {
  open = await openRunner('threads');
});
afterAll(() => open.close());

/** A scanned library, and a process of its owner. */
async function nobodysLibrary(): Promise<readonly [SmallLibrary, DeskProcess]> {
  const library = await makeSmallLibrary(open.runner, ['a.tar', 'b.tar']);
  mkdirSync(library.path('inside'));
  for (const name of IN_FOLDER) await library.add(name);
  await library.desk.scan({});
  await library.open.close();
  const isRoot = process.geteuid?.() === 0;
  const names = ['', ...readdirSync(library.place.folder, { recursive: true, encoding: 'utf8' })];
  if (isRoot) for (const name of names) chownSync(join(library.place.folder, name), NOBODY, NOBODY);
  return [library, await startDesk(library.place, isRoot ? { userId: NOBODY } : {})];
}

/** Until the test has ended. */
function close(path: string, mode: number): void {
  chmodSync(path, mode);
  onTestFinished(() => chmod(path, openMode(path)));
}

function openAgain(path: string): void {
  chmodSync(path, openMode(path));
}

function openMode(path: string): number {
  return /\.(tar|sqlite)$/.test(path) ? 0o644 : 0o755;
}

/** By the names of the backups, in their order. */
function byName<T extends { readonly path: string }>(
  { path }: SmallLibrary,
  all: readonly T[],
): (T | undefined)[] {
  return NAMES.map((name) => all.find((one) => one.path === path(name)));
}

describe.skipIf(process.platform === 'win32')('what may not be read', () => {
  it.each(CLOSED)('$what is said by scan, plan and verification, and is not missing', async (one) => {
    const [library, desk] = await nobodysLibrary();
    const [whenOpen, whenClosed] = [NAMES.map((name) => !one.closed.includes(name)), one.closed.length];
    const expected = (ifOpen: string, ifClosed: string): string[] =>
      whenOpen.map((is) => (is ? ifOpen : ifClosed));
    close(library.path(one.place), one.mode);

    const scan = await desk.call('scan');
    expect([scan.missing, scan.changed, scan.added]).toEqual([[], [], []]);
    const problems = scan.folders.map(({ problem }) => problem?.code);
    expect(problems).toEqual([one.place === 'inside' ? 'IO_FAILED' : undefined]);
    const states = (await desk.call('list')).flatMap(({ copies }) => copies.map(({ state }) => state));
    expect(states).toEqual(NAMES.map(() => 'present'));

    const { items } = await desk.call('plan', {});
    const planned = byName(library, items);
    expect(planned.map((item) => item?.state)).toEqual(expected('do', 'blocked'));
    const blocked = planned.filter((item) => item?.state === 'blocked');
    for (const item of blocked)
      expect([item?.error?.code, item?.message]).toEqual(['IO_FAILED', NOT_ALLOWED]);

    const { results } = await desk.call('verify');
    expect(byName(library, results).map((result) => result?.status)).toEqual(expected('good', 'unreadable'));
    for (const { status, message } of results)
      if (status === 'unreadable') expect(message).toEqual(NOT_ALLOWED);
    const verdicts = (await desk.call('list')).map(({ lastVerification }) => lastVerification?.status);
    expect(verdicts.filter((status) => status === undefined)).toHaveLength(whenClosed); // nothing is said of them
    await desk.end();
    openAgain(library.path(one.place));
    expect(await library.requireOrder()).toEqual([]);
  });

  it.each(CLOSED)('$what after the plan fails alone, and is done when it is allowed', async (one) => {
    const [library, desk] = await nobodysLibrary();
    const plan = await desk.call('plan', {});
    expect(plan.items.map(({ state }) => state)).toEqual(NAMES.map(() => 'do'));
    close(library.path(one.place), one.mode);
    const report = await desk.call('run', plan);
    expect(report.state).toBe('done');
    const failed = byName(library, report.items).filter((item) => item?.outcome !== 'done');
    expect(failed.map((item) => item?.path)).toEqual(one.closed.map(library.path));
    for (const item of failed) expect([item?.error?.code, item?.message]).toEqual(['IO_FAILED', NOT_ALLOWED]);
    openAgain(library.path(one.place));
    expect(await library.requireOrder()).toEqual(NAMES.filter((name) => !one.closed.includes(name)));
    await desk.call('resume', report.jobId, true);
    await desk.end();
    expect(await library.requireOrder()).toEqual(NAMES);
  });
});

describe.skipIf(process.platform === 'win32')('what may not be written', () => {
  it('a folder of backups leaves them as they are, the others are rewritten, and then these', async () => {
    const [library, desk] = await nobodysLibrary();
    close(library.path('inside'), 0o555);
    const report = await desk.call('run', await desk.call('plan', {}));
    expect(report.state).toBe('done');
    const outcomes = byName(library, report.items).map((item) => item?.error?.code ?? item?.outcome);
    expect(outcomes).toEqual(['done', 'done', 'OUTPUT_REFUSED', 'OUTPUT_REFUSED']);
    expect(await library.requireOrder()).toEqual(['a.tar', 'b.tar']);
    openAgain(library.path('inside'));
    await desk.call('resume', report.jobId, true);
    await desk.end();
    expect(await library.requireOrder()).toEqual(NAMES);
  });

  it('a data folder keeps anything from being begun, and it is said why', async () => {
    const [library, desk] = await nobodysLibrary();
    const plan = await desk.call('plan', {});
    await desk.end();
    close(library.place.catalog, 0o444);
    close(library.place.data, 0o555);
    const next = await startDesk(library.place, process.geteuid?.() === 0 ? { userId: NOBODY } : {});
    expect((await next.call('catalogProblem'))?.code).toBe('OUTPUT_REFUSED');
    const refused = await Promise.allSettled([
      next.call('scan'),
      next.call('plan', {}),
      next.call('run', plan),
      next.call('verify'),
      next.call('recover'),
    ]);
    const codes = refused.map((one) => (one.status === 'rejected' ? errorCode(one.reason) : 'nothing'));
    expect(codes).toEqual(refused.map(() => 'OUTPUT_REFUSED'));
    await next.end();
    expect(await library.requireOrder()).toEqual([]);
  });
});

const NOT_ALLOWED = expect.stringContaining('does not allow') as string;
