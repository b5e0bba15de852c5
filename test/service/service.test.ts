// The service as shells use it: what a window is told at the start, events, settings, files, and the host's part in them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { DEFAULT_SETTINGS } from '../../shared/settings.ts';
import { request } from '../support/batch-request.ts';
import { copyFixture, PASSWORD, scratch } from '../support/fixtures.ts';
import { MemoryKeychain } from '../vault/vault-parts.ts';
import { FACTS, newService } from './service-fixture.ts';

it('tells a window all that it needs to begin', async () => {
  const { call, dataFolder } = await newService();
  expect(await call('app.start', {})).toMatchObject({
    version: '1.2.3',
    host: FACTS,
    dataFolder,
    isDemo: false,
    locales: ['en-GB'],
    settings: DEFAULT_SETTINGS,
    vault: { state: 'missing' },
    catalogProblem: null,
    interruptedJobIds: [],
  });
});

it('begins all the same with a damaged catalogue, and says what is wrong', async () => {
  const dataFolder = await scratch();
  writeFileSync(join(dataFolder, 'catalog.sqlite'), 'not a database '.repeat(100));
  const { call } = await newService({ dataFolder });
  expect(await call('app.start', {})).toMatchObject({ catalogProblem: { code: 'DAMAGED_CATALOG' } });
  const rebuilt = await call('library.rebuildCatalog', {});
  expect(rebuilt.damagedPath).toContain('catalog.damaged-');
  expect(await call('app.start', {})).toMatchObject({ catalogProblem: null });
});

it('opens the vault by the keychain at the start, unless it was locked on purpose', async () => {
  const keychain = new MemoryKeychain();
  const first = await newService({ keychain });
  const { dataFolder } = first;
  await first.call('vault.create', { keychain: true, passphrase: null });
  await first.close();
  const second = await newService({ keychain, dataFolder });
  expect(await second.call('app.start', {})).toMatchObject({ vault: { state: 'unlocked' } });
  await second.call('vault.lock', {});
  await second.close();
  const third = await newService({ keychain, dataFolder });
  expect(await third.call('app.start', {})).toMatchObject({
    vault: { state: 'locked', lockedOnPurpose: true },
  });
  await third.close();
  keychain.failing = 'read';
  await newService({ keychain, dataFolder }).then(async ({ call }) => {
    expect(await call('app.start', {})).toMatchObject({ vault: { state: 'locked' } });
  });
});

it('changes settings for all windows, and tells the host what is its part', async () => {
  const { call, until, asked, service, dataFolder, close } = await newService();
  const told = until('settings');
  const settings = { ...DEFAULT_SETTINGS, theme: 'dark', startAtLogin: true };
  expect(await call('settings.change', { theme: 'dark', startAtLogin: true })).toEqual(settings);
  expect(await told).toEqual({ kind: 'settings', settings });
  expect(service.settings()).toEqual(settings);
  await call('settings.change', { quarantineDays: 3 });
  expect(asked).toEqual([['setStartAtLogin', true]]);
  await close();
  const next = await newService({ dataFolder });
  expect(await next.call('app.start', {})).toMatchObject({ settings: { theme: 'dark', quarantineDays: 3 } });
});

it('keeps files and commands for the first window until that has begun', async () => {
  const { service, call, events, until } = await newService();
  service.open(['/a.tar']);
  service.command('keys');
  service.open([]);
  expect(events.filter(({ kind }) => kind === 'open' || kind === 'command')).toEqual([]);
  const both = Promise.all([until('open'), until('command')]);
  await call('app.start', {});
  await both;
  expect(events.filter(({ kind }) => kind === 'open' || kind === 'command')).toEqual([
    { kind: 'open', paths: ['/a.tar'] },
    { kind: 'command', command: 'keys' },
  ]);
  service.open(['/b.tar']);
  expect(events).toContainEqual({ kind: 'open', paths: ['/b.tar'] });
});

it('lets no listener keep an event from the others', async () => {
  const { service, events, log } = await newService();
  service.subscribe(() => {
    throw new TypeError('a window that is gone');
  });
  const end = service.subscribe(() => undefined);
  await service.dispatch('settings.change', { theme: 'light' });
  end();
  expect(events.filter(({ kind }) => kind === 'settings')).toHaveLength(1);
  expect(log.lines.filter((line) => line.includes('A listener failed at “settings”'))).toHaveLength(1);
});

it('scans a folder as soon as it is added, and tries the keys on what is in it', async () => {
  const { call, until, engine } = await newService();
  await call('vault.create', { keychain: true, passphrase: null });
  await call('keys.addTyped', { typed: PASSWORD });
  const folder = await scratch();
  copyFixture('v2-compressed.tar', folder);
  const scanned = until('scan', ({ progress }) => progress === null);
  let hasTried = false;
  const matched = until('match', ({ progress }) => {
    hasTried ||= progress?.done === 1;
    return hasTried && progress === null;
  });
  const changed = until('library');
  await call('library.addFolder', { path: folder });
  await Promise.all([scanned, matched, changed]);
  expect(await engine.library.desk.listBackups()).toMatchObject([{ keyState: 'opens' }]);
});

it('tries new keys on what is locked, without being asked', async () => {
  const { call, until, engine } = await newService();
  await call('vault.create', { keychain: true, passphrase: null });
  const folder = await scratch();
  copyFixture('v2-compressed.tar', folder);
  await call('library.addFolder', { path: folder });
  await call('library.scan', {});
  await call('library.matchKeys', {});
  expect(await call('library.status', {})).toMatchObject({ withoutKey: 1 });
  const matched = until('match', ({ progress }) => progress === null);
  await call('keys.addTyped', { typed: PASSWORD });
  await matched;
  expect(await engine.library.desk.status()).toMatchObject({ withoutKey: 0 });
});

