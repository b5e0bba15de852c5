// A batch as a job: run, stopped in every way, taken up again, and reported.

import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import {
  batchHandlers,
  batchReport,
  candidatesAt,
  createBatch,
  planBatch,
  runBatch,
} from '../../../core/library/batch/index.ts';
import type { JobHandler } from '../../../core/jobs/index.ts';
import { recogniseBackup } from '../../../core/library/recognise-backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import type { JobItem } from '../../../shared/jobs.ts';
import type { BatchPlan, BatchRequest } from '../../../shared/library.ts';
import { request } from '../../support/batch-request.ts';
import { mountSmallDisk, smallDiskMissing } from '../../support/small-disk.ts';
import { byPassphrase } from '../../vault/vault-fixture.ts';
import { backupFolder, tinyBackup } from '../library-samples.ts';
import { makeQueuedLibrary, type QueuedLibrary } from './batch-samples.ts';

const noSmallDisk = smallDiskMissing();

async function oldBackups(folder: string, count: number, password = 'apple'): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => join(folder, `backup-${index}.tar`));
  for (const path of names) await tinyBackup(path, { password, format: 'v2' });
  return names;
}

function plan(
  library: QueuedLibrary,
  paths: readonly string[],
  parts: Partial<BatchRequest> = {},
): Promise<BatchPlan> {
  return planBatch(library, request(parts), candidatesAt(paths));
}

async function variantsOf(library: QueuedLibrary, path: string): Promise<string[]> {
  const { members } = await library.engine.inspect(path);
  return members.map(({ variant }) => variant);
}

async function openedBy(library: QueuedLibrary, path: string, password: string): Promise<boolean> {
  const key = { label: 'key', password: Buffer.from(password) };
  const { members } = await library.engine.openWith(path, [key]);
  return members.every(({ status }) => status === 'opens');
}

/** Everything but the backups and the originals. */
function leftovers(folder: string): string[] {
  return readdirSync(folder).filter((name) => !/\.tar(\.orig)?$/.test(name));
}

