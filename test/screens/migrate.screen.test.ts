// Migrating, encrypting and changing keys as a person does it: what is in the way, the plan, the work, the report.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { NEW_PASSWORD, PASSWORD } from '../support/fixtures.ts';
import { makeBackup } from '../support/make-backup.ts';
import { hasNoBrowser } from './support/chromium.ts';
import { lookAt } from './support/look.ts';
import { openApp, PASSPHRASE, type AppPlace } from './support/open-app.ts';
import type { Strongroom } from '../../core/strongroom.ts';

const OLD = [
  'v1-compressed.tar',
  'v1-pax-2025.1.tar',
  'v1-uncompressed.tar',
  'v2-compressed.tar',
  'v2-uncompressed.tar',
];
const OTHER_KEY = 'ZZZZ-YYYY-XXXX-WWWW-VVVV-UUUU-TTTT';

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const goToMigrate = (page: Page) =>
  page.getByRole('navigation').getByRole('link', { name: 'Migrate' }).click();

async function takeIn(engine: Strongroom, place: AppPlace): Promise<void> {
  await engine.library.desk.addFolder(place.backups);
  await engine.library.desk.scan({});
  await engine.library.desk.matchUntried();
}

/** One that no key of the vault opens. */
async function addLocked(engine: Strongroom, place: AppPlace): Promise<void> {
  await makeBackup(join(place.backups, 'old house.tar'), OTHER_KEY, 2, 20_000, 'decade00');
  await takeIn(engine, place);
}

/** Large enough that their rewriting can be watched. */
async function addLarge(engine: Strongroom, place: AppPlace, count = 4): Promise<void> {
  for (let number = 1; number <= count; number++)
    await makeBackup(join(place.backups, `large ${number}.tar`), PASSWORD, 4, 12_000_000, `c0ffee4${number}`);
  await takeIn(engine, place);
}

