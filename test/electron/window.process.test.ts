// The window: where it is, how it looks from its first frame, what happens when it is closed or its page ends; sleep, battery and locks.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';

import { GROUND } from '../../electron/ground.ts';
import { call, hears, listen } from './support/bridge.ts';
import { eventually } from './support/eventually.ts';
import { describeOnElectron } from './support/scenario.ts';
import type { Shell } from './support/shell.ts';

const boundsOf = (shell: Shell): Promise<Electron.Rectangle> =>
  shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBounds());

const quit = async (shell: Shell): Promise<void> => {
  await shell.evaluate(({ app }) => app.quit());
  expect(await shell.ended).toBe(0);
};

/** Electron draws its own ground below the page, which is the page's. */
const groundsOf = async (shell: Shell, page: Page): Promise<{ window: string; page: string }> => ({
  window: (
    await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBackgroundColor())
  ).toLowerCase(),
  page: await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
});

describeOnElectron('the window', ({ kind, start, newDataFolder }) => {
  it('comes back where it was', async () => {
    const dataFolder = await newDataFolder();
    const first = await start({ dataFolder });
    await first.page();
    const place = { x: 120, y: 90, width: 1000, height: 640 };
    await first.evaluate(({ BrowserWindow }, bounds) => {
      BrowserWindow.getAllWindows()[0]!.setBounds(bounds);
    }, place);
    await quit(first);
    const second = await start({ dataFolder });
    await second.page();
    expect(await boundsOf(second)).toEqual(place);
  });

  it('comes back onto a screen that is there', async () => {
    const dataFolder = await newDataFolder();
    await mkdir(dataFolder, { recursive: true });
    const lost = { bounds: { x: 40_000, y: 9000, width: 1000, height: 640 }, isMaximized: false };
    await writeFile(join(dataFolder, 'window.json'), JSON.stringify(lost));
    const shell = await start({ dataFolder });
    await shell.page();
    const areas = await shell.evaluate(({ screen }) =>
      screen.getAllDisplays().map(({ workArea }) => workArea),
    );
    const { x, y, width, height } = await boundsOf(shell);
    expect(
      areas.some(
        (area) =>
          x >= area.x &&
          y >= area.y &&
          x + width <= area.x + area.width &&
          y + height <= area.y + area.height,
      ),
    ).toBe(true);
  });

  it('is dark from its first frame where that is set, and follows when it is changed', async () => {
    const dataFolder = await newDataFolder();
    await writeFile(join(dataFolder, 'settings.json'), JSON.stringify({ theme: 'dark' }));
    const shell = await start({ dataFolder });
    const page = await shell.page();
    await page.waitForSelector('h1');
    expect(await groundsOf(shell, page)).toEqual({ window: GROUND.dark, page: 'rgb(25, 24, 22)' });
    await call(page, 'settings.change', { theme: 'light' });
    await eventually(() => groundsOf(shell, page)).toEqual({
      window: GROUND.light,
      page: 'rgb(245, 244, 241)',
    });
    expect(await shell.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('light');
  });

  it('is dark from its first frame where the system is', async (context) => {
    if (kind === 'electron') {
      process.stderr.write('skipped: the system’s theme cannot be chosen.\n');
      context.skip();
    }
    const shell = await start({ world: { isDarkSystem: true } });
    const page = await shell.page();
    await page.waitForSelector('h1');
    expect(await groundsOf(shell, page)).toEqual({ window: GROUND.dark, page: 'rgb(25, 24, 22)' });
  });

  it('leaves the program in the tray when it is closed, and is made anew', async () => {
    const shell = await start();
    const page = await shell.page();
    await call(page, 'app.start', {});
    const closed = page.waitForEvent('close');
    await shell.evaluate(({ BrowserWindow, Notification }) => {
      const shown: Electron.Notification[] = [];
      Object.assign(globalThis, { shown });
      Notification.prototype.show = function (this: Electron.Notification) {
        shown.push(this);
      };
      BrowserWindow.getAllWindows()[0]!.close();
    });
    await closed;
    const [notice, ...more] = await shell.evaluate(() =>
      (globalThis as unknown as { shown: Electron.Notification[] }).shown.map(({ title, body }) => ({
        title,
        body,
      })),
    );
    expect(more).toEqual([]);
    expect(notice?.title).toBe('Strongroom goes on in the background');
    // A desktop without a tray is not told apart: the way back is said.
    if (process.platform === 'linux') expect(notice?.body).toContain('start Strongroom again');
    expect(await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(0);
    await shell.evaluate(() => {
      (globalThis as unknown as { shown: Electron.Notification[] }).shown[0]!.emit('click');
    });
    expect(await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
    const again = await shell.page();
    expect((await call(again, 'app.start', {})).host.shell).toBe('electron');
  });

  it('ends the program when it is closed and there is no tray', async () => {
    const shell = await start();
    const page = await shell.page();
    await call(page, 'settings.change', { keepInTray: false });
    await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close());
    expect(await shell.ended).toBe(0);
  });

  it('loads its page again when that crashes, and asks when it crashes again', async () => {
    const dataFolder = await newDataFolder();
    const shell = await start({ dataFolder });
    const page = await shell.page();
    await page.waitForSelector('h1');
    await shell.evaluate(({ BrowserWindow, dialog }) => {
      const asked: string[] = [];
      Object.assign(globalThis, { asked });
      dialog.showMessageBox = ((_window: unknown, { message }: Electron.MessageBoxOptions) => {
        asked.push(message);
        return Promise.resolve({ response: 1, checkboxChecked: false });
      }) as typeof dialog.showMessageBox;
      BrowserWindow.getAllWindows()[0]!.webContents.forcefullyCrashRenderer();
    });
    const isCrashed = (): Promise<boolean | null> =>
      shell.evaluate(
        ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.isCrashed() ?? null,
      );
    const asked = (): Promise<string[]> =>
      shell.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);
    const log = join(dataFolder, 'logs', 'strongroom.log');
    await eventually(() => readFile(log, 'utf8')).toContain('The page of the window ended: ');
    await eventually(isCrashed).toBe(false);
    expect(await asked()).toEqual([]);
    await shell.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]!.webContents.forcefullyCrashRenderer(),
    );
    await eventually(asked).toEqual(['The window stopped working.']);
    await eventually(isCrashed).toBeNull(); // the person closed it
  });

  it('ends the program when the person gives up its page and there is no tray', async () => {
    const shell = await start();
    const page = await shell.page();
    await page.waitForSelector('h1');
    await call(page, 'settings.change', { keepInTray: false });
    await shell.evaluate(({ BrowserWindow, dialog }) => {
      dialog.showMessageBox = () => Promise.resolve({ response: 1, checkboxChecked: false });
      const contents = BrowserWindow.getAllWindows()[0]!.webContents;
      contents.once('did-finish-load', () => contents.forcefullyCrashRenderer());
      contents.forcefullyCrashRenderer();
    });
    expect(await shell.ended).toBe(0);
  });

  it('takes the progress of its jobs with it', async () => {
    const shell = await start();
    const page = await shell.page();
    await page.waitForSelector('h1');
    const shown = await shell.evaluate(({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows()[0]!;
      const bars: number[] = [];
      window.setProgressBar = (progress) => void bars.push(progress);
      window.close();
      return bars;
    });
    expect(shown).toEqual([-1]);
  });

  it('lets background work rest on the battery and in sleep, and locks the keys with the screen', async () => {
    const shell = await start();
    const page = await shell.page();
    await call(page, 'vault.create', { keychain: false, passphrase: 'correct horse battery staple' });
    await listen(page);
    const emit = (event: string): Promise<void> =>
      shell.evaluate(({ powerMonitor }, name) => {
        powerMonitor.emit(name);
      }, event);
    const reason = async (): Promise<string | null> => (await call(page, 'watching.state', {})).pausedBecause;
    await emit('on-battery');
    expect(await reason()).toBe('battery');
    await emit('suspend');
    expect(await reason()).toBe('suspend');
    await emit('resume');
    expect(await reason()).toBe('battery');
    await emit('on-ac');
    expect(await reason()).toBeNull();
    await emit('lock-screen');
    await hears(page, { kind: 'vault', why: 'locked' });
    expect(await call(page, 'vault.status', {})).toMatchObject({ state: 'locked' });
  });
});
