// The steps that several journeys share, as a person takes them.

import type { Locator, Page } from 'playwright-core';

import { PASSPHRASE } from '../support/open-app.ts';

/** For `expect.poll`: news of the library is gathered for a second, and the machine may be busy. */
export const SOON = { timeout: 20_000 };

export type ScreenTitle =
  'Library' | 'Keys' | 'Migrate' | 'Rotation' | 'Watched folders' | 'Activity' | 'Settings';
export const SCREENS: readonly ScreenTitle[] = [
  'Library',
  'Keys',
  'Migrate',
  'Rotation',
  'Watched folders',
  'Activity',
  'Settings',
];

export const heading = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('heading', { level: 1, name });

export const backupTable = (page: Page): Locator => page.getByRole('grid', { name: 'Backups', exact: true });

/** The button of the library that shows what it counts, such as /^2 verified/. */
export const figure = (page: Page, name: RegExp): Locator =>
  page.getByRole('group', { name: 'What to show' }).getByRole('button', { name });

export async function goTo(page: Page, screen: ScreenTitle): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: screen }).click();
  await heading(page, screen).waitFor();
}

/** In the dialog that asks for a folder. */
export async function chooseFolder(page: Page, folder: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Choose a folder' });
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(folder);
  await dialog.getByRole('button', { name: 'Go', exact: true }).click();
  await dialog.getByRole('button', { name: 'Parent folder', disabled: false }).waitFor();
  await dialog.getByRole('button', { name: 'Choose this folder' }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** In the dialog that asks where to save. */
export async function saveAs(page: Page, folder: string, name: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Save as' });
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(folder);
  await dialog.getByRole('button', { name: 'Go', exact: true }).click();
  await dialog.getByRole('textbox', { name: 'File name' }).fill(name);
  await dialog.getByRole('button', { name: 'Save here' }).click();
  await dialog.waitFor({ state: 'detached' });
}

export async function unlock(page: Page, passphrase = PASSPHRASE): Promise<void> {
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  await page.getByRole('button', { name: 'Unlock', exact: true }).click();
}

/** On the page of a backup: verifies it in full. */
export async function verifyHere(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Verify this backup' });
  await dialog.getByRole('radio', { name: 'In full' }).click();
  await dialog.getByRole('button', { name: 'Verify' }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** From Migrate to the page of the job that has begun. */
export async function migrateAll(page: Page, count: number): Promise<void> {
  await goTo(page, 'Migrate');
  await page.getByRole('button', { name: 'Show the plan' }).click();
  await page.getByRole('button', { name: `Migrate ${count} backups` }).click();
  await heading(page, `Migrate ${count} backups`).waitFor();
}