it('plans a batch, keeps the last ten plans, and forgets the others', async () => {
  const { call } = await newService();
  await call('vault.create', { keychain: true, passphrase: null });
  const folder = await scratch();
  copyFixture('plain-compressed.tar', folder);
  await call('library.addFolder', { path: folder });
  await call('library.scan', {});
  const wish = { which: { kind: 'filter', filter: {} }, ...request() } as const;
  const { planId, plan } = await call('batches.plan', wish);
  expect(plan.items).toMatchObject([{ state: 'nothing-to-do' }]);
  for (let count = 0; count < 10; count++) await call('batches.plan', wish);
  await expect(call('batches.start', { planId })).rejects.toMatchObject({ code: 'USAGE' });
});

it('ends planning for whoever waits for it', async () => {
  const { call, until } = await newService();
  await call('vault.create', { keychain: true, passphrase: null });
  await call('keys.addTyped', { typed: PASSWORD });
  const folder = await scratch();
  for (const name of ['v2-compressed.tar', 'v3-compressed.tar', 'v1-compressed.tar'])
    copyFixture(name, folder);
  await call('library.addFolder', { path: folder });
  await call('library.scan', {});
  const begun = until('plan', ({ progress }) => progress !== null);
  const ended = until('plan', ({ progress }) => progress === null);
  const planning = call('batches.plan', { which: { kind: 'filter', filter: {} }, ...request() });
  const refused = expect(planning).rejects.toMatchObject({ code: 'CANCELLED' });
  await begun;
  await call('batches.cancelPlan', {});
  await refused;
  await ended;
});

it('asks the host for dialogs and shows only files that are of the library or its own', async () => {
  const { call, asked, dataFolder } = await newService();
  expect(await call('files.choose', { what: 'save', suggestedName: 'kit.txt' })).toEqual(['/chosen']);
  const folder = await scratch();
  const backup = copyFixture('plain-compressed.tar', folder);
  await expect(call('files.reveal', { path: backup })).rejects.toMatchObject({ code: 'USAGE' });
  await call('library.addFolder', { path: folder });
  await call('files.reveal', { path: backup });
  await call('files.reveal', { path: folder });
  await call('files.reveal', { path: join(dataFolder, 'vault.strongroom') });
  for (const path of [`${folder}-beside`, join(folder, '..'), '/etc/passwd'])
    await expect(call('files.reveal', { path })).rejects.toMatchObject({ code: 'USAGE' });
  expect(asked).toEqual([
    ['choose', 'save', 'kit.txt'],
    ['reveal', backup],
    ['reveal', folder],
    ['reveal', join(dataFolder, 'vault.strongroom')],
  ]);
});

it('opens pages of a list only, and says where it would lead', async () => {
  const { call, asked } = await newService();
  const { url } = await call('app.openLink', { link: 'emergency-kit' });
  expect(new URL(url).protocol).toBe('https:');
  expect(asked).toEqual([['openLink', url]]);
});

it('gives the licences that the build collected, and says when they cannot be read', async () => {
  const folder = await scratch();
  const licencesPath = join(folder, 'licences.json');
  const licences = [{ name: 'ws', version: '8.0.0', licence: 'MIT', text: 'Do what you like.' }];
  writeFileSync(licencesPath, JSON.stringify(licences));
  expect(await (await newService({ licencesPath })).call('app.licences', {})).toEqual(licences);
  writeFileSync(licencesPath, '{"half":');
  await expect((await newService({ licencesPath })).call('app.licences', {})).rejects.toMatchObject({
    code: 'IO_FAILED',
  });
});

it('says in words what the shell cannot do', async () => {
  const { call } = await newService({ host: 'can do nothing' });
  await expect(call('files.choose', { what: 'folder' })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(call('files.reveal', { path: '/x' })).rejects.toMatchObject({ code: 'USAGE' });
  await expect(call('keys.copy', { keyId: 'x' })).rejects.toMatchObject({ code: 'USAGE' });
});

it('forgets its keys when the screen is locked, where the settings say so', async () => {
  const { call, service, until } = await newService();
  await call('vault.create', { keychain: true, passphrase: null });
  await call('settings.change', { lockWithScreen: false });
  service.lockForScreen();
  expect(await service.trayState()).toMatchObject({ vault: 'unlocked', jobCount: 0 });
  await call('settings.change', { lockWithScreen: true });
  const locked = until('vault', ({ why }) => why === 'locked');
  service.lockForScreen();
  await locked;
  expect(await call('vault.status', {})).toMatchObject({ state: 'locked', lockedOnPurpose: false });
});

it('refuses everything once it is being closed', async () => {
  const { service, close } = await newService();
  await close();
  expect(await service.dispatch('app.start', {})).toMatchObject({ ok: false, error: { code: 'CANCELLED' } });
  await service.close();
});

it('keeps a setting that could not be written as it was', async () => {
  const dataFolder = await scratch();
  mkdirSync(join(dataFolder, 'settings.json', 'full'), { recursive: true });
  const { call, service, events } = await newService({ dataFolder });
  await expect(call('settings.change', { theme: 'dark' })).rejects.toMatchObject({ code: 'IO_FAILED' });
  expect(service.settings()).toEqual(DEFAULT_SETTINGS);
  expect(events.filter(({ kind }) => kind === 'settings')).toEqual([]);
});
