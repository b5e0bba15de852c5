// Ten thousand backups, idle and while a job works through them: only what is in sight is drawn, and no stall that a person would mind.
// How long things took is printed.

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { hasNoBrowser } from '../support/chromium.ts';
import { openApp } from '../support/open-app.ts';
import { writeManyBackups } from '../many-backups.ts';
import { withoutBackground } from '../without-background.ts';
import { backupTable, figure, goTo, heading, SOON } from './steps.ts';

const COUNT = 10_000;
const DRAWN_AT_MOST = 60;
/** Far beyond what is meant (100 ms), so that a busy machine does not fail the test and a stall of the whole list does. */
const STALL_MS = 4000;

interface Measured {
  readonly longest: number;
  readonly longTasks: number;
  readonly worstFrame: number;
  /** What the page itself has worked, whatever else the machine does. */
  readonly cpuMs: number;
}

/** Notes long tasks and the time between frames, until asked. */
async function watchStalls(page: Page): Promise<() => Promise<Measured>> {
  const cpu = await cpuOf(page);
  let before = await cpu();
  await page.evaluate(() => {
    const seen = { longest: 0, longTasks: 0, worstFrame: 0 };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        seen.longTasks++;
        seen.longest = Math.max(seen.longest, duration);
      }
    }).observe({ entryTypes: ['longtask'] });
    let last = performance.now();
    const frame = (now: number): void => {
      seen.worstFrame = Math.max(seen.worstFrame, now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    Object.assign(globalThis, { seenStalls: seen });
  });
  return async () => {
    const seen = await page.evaluate(() => {
      const { seenStalls } = globalThis as unknown as { seenStalls: Omit<Measured, 'cpuMs'> };
      const noted = { ...seenStalls };
      Object.assign(seenStalls, { longest: 0, longTasks: 0, worstFrame: 0 });
      return noted;
    });
    const now = await cpu();
    const cpuMs = now - before;
    before = now;
    return { ...seen, cpuMs };
  };
}

/** Milliseconds that the page's thread has worked in all. */
async function cpuOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
  };
}

function tell(what: string, { longest, longTasks, worstFrame, cpuMs }: Measured): void {
  const figures = `longest task ${Math.round(longest)} ms, ${longTasks} over 50 ms, worst frame ${Math.round(worstFrame)} ms, in all ${Math.round(cpuMs)} ms of work`;
  process.stdout.write(`${what}: ${figures}\n`);
  expect(longest).toBeLessThan(STALL_MS);
}

const drawn = async (page: Page): Promise<number> => (await backupTable(page).getByRole('row').count()) - 1;

/** A press of the key, and a frame in which its outcome can be seen. */
async function pressAndMeasure(page: Page, key: string): Promise<number> {
  const begun = await page.evaluate(() => {
    const measured = new Promise<number>((resolve) => {
      addEventListener(
        'keydown',
        ({ timeStamp }) =>
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - timeStamp))),
        { once: true, capture: true },
      );
    });
    Object.assign(globalThis, { measured });
    return performance.now();
  });
  expect(begun).toBeGreaterThan(0);
  await page.keyboard.press(key);
  return page.evaluate(() => (globalThis as unknown as { measured: Promise<number> }).measured);
}

describe.skipIf(hasNoBrowser)('a library of ten thousand', () => {
  it('scrolls, searches, filters and sorts without a stall, also while all of it is being verified', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      prepare: async (engine, place) => {
        await withoutBackground(engine, place);
        writeManyBackups(place.backups, COUNT);
        await engine.library.desk.addFolder(place.backups);
        await engine.library.desk.scan({});
      },
    });
    const table = backupTable(page);
    await page.getByText('10,000 backups shown').waitFor();
    const stalls = await watchStalls(page);

    await table.hover();
    let most = 0;
    for (let turn = 0; turn < 25; turn++) {
      await page.mouse.wheel(0, turn < 15 ? 4000 : -3000);
      most = Math.max(most, await drawn(page));
    }
    await table.focus();
    await page.keyboard.press('End');
    await table.getByText('Backup 1', { exact: true }).waitFor();
    for (const key of ['PageUp', 'PageUp', 'Home']) await page.keyboard.press(key);
    await table.getByText('Backup 10000', { exact: true }).waitFor();
    expect(Math.max(most, await drawn(page))).toBeLessThan(DRAWN_AT_MOST);
    tell('10,000 backups, scrolling', await stalls());

    const search = page.getByRole('searchbox', { name: 'Search backups' });
    await search.click();
    await page.keyboard.type('backup-7777.tar');
    await page.getByText('1 backup shown').waitFor();
    await search.fill('');
    await page.getByText('10,000 backups shown').waitFor();
    tell('10,000 backups, searching', await stalls());

    for (const column of ['Name', 'Size', 'Core', 'Verified', 'Made']) {
      await table.getByRole('button', { name: column, exact: true }).click();
      await table
        .getByRole('columnheader', { name: column, exact: true })
        .and(page.locator('[aria-sort=ascending], [aria-sort=descending]'))
        .waitFor();
      expect(await drawn(page)).toBeLessThan(DRAWN_AT_MOST);
    }
    await figure(page, /not encrypted/).click();
    await page.getByText('10,000 backups shown').waitFor();
    await figure(page, /not encrypted/).click();
    await table.getByRole('checkbox', { name: 'Select all' }).click();
    await page.getByText(/^10,000 selected/).waitFor();
    tell('10,000 backups, sorting, filtering and selecting', await stalls());

    // The window while a job goes through all of them.
    await page.getByRole('toolbar').getByRole('button', { name: 'Verify' }).click();
    await page.getByRole('dialog').getByRole('radio', { name: 'In full' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Verify' }).click();
    const bar = page.getByRole('region', { name: 'What is being done' });
    await bar.getByText(/\d of 10,000/).waitFor();
    await table.focus();
    const took: number[] = [];
    for (let turn = 0; turn < 12; turn++) took.push(await pressAndMeasure(page, 'PageDown'));
    await search.fill('backup-5000.tar');
    await expect.poll(() => drawn(page), SOON).toBe(1);
    await search.fill('');
    await goTo(page, 'Activity');
    await page
      .getByRole('link', { name: /^Verify 10,?000 backups/ })
      .first()
      .click();
    await heading(page, /^Verify 10,?000 backups/).waitFor();
    const items = page.getByRole('grid', { name: 'Files of this job' });
    await items.waitFor();
    expect(await items.getByRole('row').count()).toBeLessThan(DRAWN_AT_MOST);
    await goTo(page, 'Settings');
    await goTo(page, 'Library');
    tell('10,000 backups, while they are verified', await stalls());
    took.sort((one, other) => one - other);
    process.stdout.write(
      `a key while they are verified: ${Math.round(took[6] ?? 0)} ms, at worst ${Math.round(took.at(-1) ?? 0)} ms\n`,
    );
    await bar.getByText(/\d of 10,000/).waitFor(); // it has been at work all the time
    await bar.getByRole('button', { name: 'Pause' }).click();
    await bar.waitFor({ state: 'detached' });
  });
});
