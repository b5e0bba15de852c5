// Activity as a person uses it: what runs, what stands still, what failed and why, and how to go on.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { Strongroom } from '../../core/strongroom.ts';
import { copyFixture, PASSWORD } from '../support/fixtures.ts';
import { makeBackup } from '../support/make-backup.ts';
import { hasNoBrowser } from './support/chromium.ts';
import { lookAt } from './support/look.ts';
import { openApp, type AppPlace } from './support/open-app.ts';

const MIGRATION = {
  operation: 'migrate',
  originals: 'quarantine',
  quarantineDays: 30,
  newKeyId: null,
  format: 'v3',
} as const;
const DAMAGED = 'v2-bit-flip.tar';

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const goToActivity = (page: Page) =>
  page.getByRole('navigation').getByRole('link', { name: 'Activity' }).click();

/** Nothing is verified by itself: the jobs are those of the test. */
async function addFolder(engine: Strongroom, { dataFolder, backups }: AppPlace): Promise<void> {
  writeFileSync(join(dataFolder, 'settings.json'), JSON.stringify({ background: false }));
  await engine.library.desk.addFolder(backups);
  await engine.library.desk.scan({});
  await engine.library.desk.matchUntried();
}

async function verifyAll(engine: Strongroom): Promise<void> {
  await engine.library.desk.verifyBackups(
    { kind: 'filter', filter: {}, copies: 'one' },
    { level: 'full', signal: new AbortController().signal },
  );
}

async function migrateAll(engine: Strongroom): Promise<void> {
  const plan = await engine.library.desk.planBatch(MIGRATION, { format: 'old', text: 'v1-' });
  await engine.library.desk.runBatch(plan, { signal: new AbortController().signal });
}

describe.skipIf(hasNoBrowser)('activity', () => {
  it('says so when nothing was done yet', async () => {
    const { page } = await openApp({ vault: 'unlocked' });
    await goToActivity(page);
    await page.getByText('Nothing has been done yet').waitFor();
    await lookAt(page, 'activity-empty');
    await page.getByRole('button', { name: 'Go to the library' }).click();
    await heading(page, 'Library').waitFor();
  });

  it('shows what is done and what needs the person, and why, file by file', async () => {
    const { page, folder, backups } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      prepare: async (engine, place) => {
        for (const name of [
          'v1-compressed.tar',
          'v1-uncompressed.tar',
          'v3-compressed.tar',
          `bad/${DAMAGED}`,
        ])
          copyFixture(name, place.backups);
        await addFolder(engine, place);
        await migrateAll(engine);
        await verifyAll(engine);
      },
    });
    await goToActivity(page);
    const attention = page.getByRole('region', { name: 'Needs you' });
    await attention.getByText('1 not good').waitFor();
    await page.getByRole('region', { name: 'Finished' }).getByText('Migrate 2 backups').waitFor();
    await lookAt(page, 'activity-list');

    await page.getByLabel(/^Kind of work/).click();
    await page.getByRole('option', { name: 'Key changes' }).click();
    await page.getByText('No job fits these filters').waitFor();
    await page.reload();
    await page.getByText('No job fits these filters').waitFor();
    await page.getByRole('button', { name: 'Show all jobs' }).click();

    await page.getByRole('link', { name: /^Verify \d+ backups/ }).click();
    await heading(page, /^Verify/).waitFor();
    await lookAt(page, 'activity-job');
    await page.getByLabel(/^Show:/).click();
    await page.getByRole('option', { name: 'Not good (1)' }).click();
    const rows = page.getByRole('grid', { name: 'Files of this job' }).getByRole('row');
    await expect.poll(() => rows.count()).toBe(2);
    await rows.nth(1).click();
    await page.getByRole('dialog', { name: DAMAGED }).waitFor();
    await lookAt(page, 'activity-item');
    await page.getByRole('dialog').getByRole('button', { name: 'Open in the library' }).click();
    await page.waitForURL(/#\/library\//);
    await page.goBack();

    // The file is replaced by a good one, so that trying again goes well.
    copyFixture('v2-uncompressed.tar', folder);
    writeFileSync(join(backups, DAMAGED), readFileSync(join(folder, 'v2-uncompressed.tar')));
    await page.getByRole('button', { name: 'Try the failed one again' }).click();
    await page.getByText('Done', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Try the failed one again' }).waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Save report' }).click();
    await page.getByRole('menuitem', { name: 'As JSON, for programs' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Folder', { exact: true }).fill(folder);
    await dialog.getByRole('button', { name: 'Go', exact: true }).click();
    await dialog.getByLabel('File name').fill('verified.json');
    await dialog.getByRole('button', { name: 'Save here' }).click();
    await page.getByText('The report is saved as “verified.json”.').waitFor();
    expect(() => JSON.parse(readFileSync(join(folder, 'verified.json'), 'utf8')) as unknown).not.toThrow();
  });

  it('has a job that an end in the middle left, and takes it up again', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      prepare: async (engine, place) => {
        await makeBackup(join(place.backups, 'large.tar'), PASSWORD, 4, 12_000_000, 'c0ffee41');
        copyFixture('v1-compressed.tar', place.backups);
        await addFolder(engine, place);
        const { desk } = engine.library;
        const plan = await desk.planBatch(MIGRATION, { format: 'old' });
        const { ended } = await desk.startBatch(plan);
        await Promise.all([engine.close(), ended.catch(() => undefined)]); // its job is what this is about
      },
    });
    await goToActivity(page);
    const attention = page.getByRole('region', { name: 'Needs you' });
    await attention.getByText('Interrupted').waitFor();
    await attention.getByRole('link', { name: 'Migrate 2 backups' }).click();
    await page.getByText('Strongroom ended before this job did.').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('2 backups are in the new format now').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'All jobs' }).click();
    await page.getByRole('region', { name: 'Finished' }).getByText('Migrate 2 backups').waitFor();
  });

  it('says so where an address names a job that is not there', async () => {
    const { page, trouble } = await openApp({ vault: 'unlocked' });
    await page.evaluate(() => (location.hash = '#/activity/4711'));
    await page.getByText('This job is not there any more').waitFor();
    await page.getByRole('button', { name: 'All jobs' }).last().click();
    await page.getByText('Nothing has been done yet').waitFor();
    expect(trouble.all()).toEqual([]);
  });
});
