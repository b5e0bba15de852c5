// A folder that is watched while a browser writes a download into it: slowly, under another name, renamed at the end.

import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { FIXTURES, PASSWORD } from '../../support/fixtures.ts';
import { hasNoBrowser } from '../support/chromium.ts';
import { openApp } from '../support/open-app.ts';
import { backupTable, chooseFolder, figure, goTo, SOON } from './steps.ts';

describe.skipIf(hasNoBrowser)('a watched folder', () => {
  it('leaves a download alone until it is whole, then verifies and migrates it, and the library knows', async () => {
    const { page, backups } = await openApp({ vault: 'unlocked', keys: { 'Home 2025': PASSWORD } });
    await goTo(page, 'Watched folders');
    await page.getByRole('button', { name: 'Add a folder' }).click();
    await chooseFolder(page, backups);
    const rule = page.getByRole('dialog', { name: 'What is done with new backups' });
    await rule.getByRole('radio', { name: 'In full' }).click();
    await rule.getByRole('checkbox', { name: 'Bring old formats to the current one' }).click();
    await rule.getByRole('button', { name: 'Watch this folder' }).click();
    await page.getByRole('article', { name: 'backups' }).getByText('Watched', { exact: true }).waitFor();

    const whole = readFileSync(join(FIXTURES, 'v2-compressed.tar'));
    const half = Math.floor(whole.length / 2);
    const unnamed = join(backups, 'weekly.tar.crdownload');
    const named = join(backups, 'monthly.tar'); // a copy from a share has its name from the beginning
    for (const path of [unnamed, named]) appendFileSync(path, whole.subarray(0, half));
    const events = page.getByRole('log', { name: 'What happened' });
    // Something else arrives and is done with: the halves have been passed over meanwhile.
    copyFileSync(join(FIXTURES, 'v3-compressed.tar'), join(backups, 'daily.tar'));
    await events
      .getByText(/“daily\.tar”/)
      .first()
      .waitFor();
    await events.getByText('Good', { exact: true }).waitFor();
    expect(await events.getByText(/weekly\.tar/).count()).toBe(0);

    for (const path of [unnamed, named]) appendFileSync(path, whole.subarray(half));
    renameSync(unnamed, join(backups, 'weekly.tar'));
    await events.getByText('Migrated', { exact: true }).first().waitFor();
    await expect
      .poll(() => existsSync(join(backups, 'Strongroom quarantine', 'weekly.tar.orig')), SOON)
      .toBe(true);
    expect(await events.getByText('Problem', { exact: true }).count()).toBe(0);

    await goTo(page, 'Library');
    await expect.poll(() => figure(page, /old format/).count(), SOON).toBe(0);
    await expect
      .poll(() => backupTable(page).getByText('v3', { exact: true }).count(), SOON)
      .toBeGreaterThan(1);
  });
});
