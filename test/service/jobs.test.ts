// Long work as a window sees it: a call answers when the job is written down, events tell the rest, and a report says what was done.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import type { Job } from '../../shared/jobs.ts';
import { request } from '../support/batch-request.ts';
import { copyFixture, PASSWORD, scratch } from '../support/fixtures.ts';
import { newService, type TestService } from './service-fixture.ts';

const MIGRATION = { which: { kind: 'filter', filter: {} }, ...request() } as const;

interface Filled extends TestService {
  readonly folder: string;
}

/** With an open vault, the key of the fixtures, and these fixtures in a folder that was scanned. */
async function filled(...fixtures: string[]): Promise<Filled> {
  const made = await newService();
  await made.call('vault.create', { keychain: true, passphrase: null });
  await made.call('keys.addTyped', { typed: PASSWORD, label: 'Home' });
  const folder = await scratch();
  for (const name of fixtures) copyFixture(name, folder);
  await made.call('library.addFolder', { path: folder });
  await made.call('library.scan', {});
  await made.call('library.matchKeys', {});
  return { ...made, folder };
}

function hasEnded({ state }: Job): boolean {
  return !['waiting', 'running'].includes(state);
}

/** The job once it has ended. The events are listened to before it is begun. */
async function ended({ service, until }: TestService, begin: Promise<Job>): Promise<Job> {
  const over = new Map<number, Job>();
  const stop = service.subscribe((event) => {
    if (event.kind === 'job' && event.event.kind === 'job' && hasEnded(event.event.job))
      over.set(event.event.job.id, event.event.job);
  });
  const job = await begin;
  if (!hasEnded(job) && !over.has(job.id)) await until('job', () => over.has(job.id));
  stop();
  return over.get(job.id) ?? job;
}

it('migrates by a plan, which is used once, and reports it', async () => {
  const made = await filled('v2-compressed.tar', 'v1-compressed.tar');
  const { call, folder } = made;
  const { planId, plan } = await call('batches.plan', MIGRATION);
  expect(plan.items.map(({ state }) => state)).toEqual(['do', 'do']);
  const job = await ended(made, call('batches.start', { planId }));
  expect(job).toMatchObject({ kind: 'migrate', state: 'done', counts: { done: 2 } });
  await expect(call('batches.start', { planId })).rejects.toMatchObject({ code: 'USAGE' });
  const report = await call('batches.report', { jobId: job.id });
  expect(report.items.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
  expect(await call('library.status', {})).toMatchObject({ oldFormat: 0 });
  expect(made.events.some(({ kind }) => kind === 'job')).toBe(true);

  const text = join(folder, 'report.txt');
  expect(await call('jobs.saveReport', { jobId: job.id, path: text, as: 'text' })).toEqual({ path: text });
  expect(readFileSync(text, 'utf8')).toContain('v2-compressed.tar');
  const json = join(folder, 'report.json');
  await call('jobs.saveReport', { jobId: job.id, path: json, as: 'json' });
  expect(() => void JSON.parse(readFileSync(json, 'utf8'))).not.toThrow();
  await expect(call('jobs.saveReport', { jobId: job.id, path: json, as: 'json' })).rejects.toMatchObject({
    code: 'OUTPUT_REFUSED',
  });
});

it('keeps a plan of which nothing could be begun', async () => {
  const { call } = await filled('plain-compressed.tar');
  const { planId } = await call('batches.plan', MIGRATION);
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(call('batches.start', { planId })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.not.stringContaining('not there any more') as string,
    });
  }
});

