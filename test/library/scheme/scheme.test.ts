// A scheme from its plan over the removal to the way back: what goes comes back byte for byte, and whatever is not as it was planned
// keeps everything where it is.

import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { removeToQuarantine } from '../../../core/files/index.ts';
import { purgeRemoved, schemeHandler } from '../../../core/library/scheme/index.ts';
import { errorCode } from '../../../shared/errors.ts';
import type { JobItem } from '../../../shared/jobs.ts';
import { scratch } from '../../support/fixtures.ts';
import { stateOf } from '../../support/folder-state.ts';
import { day, tinyBackup } from '../library-samples.ts';
import { newScheme, NEVER, swap, TWO, type SchemeSample } from './scheme-samples.ts';

const FIVE = ['a.tar', 'b.tar', 'c.tar', 'd.tar', 'e.tar'] as const;

describe('a plan', () => {
  it('says of each folder by itself what stays and goes, and why', async () => {
    const { desk, plan, folder, path } = await newScheme(...FIVE);
    const other = await scratch();
    copyFileSync(path('a.tar'), join(other, 'a.tar'));
    await desk.addFolder(other);
    await desk.scan({});
    const { folders, left, timeZone } = await plan();
    expect(left).toEqual([]);
    expect(timeZone).toBe('Europe/Berlin');
    const here = folders.find((one) => one.folder === folder);
    expect(here).toMatchObject({ keptCount: 2, removedCount: 3, asks: 'first-run' });
    expect(here?.items.map(({ name, decision }) => [name, decision.keeps])).toEqual([
      ['e.tar', true],
      ['d.tar', true],
      ['c.tar', false],
      ['b.tar', false],
      ['a.tar', false],
    ]);
    // The only one there, whatever else there is elsewhere.
    expect(folders.find((one) => one.folder === other)).toMatchObject({ keptCount: 1, removedCount: 0 });
  });

  it('leaves folders alone of which nothing can be said now', async () => {
    const { desk, plan, folder } = await newScheme(...FIVE);
    const fresh = await scratch();
    await desk.addFolder(fresh);
    rmSync(folder, { recursive: true });
    await desk.scan({ folders: [folder] });
    const { folders, left } = await plan();
    expect(folders).toEqual([]);
    expect(Object.fromEntries(left.map((one) => [one.folder, one.problem.code]))).toEqual({
      [fresh]: 'USAGE',
      [folder]: 'IO_FAILED',
    });
  });

  it('of no rule removes nothing, and of a text that is none is refused', async () => {
    const { desk, plan } = await newScheme(...FIVE);
    expect((await plan({ ...TWO, policy: '' })).folders[0]).toMatchObject({ removedCount: 0 });
    await expect(plan({ ...TWO, policy: 'dayly=3' })).rejects.toMatchObject({ code: 'USAGE' });
    expect(await desk.startScheme(await plan({ ...TWO, policy: '' }))).toEqual([]);
  });

  it('asks until a person has carried the same rule out there, and again where over a third would go', async () => {
    const sample = await newScheme(...FIVE);
    await sample.run(await sample.plan());
    expect((await sample.plan()).folders[0]).toMatchObject({ removedCount: 0, asks: null });
    await sample.add('f.tar');
    expect((await sample.plan()).folders[0]).toMatchObject({ removedCount: 1, asks: null });
    await sample.add('g.tar');
    expect((await sample.plan()).folders[0]).toMatchObject({ removedCount: 2, asks: 'over-a-third' });
    expect((await sample.plan({ ...TWO, undoDays: 3 })).folders[0]?.asks).toBe('over-a-third');
    expect((await sample.plan({ ...TWO, to: 'trash' })).folders[0]?.asks).toBe('first-run');
    expect((await sample.plan({ ...TWO, policy: 'last=3' })).folders[0]?.asks).toBe('first-run');
  });

  it('never lets a pinned one go, also when it is written anew', async () => {
    const sample = await newScheme(...FIVE);
    const { desk, catalog, plan } = sample;
    const [oldest] = (await desk.listBackups()).slice(-1);
    await desk.pin([oldest?.identity ?? ''], true);
    const [other] = await desk.listBackups({ paths: [sample.path('b.tar')] });
    catalog.replacements.add({
      oldIdentity: oldest?.identity ?? '',
      newIdentity: other?.identity ?? '',
      operation: 'migrate',
      path: sample.path('b.tar'),
    });
    const kept = (await plan()).folders[0]?.items.filter(({ decision }) => decision.keeps);
    expect(kept?.map(({ name }) => name)).toEqual(['e.tar', 'd.tar', 'b.tar', 'a.tar']);
  });
});

