// Rotation as a person does it: a scheme that is looked at before it removes anything and can be undone, a key that takes the place of another
// in the real files, and copies in a second place.

import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { strongroom } from '../cli/run-program.ts';
import { copyFixture, NEW_PASSWORD, PASSWORD } from '../support/fixtures.ts';
import { press, tabTo, typeInto, watchPointer } from './journeys/keyboard.ts';
import { chooseFolder, goTo, heading, saveAs, SOON } from './journeys/steps.ts';
import { writeDatedBackups } from './many-backups.ts';
import { hasNoBrowser } from './support/chromium.ts';
import { lookAt } from './support/look.ts';
import { openApp, type AppOptions } from './support/open-app.ts';
import { withoutBackground } from './without-background.ts';

const DAY_MS = 86_400_000;
const COUNT = 24;
/** One a day up to yesterday; “Backup 24” is the newest. */
const DATES = Array.from({ length: COUNT }, (_, index) => Date.now() - (COUNT - index) * DAY_MS);

const DATED: AppOptions = {
  vault: 'unlocked',
  prepare: async (engine, place) => {
    await withoutBackground(engine, place);
    writeDatedBackups(place.backups, DATES);
    await engine.library.desk.addFolder(place.backups);
    await engine.library.desk.scan({});
  },
};

/** Where `writeDatedBackups` puts them. */
const filesIn = (backups: string): string[] =>
  readdirSync(join(backups, '0')).filter((name) => name.endsWith('.tar'));
const quarantined = (backups: string): string[] =>
  readdirSync(backups, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.includes('quarantine') && path.endsWith('.tar'),
  );

const timeline = (page: Page): Locator =>
  page.getByRole('listbox', { name: 'Timeline of the backups, the oldest first' });

/** What a screen reader says of the mark that is looked at. */
const lookedAt = (page: Page): Promise<string | null> =>
  timeline(page).evaluate(
    (list) =>
      document.getElementById(list.getAttribute('aria-activedescendant') ?? '')?.getAttribute('aria-label') ??
      null,
  );

async function showScheme(page: Page): Promise<void> {
  await goTo(page, 'Rotation');
  await page.getByRole('tab', { name: 'Scheme' }).click();
  await timeline(page).waitFor();
}

/** By mouse: own rules that keep the last so many. */
async function keepLast(page: Page, count: number): Promise<void> {
  await page.getByRole('radio', { name: 'Few' }).click();
  await page.getByRole('radio', { name: 'Own rules' }).click();
  await page.getByRole('textbox', { name: 'Monthly' }).fill('');
  await page.getByLabel('Last', { exact: true }).fill(String(count));
}

