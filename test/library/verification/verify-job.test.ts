// Verifying as a job: what is good, what is not and never hidden, what is remembered.

import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { recogniseBackup } from '../../../core/library/recognise-backup.ts';
import {
  createDueVerification,
  createVerification,
  planDue,
  storePolicy,
  verificationReport,
} from '../../../core/library/verification/index.ts';
import type { Job } from '../../../shared/jobs.ts';
import { DEFAULT_VERIFICATION_POLICY } from '../../../shared/verification-plan.ts';
import { copyFixture } from '../../support/fixtures.ts';
import { byPassphrase } from '../../vault/vault-fixture.ts';
import { makeQueuedLibrary, type QueuedLibrary } from '../batch/batch-samples.ts';
import { backupFolder, tinyBackup } from '../library-samples.ts';

function verifying(
  { queue }: QueuedLibrary,
  paths: readonly string[],
  level: 'quick' | 'full' | 'deep' = 'full',
): Job {
  const files = paths.map((path) => ({ path, sizeBytes: statSync(path).size }));
  return createVerification(queue, { level, origin: 'person' }, files);
}

function run(
  library: QueuedLibrary,
  paths: readonly string[],
  level?: 'quick' | 'full' | 'deep',
): Promise<Job> {
  return library.queue.run(verifying(library, paths, level).id);
}

async function libraryFolder({ catalog }: QueuedLibrary): Promise<string> {
  return catalog.folders.add(await backupFolder()).path;
}

/** One byte in the middle of the encrypted content is another: nothing but reading it tells. */
function flipInside(path: string): void {
  const bytes = readFileSync(path);
  const place = bytes.indexOf('SecureTar') + 150;
  bytes.writeUInt8((bytes[place] ?? 0) ^ 0xff, place);
  writeFileSync(path, bytes);
}

