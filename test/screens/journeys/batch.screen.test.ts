// A migration from one end to the other: watched, stopped in the middle and taken up again; and killed in the middle and taken up again.
// Whatever happens, each original is somewhere, byte for byte.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { PASSWORD } from '../../support/fixtures.ts';
import { hasNoBrowser } from '../support/chromium.ts';
import { openApp, type AppOptions } from '../support/open-app.ts';
import { withoutBackground } from '../without-background.ts';
import { digestsIn, writeLargeBackups } from './large-backups.ts';
import { figure, goTo, heading, migrateAll, saveAs, SOON } from './steps.ts';

const COUNT = 6;
const QUARANTINE = 'Strongroom quarantine';

const LARGE: AppOptions = {
  vault: 'unlocked',
  keys: { 'Home 2025': PASSWORD },
  prepare: async (engine, place) => {
    await withoutBackground(engine, place);
    await writeLargeBackups(place.backups, PASSWORD, COUNT);
    await engine.library.desk.addFolder(place.backups);
    await engine.library.desk.scan({});
    await engine.library.desk.matchUntried();
  },
};

/** All values that the bar of the job shows from now on. */
async function watchProgress(page: Page): Promise<() => Promise<readonly number[]>> {
  await page.evaluate((title) => {
    const seen: number[] = [];
    const note = (): void => {
      const bar = document.querySelector(`[role=progressbar][aria-label="${title}"]`);
      const value = bar?.getAttribute('aria-valuenow');
      if (value !== null && value !== undefined && seen.at(-1) !== Number(value)) seen.push(Number(value));
    };
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
    Object.assign(globalThis, { seenProgress: seen });
  }, `Migrate ${COUNT} backups`);
  return () => page.evaluate(() => (globalThis as unknown as { seenProgress: number[] }).seenProgress);
}

/** One is done, another is in work. */
const middle = (page: Page) =>
  page
    .getByRole('main')
    .getByText(new RegExp(`^[1-${COUNT - 2}] of ${COUNT} files$`))
    .waitFor();

/** Of those that are in quarantine; beside each lies a note of where it came from. */
function digestsOfOriginals(backups: string): ReadonlyMap<string, string> {
  if (!existsSync(join(backups, QUARANTINE))) return new Map();
  return new Map([...digestsIn(join(backups, QUARANTINE))].filter(([name]) => name.endsWith('.orig')));
}

/** What is left where the originals were, or in quarantine, is what was there before. */
function expectNothingLost(backups: string, before: ReadonlyMap<string, string>): void {
  const here = new Set(digestsIn(backups).values());
  const everywhere = new Set([...here, ...digestsOfOriginals(backups).values()]);
  for (const [name, digest] of before)
    expect(everywhere.has(digest), `${name} is somewhere, byte for byte`).toBe(true);
}

function expectAllMigrated(backups: string, before: ReadonlyMap<string, string>): void {
  const kept = digestsOfOriginals(backups);
  expect([...kept.values()].sort()).toEqual([...before.values()].sort());
  const names = readdirSync(backups).filter((name) => name !== QUARANTINE);
  expect(names.sort()).toEqual([...before.keys()].sort());
}

describe.skipIf(hasNoBrowser)('a batch', () => {
  it('is watched, stopped in the middle, taken up again, and leaves a report that can be read', async () => {
    const { page, backups, folder } = await openApp(LARGE);
    const before = digestsIn(backups);
    await migrateAll(page, COUNT);
    const progress = await watchProgress(page);
    await middle(page);
    const seen = await progress();
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual([...seen].sort((one, other) => one - other)); // it never goes back
    await page.getByRole('main').getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await page.getByText('What was done before stays done.').waitFor();
    expectNothingLost(backups, before);
    const done = digestsOfOriginals(backups).size;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(COUNT);

    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText(`${COUNT} backups are in the new format now`).waitFor();
    expectAllMigrated(backups, before);
    await page.getByRole('button', { name: 'Save report' }).click();
    await page.getByRole('menuitem', { name: 'As text, to read' }).click();
    await saveAs(page, folder, 'what was done.txt');
    await page.getByText('The report is saved as “what was done.txt”.').waitFor();
    const report = readFileSync(join(folder, 'what was done.txt'), 'utf8');
    for (const name of before.keys()) expect(report).toContain(name);
    expect(report).not.toContain(PASSWORD);
    await goTo(page, 'Library');
    await expect.poll(() => figure(page, /old format/).count(), SOON).toBe(0);
  });

  it('that the program died in is shown as interrupted, goes on, and nothing is lost', async () => {
    const { page, backups, restart } = await openApp(LARGE);
    const before = digestsIn(backups);
    await migrateAll(page, COUNT);
    await middle(page);
    await restart('SIGKILL');
    expectNothingLost(backups, before);

    await goTo(page, 'Activity');
    const attention = page.getByRole('region', { name: 'Needs you' });
    await attention.getByText('Interrupted').waitFor();
    await goTo(page, 'Migrate');
    await page.getByText(`Migrate ${COUNT} backups was interrupted`).waitFor();
    const region = page.getByRole('region', { name: 'Migrate' });
    await region.getByRole('button', { name: 'Show', exact: true }).click();
    await heading(page, `Migrate ${COUNT} backups`).waitFor();
    await page.getByText('Nothing was lost').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText(`${COUNT} backups are in the new format now`).waitFor();
    expectAllMigrated(backups, before);
    await goTo(page, 'Activity');
    await expect.poll(() => attention.count(), SOON).toBe(0);
  });
});