describe('a batch that is run', () => {
  it('rewrites what the plan says, and reports it from the journal', async () => {
    const library = await makeQueuedLibrary(2);
    await library.addKeys('apple');
    const folder = await backupFolder();
    const paths = await oldBackups(folder, 3);
    const newer = await tinyBackup(join(folder, 'newer.tar'), { password: 'apple' });
    const planned = await plan(library, [...paths, newer]);
    const job = await runBatch(library.queue, planned);
    expect(job).toMatchObject({ state: 'done', title: 'Migrate 3 backups', counts: { done: 3, total: 3 } });

    const report = batchReport(library.catalog, job.id);
    expect(report).toMatchObject({ state: 'done', error: null, request: planned.request });
    expect(report.items.map(({ outcome, originalPath }) => [outcome, originalPath])).toEqual(
      paths.map((path) => ['done', `${path}.orig`]),
    );
    expect(report.outputBytes).toBe(planned.outputBytes);
    expect(report.inputBytes).toBe(planned.inputBytes);
    for (const path of paths) {
      expect(await variantsOf(library, path)).toEqual(['v3']);
      expect(await variantsOf(library, `${path}.orig`)).toEqual(['v2']);
      expect(await openedBy(library, path, 'apple')).toBe(true);
    }
    expect(leftovers(folder)).toEqual([]);
    const next = library.nextProgram();
    expect(batchReport(library.catalog, job.id)).toEqual(report);
    await next.close();
  });

  it('leaves the library knowing the new content, its key, its origin and its original, without one more trial', async () => {
    const library = await makeQueuedLibrary();
    const [apple = ''] = await library.addKeys('apple', 'pear');
    const [path = ''] = await oldBackups(await backupFolder(), 1);
    const planned = await plan(library, [path]);
    library.engine.forget();
    await runBatch(library.queue, planned);
    expect(library.engine.tried).toEqual([]);
    expect(library.engine.recoded.map(({ labels }) => labels)).toEqual([['apple']]);

    const { catalog } = library;
    const written = catalog.copies.find(path);
    const original = catalog.copies.find(`${path}.orig`);
    expect(original?.identity).toBe(planned.items[0]?.identity);
    expect(catalog.trialsOf(written?.identity ?? '')).toEqual([
      { keyId: apple, outcome: 'all', settledPositions: [0] },
    ]);
    expect(catalog.replacements.originsOf(written?.identity ?? '')).toMatchObject([
      { oldIdentity: original?.identity, operation: 'migrate', path },
    ]);
    expect(catalog.verifications.lastOf(written?.identity ?? '')).toMatchObject({
      level: 'full',
      status: 'good',
      path,
    });
    library.engine.forget();
    const again = await plan(library, [path]);
    expect(again.items[0]?.state).toBe('nothing-to-do');
    expect(again.estimatedSeconds).toBe(0);
    expect(() => createBatch(library.queue, again)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(library.engine.tried).toEqual([]);
  });

  it('encrypts and rekeys under the key that was chosen', async () => {
    const library = await makeQueuedLibrary();
    const [, pear = ''] = await library.addKeys('apple', 'pear');
    const folder = await backupFolder();
    const locked = await tinyBackup(join(folder, 'locked.tar'), { password: 'apple' });
    const plain = await tinyBackup(join(folder, 'plain.tar'));
    for (const [operation, path] of [
      ['rekey', locked],
      ['encrypt', plain],
    ] as const) {
      const job = await runBatch(library.queue, await plan(library, [path], { operation, newKeyId: pear }));
      expect(job.state).toBe('done');
      expect(await openedBy(library, path, 'pear')).toBe(true);
      const { identity = '' } = library.catalog.copies.find(path) ?? {};
      expect(library.catalog.trialsOf(identity)).toMatchObject([{ keyId: pear, outcome: 'all' }]);
    }
  });

  it('finds out which key opens a backup that nobody has planned', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('fig', 'apple', 'pear');
    const paths = await oldBackups(await backupFolder(), 2);
    const job = library.queue.create(
      'migrate',
      'Migrate 2 backups',
      request(),
      paths.map((path) => ({ path, sizeBytes: statSync(path).size })),
    );
    expect((await library.queue.run(job.id)).counts.done).toBe(2);
    for (const { labels } of library.engine.recoded) expect(labels).toEqual(['apple']);
  });

  it('goes on where one of many is damaged, gone, or nobody’s', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const folder = await backupFolder();
    const paths = await oldBackups(folder, 5);
    const [, damaged = '', gone = '', other = ''] = paths;
    const planned = await plan(library, paths);
    const bytes = readFileSync(damaged);
    truncateSync(damaged, bytes.indexOf('SecureTar') + 100);
    const cut = readFileSync(damaged);
    renameSync(gone, `${gone}.elsewhere`);
    await tinyBackup(other, { password: 'pear', format: 'v2' });

    const job = await runBatch(library.queue, planned);
    expect(job.state).toBe('done');
    expect(job.counts).toMatchObject({ done: 2, failed: 3 });
    const report = batchReport(library.catalog, job.id);
    expect(report.items.map(({ outcome, error }) => [outcome, error?.code ?? null])).toEqual([
      ['done', null],
      ['failed', 'TRUNCATED'],
      ['failed', 'IO_FAILED'],
      ['failed', 'WRONG_KEY'],
      ['done', null],
    ]);
    expect(report.items[2]?.message).not.toContain('ENOENT');
    expect(readFileSync(damaged).equals(cut)).toBe(true);
    expect(existsSync(`${other}.orig`)).toBe(false);
  });

  it('has nothing to do with what somebody else rewrote in the meantime', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const [path = ''] = await oldBackups(await backupFolder(), 1);
    const planned = await plan(library, [path]);
    await tinyBackup(path, { password: 'apple' });
    const job = await runBatch(library.queue, planned);
    expect(job.counts.skipped).toBe(1);
    expect(batchReport(library.catalog, job.id).items[0]).toMatchObject({ outcome: 'nothing-to-do' });
  });

  it.each(['BUSY', 'SOURCE_CHANGED', 'DAMAGED_PAYLOAD'] as const)(
    'does not count as its own what another program rewrote while it was told %s',
    async (code) => {
      const library = await makeQueuedLibrary();
      await library.addKeys('apple');
      const [path = ''] = await oldBackups(await backupFolder(), 1);
      const planned = await plan(library, [path]);
      library.engine.beforeRecoding = async () => {
        library.engine.beforeRecoding = () => undefined;
        const other = await runBatch(library.nextProgram(), planned);
        expect(other.counts.done).toBe(1);
        throw new StrongroomError(code, 'Another program is, or was, at it.');
      };
      const job = await runBatch(library.queue, planned);
      expect(job.counts).toMatchObject({ done: 0, skipped: 1 });
      expect(batchReport(library.catalog, job.id).items[0]).toMatchObject({ outcome: 'nothing-to-do' });
      expect(await variantsOf(library, path)).toEqual(['v3']);
    },
  );

  it('is done although the library could not take in what it wrote, and says so', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const [path = ''] = await oldBackups(await backupFolder(), 1);
    const planned = await plan(library, [path]);
    library.engine.beforeRecoding = () => {
      library.engine.beforeInspecting = () => {
        throw new Error('the disk is away');
      };
    };
    const job = await runBatch(library.queue, planned);
    expect(job.counts.done).toBe(1);
    expect(batchReport(library.catalog, job.id).items[0]?.message).toContain('scan its folder');
  });

  it('puts no password into the journal or anywhere else in the catalogue', async () => {
    const library = await makeQueuedLibrary();
    const passwords = ['QUINCE-PASSWORD-1', 'MEDLAR-PASSWORD-2', 'DAMSON-PASSWORD-3'];
    const ids = await library.addKeys(...passwords);
    // Labels may be shown and stored; here they are the passwords, which would hide a leak.
    for (const [index, id] of ids.entries()) await library.vault.change(id, { label: `Key ${index}` });
    const folder = await backupFolder();
    const paths = await oldBackups(folder, 2, passwords[0]);
    const wrong = await tinyBackup(join(folder, 'wrong.tar'), { password: 'OTHER-PASSWORD-4', format: 'v2' });
    const [, newKeyId = ''] = ids;
    const planned = await plan(library, [...paths, wrong], { operation: 'rekey', newKeyId });
    expect((await runBatch(library.queue, planned)).counts.done).toBe(2);
    await library.queue.close();
    const files = readdirSync(library.folder).filter((name) => name.startsWith('catalog'));
    expect(files).toContain('catalog.sqlite');
    const stored = Buffer.concat(files.map((name) => readFileSync(join(library.folder, name))));
    expect(stored.includes('Key 1')).toBe(true);
    for (const password of [...passwords, 'OTHER-PASSWORD-4']) expect(stored.includes(password)).toBe(false);
  });
});

