// The Backup page on the real program: health in words, the sheet to restore by, parts, copies, history.

import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { PASSWORD } from '../support/fixtures.ts';
import { hasNoBrowser } from './support/chromium.ts';
import { lookAt } from './support/look.ts';
import { openApp } from './support/open-app.ts';
import { withoutBackground } from './without-background.ts';

const HOME = { vault: 'unlocked', keys: { 'Home 2025': PASSWORD }, prepare: withoutBackground } as const;

async function openFirst(page: Page): Promise<void> {
  await page
    .getByRole('grid', { name: 'Backups' })
    .getByRole('row')
    .nth(1)
    .getByRole('gridcell')
    .nth(1)
    .click();
  await page.getByRole('heading', { name: 'To restore it' }).waitFor();
}

async function verify(page: Page, level: 'Quickly' | 'In full' | 'Deeply'): Promise<void> {
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Verify this backup' });
  await dialog.getByRole('radio', { name: level }).click();
  await dialog.getByRole('button', { name: 'Verify' }).click();
  await dialog.waitFor({ state: 'detached' });
}

const health = (page: Page, title: string) => page.getByRole('region', { name: title });

describe.skipIf(hasNoBrowser)('the page of a backup', () => {
  it('says that it was not verified, and after verifying that it can be restored, with which key', async () => {
    const { page } = await openApp({ ...HOME, backups: ['v3-compressed.tar'] });
    await openFirst(page);
    await health(page, 'Not verified yet').getByText('Opens with your key “Home 2025”.').waitFor();
    await lookAt(page, 'backup-unverified');
    await verify(page, 'In full');
    const card = health(page, 'This backup can be restored');
    await card.getByText(/all \d+ parts decrypt, unpack and read to their last byte/).waitFor();
    await card.getByText('Opens with your key “Home 2025”.').waitFor();
    await page.getByText('Verified in full: good').waitFor();
    await expect.poll(() => page.getByRole('cell', { name: /^Good/ }).count()).toBeGreaterThan(1);
    await lookAt(page, 'backup-good');
  });

  it('says what damage there is, in which part, and that the file is still worth something', async () => {
    const { page } = await openApp({ ...HOME, backups: ['bad/v3-bit-flip-last-chunk.tar'] });
    await openFirst(page);
    await verify(page, 'In full');
    await health(page, 'This backup is damaged')
      .getByText('Do not delete this file', { exact: false })
      .waitFor();
    await page.getByRole('cell', { name: /^Damaged/ }).waitFor();
    await lookAt(page, 'backup-damaged');
  });

  it('leads to the keys when none opens it', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      keys: { Wrong: 'NEWK-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE' },
      backups: ['v2-compressed.tar'],
      prepare: withoutBackground,
    });
    await openFirst(page);
    const card = health(page, 'This backup is locked');
    await lookAt(page, 'backup-locked');
    await card.getByRole('button', { name: 'Go to Keys' }).click();
    await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
  });

  it('warns that a plain one can be read by anybody', async () => {
    const { page } = await openApp({ ...HOME, backups: ['plain-compressed.tar'] });
    await openFirst(page);
    await page.getByText('whoever has the file can read everything in it', { exact: false }).waitFor();
    await lookAt(page, 'backup-plain');
  });

  it('shows where it lies, and moves one copy to the trash while the other stays', async () => {
    const { page, backups } = await openApp({
      ...HOME,
      backups: ['v3-compressed.tar'],
      prepare: async (engine, place) => {
        await withoutBackground(engine, place);
        mkdirSync(join(place.backups, 'second'));
        copyFileSync(join(place.backups, 'v3-compressed.tar'), join(place.backups, 'second/copy.tar'));
        await engine.library.desk.scan({});
      },
    });
    await openFirst(page);
    await page.getByRole('button', { name: 'With copy.tar' }).click();
    await page.getByRole('menuitem', { name: 'Move this file to the trash' }).click();
    const dialog = page.getByRole('dialog', { name: /to the trash\?/ });
    expect(await dialog.getByText('the only copy', { exact: false }).count()).toBe(0);
    await dialog.getByRole('button', { name: 'Move to trash' }).click();
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => existsSync(join(backups, 'second/copy.tar'))).toBe(false);
    expect(existsSync(join(backups, 'v3-compressed.tar'))).toBe(true);
    await page.getByRole('button', { name: 'With v3-compressed.tar' }).waitFor();
  });

  it('takes over the key that Home Assistant kept inside, or says that there is none', async () => {
    const { page } = await openApp({ ...HOME, backups: ['v3-compressed.tar'] });
    await openFirst(page);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Take over the key found inside' }).click();
    const dialog = page.getByRole('dialog', { name: 'Take over the key found inside?' });
    await dialog.getByRole('button', { name: 'Take over' }).click();
    await dialog
      .getByRole('alert')
      .or(page.getByText(/The key “.*” was added|has this key already/))
      .first()
      .waitFor();
    await lookAt(page, 'backup-adopt');
  });

  it('is still there after a reload, and says when it is not in the library any more', async () => {
    const { page, trouble } = await openApp({ ...HOME, backups: ['v3-compressed.tar'] });
    await openFirst(page);
    await page.reload();
    await page.getByRole('heading', { name: 'To restore it' }).waitFor();
    await page.evaluate(() => (location.hash = `#/library/${'0'.repeat(32)}`));
    await page.getByRole('heading', { name: 'This backup is not in the library' }).waitFor();
    await lookAt(page, 'backup-gone');
    await page.getByRole('main').getByRole('button', { name: 'Back to the library' }).last().click();
    await page.getByRole('heading', { level: 1, name: 'Library' }).waitFor();
    expect(trouble.all()).toEqual([]);
  });
});