describe('a pin', () => {
  it('stays when its file is written anew by whomever, and not when another backup takes its place', async () => {
    const sample = await newScheme();
    const path = sample.path('a.tar');
    await tinyBackup(path, { password: 'apple', format: 'v2' });
    await sample.desk.scan({});
    await sample.desk.pin([(await sample.desk.listBackups())[0]?.identity ?? ''], true);
    const isPinned = async (): Promise<unknown> => {
      await sample.desk.scan({});
      return (await sample.desk.listBackups()).map((backup) => [backup.format, backup.isPinned]);
    };
    await tinyBackup(path, { password: 'cherry', format: 'v3' });
    expect(await isPinned()).toEqual([['v3', true]]);
    swap(await tinyBackup(sample.path('b.tar'), { name: 'another' }), path);
    expect(await isPinned()).toEqual([['plain', false]]);
  });
});

describe('a removal', () => {
  it('goes to quarantine, is none of the library any more, and comes back byte for byte', async () => {
    const { desk, catalog, plan, run, names, quarantined, folder, path } = await newScheme(...FIVE);
    const before = await stateOf(folder);
    const report = await run(await plan());
    expect(report).toMatchObject({ state: 'done', folder, error: null });
    expect(report.items.map(({ outcome }) => outcome)).toEqual(['removed', 'removed', 'removed']);
    expect(report.freedBytes).toBe(report.items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    expect(await names()).toEqual(['d.tar', 'e.tar']);
    expect(await quarantined()).toHaveLength(3);
    expect((await desk.listBackups()).map(({ name }) => name)).toEqual(['e.tar', 'd.tar']);
    expect(await desk.scan({})).toMatchObject({ unchangedCount: 2, added: [], missing: [] });
    expect(await desk.status()).toMatchObject({ backupCount: 2, copyCount: 2, missingCopies: 0 });
    const due = (await desk.verificationPlan()).due.map((one) => one.path);
    expect(due.sort()).toEqual(['d.tar', 'e.tar'].map(path));
    const removed = await desk.removedFiles();
    expect(removed.map((one) => one.path).sort()).toEqual(['a.tar', 'b.tar', 'c.tar'].map(path));
    expect(new Set(removed.map(({ runId }) => runId)).size).toBe(1);
    expect(report.undoUntil).toBe(removed.map(({ deletedAfter }) => deletedAfter).sort()[0]);
    // What may have to be opened again needs its keys.
    for (const { keptAt } of removed) expect(catalog.copies.find(keptAt)?.folderId).toBeNull();

    const undone = await desk.undoRemoval(removed.map(({ keptAt }) => keptAt));
    expect(undone.problems).toEqual([]);
    expect(await stateOf(folder)).toEqual({ ...before, 'Strongroom quarantine/': 'folder' });
    expect((await desk.listBackups()).length).toBe(5);
    expect(await desk.removedFiles()).toEqual([]);
    for (const { keptAt } of removed) expect(catalog.copies.find(keptAt)).toBeNull();
  });

  it('can be undone after the catalogue was lost, also below a folder of the library', async () => {
    const sample = await newScheme();
    mkdirSync(sample.path('deep'));
    for (const [index, name] of FIVE.entries())
      await tinyBackup(join(sample.path('deep'), name), { date: day(index) });
    await sample.desk.scan({});
    await sample.run(await sample.plan());
    writeFileSync(sample.catalogPath, 'no database');
    sample.catalog.close();
    const { desk } = sample;
    await desk.rebuildCatalog();
    await desk.addFolder(sample.folder);
    const removed = await desk.removedFiles();
    expect(removed).toHaveLength(3);
    expect((await desk.undoRemoval(removed.map(({ keptAt }) => keptAt))).problems).toEqual([]);
    expect(readdirSync(sample.path('deep')).filter((name) => name.endsWith('.tar'))).toEqual([...FIVE]);
  });

  it('remembers the rule for the next time', async () => {
    const { desk, plan, run } = await newScheme(...FIVE);
    expect(await desk.schemeRule()).toEqual({ policy: 'standard', to: 'quarantine', undoDays: 30 });
    await run(await plan({ ...TWO, undoDays: 7 }));
    expect(await desk.schemeRule()).toEqual({ ...TWO, undoDays: 7 });
  });

  it('takes every copy of a backup in the folder, or none', async () => {
    const sample = await newScheme(...FIVE);
    copyFileSync(sample.path('a.tar'), sample.path('a copy.tar'));
    copyFileSync(sample.path('e.tar'), sample.path('e copy.tar'));
    await sample.desk.scan({});
    await sample.run(await sample.plan());
    expect(await sample.names()).toEqual(['d.tar', 'e copy.tar', 'e.tar']);
  });
});

describe('nothing goes', () => {
  const tampering: Record<string, [string, (sample: SchemeSample) => Promise<void> | void]> = {
    'where one that stays is gone': ['IO_FAILED', ({ path }) => rmSync(path('d.tar'))],
    'where one that stays is cut off': ['TRUNCATED', ({ path }) => truncateSync(path('e.tar'), 1400)],
    'where one that stays is no backup any more': [
      'NOT_A_BACKUP',
      ({ path }) => writeFileSync(path('e.tar'), 'something else'.repeat(100)),
    ],
    'where one that stays is another backup now': [
      'SOURCE_CHANGED',
      async ({ path }) => swap(await tinyBackup(path('another'), { date: day(90) }), path('e.tar')),
    ],
    'where one that stays has another end': [
      'SOURCE_CHANGED',
      ({ path }) => truncateSync(path('e.tar'), 2000),
    ],
    'where one that was to go is pinned': [
      'SOURCE_CHANGED',
      async ({ desk, path }) => {
        const [backup] = await desk.listBackups({ paths: [path('a.tar')] });
        await desk.pin([backup?.identity ?? ''], true);
      },
    ],
    'where one that was to stay has failed its verification since': [
      'SOURCE_CHANGED',
      async ({ desk, catalog, path }) => {
        const [backup] = await desk.listBackups({ paths: [path('d.tar')] });
        catalog.verifications.add({
          ...{ identity: backup?.identity ?? '', path: path('d.tar'), level: 'full', status: 'damaged' },
          ...{ message: null, bytes: 0, durationMs: 0 },
        });
      },
    ],
    'where the folder is none of the library any more': [
      'SOURCE_CHANGED',
      async ({ desk, folder }) => {
        await desk.removeFolder(folder);
      },
    ],
  };

  it.each(Object.entries(tampering))('%s', async (_name, [code, tamper]) => {
    const sample = await newScheme(...FIVE);
    const plan = await sample.plan();
    await tamper(sample);
    const before = await stateOf(sample.folder);
    const report = await sample.run(plan);
    expect([report.state, report.error?.code], report.error?.message).toEqual(['failed', code]);
    expect(report.error?.hint).toContain('plan anew');
    expect(new Set(report.items.map(({ outcome }) => outcome))).toEqual(new Set(['not-started']));
    expect(await stateOf(sample.folder)).toEqual(before);
    expect(await sample.desk.removedFiles()).toEqual([]);
  });

  it('does not mind that a file which stays was only touched or has another copy', async () => {
    const sample = await newScheme(...FIVE);
    copyFileSync(sample.path('e.tar'), sample.path('e copy.tar'));
    await sample.desk.scan({});
    const plan = await sample.plan();
    rmSync(sample.path('e copy.tar'));
    copyFileSync(sample.path('d.tar'), sample.path('new d'));
    swap(sample.path('new d'), sample.path('d.tar'));
    expect(await sample.run(plan)).toMatchObject({ state: 'done', error: null });
    expect(await sample.names()).toEqual(['d.tar', 'e.tar']);
  });
});

describe('one file stays', () => {
  it('where its folder has become another one of the library since', async () => {
    const sample = await newScheme(...FIVE);
    mkdirSync(sample.path('sub'));
    const older = join(sample.path('sub'), 'older.tar');
    await tinyBackup(older, { name: 'older', date: day(-1) });
    await sample.desk.scan({});
    const plan = await sample.plan();
    await sample.desk.addFolder(sample.path('sub'));
    const { items } = await sample.run(plan);
    expect(items.filter(({ outcome }) => outcome === 'stayed')).toMatchObject([
      { path: older, message: expect.stringContaining('another folder of your library') as unknown },
    ]);
    expect(existsSync(older)).toBe(true);
  });

  it('where another stands there now, and the others go', async () => {
    const sample = await newScheme(...FIVE);
    const plan = await sample.plan();
    await tinyBackup(sample.path('b.tar'), { name: 'not the same', date: day(50) });
    const bytes = readFileSync(sample.path('b.tar'));
    const report = await sample.run(plan);
    expect(Object.fromEntries(report.items.map(({ path, outcome }) => [path, outcome]))).toEqual({
      [sample.path('a.tar')]: 'removed',
      [sample.path('b.tar')]: 'stayed',
      [sample.path('c.tar')]: 'removed',
    });
    expect(readFileSync(sample.path('b.tar'))).toEqual(bytes);
  });

  it('where it is a link to a file elsewhere, or is gone already', async () => {
    const sample = await newScheme(...FIVE);
    const plan = await sample.plan();
    const elsewhere = join(await scratch(), 'a.tar');
    copyFileSync(sample.path('a.tar'), elsewhere);
    rmSync(sample.path('a.tar'));
    symlinkSync(elsewhere, sample.path('a.tar'));
    rmSync(sample.path('b.tar'));
    const report = await sample.run(plan);
    expect(report.items.map(({ outcome }) => outcome).sort()).toEqual(['removed', 'stayed', 'stayed']);
    expect(existsSync(sample.path('a.tar'))).toBe(true);
  });

  it('where it lies in a folder elsewhere that a link leads to', async () => {
    const sample = await newScheme(...FIVE);
    const elsewhere = await scratch();
    await tinyBackup(join(elsewhere, 'old.tar'), { name: 'old', date: day(-1) });
    symlinkSync(elsewhere, sample.path('linked'));
    await sample.desk.scan({});
    const { items } = await sample.run(await sample.plan());
    expect(items.filter(({ outcome }) => outcome !== 'removed').map(({ path }) => path)).toEqual([
      sample.path('linked/old.tar'),
    ]);
    expect(readdirSync(elsewhere)).toEqual(['old.tar']);
  });

  it.each(['link', 'file'])('where a %s has the name of the quarantine', async (what) => {
    const sample = await newScheme(...FIVE);
    const elsewhere = await scratch();
    if (what === 'link') symlinkSync(elsewhere, sample.path('Strongroom quarantine'));
    else writeFileSync(sample.path('Strongroom quarantine'), 'something');
    const { items } = await sample.run(await sample.plan());
    expect(items.map(({ error }) => error?.code)).toEqual(Array(3).fill('OUTPUT_REFUSED'));
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(await sample.names()).toEqual([...FIVE]);
  });

  it('while it is being rewritten', async () => {
    const { run, item, path } = await handled();
    mkdirSync(`${path('a.tar')}.partial-journal`);
    await expect(run(item('a.tar'))).rejects.toMatchObject({ code: 'BUSY' });
    expect(existsSync(path('a.tar'))).toBe(true);
  });

  it('where it is pinned after the last look', async () => {
    const { run, item, desk, path } = await handled();
    const [backup] = await desk.listBackups({ paths: [path('a.tar')] });
    await desk.pin([backup?.identity ?? ''], true);
    expect(await run(item('a.tar'))).toMatchObject({ state: 'skipped' });
    expect(existsSync(path('a.tar'))).toBe(true);
  });

  it('and all others with it, where the newest goes away in between', async () => {
    const { run, item, handler, path } = await handled();
    expect(await run(item('a.tar'))).toMatchObject({ state: 'done' });
    rmSync(path('e.tar'));
    const error = await run(item('b.tar')).catch((thrown: unknown) => thrown);
    expect(errorCode(error)).toBe('SOURCE_CHANGED');
    expect(handler.endsJob?.(error as never)).toBe(true);
    expect(existsSync(path('b.tar'))).toBe(true);
  });
});

describe('two removals at once', () => {
  it('are not begun in one folder: each would rely on what the other takes away', async () => {
    const sample = await newScheme(...FIVE);
    const { desk, plan, names } = sample;
    const [threeStay, oneStays] = [
      await plan({ ...TWO, policy: 'last=3' }),
      await plan({ ...TWO, policy: 'last=1' }),
    ];
    const started = [...(await desk.startScheme(threeStay)), ...(await desk.startScheme(oneStays))];
    const ended = await Promise.all(started.map((job) => job.ended));
    expect(ended.map(({ state, error }) => [state, error?.code])).toEqual([
      ['done', undefined],
      ['failed', 'BUSY'],
    ]);
    expect(await names()).toEqual(['c.tar', 'd.tar', 'e.tar']);
  });

  it('of which one has begun already end where what stays by one has gone by the other', async () => {
    const { run, item, path, catalog, handler } = await handled();
    expect(await run(item('a.tar'))).toMatchObject({ state: 'done' });
    catalog.copies.remove(path('d.tar')); // what a removal notes
    const error = await run(item('b.tar')).catch((thrown: unknown) => thrown);
    expect(errorCode(error)).toBe('SOURCE_CHANGED');
    expect(handler.endsJob?.(error as never)).toBe(true);
    expect(existsSync(path('b.tar'))).toBe(true);
  });
});

describe('a file that went just when the program was stopped', () => {
  it('is noted when the job is taken up again, in quarantine', async () => {
    const { run, item, path, catalog, request, handler } = await handled();
    const { keptAt } = await removeToQuarantine(path('a.tar'), { runId: request.runId, days: 30 });
    await handler.recover?.(item('a.tar', 2), JSON.stringify(request));
    expect(catalog.copies.find(path('a.tar'))).toBeNull();
    expect(catalog.copies.find(keptAt)).not.toBeNull();
    const { state, resultJson } = await run(item('a.tar', 2));
    expect([state, JSON.parse(resultJson ?? '')]).toMatchObject(['done', { keptAt }]);
  });

  it('is said to be gone where it was on its way to the trash', async () => {
    const { run, item, path } = await handled('trash');
    rmSync(path('a.tar'));
    expect(await run(item('a.tar', 2))).toMatchObject({ state: 'done' });
    expect(await run(item('b.tar', 2))).toMatchObject({ state: 'done', message: 'In the trash.' });
    rmSync(path('c.tar'));
    expect(await run(item('c.tar', 1))).toMatchObject({ state: 'skipped' });
  });
});

describe('undo', () => {
  it('overwrites nothing, and the file stays in quarantine', async () => {
    const sample = await newScheme(...FIVE);
    await sample.run(await sample.plan());
    await tinyBackup(sample.path('a.tar'), { name: 'a new one' });
    const removed = await sample.desk.removedFiles();
    const { restored, problems } = await sample.desk.undoRemoval(removed.map(({ keptAt }) => keptAt));
    expect([...restored].sort()).toEqual([sample.path('b.tar'), sample.path('c.tar')]);
    expect(problems).toMatchObject([{ path: sample.path('a.tar'), error: { code: 'OUTPUT_REFUSED' } }]);
    expect(await sample.quarantined()).toHaveLength(1);
  });

  it('that was stopped half-way is finished by the next one', async () => {
    const sample = await newScheme(...FIVE);
    await sample.run(await sample.plan());
    const [first] = await sample.desk.removedFiles();
    if (first === undefined) throw new Error('nothing was removed');
    linkSync(first.keptAt, first.path);
    expect((await sample.desk.removedFiles()).map(({ path }) => path)).not.toContain(first.path);
    expect(await sample.desk.undoRemoval([first.keptAt])).toEqual({ restored: [first.path], problems: [] });
    expect(existsSync(first.keptAt)).toBe(false);
    expect(existsSync(first.path)).toBe(true);
  });

  it('keeps the file where a link to it stands at its place', async () => {
    const sample = await newScheme(...FIVE);
    await sample.run(await sample.plan());
    const [first] = await sample.desk.removedFiles();
    if (first === undefined) throw new Error('nothing was removed');
    symlinkSync(first.keptAt, first.path);
    const { restored, problems } = await sample.desk.undoRemoval([first.keptAt]);
    expect([restored, problems.map(({ error }) => error.code)]).toEqual([[], ['OUTPUT_REFUSED']]);
    await purgeRemoved(sample.services);
    expect(existsSync(first.keptAt)).toBe(true);
    expect((await sample.desk.removedFiles()).map(({ keptAt }) => keptAt)).toContain(first.keptAt);
  });

  it('touches nothing that no scheme removed', async () => {
    const sample = await newScheme(...FIVE);
    await sample.run(await sample.plan());
    const { problems } = await sample.desk.undoRemoval([sample.path('e.tar'), '/etc/hostname']);
    expect(problems.map(({ error }) => error.code)).toEqual(['USAGE', 'USAGE']);
    expect(await sample.names()).toEqual(['d.tar', 'e.tar']);
  });

  it('says so where somebody took the file out of quarantine', async () => {
    const sample = await newScheme(...FIVE);
    await sample.run(await sample.plan());
    const [first] = await sample.desk.removedFiles();
    rmSync(first?.keptAt ?? '');
    const { problems } = await sample.desk.undoRemoval([first?.keptAt ?? '']);
    expect(problems).toMatchObject([{ path: first?.path, error: { code: 'IO_FAILED' } }]);
  });
});

/** The handler of the job itself, with its request for five backups. */
async function handled(to: 'quarantine' | 'trash' = 'quarantine') {
  const sample = await newScheme(...FIVE);
  const { desk, services, catalog, path, folder } = sample;
  const [planned] = (await sample.plan({ ...TWO, to })).folders;
  const items = planned?.items ?? [];
  const request = {
    folder,
    rule: { ...TWO, to },
    timeZone: 'UTC',
    runId: '5f0d7a6c-0000-4000-8000-000000000001',
    stays: items.flatMap(({ identity, paths, decision }) => (decision.keeps ? [{ identity, paths }] : [])),
    goes: items.flatMap(({ identity, paths, decision }) =>
      decision.keeps ? [] : paths.map((one) => ({ identity, path: one })),
    ),
  };
  const moveToTrash = (one: string): Promise<null> => {
    rmSync(one);
    return Promise.resolve(null);
  };
  const handler = schemeHandler(services, { moveToTrash });
  const item = (name: string, attempts = 1): JobItem => ({
    ...{ position: 0, path: path(name), sizeBytes: 0, state: 'running', attempts },
    ...{ message: null, error: null, startedAt: null, endedAt: null },
  });
  const context = { requestJson: JSON.stringify(request), signal: NEVER, onProgress: () => undefined };
  return { desk, catalog, path, request, handler, item, run: (one: JobItem) => handler.run(one, context) };
}
