// Files that reach the program from outside: at its start, from a second start, from macOS, dropped on the window.

import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { inspect } from '../../core/backup/index.ts';
import { hears, listen } from './support/bridge.ts';
import { writeLongBackups } from './support/long-backups.ts';
import { eventually } from './support/eventually.ts';
import { describeOnElectron } from './support/scenario.ts';
import type { Shell } from './support/shell.ts';

/** The interface takes in what was opened, and goes to it. */
async function goesToBackupAt(page: Page, path: string): Promise<void> {
  const { identity } = await inspect(path);
  await eventually(() => page.evaluate(() => location.hash)).toBe(`#/library/${identity}`);
}

describeOnElectron('files from outside', ({ start, newDataFolder }) => {
  let shell: Shell;
  let page: Page;
  let atStart: string;
  let later: string;
  let folder: string;

  beforeAll(async () => {
    folder = await newDataFolder();
    [atStart, later] = (await writeLongBackups(folder, 2, 4096)) as [string, string];
    shell = await start({ args: [atStart] });
    page = await shell.page();
  }, 300_000);

  it('are taken in when the program is opened with them', async () => {
    await goesToBackupAt(page, atStart);
  });

  it('of a second start reach the first, which is the only one that stays', async () => {
    await listen(page);
    expect(await shell.startSecond([later])).toBe(0);
    await hears(page, { kind: 'open', paths: [later] });
    await goesToBackupAt(page, later);
    expect(await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  it('are taken as they were meant where the second start was', async () => {
    await shell.startSecond(['--some-flag', join('relative', 'backup.tar')]);
    await hears(page, { kind: 'open', paths: [join(process.cwd(), 'relative', 'backup.tar')] });
  });

  it('that macOS sends are taken as any other', async () => {
    await shell.evaluate(({ app }, path) => {
      app.emit('open-file', { preventDefault: () => undefined }, path);
    }, '/sent/by/macos.tar');
    await hears(page, { kind: 'open', paths: ['/sent/by/macos.tar'] });
  });

  it('that are dropped tell the page where they are', async () => {
    const dropped = join(folder, 'dropped.tar');
    await copyFile(atStart, dropped);
    await page.evaluate(() => {
      const found: string[] = [];
      Object.assign(window, { found });
      window.addEventListener('dragover', (event) => event.preventDefault());
      window.addEventListener('drop', (event) => {
        event.preventDefault();
        const { pathOf } = (window as unknown as { strongroom: { pathOf(file: File): string } }).strongroom;
        for (const file of event.dataTransfer?.files ?? []) found.push(pathOf(file));
      });
    });
    await shell.drop(page, [dropped]);
    await eventually(() => page.evaluate(() => (window as unknown as { found: string[] }).found)).toEqual([
      dropped,
    ]);
  });

  it('that the page made up have no path', async () => {
    const path = await page.evaluate(() =>
      (window as unknown as { strongroom: { pathOf(file: File): string } }).strongroom.pathOf(
        new File(['made up'], 'vault.strongroom'),
      ),
    );
    expect(path).toBe('');
  });

  it('wait for the window when the program had none', async () => {
    const quiet = await start({ args: ['--hidden'] });
    const windowCount = (): Promise<number> =>
      quiet.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
    expect(await windowCount()).toBe(0);
    const wanted = join(folder, 'wanted');
    await mkdir(wanted);
    const [path] = (await writeLongBackups(wanted, 1, 4096)) as [string];
    await quiet.startSecond([path]);
    const made = await quiet.page();
    expect(await windowCount()).toBe(1);
    await goesToBackupAt(made, path);
  });
});
