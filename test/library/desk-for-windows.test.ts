// What only a program that stays open asks of the desk: jobs that answer at once, events of all of them, one backup with all that is
// known of it, files that are dropped in and files that go to the trash.

import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { openCatalog } from '../../core/catalog/index.ts';
import { trashFiles } from '../../core/library/trash-files.ts';
import type { JobEvent } from '../../shared/jobs.ts';
import { request } from '../support/batch-request.ts';
import { FIXTURES } from '../support/fixtures.ts';
import { newDesk, newGate, type SampleDesk } from './desk-sample.ts';
import { backupFolder } from './library-samples.ts';

const MIGRATION = request();
const ALL = { kind: 'filter', filter: {}, copies: 'one' } as const;

async function filledDesk(): Promise<SampleDesk> {
  const made = await newDesk();
  await made.desk.addFolder(made.folder);
  await made.desk.scan({});
  await made.desk.matchUntried();
  return made;
}

async function identityOf({ desk, folder }: SampleDesk, name: string): Promise<string> {
  const [identity] = await desk.identitiesAt(join(folder, name));
  if (identity === undefined) throw new Error(`“${name}” is not known`);
  return identity;
}

describe('a job', () => {
  it('is there at once, and tells later how it ended', async () => {
    const { desk, engine } = await filledDesk();
    const gate = newGate();
    engine.beforeRecoding = gate.pass;
    const { job, ended } = await desk.startBatch(await desk.planBatch(MIGRATION, {}));
    expect(['waiting', 'running']).toContain(job.state);
    await gate.arrived;
    expect(await desk.job(job.id)).toMatchObject({ state: 'running' });
    gate.open();
    expect(await ended).toMatchObject({ id: job.id, state: 'done', counts: { done: 2 } });
  });

  it('of what is due begins in the quiet hours only for the person who asks for it then', async () => {
    const { desk } = await filledDesk();
    const hour = new Date().getHours();
    const quietHours = { from: hour, to: (hour + 2) % 24 };
    await desk.setVerificationPolicy({ ...(await desk.verificationPolicy()), quietHours });
    expect(await desk.startVerification({ kind: 'due' })).toBeNull();
    const started = await desk.startVerification({ kind: 'due', evenInQuietHours: true });
    expect(await started?.ended).toMatchObject({ state: 'done', counts: { done: 2, skipped: 0 } });
  });

  it('is heard of by everybody who listens, also after the catalogue was made anew', async () => {
    const { desk, folder } = await filledDesk();
    const heard: JobEvent[] = [];
    const end = desk.subscribe((event) => void heard.push(event));
    const first = await desk.startVerification(ALL, { level: 'quick' });
    await first.ended;
    await desk.rebuildCatalog();
    await desk.scan({ folders: [folder] });
    const second = await desk.startVerification(ALL, { level: 'quick' });
    await second.ended;
    const ends = heard.flatMap((event) =>
      event.kind === 'job' && event.job.state === 'done' ? [event.job] : [],
    );
    expect(ends).toHaveLength(2);
    end();
    await (
      await desk.startVerification(ALL, { level: 'quick' })
    ).ended;
    expect(heard.filter((event) => event.kind === 'job' && event.job.state === 'done')).toHaveLength(2);
  });

  it('that cannot be begun says so at once', async () => {
    const { desk } = await filledDesk();
    await expect(desk.startResume(4711, { retryFailed: false })).rejects.toMatchObject({ code: 'USAGE' });
    const nothing = { kind: 'filter', filter: { text: 'no such backup' }, copies: 'one' } as const;
    await expect(desk.startVerification(nothing)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('is paused and taken up again from where it was', async () => {
    const { desk, engine } = await filledDesk();
    const gate = newGate();
    engine.beforeRecoding = gate.pass;
    const { job, ended } = await desk.startBatch(await desk.planBatch(MIGRATION, {}));
    await gate.arrived;
    const elsewhere = desk.pauseJob(job.id);
    gate.open();
    await elsewhere;
    const { state } = await ended;
    expect(['paused', 'done']).toContain(state); // both files may have been in work
    const again = await desk.startResume(job.id, { retryFailed: false });
    expect(await again.ended).toMatchObject({ state: 'done', counts: { done: 2, failed: 0 } });
  });
});

describe('backups by name', () => {
  it('are those of the library only, unless others are asked for', async () => {
    const made = await filledDesk();
    const { desk } = made;
    const outside = join(await backupFolder(), 'opened.tar');
    copyFileSync(join(FIXTURES, 'v1-compressed.tar'), outside);
    const { identities } = await desk.takeIn([outside]);
    const known = [await identityOf(made, 'a.tar'), ...identities, 'f'.repeat(64)];
    expect((await desk.backupsByIdentity(known)).map(({ identity }) => identity)).toEqual(known.slice(0, 1));
    expect((await desk.backupsByIdentity(known, 'anywhere')).map(({ identity }) => identity)).toEqual(
      known.slice(0, 2),
    );
  });

  it('are told with the one that they were made from', async () => {
    const made = await filledDesk();
    const before = await identityOf(made, 'a.tar');
    const report = await made.desk.startBatch(await made.desk.planBatch(MIGRATION, {}));
    await report.ended;
    const [now, origin] = await made.desk.identitiesAt(join(made.folder, 'a.tar'));
    expect(origin).toBe(before);
    expect(now).not.toBe(before);
    expect(await made.desk.identitiesAt('/nowhere.tar')).toEqual([]);
  });
});

describe('the page of a backup', () => {
  it('shows its parts as the last verification of this program found them, and its history', async () => {
    const made = await filledDesk();
    const { desk } = made;
    const identity = await identityOf(made, 'a.tar');
    expect(await desk.backupPage(identity)).toMatchObject({ problem: null, partStates: [], history: [] });
    await (
      await desk.startVerification(ALL, { level: 'full' })
    ).ended;
    const page = await desk.backupPage(identity);
    expect(page.inspection).toMatchObject({ identity });
    expect(page.partStates.map(({ member }) => member)).toEqual(
      page.inspection?.members.map(({ name }) => name),
    );
    expect(new Set(page.partStates.map(({ status }) => status))).toEqual(new Set(['good']));
    expect(page.history).toMatchObject([{ kind: 'verified', level: 'full', status: 'good' }]);

    await (
      await desk.startBatch(await desk.planBatch(MIGRATION, {}))
    ).ended;
    const [now = ''] = await desk.identitiesAt(join(made.folder, 'a.tar'));
    const written = await desk.backupPage(now);
    expect(written.history.map(({ kind }) => kind).sort()).toEqual(
      expect.arrayContaining(['verified', 'written']),
    );
    expect(written.history).toContainEqual(
      expect.objectContaining({ kind: 'written', fromIdentity: identity }),
    );
    expect(written.partStates).toEqual([]);
    const old = await desk.backupPage(identity);
    expect(old.history).toContainEqual(expect.objectContaining({ kind: 'rewritten', toIdentity: now }));
  });

  it('does not show parts that another program has verified since', async () => {
    const made = await filledDesk();
    const identity = await identityOf(made, 'plain.tar');
    await (
      await made.desk.startVerification(ALL, { level: 'full' })
    ).ended;
    expect((await made.desk.backupPage(identity)).partStates).not.toEqual([]);
    const other = made.reopen();
    await (
      await other.desk.startVerification(ALL, { level: 'quick' })
    ).ended;
    expect((await made.desk.backupPage(identity)).partStates).toEqual([]);
  });

  it('says what is wrong where no file of it is that backup any more', async () => {
    const made = await filledDesk();
    const identity = await identityOf(made, 'plain.tar');
    copyFileSync(join(FIXTURES, 'v1-compressed.tar'), join(made.folder, 'plain.tar'));
    expect(await made.desk.backupPage(identity)).toMatchObject({
      inspection: null,
      problem: { code: 'SOURCE_CHANGED' },
    });
    rmSync(join(made.folder, 'plain.tar'));
    expect(await made.desk.backupPage(identity)).toMatchObject({
      inspection: null,
      problem: { code: 'IO_FAILED' },
    });
    await expect(made.desk.backupPage('f'.repeat(64))).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('what is dropped in', () => {
  it('becomes a folder of the library, a backup that is looked at where it is, or a problem', async () => {
    const { desk } = await filledDesk();
    const dropped = await backupFolder();
    const [folder, file, text] = [join(dropped, 'more'), join(dropped, 'one.tar'), join(dropped, 'note.txt')];
    mkdirSync(folder);
    copyFileSync(join(FIXTURES, 'v1-compressed.tar'), file);
    writeFileSync(text, 'no backup');
    const taken = await desk.takeIn([folder, file, text, join(dropped, 'gone.tar')]);
    expect(taken.folders).toEqual([folder]);
    expect(taken.identities).toHaveLength(1);
    expect(taken.problems.map(({ path }) => path)).toEqual([text, join(dropped, 'gone.tar')]);
    expect((await desk.folders()).map(({ path }) => path)).toContain(folder);
    const [identity = ''] = taken.identities;
    expect(await desk.backupPage(identity)).toMatchObject({
      backup: { copies: [{ path: file, folderId: null }] },
    });
  });

  it('is no second folder where it lies in one of the library', async () => {
    const { desk, folder } = await filledDesk();
    mkdirSync(join(folder, 'inner'));
    expect(await desk.takeIn([join(folder, 'inner'), folder])).toMatchObject({ folders: [folder] });
    expect(await desk.folders()).toHaveLength(1);
  });

  it('can be verified and planned for although it is in no folder of the library', async () => {
    const { desk } = await filledDesk();
    const path = join(await backupFolder(), 'opened.tar');
    copyFileSync(join(FIXTURES, 'v2-uncompressed.tar'), path);
    await desk.takeIn([path]);
    const named = { kind: 'filter', filter: { paths: [path] }, copies: 'one' } as const;
    const { job, ended } = await desk.startVerification(named, { level: 'full' });
    await ended;
    expect(await desk.verificationReport(job.id)).toMatchObject({ results: [{ path, status: 'good' }] });
    expect(await desk.planBatch(MIGRATION, { paths: [path] })).toMatchObject({
      items: [{ path, state: 'do' }],
    });
  });
});

describe('the trash', () => {
  async function trashing(made: SampleDesk, paths: readonly string[]) {
    const trash: string[] = [];
    const catalog = openCatalog(made.catalogPath);
    const moveToTrash = (path: string): Promise<null> => {
      trash.push(path);
      rmSync(path);
      return Promise.resolve(null);
    };
    try {
      return { trash, report: await trashFiles({ catalog, moveToTrash }, paths) };
    } finally {
      catalog.close();
    }
  }

  it('takes files of the library, which forgets them', async () => {
    const made = await filledDesk();
    const path = join(made.folder, 'a (1).tar');
    const identity = await identityOf(made, 'a (1).tar');
    const { trash, report } = await trashing(made, [path, path]);
    expect(trash).toEqual([path]);
    expect(report).toEqual({ trashed: [path], problems: [] });
    const [backup] = await made.desk.backupsByIdentity([identity]);
    expect(backup?.copies.map((copy) => copy.path)).toEqual([join(made.folder, 'a.tar')]);
    expect(await made.desk.scan({})).toMatchObject({ missing: [] });
  });

  it('takes a file that could not be read, and lies where backups lie', async () => {
    const made = await filledDesk();
    const path = join(made.folder, 'broken.tar');
    writeFileSync(path, 'not a tar');
    await made.desk.scan({});
    expect((await trashing(made, [path])).report.trashed).toEqual([path]);
    expect((await made.desk.status()).unreadable).toEqual([]);
  });

  it('never takes what the library does not know, what has changed, or what is being rewritten', async () => {
    const made = await filledDesk();
    const outside = join(await backupFolder(), 'private.tar');
    copyFileSync(join(FIXTURES, 'v1-compressed.tar'), outside);
    await made.desk.takeIn([outside]);
    const [changed, busy] = [join(made.folder, 'plain.tar'), join(made.folder, 'a.tar')];
    copyFileSync(join(FIXTURES, 'v1-compressed.tar'), changed);
    mkdirSync(`${busy}.partial-journal`);
    const gone = join(made.folder, 'a (1).tar');
    rmSync(gone);
    const { trash, report } = await trashing(made, [outside, changed, busy, gone, made.folder]);
    expect(trash).toEqual([]);
    expect(report.trashed).toEqual([]);
    expect(report.problems.map(({ error }) => error.code)).toEqual([
      'USAGE',
      'SOURCE_CHANGED',
      'BUSY',
      'IO_FAILED',
      'USAGE',
    ]);
    expect([outside, changed, busy].every((path) => existsSync(path))).toBe(true);
  });
});

describe('the report of a job', () => {
  it('is saved in words or as data, and replaces nothing', async () => {
    const { desk } = await filledDesk();
    const verification = await desk.startVerification(ALL, { level: 'full' });
    await verification.ended;
    const batch = await desk.startBatch(await desk.planBatch(MIGRATION, {}));
    await batch.ended;
    const folder = await backupFolder();
    const text = join(folder, 'report.txt');
    await desk.saveJobReport(verification.job.id, text, 'text');
    expect(readFileSync(text, 'utf8')).toMatch(/^Job \d+ \(Verify 2 backups\): done, 2 of 2\.\n/);
    expect(readFileSync(text, 'utf8')).toContain('2 backups: 2 good.');
    const data = join(folder, 'report.json');
    await desk.saveJobReport(batch.job.id, data, 'json');
    expect(JSON.parse(readFileSync(data, 'utf8'))).toMatchObject({
      job: { kind: 'migrate', state: 'done' },
      report: { items: [{ outcome: 'done' }, { outcome: 'done' }] },
    });
    await expect(desk.saveJobReport(batch.job.id, text, 'text')).rejects.toMatchObject({
      code: 'OUTPUT_REFUSED',
    });
    await expect(desk.saveJobReport(4711, join(folder, 'no'), 'text')).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});
