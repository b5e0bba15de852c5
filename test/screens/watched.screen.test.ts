// Watched folders as a person sets them up, and what then happens by itself.

import { copyFileSync, renameSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import type { Strongroom } from '../../core/strongroom.ts';
import { FIXTURES, PASSWORD } from '../support/fixtures.ts';
import { hasNoBrowser } from './support/chromium.ts';
import { lookAt } from './support/look.ts';
import { openApp, type AppPlace } from './support/open-app.ts';

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const goToWatched = (page: Page) =>
  page.getByRole('navigation').getByRole('link', { name: 'Watched folders' }).click();

/** As a download ends: under another name first. */
function download(fixture: string, folder: string, name: string): void {
  copyFileSync(join(FIXTURES, fixture), join(folder, `${name}.part`));
  renameSync(join(folder, `${name}.part`), join(folder, name));
}

async function watchBackups(engine: Strongroom, { backups }: AppPlace): Promise<void> {
  await engine.library.desk.addFolder(backups);
  await engine.library.desk.scan({});
  await engine.library.desk.setWatch(backups, {
    verify: 'full',
    migrate: { originals: 'quarantine' },
    scheme: null,
  });
}

describe.skipIf(hasNoBrowser)('watched folders', () => {
  it('takes a folder, asks what to do, and then looks after each backup that lands in it', async () => {
    const { page, backups } = await openApp({ vault: 'unlocked', keys: { 'Home 2025': PASSWORD } });
    await goToWatched(page);
    await page.getByText('No folder is watched').waitFor();
    await lookAt(page, 'watched-empty');
    await page.getByRole('button', { name: 'Add a folder' }).click();
    await page.getByLabel('Folder', { exact: true }).fill(backups);
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    await page.getByText('This folder is empty.').waitFor();
    await page.getByRole('button', { name: 'Choose this folder' }).click();

    const rule = page.getByRole('dialog', { name: 'What is done with new backups' });
    await rule.getByRole('radio', { name: 'In full' }).waitFor();
    await rule.getByRole('checkbox', { name: 'Bring old formats to the current one' }).click();
    await rule.getByRole('checkbox', { name: 'Remove old backups by a scheme' }).click();
    await rule.getByLabel(/^What is kept/).click();
    await page.getByRole('option', { name: /^Few/ }).click();
    await lookAt(page, 'watched-rule');
    await rule.getByRole('button', { name: 'Watch this folder' }).click();

    const card = page.getByRole('article', { name: 'backups' });
    await card.getByText('Watched', { exact: true }).waitFor();
    await card.getByText(/verified in full,? and brought to the current format/).waitFor();
    await card.getByText('these stay: the last 3 and 6 monthly.').waitFor();

    download('v2-compressed.tar', backups, 'monday.tar');
    const events = page.getByRole('log', { name: 'What happened' });
    await events.getByText('Migrated', { exact: true }).waitFor();
    await card.getByText('1 backup file,').waitFor();
    await lookAt(page, 'watched-folders');
    await events.getByRole('link', { name: 'Open the backup' }).first().click();
    await page.waitForURL(/#\/library\//);
  });

  it('tells of a download that is damaged, and can show problems only', async () => {
    const { page, backups } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      prepare: watchBackups,
    });
    await goToWatched(page);
    await page.getByRole('article').getByText('Watched', { exact: true }).waitFor();
    download('v3-compressed.tar', backups, 'good.tar');
    download('bad/v2-bit-flip.tar', backups, 'broken.tar');
    const events = page.getByRole('log', { name: 'What happened' });
    await events.getByText('Problem', { exact: true }).waitFor();
    await events.getByText(/“good\.tar”: /).waitFor();
    await page.getByRole('checkbox', { name: 'Problems only' }).click();
    await events
      .getByText(/“good\.tar”/)
      .first()
      .waitFor({ state: 'detached' });
    await events
      .getByText(/broken\.tar/)
      .first()
      .waitFor();
    await lookAt(page, 'watched-problem');
  });

  it('turns a folder off and on with the rule it had, and takes it out of the library without touching a file', async () => {
    const { page, backups } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      backups: ['v3-compressed.tar'],
      prepare: watchBackups,
    });
    await goToWatched(page);
    await page.getByRole('switch', { name: 'Watch “backups”' }).click();
    const others = page.getByRole('region', { name: 'Not watched' });
    await others.getByText(backups).waitFor();
    await lookAt(page, 'watched-off');
    await others.getByRole('button', { name: 'Watch “backups”' }).click();
    const rule = page.getByRole('dialog', { name: 'What is done with new backups' });
    const migrates = rule.getByRole('checkbox', { name: 'Bring old formats to the current one' });
    expect(await migrates.getAttribute('aria-checked')).toBe('true');
    await rule.getByRole('button', { name: 'Watch this folder' }).click();
    await page.getByRole('article', { name: 'backups' }).getByText('Watched', { exact: true }).waitFor();

    await page.getByRole('button', { name: 'More for “backups”' }).click();
    await page.getByRole('menuitem', { name: 'Remove from the library' }).click();
    await page.getByRole('dialog').getByText(backups).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('“backups” is not part of the library any more.').waitFor();
    await page.getByText('No folder is watched').waitFor();
  });

  it('can be turned off as a whole, and says when its keys are locked or a folder is out of reach', async () => {
    const { page, folder } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      prepare: async (engine, place) => {
        await mkdir(join(place.folder, 'stick'));
        await engine.library.desk.addFolder(join(place.folder, 'stick'));
        await engine.library.desk.setWatch(join(place.folder, 'stick'), {
          verify: 'quick',
          migrate: null,
          scheme: null,
        });
        await watchBackups(engine, place);
      },
    });
    await goToWatched(page);
    const stick = page.getByRole('article', { name: 'stick' });
    await stick.getByText('Watched', { exact: true }).waitFor();
    renameSync(join(folder, 'stick'), join(folder, 'unplugged'));
    await stick.getByText('Out of reach', { exact: true }).first().waitFor();
    await lookAt(page, 'watched-unreachable');
    renameSync(join(folder, 'unplugged'), join(folder, 'stick'));
    await stick.getByText('Watched', { exact: true }).waitFor();

    await page.getByRole('switch', { name: 'Watch folders and verify what is due' }).click();
    await page.getByText('Nothing is watched at the moment').waitFor();
    await stick.getByText('Resting', { exact: true }).waitFor();
    await stick.getByText('watching as a whole is turned off').waitFor(); // its switch, which is its own, is still on
    await lookAt(page, 'watched-turned-off');
    await page.getByRole('button', { name: 'Turn it on' }).click();
    await stick.getByText('Watched', { exact: true }).waitFor();
    await heading(page, 'Watched folders').waitFor();
  });
});