describe.skipIf(hasNoBrowser)('a scheme', () => {
  it('is written and looked at by keyboard alone; a pin counts at once', async () => {
    const { page } = await openApp(DATED);
    await heading(page, 'Library').waitFor();
    const touches = await watchPointer(page);
    await page.keyboard.press('Control+4');
    await heading(page, 'Rotation').waitFor();
    await tabTo(page, page.getByRole('tab', { selected: true }));
    await page.keyboard.press('ArrowRight');
    await timeline(page).waitFor();

    const policy = page.getByRole('radiogroup', { name: 'What is kept' });
    await tabTo(page, policy.getByRole('radio', { checked: true }));
    await page.keyboard.press('ArrowLeft');
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight');
    expect(await policy.getByRole('radio', { name: 'Own rules' }).getAttribute('aria-checked')).toBe('true');
    await typeInto(page, page.getByLabel('Last', { exact: true }), '5');
    for (const rule of ['Daily', 'Weekly', 'Monthly', 'Yearly']) {
      await tabTo(page, page.getByLabel(rule, { exact: true }));
      await page.keyboard.press('Control+a');
      await page.keyboard.press('Delete');
    }
    await page.getByText(/^Keeps 5 of 24 backups, removes 19, frees/).waitFor();

    await tabTo(page, timeline(page));
    await page.keyboard.press('End');
    expect(await lookedAt(page)).toMatch(/^Backup 24, .*, stays: the newest, last 1 of 5$/);
    await page.keyboard.press('ArrowLeft');
    expect(await lookedAt(page)).toMatch(/^Backup 23, .*, stays: last 2 of 5$/);
    await page.keyboard.press('PageUp');
    expect(await lookedAt(page)).toMatch(/^Backup 1, .*, goes: last: all places taken$/);
    const details = page.getByRole('region', { name: 'The backup that is looked at' });
    await details.getByText('All 5 places of the last rule are taken by newer ones.').waitFor();
    await press(page, details.getByRole('button', { name: 'Pin' }));
    await page.getByText(/^Keeps 6 of 24 backups, removes 18, frees/).waitFor();
    await details.getByText('You pinned it, so no scheme removes it.').waitFor();
    expect(await touches()).toBe(0);
    await lookAt(page, 'rotation-scheme');
    await timeline(page).evaluate((list) => list.scrollIntoView({ block: 'center' }));
    await lookAt(page, 'rotation-timeline');
  });

  it('removes what was shown and nothing else, and brings back some of it, and all', async () => {
    const { page, backups } = await openApp(DATED);
    const all = filesIn(backups);
    await showScheme(page);
    await keepLast(page, 20);
    await page.getByRole('button', { name: 'Remove 4 backups …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Remove 4 backups from “backups”?' });
    await dialog.getByText(/^4 backups in 4 files/).waitFor();
    await lookAt(page, 'rotation-apply');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(filesIn(backups)).toEqual(all);

    await page.getByRole('button', { name: 'Remove 4 backups …' }).click();
    await dialog.getByRole('button', { name: 'Remove 4 backups' }).click();
    await page.getByText(/^4 files were removed/).waitFor();
    const gone = ['backup-1.tar', 'backup-2.tar', 'backup-3.tar', 'backup-4.tar'];
    expect(filesIn(backups)).toEqual(all.filter((name) => !gone.includes(name)));
    expect(quarantined(backups)).toHaveLength(4);
    await page.getByText('Keeps all 20 backups; nothing is removed.').waitFor();
    await lookAt(page, 'rotation-applied');

    const removed = page.getByRole('region', { name: 'Removed lately' });
    await removed.getByRole('button', { name: 'Choose …' }).click();
    const choice = page.getByRole('dialog', { name: 'Which files to bring back' });
    await choice.getByRole('gridcell', { name: 'Select backup-2.tar' }).click();
    await lookAt(page, 'rotation-bring-back');
    await choice.getByRole('button', { name: 'Bring it back' }).click();
    await page.getByText('One file is back where it was.').waitFor();
    expect(filesIn(backups)).toContain('backup-2.tar');
    await removed.getByRole('button', { name: 'Bring 3 back' }).click();
    await page.getByText('3 files are back where they were.').waitFor();
    expect(filesIn(backups)).toEqual(all);
    expect(quarantined(backups)).toEqual([]);
    await page.getByText(/^Keeps 20 of 24 backups/).waitFor();
  });

  it('of a watched folder waits for a person the first time, who looks and says yes', async () => {
    const { page, backups } = await openApp({
      vault: 'unlocked',
      prepare: async (engine, place) => {
        await mkdir(join(place.backups, '0'));
        await engine.library.desk.addFolder(place.backups);
        await engine.library.desk.setWatch(place.backups, {
          ...{ verify: 'none', migrate: null },
          scheme: { policy: 'last=20', to: 'quarantine', undoDays: 14 },
        });
      },
    });
    await goTo(page, 'Watched folders');
    await page.getByRole('article').getByText('Watched', { exact: true }).waitFor();
    writeDatedBackups(backups, DATES);
    await page.getByText('Waits for you').first().waitFor();
    await goTo(page, 'Rotation');
    await page.getByRole('tab', { name: 'Scheme' }).click();
    await page.getByText('The scheme of “backups” waits for you', { exact: true }).waitFor();
    await lookAt(page, 'rotation-waits');
    await page.getByRole('button', { name: 'Look at it' }).click();
    await page.getByRole('button', { name: 'Remove 4 backups …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove 4 backups' }).click();
    await page.getByText(/^4 files were removed/).waitFor();
    await page
      .getByText('The scheme of “backups” waits for you', { exact: true })
      .waitFor({ state: 'detached' });
    expect(filesIn(backups)).toHaveLength(20);
  });

  it('is compared with another, on one axis, with what only one of them keeps', async () => {
    const { page } = await openApp(DATED);
    await showScheme(page);
    await keepLast(page, 5);
    await page.getByRole('button', { name: 'Compare with another policy' }).click();
    const first = page.getByRole('region', { name: 'First policy' });
    const second = page.getByRole('region', { name: 'Second policy' });
    await first.getByText(/^Keeps 5 of 24 backups/).waitFor();
    const other = page.getByRole('radiogroup', { name: 'Second policy' });
    await other.getByRole('radio', { name: 'Own rules' }).click();
    await page.getByRole('textbox', { name: 'Monthly' }).last().fill('');
    await page.getByLabel('Last', { exact: true }).last().fill('3');
    await second.getByText(/^Keeps 3 of 24 backups/).waitFor();
    await first.getByText('Keeps 2 backups that the other does not.').waitFor();
    await second.getByText('Keeps nothing that the other does not.').waitFor();
    await first.getByText('Which').click();
    await first.getByText('Backup 20').waitFor();
    const lines = page.getByRole('listbox', { name: /^Timeline under the/ });
    const marked = lines.first().getByRole('option', { name: /only this policy keeps it/ });
    expect(await marked.count()).toBe(2);
    const placeIn = (line: Locator): Promise<string | null> =>
      line.getByRole('option', { name: /^Backup 20,/ }).getAttribute('x');
    expect(await placeIn(lines.first())).toBe(await placeIn(lines.last()));
    await lines.first().evaluate((list) => list.scrollIntoView({ block: 'center' }));
    await lookAt(page, 'rotation-compare');
  });
});