describe('verifying backups', () => {
  it('says of each what it is, counts the bad ones as failed and remembers every verdict', async () => {
    const library = await makeQueuedLibrary(2);
    await library.addKeys('apple');
    const folder = await backupFolder();
    const at = (name: string): string => join(folder, `${name}.tar`);
    await tinyBackup(at('good'), { password: 'apple' });
    await tinyBackup(at('plain'));
    await tinyBackup(at('flipped'), { password: 'apple' });
    await tinyBackup(at('locked'), { password: 'pear' });
    await tinyBackup(at('cut'), { password: 'apple' });
    const names = ['good', 'plain', 'flipped', 'locked', 'cut'];
    for (const name of names) await recogniseBackup(library, at(name));
    flipInside(at('flipped'));
    truncateSync(at('cut'), readFileSync(at('cut')).indexOf('SecureTar') + 150);

    const job = await run(library, names.map(at));
    expect(job).toMatchObject({ state: 'done', title: 'Verify 5 backups', counts: { done: 2, failed: 3 } });
    const report = verificationReport(library.catalog, job.id);
    expect(report.results.map(({ status, error }) => [status, error?.code ?? null])).toEqual([
      ['good', null],
      ['good', null],
      ['damaged', 'DAMAGED_PAYLOAD'],
      ['locked', 'WRONG_KEY'],
      ['truncated', 'TRUNCATED'],
    ]);
    for (const { message } of report.results) expect(message).toMatch(/\.$/);
    expect(report.bytes).toBeGreaterThan(0);
    const verdicts = names.map(
      (name) => library.catalog.library.byPath(at(name), null)?.lastVerification?.status,
    );
    expect(verdicts).toEqual(['good', 'good', 'damaged', 'locked', 'truncated']);
  });

  it('does not let a verdict get lost because the file cannot even be read as a backup any more', async () => {
    const library = await makeQueuedLibrary();
    const folder = await backupFolder();
    const path = await tinyBackup(join(folder, 'a.tar'));
    const { identity } = await recogniseBackup(library, path);
    writeFileSync(path, '<html>Log in first</html>');
    const job = await run(library, [path]);
    expect(job.counts.failed).toBe(1);
    expect(verificationReport(library.catalog, job.id).results[0]?.status).toBe('unreadable');
    expect(library.catalog.verifications.lastOf(identity)).toMatchObject({ status: 'damaged', path });
  });

  it('says of a file that is gone that it is gone, and nothing bad of its content', async () => {
    const library = await makeQueuedLibrary();
    const folder = await backupFolder();
    library.catalog.folders.add(folder);
    const path = await tinyBackup(join(folder, 'a.tar'));
    const { identity } = await recogniseBackup(library, path);
    const job = verifying(library, [path]);
    renameSync(path, join(folder, 'elsewhere.tar'));
    await library.queue.run(job.id);
    const [result] = verificationReport(library.catalog, job.id).results;
    expect(result).toMatchObject({ status: 'unreadable', error: { code: 'IO_FAILED' } });
    expect(result?.message).not.toContain('ENOENT');
    expect(library.catalog.copies.find(path)?.missingSince).not.toBeNull();
    expect(library.catalog.verifications.lastOf(identity)).toBeNull();
  });

  it('remembers which key opened a backup, also that none does, and tries nothing a second time', async () => {
    const library = await makeQueuedLibrary();
    const [, pear = ''] = await library.addKeys('apple', 'pear', 'plum');
    const folder = await backupFolder();
    const path = await tinyBackup(join(folder, 'a.tar'), { password: 'pear' });
    const locked = await tinyBackup(join(folder, 'b.tar'), { password: 'quince' });
    await run(library, [path, locked]);
    const { identity } = await recogniseBackup(library, path);
    expect(library.catalog.trialsOf(identity)).toMatchObject([{ keyId: pear, outcome: 'all' }]);
    library.engine.forget();
    await run(library, [path, locked]);
    expect(library.engine.tried).toEqual([]);
    expect(library.engine.verified.map(({ labels }) => labels.length)).toEqual([1, 1]);
    expect(library.engine.verified[0]?.labels).toEqual(['pear']);
  });

  it('works without a vault on what is not encrypted, and says of the rest that it is locked', async () => {
    const library = await makeQueuedLibrary();
    const folder = await backupFolder();
    const plain = await tinyBackup(join(folder, 'a.tar'));
    const locked = await tinyBackup(join(folder, 'b.tar'), { password: 'apple' });
    library.vault.lock();
    for (const name of readdirSync(library.folder))
      if (name.startsWith('vault')) rmSync(join(library.folder, name), { recursive: true });
    const job = await run(library, [plain, locked]);
    const report = verificationReport(library.catalog, job.id);
    expect(report.results.map(({ status }) => status)).toEqual(['good', 'locked']);
    expect(report.results[1]?.error?.code).toBe('KEY_REQUIRED');
  });

  it('ends when the vault is locked half-way, and goes on once it is open', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const folder = await backupFolder();
    const paths: string[] = [];
    for (const name of ['a', 'b', 'c'])
      paths.push(await tinyBackup(join(folder, `${name}.tar`), { password: 'apple' }));
    library.engine.beforeVerifying = (path) => {
      if (path === paths[0]) library.vault.lock();
    };
    const job = await run(library, paths);
    expect(job).toMatchObject({
      state: 'failed',
      error: { code: 'VAULT_LOCKED' },
      counts: { done: 1, left: 2 },
    });
    const statuses = () => verificationReport(library.catalog, job.id).results.map(({ status }) => status);
    expect(statuses()).toEqual(['good', 'not-started', 'not-started']);
    await library.vault.unlock(byPassphrase());
    expect((await library.queue.run(job.id)).state).toBe('done');
    expect(statuses()).toEqual(['good', 'good', 'good']);
  });

  it('notes nothing of a backup whose verification was cancelled', async () => {
    const library = await makeQueuedLibrary();
    const path = await tinyBackup(join(await backupFolder(), 'a.tar'));
    const { identity } = await recogniseBackup(library, path);
    const stop = new AbortController();
    library.engine.beforeVerifying = () => stop.abort();
    const { id } = verifying(library, [path]);
    expect((await library.queue.run(id, { signal: stop.signal })).state).toBe('cancelled');
    await library.queue.close();
    expect(library.catalog.verifications.history(identity)).toEqual([]);
    expect(verificationReport(library.catalog, id).results[0]?.status).toBe('not-started');
  });

  it('learns the names of the files inside from what it reads, and of damaged parts nothing', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const folder = await libraryFolder(library);
    const files = { 'data/secrets.yaml': 'a: b', 'data/automations.yaml': '[]' };
    const path = await tinyBackup(join(folder, 'a.tar'), { password: 'apple', files });
    const flipped = await tinyBackup(join(folder, 'b.tar'), { password: 'apple', files });
    flipInside(flipped);
    await run(library, [path, flipped], 'quick');
    expect(library.catalog.contents.search('secrets', 10)).toEqual([]);
    await run(library, [path, flipped]);
    const { identity } = await recogniseBackup(library, path);
    const found = { identity, member: 'homeassistant', name: 'data/secrets.yaml', sizeBytes: 4 };
    expect(library.catalog.contents.search('secrets', 10)).toEqual([found]);
    await run(library, [path]);
    expect(library.catalog.contents.search('secrets', 10)).toEqual([found]);
  });

  it('finds what is broken inside whole archives, where that is asked for', async () => {
    const library = await makeQueuedLibrary();
    const folder = await backupFolder();
    const files = { 'data/.storage/core.config': '{"cut":' };
    const path = await tinyBackup(join(folder, 'a.tar'), { files });
    expect((await run(library, [path], 'full')).counts.done).toBe(1);
    const job = await run(library, [path], 'deep');
    expect(verificationReport(library.catalog, job.id).results[0]?.status).toBe('damaged');
  });

  it('does not read the content for a quick look, and says so', async () => {
    const library = await makeQueuedLibrary();
    const folder = await libraryFolder(library);
    const path = await tinyBackup(join(folder, 'a.tar'));
    const job = await run(library, [path], 'quick');
    const report = verificationReport(library.catalog, job.id);
    expect(report.bytes).toBe(0);
    expect(report.results[0]?.message).toContain('not read');
    expect(planDue(library).due).toMatchObject([{ reason: 'never-verified' }]);
  });

  it('proves the real backups of the fixtures', async () => {
    const library = await makeQueuedLibrary();
    const path = copyFixture('plain-compressed.tar', await backupFolder());
    const job = await run(library, [path]);
    expect(verificationReport(library.catalog, job.id).results[0]).toMatchObject({ status: 'good' });
    expect(verificationReport(library.catalog, job.id).bytes).toBeGreaterThan(10_000);
  });
});