it('verifies the backups that were named, and what is due after that', async () => {
  const made = await filled('v2-compressed.tar', 'plain-compressed.tar');
  const { call } = made;
  const [first] = await call('library.backups', {});
  const identities = [first!.identity];
  const job = await ended(
    made,
    call('verification.start', { which: { kind: 'backups', identities }, level: 'full' }),
  );
  const report = await call('verification.report', { jobId: job.id });
  expect(report.results.map(({ status }) => status)).toEqual(['good']);
  expect(await call('library.backups', { identities })).toMatchObject([
    { lastVerification: { status: 'good' } },
  ]);
  const page = await call('library.backup', { identity: first!.identity });
  expect(page.partStates.length).toBeGreaterThan(0);
  expect(page.history).toMatchObject([{ kind: 'verified' }]);

  const due = call('verification.startDue', {});
  await ended(
    made,
    due.then((started) => started!),
  );
  expect(await call('verification.startDue', {})).toBeNull();
  expect((await call('jobs.list', { limit: 1 })).map(({ kind }) => kind)).toEqual(['verify']);
});

it('refuses to verify nothing', async () => {
  const { call } = await filled();
  const which = { kind: 'backups' as const, identities: ['abcdef0123456789'] };
  await expect(call('verification.start', { which, level: 'quick' })).rejects.toMatchObject({
    code: 'USAGE',
  });
});

it('cancels a job, and takes it up again', async () => {
  const made = await filled('v2-compressed.tar', 'v2-uncompressed.tar', 'v1-compressed.tar');
  const { call } = made;
  const which = { kind: 'filter', filter: {} } as const;
  const job = await call('verification.start', { which, level: 'deep' });
  const cancelled = await call('jobs.cancel', { jobId: job.id });
  expect(['cancelled', 'done']).toContain(cancelled.state);
  const again = await ended(made, call('jobs.resume', { jobId: job.id, retryFailed: false }));
  expect(again).toMatchObject({ id: job.id, state: 'done', counts: { done: 3 } });
  expect(await call('jobs.get', { jobId: job.id })).toMatchObject({ items: [{ state: 'done' }, {}, {}] });
  expect(await call('jobs.pause', { jobId: job.id })).toMatchObject({ state: 'done' });
});

it('offers a job that the end of the program interrupted, and goes on with it', async () => {
  const first = await filled('v3-compressed.tar', 'v3-uncompressed.tar', 'v3-multichunk.tar');
  const which = { kind: 'filter', filter: {} } as const;
  const job = await first.call('verification.start', { which, level: 'full' });
  await first.close();
  const next = await newService({ dataFolder: first.dataFolder, keychain: first.keychain });
  expect(await next.call('app.start', {})).toMatchObject({ interruptedJobIds: [job.id] });
  const again = await ended(next, next.call('jobs.resume', { jobId: job.id, retryFailed: false }));
  expect(again).toMatchObject({ id: job.id, state: 'done', counts: { done: 3 } });
  expect(await next.call('app.start', {})).toMatchObject({ interruptedJobIds: [] });
});

it('keeps the keys until the work in hand is done, when the screen is locked meanwhile', async () => {
  const { call, service, until } = await filled('v3-compressed.tar', 'v3-uncompressed.tar');
  const which = { kind: 'filter', filter: {} } as const;
  const locked = until('vault', ({ why }) => why === 'locked');
  const { id } = await call('verification.start', { which, level: 'full' });
  service.lockForScreen();
  expect(await service.trayState()).toMatchObject({ vault: 'unlocked', jobCount: 1 });
  await locked;
  expect(await call('jobs.get', { jobId: id })).toMatchObject({ state: 'done', counts: { done: 2 } });
  expect(await service.trayState()).toMatchObject({ vault: 'locked', jobCount: 0, progress: null });
});

it('stays open for a person who came back before the work was done', async () => {
  const made = await filled('v3-compressed.tar');
  const { call, service } = made;
  const which = { kind: 'filter', filter: {} } as const;
  const begin = call('verification.start', { which, level: 'full' });
  const over = ended(made, begin);
  await begin;
  service.lockForScreen();
  service.screenUnlocked();
  await over;
  expect(await service.trayState()).toMatchObject({ vault: 'unlocked' });
});