describe.skipIf(hasNoBrowser)('a new key', () => {
  it('is made, saved, and takes the place of the old one in every file, at last also in those that were away', async () => {
    const { page, backups, folder } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      backups: ['v2-compressed.tar', 'v3-compressed.tar'],
      prepare: async (engine, place) => {
        await withoutBackground(engine, place);
        const stick = join(place.folder, 'stick');
        await mkdir(stick);
        copyFixture('v2-uncompressed.tar', stick);
        await engine.library.desk.addFolder(stick);
        await engine.library.desk.scan({});
        await engine.library.desk.matchUntried();
        renameSync(stick, join(place.folder, 'unplugged'));
        await engine.library.desk.scan({});
      },
    });
    await goTo(page, 'Keys');
    await page.getByRole('button', { name: 'More for “Home 2025”' }).click();
    await page.getByRole('menuitem', { name: 'Rotate this key …' }).click();
    await heading(page, 'Rotation').waitFor();
    const old = page.getByRole('checkbox', { name: 'Home 2025' });
    expect(await old.getAttribute('aria-checked')).toBe('true');
    await page.getByText('There is only one key in the vault.').waitFor();
    await lookAt(page, 'rotation-keys-only-one');
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await page.getByRole('dialog').getByLabel('Label').fill('Home 2026');
    await page.getByRole('dialog').getByRole('button', { name: 'Make the key' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

    // Not before it is saved.
    await page.getByText('“Home 2026” is only in this vault.').waitFor();
    await page.getByRole('button', { name: 'Show the plan' }).click();
    const begin = page.getByRole('button', { name: 'Give 2 files the new key' });
    await begin.waitFor();
    expect(await begin.isDisabled()).toBe(true);
    await lookAt(page, 'rotation-unsaved');
    await page.getByRole('button', { name: 'Save its kit' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Choose where' }).click();
    await saveAs(page, folder, 'kit.txt');
    await page.getByText('The emergency kit is saved').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();

    await expect.poll(() => begin.isEnabled(), SOON).toBe(true);
    await page.getByRole('heading', { name: 'One file is out of reach' }).waitFor();
    await lookAt(page, 'rotation-plan');
    await begin.click();
    await page.getByText('2 of 3 files have the new key.').waitFor();
    await page.getByText('Something is left').waitFor();
    await lookAt(page, 'rotation-part-done');
    const kit = join(folder, 'kit.txt');
    for (const name of ['v2-compressed.tar', 'v3-compressed.tar'])
      expect(await opens(join(backups, name), kit), name).toBe(0);

    renameSync(join(folder, 'unplugged'), join(folder, 'stick'));
    await page.getByRole('button', { name: 'Go on with what is left' }).click();
    await page.getByText(/^3 files have the new key\./).waitFor();
    await page.getByText('“Home 2025” is retired.').waitFor();
    await page
      .getByText(/^Opens 3 backups/)
      .first()
      .waitFor();
    expect(await opens(join(folder, 'stick', 'v2-uncompressed.tar'), kit)).toBe(0);
    await lookAt(page, 'rotation-done');
  });

  it('is given to backups that were chosen in the library, and the old one stays in use for the others', async () => {
    const { page, backups, folder } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD, 'Home 2026': NEW_PASSWORD },
      backups: ['v2-compressed.tar', 'v3-compressed.tar', 'v1-compressed.tar'],
      prepare: async (engine, place) => {
        await withoutBackground(engine, place);
        const { id } = await engine.vault.find('Home 2026');
        await engine.library.exportKit(id, { path: join(place.folder, 'kit.txt') });
        await engine.library.desk.matchUntried();
      },
    });
    await page.getByRole('gridcell', { name: 'Select Automatic backup 2025.6.1' }).click();
    await page.getByRole('button', { name: 'Re-key' }).click();
    await heading(page, 'Rotation').waitFor();
    const old = page.getByRole('checkbox', { name: 'Home 2025' });
    expect(await old.getAttribute('aria-checked')).toBe('true');
    await page.getByText('The chosen backup').first().waitFor();
    await page.getByRole('radio', { name: /^Home 2026/ }).click();
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByRole('button', { name: 'Give 1 file the new key' }).click();
    await page.getByText(/^One file has the new key/).waitFor();
    expect(await opens(join(backups, 'v2-compressed.tar'), join(folder, 'kit.txt'))).toBe(0);
    expect(await opens(join(backups, 'v3-compressed.tar'), join(folder, 'kit.txt'))).toBe(3);
    await goTo(page, 'Keys');
    await page.getByText('In use').first().waitFor();
    expect(await page.getByText('Retired', { exact: true }).count()).toBe(0);
  });
});