describe('verifying by the plan', () => {
  it('takes what is due today, and then nothing is due any more', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const folder = await libraryFolder(library);
    for (const name of ['a', 'b'])
      await recogniseBackup(library, await tinyBackup(join(folder, `${name}.tar`), { password: 'apple' }));
    const job = createDueVerification(library.queue, planDue(library));
    expect((await library.queue.run(job?.id ?? 0)).counts.done).toBe(2);
    expect(planDue(library).due).toEqual([]);
    expect(createDueVerification(library.queue, planDue(library))).toBeNull();
  });

  it('begins nothing more once the quiet hours have come; what was asked for by a person goes on', async () => {
    let now = new Date('2026-06-15T19:59:00Z');
    const library = await makeQueuedLibrary(1, { now: () => now, timeZone: 'Europe/Berlin' });
    storePolicy(library.catalog, { ...DEFAULT_VERIFICATION_POLICY, quietHours: { from: 22, to: 7 } });
    const folder = await libraryFolder(library);
    const paths: string[] = [];
    for (const name of ['a', 'b', 'c']) paths.push(await tinyBackup(join(folder, `${name}.tar`)));
    for (const path of paths) await recogniseBackup(library, path);
    library.engine.beforeVerifying = () => {
      now = new Date('2026-06-15T20:00:00Z');
    };
    const plan = planDue(library, { now, timeZone: 'Europe/Berlin' });
    const job = createDueVerification(library.queue, plan);
    const ended = await library.queue.run(job?.id ?? 0);
    expect(ended.counts).toMatchObject({ done: 1, skipped: 2 });
    expect(verificationReport(library.catalog, ended.id).results.map(({ status }) => status)).toEqual([
      'good',
      'not-started',
      'not-started',
    ]);
    expect(
      createDueVerification(library.queue, planDue(library, { now, timeZone: 'Europe/Berlin' })),
    ).toBeNull();
    expect((await run(library, paths)).counts.done).toBe(3);
  });
});

describe('the budget of a day', () => {
  it('ends what began by itself also where nobody could say before how long it takes', async () => {
    const library = await makeQueuedLibrary();
    storePolicy(library.catalog, { ...DEFAULT_VERIFICATION_POLICY, minutesPerDay: 1e-9 });
    const folder = await libraryFolder(library);
    for (const name of ['a', 'b', 'c'])
      await recogniseBackup(library, await tinyBackup(join(folder, `${name}.tar`)));
    const plan = planDue(library);
    expect(plan.due.map(({ today }) => today)).toEqual([true, true, true]);
    const job = createDueVerification(library.queue, plan);
    const { counts } = await library.queue.run(job?.id ?? 0);
    expect(counts).toMatchObject({ done: 1, skipped: 2 });
    expect(planDue(library).due.map(({ today }) => today)).toEqual([false, false]);
  });
});

describe('the report of a verification', () => {
  it('is refused for another kind of job, and a job of nothing is not made', async () => {
    const library = await makeQueuedLibrary();
    const scan = library.queue.create('scan', 'Scan', {}, []);
    const usage = expect.objectContaining({ code: 'USAGE' }) as Error;
    for (const id of [scan.id, 77]) expect(() => verificationReport(library.catalog, id)).toThrow(usage);
    expect(() => createVerification(library.queue, { level: 'full', origin: 'person' }, [])).toThrow(usage);
  });
});