it('takes in a backup where it is, and finds out which key opens it', async () => {
  const { call, until } = await filled();
  const outside = copyFixture('v2-compressed.tar', await scratch());
  const matched = until('match', ({ progress }) => progress === null);
  const told = until('library');
  const taken = await call('library.takeIn', { paths: [outside, '/nowhere/at/all.tar'] });
  expect(taken).toMatchObject({ identities: [expect.any(String)], folders: [], problems: [{}] });
  await told;
  await matched;
  const page = await call('library.backup', { identity: taken.identities[0]! });
  expect(page).toMatchObject({ backup: { keyState: 'opens' }, problem: null });
  const typed = await call('keys.addTyped', { typed: PASSWORD, against: taken.identities[0]! });
  expect(typed).toMatchObject({ added: { isNew: false }, form: 'as-typed' });
});

it('scans a folder that is dropped', async () => {
  const { call, until } = await filled();
  const folder = await scratch();
  copyFixture('plain-compressed.tar', folder);
  const scanned = until('scan', ({ progress }) => progress === null);
  expect(await call('library.takeIn', { paths: [folder] })).toMatchObject({ folders: [folder] });
  await scanned;
  expect(await call('library.backups', {})).toHaveLength(1);
});

it('says which key is wrong for a backup, then takes the right one', async () => {
  const { call, folder } = await filled('v3-compressed.tar');
  const [backup] = await call('library.backups', {});
  const against = backup!.identity;
  await expect(call('keys.addTyped', { typed: 'not this one', against })).rejects.toMatchObject({
    code: 'WRONG_KEY',
  });
  expect(await call('keys.addTyped', { typed: PASSWORD, against })).toMatchObject({ added: {} });
  await expect(call('keys.addTyped', { typed: 'x', against: 'abcdef0123456789' })).rejects.toMatchObject({
    code: 'IO_FAILED',
  });
  expect(folder).not.toBe('');
});

it('sets what is done with backups that land in a folder', async () => {
  const { call, folder } = await filled();
  const rule = { verify: 'quick', migrate: null, scheme: null } as const;
  expect(await call('watching.setRule', { path: folder, rule })).toMatchObject({ watch: rule });
  expect(await call('watching.setRule', { path: folder, rule: null })).toMatchObject({ watch: null });
});

it('tells a library that another program locked as it is, with no error', async () => {
  const made = await filled('plain-compressed.tar');
  const { vaultIn } = await import('../vault/vault-fixture.ts');
  const other = await vaultIn({ folder: made.dataFolder, keychain: made.keychain });
  for (const name of ['library.status', 'library.backups'] as const) {
    await made.call('vault.unlock', { passphrase: null });
    await other.lockForAll();
    await made.call(name, {});
  }
  expect(made.log.undeclared()).toEqual([]);
});

it('says where backups are, and copies them by a plan, which is used once', async () => {
  const made = await filled('v3-compressed.tar');
  const { call, folder } = made;
  const before = await call('places.overview', {});
  expect(before).toMatchObject({ goodCount: 0, counts: { 'one-place': 1, 'this-disk-only': 1 } });
  const to = await scratch();
  const which = { kind: 'backups' as const, identities: [before.backups[0]?.identity ?? ''] };
  const { planId, plan } = await call('copies.plan', { which, to });
  expect(plan).toMatchObject({ to, isInLibrary: false, items: [{ state: 'do' }] });
  const job = await ended(made, call('copies.start', { planId }));
  expect(job).toMatchObject({ kind: 'copy', state: 'done', counts: { done: 1 } });
  await expect(call('copies.start', { planId })).rejects.toMatchObject({ code: 'USAGE' });
  const target = join(to, 'v3-compressed.tar');
  expect(await call('copies.report', { jobId: job.id })).toMatchObject({
    items: [{ outcome: 'verified', target }],
  });
  expect(readFileSync(target).equals(readFileSync(join(folder, 'v3-compressed.tar')))).toBe(true);
  await made.until('library', () => made.events.some(({ kind }) => kind === 'library'));
  const after = await call('places.setKind', { path: to, kind: 'network' });
  expect(after).toMatchObject({ goodCount: 1, counts: { 'one-place': 0 } });
  expect(await call('places.setKind', { path: to, kind: null })).toMatchObject({ goodCount: 0 });
});
