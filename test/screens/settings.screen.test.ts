// The settings as a person changes them: each takes effect at once and is still there after a restart.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { PASSWORD } from '../support/fixtures.ts';
import { hasNoBrowser } from './support/chromium.ts';
import { lookAt } from './support/look.ts';
import { withoutBackground } from './without-background.ts';
import { openApp, PASSPHRASE, type AppOptions, type AppUnderTest } from './support/open-app.ts';

async function openSettings(options: AppOptions = {}): Promise<AppUnderTest> {
  const app = await openApp({ vault: 'unlocked', keys: { 'Home 2025': PASSWORD }, ...options });
  await app.page.getByRole('link', { name: 'Settings' }).click();
  await app.page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  return app;
}

const openTab = (page: Page, name: string) => page.getByRole('tab', { name }).click();

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page
    .getByRole('combobox', { name: label })
    .or(page.getByRole('button', { name: `${label}:` }))
    .click();
  await page.getByRole('option', { name: option }).click();
}

describe.skipIf(hasNoBrowser)('settings', () => {
  it('take effect at once, in every window, and outlive a restart', async () => {
    const { page, openWindow, restart } = await openSettings();
    const other = await openWindow();
    await choose(page, 'Theme', 'Dark');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await expect.poll(() => other.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await choose(page, 'Theme', 'As the system');
    await page.getByRole('switch', { name: 'When all went well' }).click();
    await expect
      .poll(() => page.getByRole('switch', { name: 'When all went well' }).getAttribute('aria-checked'))
      .toBe('true');
    await lookAt(page, 'settings-general');
    await other.close(); // its address ends with the program
    await restart();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('switch', { name: 'When all went well', checked: true }).waitFor();
  });

  it('say how much is verified by itself, and what is due', async () => {
    const { page } = await openSettings({
      backups: ['v3-compressed.tar', 'v2-compressed.tar'],
      prepare: withoutBackground,
    });
    await openTab(page, 'Backups');
    await page.getByText(/is off, so nothing is verified by itself/).waitFor();
    await page.getByText('2 backups are due, 2 of them today.').waitFor();
    await page.getByRole('radio', { name: 'Deep' }).click();
    await choose(page, 'A verification counts for', '90 days');
    await page.getByRole('switch', { name: 'Quiet hours' }).click();
    await choose(page, 'From', '8:00 PM');
    await lookAt(page, 'settings-backups');
    await page.reload();
    await page.getByRole('tab', { name: 'Backups', selected: true }).waitFor();
    await page.getByRole('radio', { name: 'Deep', checked: true }).waitFor();
    await page.getByText('90 days').waitFor();
    await page.getByRole('button', { name: 'Verify them now' }).click();
    await page.getByText('Nothing is due.').waitFor();
    await lookAt(page, 'settings-backups-done');
  });

  it('change the passphrase, which then opens the vault, and lock it after a time', async () => {
    const { page } = await openSettings();
    await openTab(page, 'Vault');
    await page.getByText('The only way in').waitFor();
    await choose(page, 'Lock the vault when it is not used', 'After 5 min');
    await page.getByText('After 5 min').waitFor();
    await lookAt(page, 'settings-vault');
    await page.getByRole('button', { name: 'Change: Passphrase' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Passphrase', { exact: true }).fill('another one entirely, please');
    await dialog.getByLabel('Once more').fill('something else');
    await dialog.getByText('The two are not the same yet.').waitFor();
    await lookAt(page, 'settings-passphrase');
    await dialog.getByLabel('Once more').fill('another one entirely, please');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await page.getByText('The passphrase is set.').waitFor();
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('heading', { level: 1, name: 'The vault is locked' }).waitFor();
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.keyboard.press('Enter');
    await page.getByText(/does not open the vault/).waitFor();
    await page.getByLabel('Passphrase', { exact: true }).fill('another one entirely, please');
    await page.keyboard.press('Enter');
    await page.getByText('After 5 min').waitFor();
  });

  it('say so where no keychain answers, and leave the vault as it was', async () => {
    const { page } = await openSettings();
    await openTab(page, 'Vault');
    await page.getByRole('button', { name: /Add: This computer’s keychain/ }).click();
    await page.getByText('No keychain answers on this computer.').first().waitFor();
    await page.getByText('The only way in').waitFor();
    await lookAt(page, 'settings-no-keychain');
  });

  it('show the data folder, the log without secrets, and what Strongroom is made of', async () => {
    const { page, dataFolder } = await openSettings();
    await openTab(page, 'Data and log');
    await page.getByText(dataFolder, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show the newest lines' }).click();
    const log = page.getByRole('log');
    await log.waitFor();
    expect(await log.textContent()).not.toContain(PASSWORD);
    await lookAt(page, 'settings-data');
    await openTab(page, 'About');
    await page.getByText(/^Version /).waitFor();
    await page.getByRole('button', { name: 'Show all licences' }).click();
    await page.getByLabel('Find a package').fill('valibot');
    await page.getByText('1 package').waitFor();
    await lookAt(page, 'settings-about');
  });

  it('make a damaged catalogue anew when they are asked to', async () => {
    const { page } = await openSettings({
      prepare: async (engine, { dataFolder }) => {
        await engine.library.close();
        writeFileSync(join(dataFolder, 'catalog.sqlite'), 'no database'.repeat(500));
      },
    });
    await openTab(page, 'Data and log');
    await page.getByText('The catalogue cannot be read').waitFor();
    await lookAt(page, 'settings-catalog');
    await page.getByRole('button', { name: 'Make it anew' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make it anew' }).click();
    await expect.poll(() => page.getByText('The catalogue cannot be read').count()).toBe(0);
  });
});
