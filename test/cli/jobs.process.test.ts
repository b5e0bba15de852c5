// Jobs through the real program: stopped by Ctrl-C, by another program, and by a kill; taken up again every time.

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Job, JobDetails } from '../../shared/jobs.ts';
import type { BatchPlan, BatchReport } from '../../shared/library.ts';
import { writePlainBackup } from './big-backup.ts';
import { documentOf, eventually, KEY, type Run } from './run-program.ts';
import { newVault, type VaultFolder } from './vault-folder.ts';

const ENCRYPT = ['library', 'encrypt', '--all', '--yes', '--originals', 'quarantine'];
const BACKUPS = ['one.tar', 'two.tar'];

type Library = VaultFolder & { readonly backups: string };

/** Two large backups that are not encrypted, and the key to do so. */
async function newLibrary(): Promise<Library> {
  const folder = await newVault();
  const backups = join(folder.path, 'backups');
  mkdirSync(backups);
  await writePlainBackup(join(backups, 'one.tar'), 'aaaaaaaa');
  await writePlainBackup(join(backups, 'two.tar'), 'bbbbbbbb');
  await folder.run(['keys', 'add', '--label', 'Home', '--key-file', '-'], { input: KEY });
  expect((await folder.run(['library', 'add', 'backups'])).exitCode).toBe(0);
  return { ...folder, backups };
}

function isWriting({ backups }: Library): true | null {
  return readdirSync(backups).some((name) => name.endsWith('.partial')) ? true : null;
}

/** Encrypts until a new file is half written, then does what is to be done to the program. */
async function interrupted(
  folder: Library,
  args: readonly string[],
  interrupt: (kill: (signal: NodeJS.Signals) => void) => Promise<void> | void,
): Promise<Run> {
  const begun: Promise<void>[] = [];
  const run = await folder.run(args, {
    watch: ({ kill }) => {
      if (begun.length === 0)
        begun.push(eventually('a partial file', () => isWriting(folder)).then(() => interrupt(kill)));
    },
  });
  await Promise.all(begun);
  return run;
}

async function onlyJob(folder: Library): Promise<Job> {
  const { jobs } = documentOf<{ jobs: Job[] }>(await folder.run(['jobs', 'list', '--json'])).report;
  expect(jobs).toHaveLength(1);
  return jobs[0] as Job;
}

/** No partial file, both backups there and good. */
async function expectOrder({ backups, run }: Library): Promise<void> {
  expect(
    readdirSync(backups)
      .filter((name) => !name.startsWith('.') && name.includes('.tar'))
      .sort(),
  ).toEqual(BACKUPS);
  expect((await run(['library', 'verify', '--all'])).exitCode).toBe(0);
}

describe('a batch', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stopped by %s reports, and goes on where it was',
    async (signal) => {
      await using folder = await newLibrary();
      const stopped = await interrupted(folder, [...ENCRYPT, '--json'], (kill) => kill(signal));
      expect(stopped.exitCode).toBe(130);
      const { report } = documentOf<{ plan: BatchPlan; report: BatchReport }>(stopped).report;
      expect(report.state).toBe('cancelled');
      expect(report.items.some(({ outcome }) => outcome === 'not-started')).toBe(true);
      expect(isWriting(folder)).toBe(null);
      const { id, state } = await onlyJob(folder);
      expect(state).toBe('cancelled');

      const resumed = await folder.run(['jobs', 'resume', String(id), '--json']);
      expect(resumed.exitCode).toBe(0);
      expect(documentOf<BatchReport>(resumed).report.items.map(({ outcome }) => outcome)).toEqual([
        'done',
        'done',
      ]);
      await expectOrder(folder);
    },
  );

  it('that was killed is mentioned by the next command, and goes on where it was', async () => {
    await using folder = await newLibrary();
    const killed = await interrupted(folder, ENCRYPT, (kill) => kill('SIGKILL'));
    expect(killed.exitCode).toBe(null);
    const status = await folder.run(['library', 'status']);
    const { id, state } = await onlyJob(folder);
    expect(state).toBe('interrupted');
    expect(status.stderr).toContain(`strongroom jobs resume ${id}`);
    expect(isWriting(folder)).toBe(null);

    expect((await folder.run(['jobs', 'resume', String(id)])).exitCode).toBe(0);
    expect((await onlyJob(folder)).state).toBe('done');
    expect((await folder.run(['library', 'status'])).stderr).toBe('');
    await expectOrder(folder);
  });

  it('is stopped by another program, which hears how it stands', async () => {
    await using folder = await newLibrary();
    const stopped = await interrupted(folder, ENCRYPT, async () => {
      const { id, state } = await onlyJob(folder);
      expect(state).toBe('running');
      const cancelled = await folder.run(['jobs', 'cancel', String(id)]);
      expect(cancelled.exitCode).toBe(0);
    });
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toContain('strongroom jobs resume');
    const { id } = await onlyJob(folder);
    const shown = documentOf<JobDetails>(await folder.run(['jobs', 'show', String(id), '--json'])).report;
    expect(shown.state).toBe('cancelled');
    expect(shown.items).toHaveLength(2);
  });

  it('is paused by another program after the file in work, and goes on with the rest', async () => {
    await using folder = await newLibrary();
    const paused = await interrupted(folder, [...ENCRYPT, '--jobs', '1'], async () => {
      const { id } = await onlyJob(folder);
      expect((await folder.run(['jobs', 'pause', String(id)])).exitCode).toBe(0);
    });
    const { id, state, counts } = await onlyJob(folder);
    if (state === 'paused') {
      expect(paused.exitCode).toBe(130);
      expect(counts.left).toBeGreaterThan(0);
    } else {
      // Both files were in work when it was asked to rest, so nothing was left to wait.
      expect({ state, left: counts.left }).toEqual({ state: 'done', left: 0 });
    }
    expect((await folder.run(['jobs', 'resume', String(id)])).exitCode).toBe(0);
    await expectOrder(folder);
  });
});

describe('a job that is not there', () => {
  it.each(['show', 'cancel', 'pause', 'resume'])('is not understood by %s', async (what) => {
    await using empty = await newVault();
    const run = await empty.run(['jobs', what, '4711']);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('4711');
  });
});