describe.skipIf(hasNoBrowser)('the way of a migration', () => {
  it('says what is in the way of each backup, plans, migrates, and saves its report', async () => {
    const { page, backups, folder } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      backups: [...OLD, 'v3-compressed.tar', 'plain-compressed.tar'],
      prepare: addLocked,
    });
    await goToMigrate(page);
    await heading(page, 'Migrate').waitFor();
    await page.getByRole('button', { name: /5 can be done/ }).waitFor();
    await page.getByText('One backup is not encrypted at all').waitFor();
    await lookAt(page, 'migrate-choice');
    await page.getByRole('button', { name: /1 without a key/ }).click();
    await page.getByText('Bring in the emergency kits').waitFor();
    expect(await page.getByRole('grid').getByRole('row').count()).toBe(2);
    await lookAt(page, 'migrate-choice-locked');

    await page.getByRole('button', { name: 'Show the plan' }).click();
    await heading(page, 'Plan of the migration').waitFor();
    await page.getByText('Home Assistant 2026.3 or newer').first().waitFor();
    await page.getByText('In quarantine for 30 days').waitFor();
    await lookAt(page, 'migrate-plan');
    await page.getByRole('row', { name: /Cannot be done/ }).click();
    await page.getByRole('dialog').getByText('None of your keys opens').first().waitFor();
    await lookAt(page, 'migrate-plan-item');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

    await page.getByRole('button', { name: 'Migrate 5 backups' }).click();
    await page.getByText('5 backups are in the new format now').waitFor();
    await page.getByText('Strongroom quarantine').waitFor();
    await lookAt(page, 'migrate-done');
    expect(
      readdirSync(join(backups, 'Strongroom quarantine')).filter((name) => name.endsWith('.orig')),
    ).toHaveLength(5);

    for (const [item, name] of [
      ['As text, to read', 'what was done.txt'],
      ['As JSON, for programs', 'what was done.json'],
    ] as const) {
      await page.getByRole('button', { name: 'Save report' }).click();
      await page.getByRole('menuitem', { name: item }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Folder', { exact: true }).fill(folder);
      await dialog.getByRole('button', { name: 'Go', exact: true }).click();
      await dialog.getByLabel('File name').fill(name);
      await page.keyboard.press('Enter');
      await page.getByText(`The report is saved as “${name}”.`).waitFor();
      expect(readFileSync(join(folder, name), 'utf8')).toContain('v2-compressed.tar');
    }

    await page.getByRole('button', { name: 'Back to Migrate' }).click();
    await page.getByRole('button', { name: /1 without a key/ }).waitFor();
    await expect.poll(() => page.getByRole('grid').getByRole('row').count()).toBe(2);
  });

  it('is about what was chosen in the library, and about what is there now, each time that it is opened', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      backups: OLD,
    });
    await goToMigrate(page);
    await page.getByRole('button', { name: /5 can be done/ }).waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Library' }).click();
    await page.getByRole('searchbox', { name: 'Search backups' }).fill('v2-compressed');
    await page.getByText('1 backup shown').waitFor();
    await page.getByRole('checkbox', { name: 'Select all' }).click();
    await page.getByRole('toolbar').getByRole('button', { name: 'Migrate' }).click();
    await heading(page, 'Plan of the migration').waitFor();
    await page.getByRole('button', { name: 'Migrate 1 backup' }).waitFor();
    expect(await page.getByRole('grid').getByRole('row').count()).toBe(2);
    await page.getByRole('button', { name: 'Migrate 1 backup' }).click();
    await page.getByText('One backup is in the new format now').waitFor();
    await goToMigrate(page);
    await page.getByRole('button', { name: /4 can be done/ }).waitFor();
  });

  it('shows progress, can be paused and taken up again, and loses nothing when it is stopped', async () => {
    const { page, backups } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      prepare: addLarge,
    });
    const before = readdirSync(backups).sort();
    await goToMigrate(page);
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByRole('button', { name: 'Migrate 4 backups' }).click();
    await heading(page, 'Migrate 4 backups').waitFor();
    await page.getByRole('progressbar', { name: /large/ }).waitFor();
    await page.getByRole('main').getByRole('button', { name: 'Pause' }).click();
    await page.getByText('It goes on from where it was').waitFor({ timeout: 60_000 });
    await lookAt(page, 'migrate-paused');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('It goes on from where it was').waitFor({ state: 'detached' });
    await page.getByRole('main').getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await page.getByText('What was done before stays done.').waitFor();
    await lookAt(page, 'migrate-stopped');
    const after = readdirSync(backups);
    expect(after.filter((name) => name !== 'Strongroom quarantine').sort()).toEqual(before);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('4 backups are in the new format now').waitFor({ timeout: 90_000 });
  });

  it('goes on after a crash in the middle', async () => {
    const { page, program, restart } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      prepare: addLarge,
    });
    await goToMigrate(page);
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByRole('button', { name: 'Migrate 4 backups' }).click();
    await page.getByRole('progressbar', { name: /large/ }).waitFor();
    program().process.kill('SIGSTOP'); // it stands still while it is looked at
    await lookAt(page, 'migrate-running');
    await page.getByRole('navigation').getByRole('link', { name: 'Activity' }).click();
    await page.getByRole('article', { name: 'Migrate 4 backups' }).getByText('Under way').waitFor();
    await lookAt(page, 'activity-running');
    await restart('SIGKILL');
    await goToMigrate(page);
    await page.getByText('Migrate 4 backups was interrupted').waitFor();
    await page
      .getByRole('region', { name: 'Migrate' })
      .getByRole('button', { name: 'Show', exact: true })
      .click();
    await page.getByText('Strongroom ended before this job did.').waitFor();
    await lookAt(page, 'migrate-interrupted');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('4 backups are in the new format now').waitFor({ timeout: 90_000 });
  });

  it('needs the vault, and leads to it', async () => {
    const { page } = await openApp({ vault: 'locked', keys: { 'Home 2025': PASSWORD }, backups: OLD });
    await page.getByRole('button', { name: 'Look around without the keys' }).click();
    await goToMigrate(page);
    await page.getByText('The vault has to be open for this').waitFor();
    expect(await page.getByRole('button', { name: 'Show the plan' }).isDisabled()).toBe(true);
    await lookAt(page, 'migrate-vault-locked');
    await page.getByRole('main').getByRole('button', { name: 'Unlock the vault' }).click();
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Show the plan', disabled: false }).waitFor();
  });

  it('says so when there is nothing to migrate, and encrypts what lies open with a key of the vault', async () => {
    const { page, backups } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD, 'Home 2026': NEW_PASSWORD },
      backups: ['v3-compressed.tar', 'plain-compressed.tar'],
    });
    await goToMigrate(page);
    await page.getByText('Every encrypted backup is in the current format').waitFor();
    await lookAt(page, 'migrate-nothing');
    await page.getByRole('button', { name: 'Encrypt it …' }).click();
    await heading(page, 'Encrypt backups').waitFor();
    expect(await page.getByRole('button', { name: 'Show the plan' }).isDisabled()).toBe(true);
    await page.getByLabel(/^New key/).click();
    await page.getByRole('option', { name: 'Home 2026' }).click();
    await lookAt(page, 'migrate-encrypt');
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await heading(page, 'Plan of the encryption').waitFor();
    await page.getByRole('button', { name: 'Encrypt 1 backup' }).click();
    await page.getByText('One backup is encrypted now').waitFor();
    expect(existsSync(join(backups, 'Strongroom quarantine', 'plain-compressed.tar.orig'))).toBe(true);
  });

  it('works with the keyboard alone', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      backups: ['v2-compressed.tar'],
    });
    await goToMigrate(page);
    await heading(page, 'Migrate').waitFor();
    await page.getByRole('button', { name: 'Show the plan' }).focus();
    await page.keyboard.press('Enter');
    await heading(page, 'Plan of the migration').waitFor();
    await tabTo(page, 'Migrate 1 backup');
    await page.keyboard.press('Enter');
    await page.getByText('One backup is in the new format now').waitFor();
    await tabTo(page, 'Save report');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'As text, to read' }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('draws only what is in sight of a plan of 10,000 files', async () => {
    const { page } = await openApp({
      vault: 'unlocked',
      keys: { 'Home 2025': PASSWORD },
      backups: ['v2-compressed.tar'],
    });
    await page.routeWebSocket(/\/socket$/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((frame) => {
        const { id, call } = JSON.parse(String(frame)) as { id: number; call: string };
        if (call === 'batches.plan')
          socket.send(JSON.stringify({ id, reply: { ok: true, value: largePlan(10_000) } }));
        else server.send(frame);
      });
    });
    await page.reload();
    await goToMigrate(page);
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByRole('button', { name: 'Migrate 10,000 backups' }).waitFor();
    const table = page.getByRole('grid', { name: 'What is done with each file' });
    expect(await table.getAttribute('aria-rowcount')).toBe('10001');
    expect(await table.getByRole('row').count()).toBeLessThan(80);
    await table.focus();
    await page.keyboard.press('End');
    await table.getByText('Nightly 10000', { exact: true }).waitFor();
    expect(await table.getByRole('row').count()).toBeLessThan(80);
    await page.getByLabel('Search by name').fill('Nightly 777');
    await table.getByText('Nightly 7770', { exact: true }).waitFor();
    await lookAt(page, 'migrate-plan-large');
  });
});

