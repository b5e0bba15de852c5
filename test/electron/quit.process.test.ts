// Quitting while jobs run: asked, answered, and nothing lost whatever the answer is, or when nobody could be asked.

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';

import type { Job } from '../../shared/jobs.ts';
import { call } from './support/bridge.ts';
import { writeLongBackups } from './support/long-backups.ts';
import { eventually } from './support/eventually.ts';
import { describeOnElectron } from './support/scenario.ts';
import type { Shell } from './support/shell.ts';

/** As large as a part that takes a good part of a second. */
const PART_BYTES = 512 * 1024 * 1024;

/** The buttons of the question, as they come. */
const FINISH = 0;
const PAUSE = 1;
const STAY = 2;

async function answerWith(shell: Shell, response: number): Promise<void> {
  await shell.evaluate(({ dialog }, given) => {
    const asked: string[] = [];
    Object.assign(globalThis, { asked });
    dialog.showMessageBox = ((_window: unknown, { message }: Electron.MessageBoxOptions) => {
      asked.push(message);
      return Promise.resolve({ response: given, checkboxChecked: false });
    }) as typeof dialog.showMessageBox;
  }, response);
}

const questions = (shell: Shell): Promise<string[]> =>
  shell.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);

/** A job that takes long. */
async function beginWork(page: Page, folder: string, count: number): Promise<Job> {
  await writeLongBackups(folder, count, PART_BYTES);
  await call(page, 'library.addFolder', { path: folder });
  await call(page, 'library.scan', {});
  return call(page, 'verification.start', { which: { kind: 'filter', filter: {} }, level: 'full' });
}

describeOnElectron('quitting', ({ start, newDataFolder }) => {
  const working = async (
    count: number,
  ): Promise<{ shell: Shell; page: Page; job: Job; dataFolder: string }> => {
    const dataFolder = await newDataFolder();
    const shell = await start({ dataFolder });
    const page = await shell.page();
    const job = await beginWork(page, await newDataFolder(), count);
    return { shell, page, job, dataFolder };
  };
  const jobAfter = async (dataFolder: string, { id }: Job): Promise<Job> => {
    const shell = await start({ dataFolder });
    return call(await shell.page(), 'jobs.get', { jobId: id });
  };

  it('asks nothing when nothing is in hand', async () => {
    const shell = await start();
    await shell.page();
    await shell.evaluate(({ app }) => app.quit());
    expect(await shell.ended).toBe(0);
  });

  it('asks while a job runs, and stays where that is wished', async () => {
    const { shell, page, job } = await working(24);
    await answerWith(shell, STAY);
    await shell.evaluate(({ app }) => app.quit());
    await eventually(() => questions(shell)).toEqual(['1 job is still running.']);
    expect((await call(page, 'jobs.get', { jobId: job.id })).state).toBe('running');
    expect(await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
    await call(page, 'jobs.cancel', { jobId: job.id });
  });

  it('pauses, and the job can be taken up at the next start', async () => {
    const { shell, job, dataFolder } = await working(24);
    await answerWith(shell, PAUSE);
    await shell.evaluate(({ app }) => app.quit());
    expect(await shell.ended).toBe(0);
    const after = await jobAfter(dataFolder, job);
    expect(after).toMatchObject({ state: 'paused', counts: { failed: 0 } });
    expect(after.counts.left).toBeGreaterThan(0);
  });

  it('finishes the jobs first, and then quits by itself', async () => {
    const { shell, job, dataFolder } = await working(3);
    await answerWith(shell, FINISH);
    await shell.evaluate(({ app }) => app.quit());
    expect(await shell.ended).toBe(0);
    expect(await jobAfter(dataFolder, job)).toMatchObject({ state: 'done', counts: { left: 0, failed: 0 } });
  });

  it('asks nobody when the system goes down', async () => {
    const { shell, job, dataFolder } = await working(24);
    await answerWith(shell, STAY);
    const isHeldBack = await shell.evaluate(({ powerMonitor }) => {
      let prevented = false;
      (powerMonitor as NodeJS.EventEmitter).emit('shutdown', { preventDefault: () => (prevented = true) });
      return prevented;
    });
    expect(isHeldBack).toBe(true);
    expect(await shell.ended).toBe(0);
    expect(await jobAfter(dataFolder, job)).toMatchObject({ state: 'paused' });
  });

  it('asks nobody when Windows ends the session', async () => {
    const { shell, job, dataFolder } = await working(24);
    await answerWith(shell, STAY);
    await shell.evaluate(({ BrowserWindow }) => {
      (BrowserWindow.getAllWindows()[0] as NodeJS.EventEmitter).emit('session-end', {
        reasons: ['shutdown'],
      });
    });
    expect(await shell.ended).toBe(0);
    expect(await jobAfter(dataFolder, job)).toMatchObject({ state: 'paused' });
  });

  it('tells of a job that a kill interrupted', async () => {
    const { shell, job, dataFolder } = await working(24);
    await shell.kill();
    const again = await start({ dataFolder });
    const page = await again.page();
    expect((await call(page, 'app.start', {})).interruptedJobIds).toEqual([job.id]);
    expect(await call(page, 'jobs.get', { jobId: job.id })).toMatchObject({ state: 'interrupted' });
  });

  it('shows how far the jobs are on the icon in the taskbar', async () => {
    const dataFolder = await newDataFolder();
    const shell = await start({ dataFolder });
    const page = await shell.page();
    await shell.evaluate(({ BrowserWindow }) => {
      const bars: number[] = [];
      Object.assign(globalThis, { bars });
      const window = BrowserWindow.getAllWindows()[0]!;
      window.setProgressBar = (progress) => void bars.push(progress);
    });
    const job = await beginWork(page, await newDataFolder(), 12);
    const bars = (): Promise<number[]> =>
      shell.evaluate(() => (globalThis as unknown as { bars: number[] }).bars);
    await eventually(async () => (await bars()).some((bar) => bar >= 0)).toBe(true);
    await call(page, 'jobs.cancel', { jobId: job.id });
    await eventually(async () => (await bars()).at(-1)).toBe(-1);
  });
});
