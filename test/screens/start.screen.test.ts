// The first run, and the door of the vault, as a person meets them.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { copyFixture, FIXTURES, PASSWORD } from '../support/fixtures.ts';
import { hasNoBrowser } from './support/chromium.ts';
import { dropFiles } from './support/drop-files.ts';
import { lookAt } from './support/look.ts';
import { openApp, PASSPHRASE } from './support/open-app.ts';

const KIT = 'home_assistant_backup_emergency_kit_26_03_2026_15_23.txt';

async function typePassphrase(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await page.getByLabel('Once more').fill(passphrase);
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

describe.skipIf(hasNoBrowser)('the first run', () => {
  it('leads from nothing to a backup that is proven: vault, folder, kit, verify', async () => {
    const { page, backups } = await openApp({
      prepare: async (_, place) => {
        copyFixture('v3-compressed.tar', place.backups);
        mkdirSync(join(place.backups, 'older'));
        copyFixture('v2-compressed.tar', join(place.backups, 'older'));
        mkdirSync(join(place.folder, 'kits'));
        copyFileSync(join(FIXTURES, 'kits', KIT), join(place.folder, 'kits', KIT));
      },
    });
    await heading(page, 'Can your backups be restored?').waitFor();
    await lookAt(page, 'start-welcome');
    await page.getByRole('button', { name: 'Begin' }).click();

    await heading(page, 'A vault for your keys').waitFor();
    await page.getByRole('radio', { name: 'A passphrase only' }).click();
    await typePassphrase(page, PASSPHRASE);
    await page.getByText('Strong', { exact: true }).waitFor();
    await lookAt(page, 'start-vault');
    await page.getByRole('button', { name: 'Make the vault' }).click();

    await heading(page, 'Where are your backups?').waitFor();
    await page.getByRole('button', { name: 'Choose a folder' }).click();
    await page.getByLabel('Folder', { exact: true }).fill(backups);
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    await page.getByRole('button', { name: 'older', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Choose this folder' }).click();
    await page.getByText('2 backup files in it').waitFor();
    await lookAt(page, 'start-folder');
    await page.getByRole('button', { name: 'Go on' }).click();

    await heading(page, 'Bring your emergency kit').waitFor();
    await lookAt(page, 'start-kit-empty');
    await page.getByRole('button', { name: 'Choose files' }).click();
    await page.getByRole('button', { name: 'kits', exact: true }).click();
    await page.getByRole('checkbox', { name: /emergency_kit/ }).click();
    await page.getByRole('button', { name: 'Choose 1 file' }).click();
    await page.getByText('One new key is in your vault.').waitFor();
    await page.getByText('Both encrypted backups open.').waitFor();
    await lookAt(page, 'start-kit');
    await page.getByRole('button', { name: 'Go on' }).click();

    await heading(page, 'The first proof').waitFor();
    await lookAt(page, 'start-verify');
    await page.getByRole('radio', { name: 'Verify all 2 that open' }).click();
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.getByText('Both backups can be restored').waitFor();
    await lookAt(page, 'start-verified');
    await page.getByRole('button', { name: 'Open the library' }).click();
    await page.getByRole('navigation', { name: 'Screens' }).waitFor();
    await heading(page, 'Library').waitFor();
  });

  it('goes on with a passphrase where no keychain answers, and makes nothing half', async () => {
    const { page } = await openApp();
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByRole('radio', { name: 'This computer, and a passphrase' }).click();
    await typePassphrase(page, PASSPHRASE);
    await page.getByRole('button', { name: 'Make the vault' }).click();
    await page.getByText('The keychain of this computer cannot be used').waitFor();
    await lookAt(page, 'start-no-keychain');
    await page.getByRole('button', { name: 'Use a passphrase instead' }).click();
    await page.getByRole('button', { name: 'Make the vault' }).click();
    await heading(page, 'Where are your backups?').waitFor();
  });

  it('can be walked through with the keyboard alone, and left at any time', async () => {
    const { page } = await openApp();
    await heading(page, 'Can your backups be restored?').waitFor();
    await page.keyboard.press('Tab');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent.trim())).toBe('Begin');
    await page.keyboard.press('Enter');
    await heading(page, 'A vault for your keys').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSPHRASE);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSPHRASE);
    await page.keyboard.press('Enter');
    await heading(page, 'Where are your backups?').waitFor();
    await page.getByRole('button', { name: 'Leave this and look around' }).click();
    await heading(page, 'Library').waitFor();
  });

  it('goes on where it was when the vault locks in the middle of it', async () => {
    const { page, openWindow } = await openApp();
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByRole('radio', { name: 'A passphrase only' }).click();
    await typePassphrase(page, PASSPHRASE);
    await page.getByRole('button', { name: 'Make the vault' }).click();
    await page.getByRole('button', { name: 'Do this later' }).click();
    await heading(page, 'Bring your emergency kit').waitFor();
    const other = await openWindow();
    await other.getByRole('button', { name: 'Lock the vault' }).click();
    await heading(page, 'The vault is locked').waitFor();
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.keyboard.press('Enter');
    await heading(page, 'Bring your emergency kit').waitFor();
    await page.getByText('left for later').waitFor();
  });

  it('says when backups open with none of the keys, and takes kits that are dropped', async () => {
    const { page, folder } = await openApp({
      prepare: async (_, place) => {
        mkdirSync(join(place.backups, 'older'));
        copyFixture('v2-compressed.tar', join(place.backups, 'older'));
        const other = readFileSync(join(FIXTURES, 'kits', KIT), 'utf8').replaceAll(
          PASSWORD,
          'AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG',
        );
        writeFileSync(join(place.folder, 'other.txt'), other);
      },
    });
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByRole('radio', { name: 'A passphrase only' }).click();
    await typePassphrase(page, PASSPHRASE);
    await page.getByRole('button', { name: 'Make the vault' }).click();
    await page.getByRole('button', { name: 'Choose a folder' }).click();
    await page.getByRole('button', { name: 'backups', exact: true }).click();
    await page.getByRole('button', { name: 'older', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Choose this folder' }).click();
    await page.getByText('1 backup file in it').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    const plain = join(folder, 'note.txt');
    writeFileSync(plain, 'milk, bread');
    await dropFiles(page, [join(folder, 'other.txt'), plain], '.box');
    await page.getByText('One new key is in your vault.').waitFor();
    await page.getByText('There is no encryption key in “note.txt”.').waitFor();
    await page.getByText('Your backup opens with none of these keys').waitFor();
    await lookAt(page, 'start-kit-locked');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('There is no backup yet that can be opened.').waitFor();
  });
});

describe.skipIf(hasNoBrowser)('a locked vault', () => {
  it('says so in words when the passphrase is wrong, then opens with the right one', async () => {
    const { page } = await openApp({
      vault: 'locked',
      keys: { 'Home 2025': PASSWORD },
      backups: ['v3-compressed.tar'],
    });
    await heading(page, 'The vault is locked').waitFor();
    await page.getByLabel('Passphrase', { exact: true }).fill('not this one');
    await page.keyboard.press('Enter');
    await page.getByText('The passphrase does not open the vault.').waitFor();
    await lookAt(page, 'start-locked');
    await expect.poll(() => page.getByLabel('Passphrase', { exact: true }).inputValue()).toBe('');
    await page.keyboard.type(PASSPHRASE);
    await page.keyboard.press('Enter');
    await heading(page, 'Library').waitFor();
  });

  it('lets a person look around without the keys, and come back', async () => {
    const { page } = await openApp({
      vault: 'locked',
      keys: { 'Home 2025': PASSWORD },
      backups: ['v3-compressed.tar'],
    });
    await page.getByRole('button', { name: 'Look around without the keys' }).click();
    await heading(page, 'Library').waitFor();
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByText('Your keys are in it.').waitFor();
    await page.getByRole('main').getByRole('button', { name: 'Unlock the vault' }).click();
    await heading(page, 'The vault is locked').waitFor();
  });

  it('is brought back from its second copy when its file is damaged', async () => {
    const { page } = await openApp({
      vault: 'locked',
      keys: { 'Home 2025': PASSWORD },
      prepare: async (engine) => {
        const { path } = await engine.vault.status();
        writeFileSync(path, 'not a vault at all');
      },
    });
    await heading(page, 'The vault cannot be opened').waitFor();
    await lookAt(page, 'start-damaged');
    await page.getByRole('button', { name: 'Restore the copy' }).click();
    await heading(page, 'The vault is locked').waitFor();
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.keyboard.press('Enter');
    await heading(page, 'Library').waitFor();
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByRole('heading', { level: 2, name: 'Home 2025' }).waitFor();
  });
});