describe('a batch that is stopped', () => {
  it('ends when the vault is locked half-way, and goes on from there once it is open', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const folder = await backupFolder();
    const paths = await oldBackups(folder, 3);
    const planned = await plan(library, paths);
    library.engine.beforeRecoding = (path) => {
      if (path === paths[0]) library.vault.lock();
    };
    const job = await runBatch(library.queue, planned);
    // The first had its key already.
    expect(job).toMatchObject({
      state: 'failed',
      error: { code: 'VAULT_LOCKED' },
      counts: { done: 1, left: 2 },
    });
    expect(batchReport(library.catalog, job.id).items.map(({ outcome }) => outcome)).toEqual([
      'done',
      'not-started',
      'not-started',
    ]);
    await library.vault.unlock(byPassphrase());
    expect(await library.queue.run(job.id)).toMatchObject({ state: 'done', counts: { done: 3 } });
    expect(batchReport(library.catalog, job.id).error).toBeNull();
  });

  it('leaves the one in work as it was when it is cancelled', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const folder = await backupFolder();
    const paths = await oldBackups(folder, 3);
    const planned = await plan(library, paths);
    const before = readFileSync(paths[1] ?? '');
    const stop = new AbortController();
    library.engine.beforeRecoding = (path) => {
      if (path === paths[1]) stop.abort();
    };
    const job = await runBatch(library.queue, planned, { signal: stop.signal });
    expect(job.state).toBe('cancelled');
    await library.queue.close();
    const report = batchReport(library.catalog, job.id);
    expect(report.state).toBe('cancelled');
    expect(report.items.map(({ outcome }) => outcome)).toEqual(['done', 'not-started', 'not-started']);
    expect(readFileSync(paths[1] ?? '').equals(before)).toBe(true);
    expect(leftovers(folder)).toEqual([]);
  });

  it.skipIf(noSmallDisk !== null)('stops cleanly where the disk gets full in the middle', async () => {
    const disk = mountSmallDisk(24 * 1024 * 1024);
    try {
      const library = await makeQueuedLibrary();
      await library.addKeys('apple');
      const paths = await oldBackups(disk.folder, 3);
      const planned = await plan(library, paths);
      const before = readFileSync(paths[1] ?? '');
      library.engine.beforeRecoding = (path) => {
        if (path === paths[1]) disk.fill();
      };
      const job = await runBatch(library.queue, planned);
      expect(job).toMatchObject({
        state: 'failed',
        error: { code: 'NO_SPACE' },
        counts: { done: 1, left: 2 },
      });
      expect(readFileSync(paths[1] ?? '').equals(before)).toBe(true);
      expect(leftovers(disk.folder)).toEqual(['filler']);
      truncateSync(join(disk.folder, 'filler'));
      library.engine.beforeRecoding = () => undefined;
      expect(await library.queue.run(job.id)).toMatchObject({ state: 'done', counts: { done: 3 } });
    } finally {
      disk.remove();
    }
  });

  it('does not begin with a new key that was marked as compromised since the plan', async () => {
    const library = await makeQueuedLibrary();
    const [, newKeyId = ''] = await library.addKeys('apple', 'pear');
    const paths = await oldBackups(await backupFolder(), 1);
    const planned = await plan(library, paths, { operation: 'rekey', newKeyId });
    await library.vault.change(newKeyId, { state: 'compromised' });
    const job = await runBatch(library.queue, planned);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'USAGE' }, counts: { left: 1 } });
    expect(existsSync(`${paths[0]}.orig`)).toBe(false);
  });
});

