// Keys on their way in, shown and hidden; the vault locked, when everything that needs a key says so; and two windows that always agree.

import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { copyFixture, FIXTURES, NEW_PASSWORD, PASSWORD } from '../../support/fixtures.ts';
import { hasNoBrowser } from '../support/chromium.ts';
import { openApp, PASSPHRASE } from '../support/open-app.ts';
import { withoutBackground } from '../without-background.ts';
import { backupTable, figure, goTo, heading, SOON, unlock } from './steps.ts';

const BACKUPS = ['v2-compressed.tar', 'v3-compressed.tar'];
const START_OF_KEY = PASSWORD.slice(0, 4);

describe.skipIf(hasNoBrowser)('the keys', () => {
  it('come in, are shown and hidden, are locked away, and everything that needs them says so until they are back', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      backups: BACKUPS,
      prepare: async (engine, place) => {
        await withoutBackground(engine, place);
        await engine.library.desk.setWatch(place.backups, { verify: 'full', migrate: null, scheme: null });
      },
    });
    await page.getByText('2 backups are encrypted, and there is no key for them yet').waitFor();
    await page.getByRole('button', { name: 'Go to Keys' }).click();
    await page.getByRole('button', { name: 'Import emergency kits' }).click();
    await page.getByRole('button', { name: 'Choose files' }).click();
    const paths = page.getByRole('dialog', { name: 'Choose emergency kits' });
    await paths.getByRole('textbox', { name: 'Folder' }).fill(join(FIXTURES, 'kits'));
    await paths.getByRole('button', { name: 'Go', exact: true }).click();
    await paths.getByRole('checkbox', { name: /26_03_2026/ }).click();
    await paths.getByRole('button', { name: 'Choose 1 file' }).click();
    await page.getByText('One new key is in your vault.').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: /Opens 2 backups/ }).waitFor();

    await page.getByRole('button', { name: 'Show or copy' }).click();
    await page.getByRole('button', { name: 'Show the key' }).click();
    await page.getByText(`${START_OF_KEY}-`).waitFor();
    await page.getByRole('button', { name: 'Hide', exact: true }).click();
    await page.getByText('The key is hidden again.').waitFor();
    expect(await page.content()).not.toContain(START_OF_KEY);
    await page.getByRole('button', { name: 'Show the key' }).click();
    await page.getByText(`${START_OF_KEY}-`).waitFor();
    await page.keyboard.press('Control+Shift+L');

    await heading(page, 'The vault is locked').waitFor();
    expect(await page.content()).not.toContain(START_OF_KEY);
    await page.getByRole('button', { name: 'Look around without the keys' }).click();
    await goTo(page, 'Library');
    await expect.poll(() => backupTable(page).getByRole('row').count(), SOON).toBe(3);
    await backupTable(page).getByRole('row').nth(1).getByRole('gridcell').nth(1).click();
    await page.getByText('One of your keys opens it. Unlock the vault to see which.').waitFor();
    await page.getByRole('button', { name: 'More', exact: true }).click();
    expect(
      await page
        .getByRole('menuitem', { name: 'Take over the key found inside' })
        .getAttribute('aria-disabled'),
    ).toBe('true');
    await page.keyboard.press('Escape');
    for (const [screen, sentence] of [
      ['Keys', 'Your keys are in it.'],
      ['Migrate', 'The vault has to be open for this'],
      ['Watched folders', 'Those that are encrypted wait for their keys'],
    ] as const) {
      await goTo(page, screen);
      await page.getByText(sentence).waitFor();
      await page.getByRole('main').getByRole('button', { name: 'Unlock the vault' }).waitFor();
    }
    await page.getByRole('main').getByRole('button', { name: 'Unlock the vault' }).click();
    await unlock(page, 'not this one');
    await page.getByText('The passphrase does not open the vault.').waitFor();
    await unlock(page);
    await heading(page, 'Watched folders').waitFor();
    await expect.poll(() => page.getByText('Those that are encrypted wait').count(), SOON).toBe(0);
    await goTo(page, 'Keys');
    await page.getByRole('link', { name: /Opens 2 backups/ }).waitFor();
    await goTo(page, 'Migrate');
    await page.getByRole('button', { name: 'Show the plan', disabled: false }).waitFor();
  });
});

describe.skipIf(hasNoBrowser)('two windows', () => {
  it('show the same truth: backups, keys, jobs, settings and the vault', async () => {
    const { page, openWindow, backups } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD, 'Old house': NEW_PASSWORD },
      backups: BACKUPS,
      prepare: withoutBackground,
    });
    const other = await openWindow();
    await figure(other, /^2 backups/).waitFor();

    // What comes into the folder, and what is verified.
    copyFixture('plain-compressed.tar', backups);
    await page.getByRole('button', { name: 'Look again' }).click();
    await figure(other, /^3 backups/).waitFor();
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await page.getByRole('toolbar').getByRole('button', { name: 'Verify' }).click();
    await page.getByRole('dialog').getByRole('radio', { name: 'In full' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Verify' }).click();
    await figure(other, /^3 verified/).waitFor();
    await figure(page, /^3 verified/).waitFor();

    // The keys.
    await goTo(other, 'Keys');
    await goTo(page, 'Keys');
    await page.getByRole('button', { name: 'More for “Old house”' }).click();
    await page.getByRole('menuitem', { name: 'Rename …' }).click();
    await page.getByRole('dialog').getByLabel('Label').fill('First house');
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await other.getByRole('article', { name: 'First house' }).waitFor();
    await page.getByRole('button', { name: 'More for “First house”' }).click();
    await page.getByRole('menuitem', { name: 'Retire' }).click();
    await other.getByRole('article', { name: 'First house' }).getByText('Retired').waitFor();

    // What was done.
    await goTo(other, 'Activity');
    await goTo(page, 'Activity');
    for (const window of [page, other])
      await window.getByRole('region', { name: 'Finished' }).getByText('Verify 3 backups').waitFor();

    // A file that went away.
    await goTo(other, 'Library');
    await goTo(page, 'Library');
    await page.getByRole('searchbox', { name: 'Search backups' }).fill('plain-compressed');
    await expect.poll(() => backupTable(page).getByRole('row').count(), SOON).toBe(2);
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await page.getByRole('button', { name: 'Move to trash' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Move to trash' }).click();
    await expect.poll(() => backupTable(other).getByRole('row').count(), SOON).toBe(3);

    // The vault, locked by one and opened by the other one.
    await page.getByRole('button', { name: 'Lock the vault' }).click();
    for (const window of [page, other]) await heading(window, 'The vault is locked').waitFor();
    await unlock(other, PASSPHRASE);
    for (const window of [page, other]) await heading(window, 'Library').waitFor();
  });
});
