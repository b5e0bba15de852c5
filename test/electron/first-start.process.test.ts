// The first start: a window with the real page behind the real preload, held by every wall that there is.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { call, replyOf } from './support/bridge.ts';
import { eventually } from './support/eventually.ts';
import { describeOnElectron } from './support/scenario.ts';
import type { Shell } from './support/shell.ts';

describeOnElectron('the first start', ({ start, newDataFolder }) => {
  let shell: Shell;
  let page: Page;
  let dataFolder: string;

  beforeAll(async () => {
    dataFolder = await newDataFolder();
    shell = await start({ dataFolder });
    page = await shell.page();
  }, 300_000);

  it('shows a window that asks the engine through the preload', async () => {
    const facts = await call(page, 'app.start', {});
    expect(facts).toMatchObject({ dataFolder, isDemo: false, vault: { state: 'missing' } });
    expect(facts.host).toMatchObject({ shell: 'electron', nativeDialogs: true, dropGivesPaths: true });
    await eventually(() =>
      shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((w) => w.isVisible())),
    ).toEqual([true]);
  });

  it('draws the interface under its policy, without one violation', async () => {
    await page.waitForSelector('h1');
    const violations = await page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const seen: string[] = [];
          new ReportingObserver((reports) => seen.push(...reports.map((report) => JSON.stringify(report))), {
            types: ['csp-violation'],
            buffered: true,
          }).observe();
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(seen)));
        }),
    );
    expect(violations).toEqual([]);
  });

  it('gives the page three functions and nothing of Node', async () => {
    const found = await page.evaluate(() => {
      const own = (window as unknown as { strongroom: object }).strongroom;
      return {
        functions: Object.keys(own),
        isFrozen: Object.isFrozen(own),
        node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in window),
      };
    });
    expect(found).toEqual({ functions: ['invoke', 'subscribe', 'pathOf'], isFrozen: true, node: [] });
  });

  it('answers a call that does not exist, or is not understood, with an error and nothing else', async () => {
    for (const name of ['__proto__', 'constructor', 'app.nothing']) {
      expect(await replyOf(page, name, {})).toMatchObject({ ok: false, error: { code: 'USAGE' } });
    }
    expect(await replyOf(page, 'library.takeIn', { paths: [] })).toMatchObject({
      ok: false,
      error: { code: 'USAGE' },
    });
  });

  it('hands out the files of the interface, and nothing beside them', async () => {
    const statuses = await page.evaluate(async () => {
      const fetched = [];
      for (const path of [
        '/../package.json',
        '/%2e%2e/package.json',
        '/preload.cjs',
        '/assets',
        '/etc/passwd',
      ]) {
        // The policy allows no fetch at all, so the address is asked for as a script.
        const script = document.createElement('script');
        script.src = path;
        fetched.push(
          await new Promise<string>((resolve) => {
            script.onload = () => resolve('loaded');
            script.onerror = () => resolve('refused');
            document.head.append(script);
          }),
        );
        script.remove();
      }
      return fetched;
    });
    expect(new Set(statuses)).toEqual(new Set(['refused']));
  });

  it('lets nothing run that is written into the page', async () => {
    const ran = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ranInline = true';
      document.head.append(script);
      script.remove();
      return 'ranInline' in window;
    });
    expect(ran).toBe(false);
  });

  it('lets nothing of the page reach a network', async () => {
    const results = await page.evaluate(async () => {
      const image = new Image();
      const loaded = new Promise<string>((resolve) => {
        image.onload = () => resolve('loaded');
        image.onerror = () => resolve('refused');
      });
      image.src = 'https://example.com/pixel.png';
      const fetched = await fetch('https://example.com/').then(
        () => 'loaded',
        () => 'refused',
      );
      return [await loaded, fetched];
    });
    expect(results).toEqual(['refused', 'refused']);
  });

  it('keeps what Chromium writes apart from the vault, and its log without a secret', async () => {
    expect(await readdir(dataFolder)).toEqual(expect.arrayContaining(['logs', 'window']));
    const log = join(dataFolder, 'logs', 'strongroom.log');
    expect((await stat(log)).mode & 0o777).toBe(0o600);
  });
});