describe('a batch whose program was killed', () => {
  function handlerOf(library: QueuedLibrary): JobHandler {
    const handler = batchHandlers(library).find(({ kind }) => kind === 'migrate');
    if (handler === undefined) throw new Error('there is one for each operation');
    return handler;
  }

  function item(path: string, attempts: number): JobItem {
    const times = { startedAt: null, endedAt: null };
    return {
      position: 0,
      path,
      sizeBytes: 1,
      state: 'running',
      attempts,
      message: null,
      error: null,
      ...times,
    };
  }

  const context = {
    requestJson: JSON.stringify(request()),
    signal: new AbortController().signal,
    onProgress: () => undefined,
  };

  it('knows what had been rewritten and was not noted: it is done, not “nothing to do”', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const [path = ''] = await oldBackups(await backupFolder(), 1);
    const sizeBytes = statSync(path).size;
    const { identity } = await recogniseBackup(library, path);
    // What a killed program leaves: the engine was done, the library was told nothing.
    const password = Buffer.from('apple');
    await library.engine.recode(path, {
      operation: 'migrate',
      keys: [{ label: 'apple', password }],
      destination: { kind: 'in-place', originals: 'keep' },
    });
    const handler = handlerOf(library);
    await handler.recover?.(item(path, 1), context.requestJson);
    const { state, resultJson } = await handler.run(item(path, 2), context);
    expect(state).toBe('done');
    expect(JSON.parse(resultJson ?? '')).toMatchObject({ originalPath: `${path}.orig` });
    const now = library.catalog.copies.find(path)?.identity ?? '';
    expect(library.catalog.replacements.originsOf(now)).toMatchObject([{ oldIdentity: identity }]);
    expect(statSync(`${path}.orig`).size).toBe(sizeBytes);
    expect(readdirSync(dirname(path))).toHaveLength(2);
  });

  it('takes another backup that was put there meanwhile for what it is', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const folder = await backupFolder();
    const [path = ''] = await oldBackups(folder, 1);
    await recogniseBackup(library, path);
    const other = await tinyBackup(join(folder, 'other.tar'), { password: 'apple' });
    copyFileSync(other, path);
    const handler = handlerOf(library);
    await handler.recover?.(item(path, 1), context.requestJson);
    expect(await handler.run(item(path, 2), context)).toMatchObject({ state: 'skipped' });
    const now = library.catalog.copies.find(path)?.identity ?? '';
    expect(library.catalog.replacements.originsOf(now)).toEqual([]);
  });

  it('does again what was only begun', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const folder = await backupFolder();
    const [path = ''] = await oldBackups(folder, 1);
    await recogniseBackup(library, path);
    const handler = handlerOf(library);
    await handler.recover?.(item(path, 1), context.requestJson);
    expect(await handler.run(item(path, 2), context)).toMatchObject({ state: 'done' });
    expect(await variantsOf(library, path)).toEqual(['v3']);
  });

  it('is taken up by the next program, which finishes the job', async () => {
    const library = await makeQueuedLibrary();
    await library.addKeys('apple');
    const folder = await backupFolder();
    const paths = await oldBackups(folder, 2);
    const planned = await plan(library, paths);
    const job = createBatch(library.queue, planned);
    const { jobs } = library.catalog;
    expect(jobs.claim(job.id, 'a killed program', null)).toBe(true);
    jobs.setState(job.id, 'running');
    jobs.startItem(job.id, 0);
    writeFileSync(join(folder, 'note.txt'), 'not ours');
    const next = library.nextProgram();
    expect((await next.recover()).map(({ id, state }) => [id, state])).toEqual([[job.id, 'interrupted']]);
    expect(await next.run(job.id)).toMatchObject({ state: 'done', counts: { done: 2 } });
    expect(leftovers(folder)).toEqual(['note.txt']);
  });
});

describe('the report of a job', () => {
  it('is refused for what is no batch', async () => {
    const library = await makeQueuedLibrary();
    const scan = library.queue.create('scan', 'Scan', {}, []);
    for (const id of [scan.id, 77])
      expect(() => batchReport(library.catalog, id)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
