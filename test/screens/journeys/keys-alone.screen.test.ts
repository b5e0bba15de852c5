// The main path by somebody without a mouse: from the first start to a migrated backup. And what moves for somebody who asked that
// nothing does.

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { copyFixture, FIXTURES, PASSWORD } from '../../support/fixtures.ts';
import { hasNoBrowser } from '../support/chromium.ts';
import { openApp, PASSPHRASE } from '../support/open-app.ts';
import { withoutBackground } from '../without-background.ts';
import { press, tabTo, typeInto, watchPointer } from './keyboard.ts';
import { backupTable, goTo, heading, SCREENS, SOON } from './steps.ts';

const KIT = 'home_assistant_backup_emergency_kit_26_03_2026_15_23.txt';

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

/** The place of the dialog that asks for a path. */
async function typePath(page: Page, folder: string): Promise<void> {
  const dialog = page.getByRole('dialog').last();
  await typeInto(page, dialog.getByRole('textbox', { name: 'Folder' }), folder);
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Parent folder', disabled: false }).waitFor();
}

describe.skipIf(hasNoBrowser)('the keyboard alone', () => {
  it('leads from the first start to a backup in the new format and its report, and the focus can always be seen', async () => {
    const { page, folder, backups } = await openApp({
      prepare: (_engine, place) => {
        copyFixture('v2-compressed.tar', place.backups);
        mkdirSync(join(place.folder, 'kits'));
        copyFileSync(join(FIXTURES, 'kits', KIT), join(place.folder, 'kits', KIT));
        mkdirSync(place.dataFolder, { recursive: true });
        return withoutBackground(null, place);
      },
    });
    await heading(page, 'Can your backups be restored?').waitFor();
    const touches = await watchPointer(page);
    await press(page, button(page, 'Begin'));

    await heading(page, 'A vault for your keys').waitFor();
    const only = page.getByRole('radio', { name: 'A passphrase only' });
    await tabTo(page, page.getByRole('radio', { checked: true }));
    for (let way = 0; way < 3 && (await only.getAttribute('aria-checked')) !== 'true'; way++)
      await page.keyboard.press('ArrowDown');
    await typeInto(page, page.getByLabel('Passphrase', { exact: true }), PASSPHRASE);
    await typeInto(page, page.getByLabel('Once more'), PASSPHRASE);
    await page.keyboard.press('Enter');

    await heading(page, 'Where are your backups?').waitFor();
    await press(page, button(page, 'Choose a folder'));
    await typePath(page, backups);
    await press(page, button(page, 'Choose this folder'));
    await page.getByText('1 backup file in it').waitFor();
    await press(page, button(page, 'Go on'));

    await heading(page, 'Bring your emergency kit').waitFor();
    await press(page, button(page, 'Choose files'));
    await typePath(page, join(folder, 'kits'));
    await press(page, page.getByRole('checkbox', { name: /emergency_kit/ }), ' ');
    await press(page, button(page, 'Choose 1 file'));
    await page.getByText('Your backup opens.').waitFor();
    await press(page, button(page, 'Go on'));

    await heading(page, 'The first proof').waitFor();
    await press(page, button(page, 'Verify'));
    await page.getByText(/can be restored/).waitFor();
    await press(page, button(page, 'Open the library'));

    // The library, the page of the backup, and back to where the keys were.
    await heading(page, 'Library').waitFor();
    const table = backupTable(page);
    await tabTo(page, table);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'To restore it' }).waitFor();
    await press(page, button(page, 'Verify'));
    await tabTo(page, page.getByRole('dialog').getByRole('radio', { checked: true }));
    await page.keyboard.press('ArrowDown');
    await press(page, page.getByRole('dialog').getByRole('button', { name: 'Verify' }));
    await page.getByText(/Deeply verified/).waitFor();
    await press(page, button(page, 'Back to the library'));
    await expect.poll(() => table.evaluate((node) => node === document.activeElement), SOON).toBe(true);

    // A key, shown and hidden.
    await page.keyboard.press('Control+2');
    await heading(page, 'Keys').waitFor();
    const reveal = button(page, 'Show or copy');
    await press(page, reveal);
    await press(page, button(page, 'Show the key'));
    await page.getByText(`${PASSWORD.slice(0, 4)}-`).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => reveal.evaluate((node) => node === document.activeElement), SOON).toBe(true);
    expect(await page.content()).not.toContain(PASSWORD.slice(0, 4));

    // A migration and its report.
    await page.keyboard.press('Control+3');
    await heading(page, 'Migrate').waitFor();
    await press(page, button(page, 'Show the plan'));
    await press(page, button(page, 'Migrate 1 backup'));
    await page.getByText('One backup is in the new format now').waitFor();
    await press(page, button(page, 'Save report'));
    await page.getByRole('menuitem').first().waitFor();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('role')), SOON)
      .toBe('menuitem');
    await page.keyboard.press('Enter');
    await typePath(page, folder);
    await typeInto(page, page.getByRole('textbox', { name: 'File name' }), 'report.txt');
    await press(page, button(page, 'Save here'));
    await page.getByText('The report is saved as “report.txt”.').waitFor();
    expect(readFileSync(join(folder, 'report.txt'), 'utf8')).toContain('v2-compressed.tar');

    // Locked and opened again.
    await page.keyboard.press('Control+Shift+L');
    await heading(page, 'The vault is locked').waitFor();
    await page.keyboard.type(PASSPHRASE);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Screens' }).waitFor();
    expect(await touches()).toBe(0);
  });
});

/** The longest time that anything on the page takes to move, in seconds, and what moves without end. */
function motion(page: Page): Promise<{ readonly longest: number; readonly endless: readonly string[] }> {
  return page.evaluate(() => {
    const seconds = (list: string): number => Math.max(...list.split(',').map((one) => parseFloat(one)));
    let longest = 0;
    const endless: string[] = [];
    for (const element of document.querySelectorAll('*')) {
      const style = getComputedStyle(element);
      longest = Math.max(longest, seconds(style.transitionDuration));
      if (style.animationName === 'none') continue;
      if (style.animationIterationCount === 'infinite')
        endless.push(element.getAttribute('class') ?? element.tagName);
      else longest = Math.max(longest, seconds(style.animationDuration));
    }
    return { longest, endless };
  });
}

describe.skipIf(hasNoBrowser)('motion', () => {
  it('is short where it is welcome, and there is none at all where somebody asked for none', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      backups: ['v2-compressed.tar', 'v3-compressed.tar'],
      prepare: withoutBackground,
    });
    for (const [wish, most] of [
      ['no-preference', 0.18],
      ['reduce', 0],
    ] as const) {
      await page.emulateMedia({ reducedMotion: wish });
      let longest = 0;
      for (const screen of SCREENS) {
        await goTo(page, screen);
        const here = await motion(page);
        longest = Math.max(longest, here.longest);
        if (wish === 'reduce') expect(here.endless, screen).toEqual([]);
      }
      await goTo(page, 'Keys');
      await page.getByRole('button', { name: 'Show or copy' }).click();
      await page.getByRole('dialog').waitFor();
      longest = Math.max(longest, (await motion(page)).longest);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(longest).toBe(most);
    }
  });
});
