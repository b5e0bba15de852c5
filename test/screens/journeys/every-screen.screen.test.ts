// Every screen and its dialogs on one full library, in both themes: axe finds nothing, and pictures of the screens are left for people to
// look at in test/screenshots (journey-…).

import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, it } from 'vitest';

import { copyFixture, FIXTURES, NEW_PASSWORD, PASSWORD } from '../../support/fixtures.ts';
import { makeBackup } from '../../support/make-backup.ts';
import { hasNoBrowser } from '../support/chromium.ts';
import { checkAccessibility, lookAt } from '../support/look.ts';
import { openApp, type AppOptions } from '../support/open-app.ts';
import { withoutBackground } from '../without-background.ts';
import { backupTable, figure, goTo, heading } from './steps.ts';

const OTHER_KEY = 'ZZZZ-YYYY-XXXX-WWWW-VVVV-UUUU-TTTT';

/** Of everything something: formats, a lost key, damage, what cannot be read, copies, a folder that is away, jobs good and bad. */
const FULL: AppOptions = {
  vault: 'unlocked',
  keys: { 'Home 2025': PASSWORD, 'Old house': NEW_PASSWORD, 'Grandma’s flat': 'hunter2' },
  backups: [
    'plain-compressed.tar',
    'v1-compressed.tar',
    'v1-pax-2025.1.tar',
    'v2-compressed.tar',
    'v3-compressed.tar',
    'v3-multichunk.tar',
    'bad/v2-bit-flip.tar',
    'bad/html-instead-of-tar.tar',
    'shapes/flag-says-plain-but-encrypted.tar',
  ],
  prepare: async (engine, place) => {
    await withoutBackground(engine, place);
    const { desk } = engine.library;
    const { signal } = new AbortController();
    await makeBackup(join(place.backups, 'a flat of long ago.tar'), OTHER_KEY, 2, 20_000, 'decade00');
    mkdirSync(join(place.folder, 'stick'));
    copyFileSync(join(FIXTURES, 'v3-compressed.tar'), join(place.folder, 'stick', 'copy.tar'));
    copyFixture('v2-uncompressed.tar', join(place.folder, 'stick'));
    await desk.addFolder(join(place.folder, 'stick'));
    await desk.scan({});
    await desk.matchUntried();
    await desk.setWatch(place.backups, {
      verify: 'full',
      migrate: { originals: 'quarantine' },
      scheme: null,
    });
    await desk.verifyBackups(
      { kind: 'filter', filter: { text: 'v2' }, copies: 'one' },
      { level: 'full', signal },
    );
    const plan = await desk.planBatch(
      { operation: 'migrate', originals: 'quarantine', quarantineDays: 30, newKeyId: null, format: 'v3' },
      { text: 'v1-pax' },
    );
    await desk.runBatch(plan, { signal });
    renameSync(join(place.folder, 'stick'), join(place.folder, 'unplugged'));
    await desk.scan({});
  },
};

async function checkInBothThemes(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await checkAccessibility(page);
  }
}

/** Opens a dialog or menu, looks at it, and leaves by Escape. */
async function checkLayer(page: Page, role: 'dialog' | 'menu', open: () => Promise<void>): Promise<void> {
  await open();
  await page.getByRole(role).last().waitFor();
  await checkInBothThemes(page);
  await page.keyboard.press('Escape');
  await page.getByRole(role).waitFor({ state: 'detached' });
}

const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click();
const choose = async (page: Page, menu: string | RegExp, item: string): Promise<void> => {
  await press(page, menu);
  await page.getByRole('menuitem', { name: item }).click();
};

