// The keys as a person handles them: bringing them in, showing them for a moment, testing copies, and taking them out of use.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { day, tinyBackup } from '../library/library-samples.ts';
import { FIXTURES, NEW_PASSWORD, PASSWORD } from '../support/fixtures.ts';
import { hasNoBrowser } from './support/chromium.ts';
import { dropFiles } from './support/drop-files.ts';
import { checkAccessibility, lookAt, picture } from './support/look.ts';
import { openApp, type AppOptions, type AppUnderTest } from './support/open-app.ts';

const KIT = join(FIXTURES, 'kits/home_assistant_backup_emergency_kit_26_03_2026_15_23.txt');
const BACKUPS = ['v3-compressed.tar', 'v2-compressed.tar', 'v1-compressed.tar'];

async function openKeys(options: AppOptions): Promise<AppUnderTest> {
  const app = await openApp({ vault: 'unlocked', ...options });
  await app.page.getByRole('link', { name: 'Keys' }).click();
  await app.page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
  return app;
}

const card = (page: Page, label: string) => page.getByRole('article', { name: label });
const dialog = (page: Page) => page.getByRole('dialog').last();

async function chooseInMenu(page: Page, label: string, item: string): Promise<void> {
  await card(page, label)
    .getByRole('button', { name: `More for “${label}”` })
    .click();
  await page.getByRole('menuitem', { name: item }).click();
}

async function saveAs(page: Page, folder: string, name: string): Promise<void> {
  await page.getByLabel('Folder', { exact: true }).fill(folder);
  await page.getByRole('button', { name: 'Go', exact: true }).click();
  await page.getByRole('button', { name: 'data', exact: true }).waitFor();
  await page.getByLabel('File name').fill(name);
  await page.getByRole('button', { name: 'Save here' }).click();
}

