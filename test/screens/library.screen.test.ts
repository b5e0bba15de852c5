// The Library on the real program: from the empty shelf to ten thousand backups, by mouse and by keys alone.

import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { copyFixture, FIXTURES, PASSWORD } from '../support/fixtures.ts';
import { writeManyBackups } from './many-backups.ts';
import { hasNoBrowser } from './support/chromium.ts';
import { dropFiles } from './support/drop-files.ts';
import { checkAccessibility, lookAt, picture } from './support/look.ts';
import { openApp } from './support/open-app.ts';
import { withoutBackground } from './without-background.ts';

const HOME = { vault: 'unlocked', keys: { Home: PASSWORD }, prepare: withoutBackground } as const;
const OF_ALL_FORMATS = [
  'plain-compressed.tar',
  'v1-compressed.tar',
  'v2-compressed.tar',
  'v3-compressed.tar',
];

const rows = (page: Page) =>
  page.getByRole('grid', { name: 'Backups' }).getByRole('row', { includeHidden: false });
const view = (page: Page, name: RegExp) =>
  page.getByRole('group', { name: 'What to show' }).getByRole('button', { name });
/** Rows besides the head. */
const rowCount = async (page: Page): Promise<number> => (await rows(page).count()) - 1;

describe.skipIf(hasNoBrowser)('the library', () => {
  it('leads somebody who has just begun: a folder, then its backups are there', async () => {
    const { page, backups } = await openApp({ ...HOME });
    await page.getByRole('heading', { name: 'Begin with the folder where your backups are' }).waitFor();
    await lookAt(page, 'library-first');
    OF_ALL_FORMATS.forEach((name) => copyFixture(name, backups));
    await page.getByRole('main').getByRole('button', { name: 'Add folder' }).click();
    const dialog = page.getByRole('dialog', { name: 'Choose a folder' });
    const chosen = dialog.getByRole('button', { name: 'Choose this folder', disabled: false });
    await dialog.getByRole('textbox', { name: 'Folder' }).fill(join(backups, 'mistyped'));
    await chosen.click(); // what is typed is meant, and not the folder that was shown before
    await dialog.getByText('There is no folder').first().waitFor();
    await dialog.getByRole('textbox', { name: 'Folder' }).fill(backups);
    await dialog.getByRole('button', { name: 'Go' }).click();
    await dialog.getByText(OF_ALL_FORMATS[0] ?? '').waitFor(); // they show that it is the right folder
    await lookAt(page, 'library-choose-folder');
    await dialog.getByRole('button', { name: 'Choose this folder' }).click();
    await view(page, /4 backups/).waitFor();
    await expect.poll(() => rowCount(page)).toBe(4);
    await view(page, /1 not encrypted/).waitFor();
  });

  it('counts what is wrong, and each figure shows what it counts', async () => {
    const { page } = await openApp({
      ...HOME,
      backups: [
        ...OF_ALL_FORMATS,
        'shapes/two-keys.tar',
        'bad/outer-truncated.tar',
        'bad/html-instead-of-tar.tar',
      ],
    });
    await view(page, /2 old format/).click();
    await expect.poll(() => rowCount(page)).toBe(2);
    expect(page.url()).toContain('show=old');
    await page.reload();
    await expect.poll(() => rowCount(page)).toBe(2);
    await view(page, /2 old format/).click();
    await expect.poll(() => rowCount(page)).toBeGreaterThan(4);
    await lookAt(page, 'library');

    await view(page, /unreadable/).click();
    const dialog = page.getByRole('dialog', { name: /could not be read as/ });
    await dialog.getByText('html-instead-of-tar.tar', { exact: false }).first().waitFor();
    await lookAt(page, 'library-unreadable');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  it('finds by name and by what is inside, and says when nothing fits', async () => {
    const { page } = await openApp({ ...HOME, backups: OF_ALL_FORMATS });
    const search = page.getByRole('searchbox', { name: 'Search backups' });
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await page.keyboard.press('Control+f'); // from any screen
    await expect.poll(() => search.evaluate((input) => input === document.activeElement)).toBe(true);
    await page.keyboard.type('v3-compressed');
    await expect.poll(() => rowCount(page)).toBe(1);
    await search.fill('there is no such backup');
    await page.getByRole('heading', { name: 'No backup fits' }).waitFor();
    await lookAt(page, 'library-nothing-fits');
    await page.getByRole('button', { name: 'Show all backups' }).click();
    await expect.poll(() => rowCount(page)).toBe(4);
  });

  it('verifies what is selected, shows how far it is, and then counts it as verified', async () => {
    const { page } = await openApp({ ...HOME, backups: OF_ALL_FORMATS });
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await page.getByText('4 selected').waitFor();
    await lookAt(page, 'library-selected');
    await page.getByRole('toolbar').getByRole('button', { name: 'Verify' }).click();
    const dialog = page.getByRole('dialog', { name: 'Verify 4 backups' });
    await dialog.getByRole('radio', { name: 'Deeply' }).click();
    await lookAt(page, 'library-verify');
    await dialog.getByRole('button', { name: 'Verify' }).click();
    await dialog.waitFor({ state: 'detached' });
    await view(page, /4 verified/).waitFor();
    await expect.poll(() => rowCount(page)).toBe(4);
    await picture(page, 'library-verified');
  });

  it('takes in what is dropped on the window, and says what was no backup', async () => {
    const { page, folder } = await openApp({
      ...HOME,
      backups: ['v2-compressed.tar'],
    });
    await view(page, /1 backup/).waitFor();
    const dropped = [copyFixture('v3-compressed.tar', folder), join(FIXTURES, 'bad/html-instead-of-tar.tar')];
    await dropFiles(page, dropped);
    const dialog = page.getByRole('dialog', { name: 'One file was not taken in' });
    await dialog.getByText('html-instead-of-tar.tar', { exact: false }).first().waitFor();
    await checkAccessibility(page);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { name: 'To restore it' }).waitFor(); // the backup that came is shown
  });

  it('moves to the trash what is meant and nothing else', async () => {
    const { page, backups } = await openApp({
      ...HOME,
      backups: ['v2-compressed.tar', 'v3-compressed.tar'],
    });
    const search = page.getByRole('searchbox', { name: 'Search backups' });
    await search.fill('v2-compressed');
    await expect.poll(() => rowCount(page)).toBe(1);
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await page.getByRole('button', { name: 'Move to trash' }).click();
    const dialog = page.getByRole('dialog', { name: 'Move one backup to the trash?' });
    await dialog.getByText('the only copy that Strongroom knows of', { exact: false }).waitFor();
    await lookAt(page, 'library-trash');
    await dialog.getByRole('button', { name: 'Move to trash' }).click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => existsSync(join(backups, 'v2-compressed.tar'))).toBe(false);
    expect(existsSync(join(backups, 'v3-compressed.tar'))).toBe(true);
    await page.getByText('One file was moved to the trash.').waitFor();
  });

  it('says why a file could not be moved to the trash, and keeps it selected', async () => {
    const { page, backups } = await openApp({
      ...HOME,
      backups: ['v2-compressed.tar', 'v3-compressed.tar'],
    });
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    appendFileSync(join(backups, 'v2-compressed.tar'), 'something that came later');
    await page.getByRole('button', { name: 'Move to trash' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Move to trash' }).click();
    const problems = page.getByRole('dialog', { name: 'One file was not moved to the trash' });
    await problems
      .getByText(/is not the file any more that the library knows/)
      .first()
      .waitFor();
    await lookAt(page, 'library-trash-refused');
    await page.keyboard.press('Escape');
    await problems.waitFor({ state: 'detached' });
    await page.getByText(/^1 selected/).waitFor();
    expect(existsSync(join(backups, 'v2-compressed.tar'))).toBe(true);
    expect(existsSync(join(backups, 'v3-compressed.tar'))).toBe(false);
  });

  it('can be used by keys alone', async () => {
    const { page } = await openApp({ ...HOME, backups: OF_ALL_FORMATS });
    await view(page, /4 backups/).waitFor();
    await page.keyboard.press('Tab');
    await expect.poll(() => focusedText(page)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('content');
    await tabTo(page, 'grid');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press(' ');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 selected').waitFor();
    await page.keyboard.press('Control+a');
    await page.getByText('4 selected').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox', { name: 'Search backups' }).waitFor();
    await page.keyboard.press('End');
    const last = await activeRow(page);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'To restore it' }).waitFor();
    await page.goBack();
    await expect.poll(() => activeRow(page)).toBe(last);
  });

  it('says that a folder is away, and forgets nothing of it', async () => {
    const { page } = await openApp({
      ...HOME,
      backups: OF_ALL_FORMATS,
      prepare: async (engine, place) => {
        await withoutBackground(engine, place);
        const { backups } = place;
        renameSync(backups, `${backups}-unplugged`);
        await engine.library.desk.scan({});
      },
    });
    await page.getByText('A folder is away').waitFor();
    await expect.poll(() => rowCount(page)).toBe(4);
    await lookAt(page, 'library-away');
  });

  it('shows its folders and takes one out without touching it', async () => {
    const { page, backups } = await openApp({
      ...HOME,
      backups: OF_ALL_FORMATS,
    });
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Folders …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Folders of the library' });
    await dialog.getByText(backups).waitFor();
    await lookAt(page, 'library-folders');
    await dialog.getByRole('button', { name: 'Remove from the library' }).click();
    await page
      .getByRole('dialog', { name: 'Remove this folder from the library?' })
      .getByRole('button', { name: 'Remove folder' })
      .click();
    await dialog.getByText(backups).waitFor({ state: 'detached' });
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { name: 'Begin with the folder where your backups are' }).waitFor();
    expect(existsSync(join(backups, 'v3-compressed.tar'))).toBe(true);
  });

  it('makes a damaged catalogue anew after a yes', async () => {
    const { page } = await openApp({
      ...HOME,
      backups: OF_ALL_FORMATS,
      prepare: async (engine, place) => {
        await withoutBackground(engine, place);
        await engine.close();
        writeFileSync(join(place.dataFolder, 'catalog.sqlite'), Buffer.alloc(8192, 0x5a));
      },
    });
    await page.getByText('The library could not be opened').waitFor();
    await lookAt(page, 'library-damaged-catalog');
    await page.getByRole('button', { name: 'Make the catalogue anew' }).click();
    const dialog = page.getByRole('dialog', { name: 'Make the catalogue anew?' });
    await dialog.getByRole('button', { name: 'Make the catalogue anew' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('The catalogue was made anew.', { exact: false }).waitFor();
  });

  it('holds ten thousand backups: it draws only what is in sight, and finds any of them', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      prepare: async (engine, place) => {
        await withoutBackground(engine, place);
        writeManyBackups(place.backups, 10_000);
        await engine.library.desk.addFolder(place.backups);
        await engine.library.desk.scan({});
      },
    });
    await page.getByText('10,000 backups shown').waitFor();
    const grid = page.getByRole('grid', { name: 'Backups' });
    expect(await grid.getAttribute('aria-rowcount')).toBe('10001');
    expect(await rowCount(page)).toBeLessThan(60);
    await grid.getByText('Backup 10000', { exact: true }).waitFor();
    await lookAt(page, 'library-10000');
    await grid.focus();
    await page.keyboard.press('End');
    await grid.getByText('Backup 1', { exact: true }).waitFor();
    expect(await rowCount(page)).toBeLessThan(60);
    await page.getByRole('searchbox', { name: 'Search backups' }).fill('backup-5000.tar');
    await expect.poll(() => rowCount(page)).toBe(1);
    await grid.getByText('Backup 5000', { exact: true }).click();
    await page.getByRole('heading', { name: 'Backup 5000' }).waitFor();
  });
});

function focusedText(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.textContent.trim());
}

/** What the table says is the row that the keys are at. */
function activeRow(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => {
    const id = document.querySelector('[role=grid]')?.getAttribute('aria-activedescendant');
    return id === null || id === undefined ? null : document.getElementById(id)?.textContent;
  });
}

/** As a person does it: Tab until the focus is on something of that role. */
async function tabTo(page: Page, role: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(() => document.activeElement?.getAttribute('role'))) === role) return;
  }
  throw new Error(`Tab leads to no ${role}.`);
}
