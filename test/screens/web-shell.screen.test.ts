// The web shell in a real browser: who gets in, who does not whatever pages of strangers try, and several windows at once.

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { Page } from 'playwright-core';

import { hasNoBrowser, startedBrowser } from './support/chromium.ts';
import { checkAccessibility, lookAt } from './support/look.ts';
import { openApp, type AppUnderTest } from './support/open-app.ts';
import { newTrouble } from './support/page-trouble.ts';
import { serve } from './support/served-program.ts';

const PASSWORD = 'four unrelated sober words';
const INTERFACE = '#app > *';

/** A page of somebody else on a port of its own: to the browser the same site as ours, so that our cookie goes along. */
async function strangersOrigin(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>A stranger</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** All that a page can try on another address. What came of each, as far as the page can tell. */
function attack(page: Page, origin: string): Promise<Record<string, string>> {
  return page.evaluate(async (target) => {
    const outcome = (work: () => Promise<string>): Promise<string> =>
      work().catch((error: unknown) => `refused: ${String(error)}`);
    const ask = (path: string, init: RequestInit): Promise<string> =>
      outcome(async () =>
        (await (await fetch(`${target}${path}`, { credentials: 'include', ...init })).text()).slice(0, 200),
      );
    const load = (element: HTMLElement & { src: string }, path: string): Promise<string> =>
      new Promise((resolve) => {
        element.onload = () => resolve('loaded');
        element.onerror = () => resolve('refused');
        element.src = `${target}${path}`;
        document.body.append(element);
      });
    const socket = new Promise<string>((resolve) => {
      const opened = new WebSocket(`${target.replace('http', 'ws')}/socket`);
      opened.onopen = () => resolve('opened');
      opened.onerror = () => resolve('refused');
    });
    return {
      socket: await socket,
      read: await ask('/', {}),
      upload: await ask('/upload?name=evil.tar', { method: 'PUT', body: 'x' }),
      simpleUpload: await ask('/upload?name=evil.tar', { method: 'POST', body: 'x', mode: 'no-cors' }),
      script: await load(document.createElement('script'), '/'),
      picture: await load(document.createElement('img'), '/'),
    };
  }, origin);
}

const originOf = ({ program }: AppUnderTest): string => new URL(program().address).origin;

describe.skipIf(hasNoBrowser)('the window in a browser', () => {
  it('opens from the printed address, and forgets its token', async () => {
    const { page } = await openApp();
    await page.locator(INTERFACE).first().waitFor();
    expect(page.url()).not.toContain('token');
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  it('is open in several windows at once', async () => {
    const app = await openApp();
    const other = await app.openWindow();
    for (const page of [app.page, other]) await page.locator(INTERFACE).first().waitFor();
  });

  it('says to who has no right to it how to get in, and nothing else', async () => {
    const app = await openApp();
    const stranger = await app.openBrowser();
    await stranger.goto(originOf(app));
    expect(await stranger.getByRole('heading').innerText()).toBe('Strongroom is closed');
    await lookAt(stranger, 'door-closed');
    await stranger.goto(app.program().address);
    await stranger.getByText('has been used').waitFor();
    await checkAccessibility(stranger);
    expect(app.trouble.take(/status of 401/)).toHaveLength(2);
  });

  it('opens again after the program was started again', async () => {
    const app = await openApp();
    await app.page.locator(INTERFACE).first().waitFor();
    await app.restart('SIGKILL');
    await app.page.locator(INTERFACE).first().waitFor();
  });
});

describe.skipIf(hasNoBrowser)('a page of a stranger', () => {
  it('in the same browser gets nothing, reads nothing and changes nothing', async () => {
    const app = await openApp();
    await app.page.locator(INTERFACE).first().waitFor();
    const stranger = await app.openWindow();
    await stranger.goto(await strangersOrigin());
    const outcomes = await attack(stranger, originOf(app));
    expect(outcomes).toEqual({
      socket: 'refused',
      read: expect.stringMatching(/^refused/) as string,
      upload: expect.stringMatching(/^refused/) as string,
      simpleUpload: expect.stringMatching(/^(?:refused|$)/) as string,
      script: 'refused',
      picture: 'refused',
    });
    expect(app.trouble.take(/127\.0\.0\.1/).length).toBeGreaterThan(0);
    const reply = await app.page.evaluate(() => fetch('/received/evil.tar').then(({ status }) => status));
    expect(reply).toBe(404);
    app.trouble.take(/404/);
  });

  it('whose name leads to this computer (DNS rebinding) finds nobody there', async () => {
    const app = await openApp();
    await app.page.locator(INTERFACE).first().waitFor();
    const { port } = new URL(app.program().address);
    const stranger = await app.openWindow();
    const answer = await stranger.goto(`http://rebound.stranger.test:${port}/`);
    expect(answer?.status()).toBe(421);
    expect(await stranger.locator('#app').count()).toBe(0);
    const outcomes = await attack(stranger, `http://rebound.stranger.test:${port}`);
    expect(outcomes).toMatchObject({ socket: 'refused', script: 'refused', picture: 'refused' });
    for (const text of [outcomes['read'], outcomes['upload']])
      expect(text).toMatch(/does not answer to this name|^refused/);
    app.trouble.take(/stranger\.test/);
  });

  it('cannot show the window in a frame', async () => {
    const app = await openApp();
    await app.page.locator(INTERFACE).first().waitFor();
    const stranger = await app.openWindow();
    await stranger.goto(await strangersOrigin());
    const framed = await stranger.evaluate(async (target) => {
      const frame = document.createElement('iframe');
      const loaded = new Promise((resolve) => (frame.onload = resolve));
      frame.src = target;
      document.body.append(frame);
      await loaded;
      return frame.contentDocument?.title ?? 'of another origin';
    }, originOf(app));
    expect(framed).toBe('of another origin');
    const frames = stranger.frames().filter((frame) => frame !== stranger.mainFrame());
    for (const frame of frames) expect(await frame.locator('#app').count()).toBe(0);
    expect(app.trouble.take(/frame/i).length).toBeGreaterThan(0);
    app.trouble.take(/127\.0\.0\.1/);
  });
});

describe.skipIf(hasNoBrowser)('the sign-in', () => {
  it('takes the password, and says when it is not the one', async () => {
    const args = (folder: string): string[] => {
      const file = join(folder, 'password');
      writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 });
      return ['--password-file', file];
    };
    const app = await openApp({ args });
    const page = await app.openBrowser();
    await page.goto(originOf(app));
    await lookAt(page, 'door-sign-in');
    await page.getByLabel('Password').fill('not it');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await lookAt(page, 'door-sign-in-wrong');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator(INTERFACE).first().waitFor();
    expect(app.trouble.take(/status of 401/)).toHaveLength(2);
  });
});

describe.skipIf(hasNoBrowser)('the demo', () => {
  it('shows a library to look around in', async () => {
    const program = await serve(['--demo', '--port', '0']);
    onTestFinished(async () => {
      await program.end('SIGTERM');
    });
    const context = await (await startedBrowser()).newContext({ reducedMotion: 'reduce' });
    const trouble = newTrouble();
    trouble.watch(context);
    const page = await context.newPage();
    await page.goto(program.address);
    await page.getByText('Holiday house').first().waitFor();
    await lookAt(page, 'demo');
    await context.close();
    expect(trouble.all()).toEqual([]);
  });
});
