// The first days with Strongroom: from nothing to a proof, then one more backup and the key that opens it.

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { copyFixture, FIXTURES, NEW_PASSWORD, PASSWORD } from '../../support/fixtures.ts';
import { hasNoBrowser } from '../support/chromium.ts';
import { dropFiles } from '../support/drop-files.ts';
import { openApp, PASSPHRASE } from '../support/open-app.ts';
import { withoutBackground } from '../without-background.ts';
import { backupTable, chooseFolder, figure, goTo, heading, SOON, unlock, verifyHere } from './steps.ts';

const KIT = 'home_assistant_backup_emergency_kit_26_03_2026_15_23.txt';

describe.skipIf(hasNoBrowser)('somebody new', () => {
  it('finds the folder, brings the kit, has a first proof, and meets the same library after a restart', async () => {
    const { page, folder, backups, restart } = await openApp({
      prepare: (_engine, place) => {
        for (const name of ['plain-compressed.tar', 'v2-compressed.tar', 'v3-compressed.tar'])
          copyFixture(name, place.backups);
        mkdirSync(join(place.folder, 'kits'));
        copyFileSync(join(FIXTURES, 'kits', KIT), join(place.folder, 'kits', KIT));
        writeFileSync(join(place.folder, 'kits', 'shopping.txt'), 'milk, bread');
        return Promise.resolve();
      },
    });
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByRole('radio', { name: 'A passphrase only' }).click();
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.getByLabel('Once more').fill(PASSPHRASE);
    await page.getByRole('button', { name: 'Make the vault' }).click();

    await heading(page, 'Where are your backups?').waitFor();
    await page.getByRole('button', { name: 'Choose a folder' }).click();
    await chooseFolder(page, backups);
    await page.getByText('3 backup files in it').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();

    await heading(page, 'Bring your emergency kit').waitFor();
    await page.getByRole('button', { name: 'Choose a folder' }).click();
    await chooseFolder(page, join(folder, 'kits'));
    await page.getByText('One new key is in your vault.').waitFor();
    await page.getByText('1 other file in the folder is no emergency kit').waitFor();
    await page.getByText('Both encrypted backups open.').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();

    await heading(page, 'The first proof').waitFor();
    await page.getByRole('radio', { name: 'Verify all 3 that open' }).click();
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.getByText('All 3 backups can be restored').waitFor();
    await page.getByRole('button', { name: 'Open the library' }).click();
    await heading(page, 'Library').waitFor();
    await figure(page, /^3 verified/).waitFor();

    await restart();
    await heading(page, 'The vault is locked').waitFor();
    await unlock(page);
    await heading(page, 'Library').waitFor();
    await figure(page, /^3 verified/).waitFor();
    await expect.poll(() => backupTable(page).getByRole('row').count(), SOON).toBe(4);
  });

  it('drags in a backup, tries a wrong key, drags in the kit, and then knows that it can be restored', async () => {
    const { page, folder } = await openApp({ vault: 'unlocked', prepare: withoutBackground });
    await heading(page, 'Library').waitFor();
    await dropFiles(page, [join(FIXTURES, 'v3-compressed.tar')]);
    await page.getByRole('heading', { name: 'To restore it' }).waitFor();
    await verifyHere(page);
    const locked = page.getByRole('region', { name: 'This backup is locked' });
    await locked.getByRole('button', { name: 'Go to Keys' }).click();

    await heading(page, 'Keys').waitFor();
    await page.getByRole('button', { name: 'Other ways to add a key' }).click();
    await page.getByRole('menuitem', { name: 'Type a key' }).click();
    const dialog = page.getByRole('dialog').last();
    await dialog.getByLabel('Key', { exact: true }).fill(NEW_PASSWORD);
    await dialog.getByRole('button', { name: 'Add the key' }).click();
    await dialog
      .getByText(/This key does not open/)
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('No keys yet').waitFor(); // the wrong one was not kept

    // Together, as they lie in the folder of downloads: each goes where it belongs.
    const second = copyFixture('v2-compressed.tar', folder);
    await dropFiles(page, [join(FIXTURES, 'kits', KIT), second], '.area');
    await page.getByText('Taken in: 1 backup.').waitFor();
    await page.keyboard.press('Escape'); // what came of the kit has been read
    await page.getByRole('link', { name: /Opens 2 backups/ }).waitFor();
    expect(await page.content()).not.toContain(PASSWORD);

    await goTo(page, 'Library');
    await expect.poll(() => backupTable(page).getByRole('row').count(), SOON).toBe(3);
    await backupTable(page).getByRole('row').nth(1).getByRole('gridcell').nth(1).click();
    await page.getByRole('heading', { name: 'To restore it' }).waitFor();
    await verifyHere(page);
    await page
      .getByRole('region', { name: 'This backup can be restored' })
      .getByText(/Opens with your key/)
      .waitFor();
    await page.getByText('Verified in full: good').waitFor();
  });
});
