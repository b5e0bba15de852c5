// What is around every screen: the way from one to another, what is being done, and what is said when the program is gone.

import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';

import { PASSWORD } from '../support/fixtures.ts';
import { writeManyBackups } from './many-backups.ts';
import { hasNoBrowser, startedBrowser } from './support/chromium.ts';
import { lookAt } from './support/look.ts';
import { openApp, type AppOptions } from './support/open-app.ts';
import { serve } from './support/served-program.ts';
import { withoutBackground } from './without-background.ts';

const HOME = {
  vault: 'unlocked',
  keys: { Home: PASSWORD },
  backups: ['v3-compressed.tar'],
  prepare: withoutBackground,
} satisfies AppOptions;
const SCREENS = ['Library', 'Keys', 'Migrate', 'Rotation', 'Watched folders', 'Activity', 'Settings'];

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
const jobBar = (page: Page) => page.getByRole('region', { name: 'What is being done' });

describe.skipIf(hasNoBrowser)('the frame', () => {
  it('has a way to every screen, by mouse, by address and by keys', async () => {
    const { page } = await openApp(HOME);
    await heading(page, 'Library').waitFor();
    for (const [index, name] of SCREENS.entries()) {
      await page.getByRole('navigation').getByRole('link', { name }).click();
      await heading(page, name).waitFor();
      expect(await page.title()).toBe(`${name} – Strongroom`);
      await page.keyboard.press('Control+1');
      await heading(page, 'Library').waitFor();
      await page.keyboard.press(`Control+${index + 1}`);
      await heading(page, name).waitFor();
      await page.reload();
      await heading(page, name).waitFor();
    }
    await page.goBack();
    await heading(page, 'Library').waitFor();
  });

  it('tells its keys', async () => {
    const { page } = await openApp(HOME);
    await heading(page, 'Library').waitFor();
    await page.keyboard.press('Control+/');
    const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await dialog.getByText('Ctrl+F').waitFor();
    await lookAt(page, 'frame-shortcuts');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  it('shows the work that is done on every screen, and pauses or stops it', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      prepare: async (engine, place) => {
        await withoutBackground(engine, place);
        writeManyBackups(place.backups, 3000);
        await engine.library.desk.addFolder(place.backups);
        await engine.library.desk.scan({});
      },
    });
    await page.getByText('3,000 backups shown').waitFor();
    await verifyAll(page);
    await jobBar(page)
      .getByText(/\d of 3,000/)
      .waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await heading(page, 'Settings').waitFor();
    await jobBar(page).getByRole('progressbar').waitFor();
    await lookAt(page, 'frame-job-bar');
    await jobBar(page).getByRole('button', { name: 'Pause' }).click();
    await jobBar(page).waitFor({ state: 'detached' });

    await page.getByRole('link', { name: 'Library' }).click();
    await verifyAll(page);
    await jobBar(page).getByRole('button', { name: 'Stop' }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop this work?' });
    await dialog.getByText('What is done stays done.', { exact: false }).waitFor();
    await dialog.getByRole('button', { name: 'Stop' }).click();
    await dialog.waitFor({ state: 'detached' });
    await jobBar(page).waitFor({ state: 'detached' });
  });

  it('says when the program does not answer', async () => {
    const { page, program, trouble } = await openApp(HOME);
    await page.getByText('1 backup shown').waitFor();
    await trouble.whileAway(async () => {
      await program().end('SIGKILL');
      await page.getByRole('alert').getByText('Strongroom does not answer', { exact: true }).waitFor();
      await lookAt(page, 'frame-away');
      await page.goto('about:blank');
    });
  });

  it('two windows show the same: what one changes, the other one has', async () => {
    const { page, openWindow } = await openApp(HOME);
    await heading(page, 'Library').waitFor();
    const other = await openWindow();
    await heading(other, 'Library').waitFor();
    await page.getByRole('button', { name: 'Lock the vault' }).click();
    await expect.poll(() => heading(other, 'Library').count()).toBe(0);
  });

  it('says of a demonstration that it is one', async () => {
    const program = await serve(['--demo', '--port', '0', '--jobs', '1']);
    onTestFinished(async () => {
      await program.end('SIGTERM');
    });
    const page = await (await startedBrowser()).newPage({ reducedMotion: 'reduce' });
    await page.goto(program.address);
    await page.getByText('Everything here is made up', { exact: false }).waitFor();
    await heading(page, 'Library').waitFor();
    await expect.poll(() => page.getByRole('grid').getByRole('row').count()).toBeGreaterThan(10);
    await lookAt(page, 'frame-demo');
  });
});

async function verifyAll(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await page.getByRole('toolbar').getByRole('button', { name: 'Verify' }).click();
  const dialog = page.getByRole('dialog', { name: /^Verify/ });
  await dialog.getByRole('radio', { name: 'In full' }).click();
  await dialog.getByRole('button', { name: 'Verify' }).click();
  await dialog.waitFor({ state: 'detached' });
}