describe.skipIf(hasNoBrowser)('every screen', () => {
  it('of the library and of a backup is without fault, with its dialogs', async () => {
    const { page } = await openApp(FULL);
    await figure(page, /old format/).waitFor();
    await lookAt(page, 'journey-library');
    await checkLayer(page, 'menu', () => press(page, /^More$/));
    await checkLayer(page, 'dialog', () => choose(page, /^More$/, 'Folders …'));
    await checkLayer(page, 'dialog', () => press(page, 'Add folder'));
    await checkLayer(page, 'dialog', () => figure(page, /unreadable/).click());
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await checkInBothThemes(page);
    await checkLayer(page, 'dialog', () =>
      page.getByRole('toolbar').getByRole('button', { name: 'Verify' }).click(),
    );
    await checkLayer(page, 'dialog', () => press(page, 'Move to trash'));
    await page.keyboard.press('Control+/');
    await checkLayer(page, 'dialog', () => Promise.resolve());
    await press(page, 'Clear the selection');
    for (const [name, file] of [
      ['damaged', 'v2-bit-flip'],
      ['locked', 'flat of long ago'],
      ['good', 'v2-compressed'],
    ] as const) {
      await page.getByRole('searchbox', { name: 'Search backups' }).fill(file);
      await backupTable(page).getByRole('row').nth(1).getByRole('gridcell').nth(1).click();
      await page.getByRole('heading', { name: 'To restore it' }).waitFor();
      await lookAt(page, `journey-backup-${name}`);
      await press(page, 'Back to the library');
      await heading(page, 'Library').waitFor();
    }
  });

  it('of the keys is without fault, with its dialogs', async () => {
    const { page } = await openApp(FULL);
    await goTo(page, 'Keys');
    await page
      .getByRole('link', { name: /Opens \d+ backups/ })
      .first()
      .waitFor();
    await lookAt(page, 'journey-keys');
    const ways = 'Other ways to add a key';
    for (const item of ['Type a key', 'Take the key out of a backup', 'Make a new key'])
      await checkLayer(page, 'dialog', () => choose(page, ways, item));
    for (const name of ['Import emergency kits', 'Show or copy', 'Test my copy', /^Save$/])
      await checkLayer(page, 'dialog', () => press(page, name));
    for (const item of ['Rename …', 'Mark as compromised …', 'Remove …'])
      await checkLayer(page, 'dialog', () => choose(page, 'More for “Home 2025”', item));
  });

  it('of migrating, watching and activity is without fault, with its dialogs', async () => {
    const { page } = await openApp(FULL);
    await goTo(page, 'Migrate');
    await page.getByRole('button', { name: /can be done/ }).waitFor();
    await lookAt(page, 'journey-migrate');
    await press(page, 'Show the plan');
    await heading(page, 'Plan of the migration').waitFor();
    await lookAt(page, 'journey-migrate-plan');
    await checkLayer(page, 'dialog', () => page.getByRole('row').nth(1).click());
    await goTo(page, 'Watched folders');
    await page.getByRole('button', { name: 'Turn it on' }).click();
    await page.getByRole('article', { name: 'backups' }).getByText('Watched', { exact: true }).waitFor();
    await lookAt(page, 'journey-watched');
    await checkLayer(page, 'dialog', () => choose(page, 'More for “backups”', 'Change the rule'));
    await checkLayer(page, 'dialog', () => choose(page, 'More for “backups”', 'Remove from the library'));
    await goTo(page, 'Activity');
    await page.getByRole('region', { name: 'Needs you' }).waitFor();
    await lookAt(page, 'journey-activity');
    await page.getByRole('region', { name: 'Needs you' }).getByRole('link').first().click();
    await page.getByRole('grid', { name: 'Files of this job' }).waitFor();
    await lookAt(page, 'journey-activity-job');
    await checkLayer(page, 'dialog', () => page.getByRole('row').nth(1).click());
  });

  it('of rotating keys, of the scheme and of the copies is without fault, with its dialogs', async () => {
    const { page } = await openApp(FULL);
    await goTo(page, 'Rotation');
    await page.getByRole('checkbox', { name: 'Home 2025' }).click();
    await page.getByRole('radio', { name: 'Old house' }).click();
    await lookAt(page, 'journey-rotation-keys');
    await checkLayer(page, 'dialog', () => press(page, 'Make a new key'));
    await press(page, 'Show the plan');
    await page.getByRole('button', { name: /the new key$/ }).waitFor();
    await lookAt(page, 'journey-rotation-plan');
    await page.getByRole('tab', { name: 'Scheme' }).click();
    await page.getByRole('listbox').waitFor();
    await lookAt(page, 'journey-rotation-scheme');
    await checkLayer(page, 'dialog', () => page.getByRole('row').nth(1).click());
    await press(page, 'Compare with another policy');
    await page.getByRole('heading', { name: 'Two policies side by side' }).waitFor();
    await checkInBothThemes(page);
    await page.getByRole('tab', { name: 'Copies' }).click();
    await page.getByRole('heading', { name: 'Where the folders are' }).waitFor();
    await lookAt(page, 'journey-rotation-copies');
  });

  it('of the settings and of the locked vault is without fault', async () => {
    const { page } = await openApp(FULL);
    await goTo(page, 'Settings');
    for (const tab of ['General', 'Vault', 'Backups', 'Data and log', 'About']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.getByRole('tabpanel').waitFor();
      await lookAt(page, `journey-settings-${tab.toLowerCase().replaceAll(' ', '-')}`);
    }
    await page.getByRole('tab', { name: 'Vault' }).click();
    await checkLayer(page, 'dialog', () => press(page, 'Change: Passphrase'));
    await press(page, 'Lock the vault');
    await heading(page, 'The vault is locked').waitFor();
    await lookAt(page, 'journey-locked');
  });
});
