// What the page must never be able to do, whatever runs in it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { call } from './support/bridge.ts';
import { eventually } from './support/eventually.ts';
import { describeOnElectron } from './support/scenario.ts';
import type { Shell } from './support/shell.ts';

describeOnElectron('the walls around the page', ({ start, newDataFolder }) => {
  let shell: Shell;
  let page: Page;
  let dataFolder: string;
  const logged = (): Promise<string> => readFile(join(dataFolder, 'logs', 'strongroom.log'), 'utf8');

  beforeAll(async () => {
    dataFolder = await newDataFolder();
    shell = await start({ dataFolder });
    page = await shell.page();
    await page.waitForSelector('h1');
  }, 300_000);

  it('keep it from going anywhere else', async () => {
    const before = page.url();
    await page.evaluate(() => {
      location.href = 'https://example.com/';
    });
    await eventually(logged).toContain('A page wanted to go somewhere else.');
    expect(page.url()).toBe(before);
    expect((await call(page, 'app.start', {})).version).not.toBe('');
  });

  it('keep another page out of a frame', async () => {
    const isEmpty = await page.evaluate(
      () =>
        new Promise<boolean>((resolve) => {
          const frame = document.createElement('iframe');
          frame.onload = () => resolve(frame.contentDocument?.body.childElementCount !== 1);
          frame.src = 'https://example.com/';
          document.body.append(frame);
        }),
    );
    expect(isEmpty).toBe(true);
    expect(
      page.frames().some((frame) => frame.url().includes('example.com') && frame !== page.mainFrame()),
    ).toBe(false);
  });

  it('give a frame of the page no bridge', async () => {
    const hasBridge = await page.evaluate(() => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const found = 'strongroom' in (frame.contentWindow ?? {});
      frame.remove();
      return found;
    });
    expect(hasBridge).toBe(false);
  });

  it('keep it from opening windows', async () => {
    await page.evaluate(() => {
      window.open('https://example.com/');
    });
    await eventually(logged).toContain('A page wanted to open another window.');
    expect(await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  it('deny it the camera, the place, notifications and the clipboard’s content', async () => {
    const states = await page.evaluate(async () => {
      const names = ['camera', 'microphone', 'geolocation', 'notifications', 'clipboard-read', 'midi'];
      const found = [];
      for (const name of names)
        found.push((await navigator.permissions.query({ name: name as PermissionName })).state);
      return found;
    });
    expect(new Set(states)).toEqual(new Set(['denied']));
  });

  it('let it put plain text on the clipboard, for the details of an error', async () => {
    const state = await page.evaluate(
      async () => (await navigator.permissions.query({ name: 'clipboard-write' as PermissionName })).state,
    );
    expect(state).toBe('granted');
  });

  it('let nobody else use its channel', async () => {
    const channels = await page.evaluate(() =>
      Object.keys(window).filter((name) => /ipc|electron/i.test(name)),
    );
    expect(channels).toEqual([]);
  });
});