async function tabTo(page: Page, name: string): Promise<void> {
  const here = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent.trim() ?? '');
  for (let press = 0; press < 40 && (await here()) !== name; press++) await page.keyboard.press('Tab');
  expect(await here()).toBe(name);
}

function largePlan(count: number): unknown {
  const items = Array.from({ length: count }, (_, index) => ({
    path: `/srv/backups/${index + 1}.tar`,
    identity: (index + 1).toString(16).padStart(16, '0'),
    name: `Nightly ${index + 1}`,
    date: '2025-01-01T00:00:00.000Z',
    state: 'do',
    message: 'Would migrate 7 parts under your key “Home 2025”.',
    error: null,
    inputBytes: 1_400_000_000,
    outputBytes: 1_400_100_000,
    restoreNeeds: { core: '2026.3', supervisor: '2026.02.3' },
  }));
  const plan = {
    request: {
      operation: 'migrate',
      originals: 'quarantine',
      quarantineDays: 30,
      newKeyId: null,
      format: 'v3',
    },
    items,
    volumes: [{ folder: '/srv/backups', freeBytes: 9e13, neededBytes: 1.4e13, growthBytes: 1.4e13 }],
    inputBytes: 1.4e13,
    outputBytes: 1.4001e13,
    estimatedSeconds: 86_000,
  };
  return { planId: '6f1b4a52-0f5e-4f0e-9d0b-0a4c7cf4a001', plan };
}