describe.skipIf(hasNoBrowser)('a key that somebody else may know', () => {
  it('leads from its advice to a rotation, which says what originals still give away', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD, 'Home 2026': NEW_PASSWORD },
      backups: ['v3-compressed.tar'],
      prepare: withoutBackground,
    });
    await goTo(page, 'Keys');
    await page.getByRole('button', { name: 'More for “Home 2025”' }).click();
    await page.getByRole('menuitem', { name: 'Mark as compromised …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Mark as compromised' }).click();
    await page.getByRole('button', { name: 'Rotate what it opens' }).click();
    await heading(page, 'Rotation').waitFor();
    expect(await page.getByRole('checkbox', { name: 'Home 2025' }).getAttribute('aria-checked')).toBe('true');
    await page.getByText('Originals in quarantine are still encrypted with “Home 2025”').waitFor();
    await page.getByRole('button', { name: 'All that the compromised key opens' }).waitFor();
    await page.getByRole('radio', { name: 'Home 2026' }).click();
    await lookAt(page, 'rotation-compromised');
  });
});

describe.skipIf(hasNoBrowser)('with nothing there yet', () => {
  it('each tab says what it needs', async () => {
    const { page } = await openApp({ vault: 'unlocked', prepare: withoutBackground });
    await goTo(page, 'Rotation');
    await page.getByText('There are no keys in the vault').waitFor();
    await lookAt(page, 'rotation-no-keys');
    for (const tab of ['Scheme', 'Copies']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.getByText('There are no backups in the library yet').waitFor();
    }
    await lookAt(page, 'rotation-no-backups');
  });
});

/** The exit code of the command line when it reads a file to its end with the key of a kit alone. */
async function opens(file: string, kit: string): Promise<number | null> {
  const key = /[A-Z0-9]{4}(?:-[A-Z0-9]{4}){6}/.exec(readFileSync(kit, 'utf8'))?.[0] ?? '';
  const run = await strongroom(['verify', file], { env: { STRONGROOM_KEY: key } });
  return run.exitCode;
}

describe.skipIf(hasNoBrowser)('places', () => {
  it('show what is in one place only, and a copy to a second folder meets the goal', async () => {
    const { page, backups, folder } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      backups: ['v2-compressed.tar', 'v3-compressed.tar'],
      prepare: async (engine, place) => {
        await withoutBackground(engine, place);
        await mkdir(join(place.folder, 'stick'));
      },
    });
    await goTo(page, 'Rotation');
    await page.getByRole('tab', { name: 'Copies' }).click();
    await page.getByText('0 of 2 backups are in two places').waitFor();
    await page.getByRole('button', { name: '2 only on this disk' }).click();
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await lookAt(page, 'rotation-places');
    await page.getByRole('button', { name: 'Copy 2 backups to another folder …' }).click();
    await chooseFolder(page, join(folder, 'stick'));
    const dialog = page.getByRole('dialog', { name: 'Copy to another folder' });
    await dialog.getByText(/^2 backups, /).waitFor();
    await lookAt(page, 'rotation-copy');
    await dialog.getByRole('button', { name: 'Copy 2 backups' }).click();
    await page.getByText(/^2 backups were copied/).waitFor();
    for (const name of ['v2-compressed.tar', 'v3-compressed.tar'])
      expect(readFileSync(join(folder, 'stick', name)), name).toEqual(readFileSync(join(backups, name)));

    await page.getByLabel(/^Kind of place of “stick”/).click();
    await page.getByRole('option', { name: /^Another drive/ }).click();
    await page.getByText('2 of 2 backups are in two places, one of them elsewhere.').waitFor();
    await page
      .getByRole('group', { name: 'What to show' })
      .getByRole('button', { name: /^2 backups/ })
      .click();
    await page.getByRole('gridcell', { name: 'Two places, one elsewhere' }).first().waitFor();
    await lookAt(page, 'rotation-places-good');
  });
});