describe.skipIf(hasNoBrowser)('keys', () => {
  it('lead from an empty vault to the first key: kits are dropped, and each file is answered for', async () => {
    const { page, folder } = await openKeys({ backups: BACKUPS });
    await page.getByText('No keys yet').waitFor();
    await lookAt(page, 'keys-empty');
    const note = join(folder, 'shopping.txt');
    writeFileSync(note, 'milk, bread');
    const utf16 = join(FIXTURES, 'kits/resaved-utf16.txt');
    await dropFiles(page, [KIT, utf16, note], '.area');
    await page.getByText(/new keys? (is|are) in your vault|One new key is in your vault/).waitFor();
    await page.getByText('There is no encryption key in “shopping.txt”.').waitFor();
    await lookAt(page, 'keys-imported');
    await dialog(page).getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: /Opens 3 backups/ }).waitFor();
  });

  it('show what each opens, and never a key itself', async () => {
    const { page } = await openKeys({
      backups: BACKUPS,
      keys: { 'Home 2025': PASSWORD, 'Old house': NEW_PASSWORD, 'Grandma’s flat': 'hunter2' },
    });
    await page.getByRole('link', { name: /Opens 3 backups/ }).waitFor();
    await card(page, 'Grandma’s flat').getByText('Weak key', { exact: true }).waitFor();
    await lookAt(page, 'keys');
    const html = await page.content();
    for (const key of [PASSWORD, NEW_PASSWORD, 'hunter2']) expect(html).not.toContain(key);
    await page.getByRole('link', { name: /Opens 3 backups/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Library' }).waitFor();
  });

  it('are shown after a confirmation, hide on command, and are gone from the page when the vault locks', async () => {
    const { page } = await openKeys({ backups: BACKUPS, keys: { 'Home 2025': PASSWORD } });
    await card(page, 'Home 2025').getByRole('button', { name: 'Show or copy' }).click();
    await dialog(page)
      .getByText(/open the 3 backups/)
      .waitFor();
    expect(await page.content()).not.toContain('K7QF');
    await lookAt(page, 'keys-reveal-ask');
    await dialog(page).getByRole('button', { name: 'Show the key' }).click();
    await dialog(page).getByText('K7QF-').waitFor();
    await dialog(page)
      .getByText(/Hidden again in/)
      .waitFor();
    await lookAt(page, 'keys-revealed');
    await dialog(page).getByRole('button', { name: 'Hide' }).click();
    await dialog(page).getByText('The key is hidden again.').waitFor();
    expect(await page.content()).not.toContain('K7QF');
    await dialog(page).getByRole('button', { name: 'Show the key' }).click();
    await dialog(page).getByText('K7QF-').waitFor();
    const other = await page.context().newPage();
    await other.goto(new URL('/', page.url()).href);
    await other.getByRole('button', { name: 'Lock the vault' }).click();
    await page.getByRole('heading', { level: 1, name: 'The vault is locked' }).waitFor();
    expect(await page.content()).not.toContain('K7QF');
  });

  it('are copied, and leave the clipboard when their time is up', async () => {
    const { page } = await openKeys({ backups: BACKUPS, keys: { 'Home 2025': PASSWORD } });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.clock.install();
    await card(page, 'Home 2025').getByRole('button', { name: 'Show or copy' }).click();
    await dialog(page).getByRole('button', { name: 'Copy without showing' }).click();
    await page.getByText('“Home 2025” is copied.').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(PASSWORD);
    await page.clock.fastForward(46_000);
    await page.getByText('The clipboard is empty again.').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('');
  });

  it('hide by themselves after a minute', async () => {
    const { page } = await openKeys({ keys: { 'Home 2025': PASSWORD } });
    await page.clock.install();
    await card(page, 'Home 2025').getByRole('button', { name: 'Show or copy' }).click();
    await dialog(page).getByRole('button', { name: 'Show the key' }).click();
    await dialog(page).getByText('K7QF-').waitFor();
    await page.clock.runFor(61_000);
    await dialog(page).getByText('The key is hidden again.').waitFor();
    expect(await page.content()).not.toContain('K7QF');
  });

  it('are typed with help: the wrong one is refused in words, a look-alike is sorted out', async () => {
    const { page } = await openKeys({ backups: BACKUPS });
    await page.getByRole('button', { name: 'Other ways to add a key' }).click();
    await page.getByRole('menuitem', { name: 'Type a key' }).click();
    const field = dialog(page).getByLabel('Key', { exact: true });
    await field.fill('k7qf2m9xt4wa');
    await dialog(page).getByText('12 of 28 letters and digits, group 4 of 7').waitFor();
    await field.fill('AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG');
    await dialog(page).getByText('All 28 letters and digits are there.').waitFor();
    await dialog(page)
      .getByText(/Guessing it takes/)
      .waitFor();
    await lookAt(page, 'keys-type');
    await dialog(page).getByRole('button', { name: 'Add the key' }).click();
    await dialog(page)
      .getByText(/This key does not open/)
      .first()
      .waitFor();
    await lookAt(page, 'keys-type-wrong');
    await field.fill(PASSWORD.replace('2M9X', 'ZM9X'));
    await dialog(page).getByLabel('Label').fill('Home 2025');
    await dialog(page).getByRole('button', { name: 'Add the key' }).click();
    await dialog(page).getByText('“Home 2025” is in your vault now.').waitFor();
    await dialog(page).getByText('Where it differs: group 2, character 1').waitFor();
    await lookAt(page, 'keys-type-look-alike');
    await dialog(page).getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: /Opens 3 backups/ }).waitFor();
  });

  it('are tested against a saved copy, which says where it differs', async () => {
    const { page } = await openKeys({ backups: BACKUPS, keys: { 'Home 2025': PASSWORD } });
    await card(page, 'Home 2025').getByRole('button', { name: 'Test my copy' }).click();
    await dialog(page).getByLabel('Your copy').fill(PASSWORD.replace('8ZRB', 'BZRB'));
    await page.keyboard.press('Enter');
    await dialog(page).getByText('Nearly right: some characters only look alike').waitFor();
    await dialog(page).getByText('Where it differs: group 4, character 1').waitFor();
    await lookAt(page, 'keys-drill-look-alike');
    await dialog(page).getByRole('button', { name: 'Try again' }).click();
    await dialog(page).getByLabel('Your copy').fill(NEW_PASSWORD);
    await page.keyboard.press('Enter');
    await dialog(page).getByText('This is not the key').waitFor();
    await dialog(page).getByRole('button', { name: 'Try again' }).click();
    await dialog(page).getByLabel('Your copy').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await dialog(page).getByText('Your copy is right', { exact: true }).waitFor();
    await dialog(page).getByRole('button', { name: 'Done' }).click();
    await card(page, 'Home 2025')
      .getByText(/tested .* and right/)
      .waitFor();
  });

  it('are made new and saved at once, as a kit and as a page to print', async () => {
    const { page, folder } = await openKeys({ keys: { 'Home 2025': PASSWORD } });
    await page.getByRole('button', { name: 'Other ways to add a key' }).click();
    await page.getByRole('menuitem', { name: 'Make a new key' }).click();
    await dialog(page).getByLabel('Label').fill('Home 2027');
    await page.keyboard.press('Enter');
    await dialog(page).getByText('“Home 2027” is made and in your vault.').waitFor();
    await lookAt(page, 'keys-made');
    await dialog(page).getByRole('button', { name: 'Save it now' }).click();
    await lookAt(page, 'keys-save');
    await dialog(page).getByRole('button', { name: 'Choose where' }).click();
    await saveAs(page, folder, 'kit.txt');
    await page.getByText('The emergency kit is saved').waitFor();
    await lookAt(page, 'keys-saved');
    expect(readFileSync(join(folder, 'kit.txt'), 'utf8')).toMatch(/(?:[A-Z0-9]{4}-){6}[A-Z0-9]{4}/);
    await dialog(page).getByRole('button', { name: 'Done' }).click();
    await card(page, 'Home 2025').getByRole('button', { name: 'Save' }).click();
    await dialog(page).getByRole('radio', { name: 'Page to print' }).click();
    await dialog(page).getByRole('button', { name: 'Choose where' }).click();
    await expect.poll(() => page.getByLabel('File name').inputValue()).toBe('strongroom-key Home 2025.pdf');
    await saveAs(page, folder, 'page.pdf');
    await page.getByText('The page is saved').waitFor();
    expect(existsSync(join(folder, 'page.pdf'))).toBe(true);
  });

  it('are taken out of a backup that keeps one inside, and it is said where there is none', async () => {
    const { page } = await openKeys({
      backups: ['plain-compressed.tar'],
      prepare: async (engine, { backups }) => {
        const kept = JSON.stringify({ data: { config: { create_backup: { password: PASSWORD } } } });
        const files = { 'homeassistant.json': '{}', './data/.storage/backup': kept };
        await tinyBackup(join(backups, 'config.tar'), { files, date: day(3) });
        await engine.library.desk.scan({});
      },
    });
    await page.getByRole('button', { name: 'Other ways to add a key' }).click();
    await page.getByRole('menuitem', { name: 'Take the key out of a backup' }).click();
    await dialog(page).getByRole('button', { name: 'Look for the key' }).click();
    await dialog(page)
      .getByText(/There is no key to take over in/)
      .first()
      .waitFor();
    await lookAt(page, 'keys-adopt-none');
    await dialog(page)
      .getByLabel(/^Backup/)
      .click();
    await page.getByRole('option').last().click();
    await dialog(page).getByRole('button', { name: 'Look for the key' }).click();
    await dialog(page)
      .getByText(/was found and is in your vault now/)
      .waitFor();
    await dialog(page).getByRole('button', { name: 'Done' }).click();
    await card(page, 'Found in the backup of 2025-01-04').waitFor();
  });

  it('are renamed, retired and brought back, marked, and kept while a backup needs them', async () => {
    const { page } = await openKeys({
      backups: BACKUPS,
      keys: { 'Home 2025': PASSWORD, 'Old house': NEW_PASSWORD },
    });
    await chooseInMenu(page, 'Old house', 'Rename …');
    const label = dialog(page).getByLabel('Label');
    await expect.poll(() => label.evaluate((field) => field === document.activeElement)).toBe(true);
    await label.fill('home 2025');
    await dialog(page).getByText('Another key has this label.').waitFor();
    await page.keyboard.press('Enter'); // which is not allowed now
    await label.fill('First house');
    await page.keyboard.press('Enter');
    await card(page, 'First house').waitFor();

    await chooseInMenu(page, 'First house', 'Retire');
    await card(page, 'First house').getByText('Retired').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await card(page, 'First house').getByText('In use').waitFor();

    await chooseInMenu(page, 'Home 2025', 'Remove …');
    await picture(page, 'keys-remove');
    await dialog(page).getByRole('button', { name: 'Remove for good' }).click();
    await dialog(page)
      .getByText(/3 backups cannot be opened without it/)
      .first()
      .waitFor();
    await lookAt(page, 'keys-remove-refused');
    await dialog(page).getByRole('button', { name: 'Cancel' }).click();

    await chooseInMenu(page, 'Home 2025', 'Mark as compromised …');
    await lookAt(page, 'keys-compromise-ask');
    await dialog(page).getByRole('button', { name: 'Mark as compromised' }).click();
    await dialog(page)
      .getByText(/Make a new key in Home Assistant/)
      .waitFor();
    await lookAt(page, 'keys-compromised-advice');
    await dialog(page).getByRole('button', { name: 'Close' }).last().click();
    await card(page, 'Home 2025').getByText('Compromised', { exact: true }).waitFor();
    await lookAt(page, 'keys-compromised');

    await chooseInMenu(page, 'First house', 'Remove …');
    await dialog(page).getByRole('button', { name: 'Remove for good' }).click();
    await page.getByText('“First house” is removed.').waitFor();
    await expect.poll(() => card(page, 'First house').count()).toBe(0);
  });

  it('give the focus back when a dialog closes', async () => {
    const { page } = await openKeys({ keys: { 'Home 2025': PASSWORD } });
    const button = card(page, 'Home 2025').getByRole('button', { name: 'Test my copy' });
    await button.focus();
    await page.keyboard.press('Enter');
    await dialog(page).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => button.evaluate((node) => node === document.activeElement)).toBe(true);
    await checkAccessibility(page);
  });
});
