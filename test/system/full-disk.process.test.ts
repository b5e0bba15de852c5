// A disk that is full, in every phase: what was begun stops cleanly and says NO_SPACE, every original is as it was, and once there is
// room it goes on where it was. The disk is a small one in memory, filled by another file.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { errorCode } from '../../shared/errors.ts';
import type { JobEvent } from '../../shared/jobs.ts';
import { once } from '../support/interruptions.ts';
import { openRunner, type OpenRunner } from '../support/runners.ts';
import { mountSmallDisk, smallDiskMissing, type SmallDisk } from '../support/small-disk.ts';
import { makeSmallLibrary, type SmallLibrary } from './small-library.ts';

const NAMES = ['a.tar', 'b.tar', 'c.tar', 'd.tar'];
const diskMissing = smallDiskMissing();
let open: OpenRunner;

beforeAll(async () => {
  open = await openRunner('threads');
});
afterAll(() => open.close());

interface Disk extends SmallDisk {
  /** Removes what fills it. */
  makeRoom(): void;
}

function newDisk(sizeMiB: number): Disk {
  const disk = mountSmallDisk(sizeMiB * 1024 * 1024);
  onTestFinished(() => disk.remove());
  return { ...disk, makeRoom: () => rmSync(join(disk.folder, 'filler')) };
}

/** With vault and catalogue on a disk of their own. */
async function libraryWithDataDisk(): Promise<SmallLibrary & { readonly disk: Disk }> {
  const disk = newDisk(8);
  return { ...(await makeSmallLibrary(open.runner, NAMES, { data: join(disk.folder, 'data') })), disk };
}

async function libraryWithBackupsDisk(): Promise<SmallLibrary & { readonly disk: Disk }> {
  const disk = newDisk(64);
  const library = await makeSmallLibrary(open.runner, NAMES, { backups: join(disk.folder, 'backups') });
  await library.desk.scan({});
  return { ...library, disk };
}

describe.skipIf(diskMissing !== null)('with a full disk', () => {
  it('a scan says so, and the next one finds everything', async () => {
    const { desk, disk, steps, requireOrder } = await libraryWithDataDisk();
    steps.beforeInspecting = () => disk.fill();
    expect(await desk.scan({}).then(() => null, errorCode)).toBe('NO_SPACE');
    expect(await requireOrder()).toEqual([]);
    steps.beforeInspecting = () => undefined;
    disk.makeRoom();
    expect((await desk.scan({})).added).toHaveLength(NAMES.length);
    expect(await desk.listBackups()).toHaveLength(NAMES.length);
  });

  it('a batch that cannot be written down is not begun', async () => {
    const { desk, disk, plan, run, requireOrder } = await libraryWithDataDisk();
    await desk.scan({});
    const planned = await plan();
    disk.fill();
    expect(await run(planned).then(() => null, errorCode)).toBe('NO_SPACE');
    expect(await requireOrder()).toEqual([]);
    expect(await desk.jobs()).toEqual([]);
    disk.makeRoom();
    expect((await run(planned)).state).toBe('done');
    expect(await requireOrder()).toEqual(NAMES);
  });

  it.each(['write', 'digest'] as const)(
    'the journal of a batch stops it before the next file, full at the first %s',
    async (moment) => {
      const library = await libraryWithDataDisk();
      const { desk, disk, steps } = library;
      await desk.scan({});
      const planned = await library.plan();
      steps.beforeTask = once(moment, () => disk.fill());
      const report = await library.run(planned);
      expect([report.state, report.error?.code]).toEqual(['failed', 'NO_SPACE']);
      const rewritten = await library.requireOrder();
      expect(rewritten.length).toBeLessThan(NAMES.length);
      disk.makeRoom();

      const next = await library.restart();
      await next.desk.recover();
      const job = await next.desk.job(report.jobId);
      expect(['failed', 'interrupted']).toContain(job.state);
      expect(job.counts.left + job.counts.done).toBe(NAMES.length);
      const resumed = await next.resume(report.jobId);
      expect(resumed.items.map(({ outcome }) => outcome)).toEqual(NAMES.map(() => 'done'));
      expect(await next.requireOrder()).toEqual(NAMES);
      expect(await next.desk.scan({})).toMatchObject({ unchangedCount: NAMES.length, inspectedCount: 0 });
    },
  );

  it.each(['write', 'digest'] as const)(
    'files that do not fit are left as they were, full at the first %s',
    async (moment) => {
      const { disk, steps, plan, run, resume, requireOrder, ...library } = await libraryWithBackupsDisk();
      const planned = await plan();
      expect(planned.items.map(({ state }) => state)).toEqual(NAMES.map(() => 'do'));
      steps.beforeTask = once(moment, () => disk.fill());
      const report = await run(planned);
      expect([report.state, report.error?.code]).toEqual(['failed', 'NO_SPACE']);
      expect(report.items.filter(({ outcome }) => outcome === 'not-started').length).toBeGreaterThan(0);
      expect((await requireOrder()).length).toBeLessThan(NAMES.length);
      disk.makeRoom();
      const resumed = await resume(report.jobId);
      expect(resumed.state).toBe('done');
      expect(await requireOrder()).toEqual(NAMES);
      expect(await library.desk.scan({})).toMatchObject({ unchangedCount: NAMES.length, inspectedCount: 0 });
    },
  );

  it('a plan says what has no room, and does none of it', async () => {
    const { disk, plan, run, requireOrder } = await libraryWithBackupsDisk();
    disk.fill();
    const planned = await plan();
    expect(planned.items.map(({ state }) => state)).toEqual(NAMES.map(() => 'no-room'));
    expect(await run(planned).then(() => null, errorCode)).toBe('USAGE');
    expect(await requireOrder()).toEqual([]);
  });

  it('a verification whose result cannot be kept ends, and goes on when there is room', async () => {
    const { desk, disk, steps, requireOrder } = await libraryWithDataDisk();
    await desk.scan({});
    const all = { kind: 'filter', filter: {}, copies: 'every' } as const;
    const running = { signal: new AbortController().signal, level: 'full' } as const;
    steps.beforeTask = once('read', () => disk.fill());
    const ends: (string | undefined)[][] = [];
    const onEvent = (event: JobEvent): void => {
      if (event.kind === 'job') ends.push([event.job.state, event.job.error?.code]);
    };
    const { jobId } = await desk.verifyBackups(all, { ...running, onEvent });
    expect(ends.at(-1)).toEqual(['failed', 'NO_SPACE']);
    disk.makeRoom();
    await desk.recover();
    const job = await desk.job(jobId ?? 0);
    expect(['failed', 'interrupted']).toContain(job.state);
    expect(job.counts.left).toBeGreaterThan(0);
    await desk.resumeJob(jobId ?? 0, { ...running, retryFailed: false });
    const { results } = await desk.verificationReport(jobId ?? 0);
    expect(results.map(({ status }) => status)).toEqual(NAMES.map(() => 'good'));
    expect((await desk.status()).verifiedCount).toBe(NAMES.length);
    expect(await requireOrder()).toEqual([]);
  });

  it('where the backups are keeps nobody from verifying them', async () => {
    const { desk, disk } = await libraryWithBackupsDisk();
    disk.fill();
    const all = { kind: 'filter', filter: {}, copies: 'every' } as const;
    const { results } = await desk.verifyBackups(all, {
      signal: new AbortController().signal,
      level: 'deep',
    });
    expect(results.map(({ status }) => status)).toEqual(NAMES.map(() => 'good'));
  });
});
