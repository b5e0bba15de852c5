// A throw-away data folder to look around in: a vault with made-up keys, and a library with made backups of all formats, good, old,
// damaged, doubled and without a key. Nothing of it is anybody's, and the keychain of this computer is left alone.

import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadSodium } from '../../../core/securetar/index.ts';
import type { Strongroom } from '../../../core/strongroom.ts';
import { generateHomeAssistantKey, type Keychain, type NewKey } from '../../../core/vault/index.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import { writeDemoLibrary, type DemoKeys } from './demo-library.ts';

const PASSPHRASE = 'look around';
const DAY_MS = 24 * 60 * 60_000;

export interface Demo {
  readonly dataFolder: string;
  readonly keychain: Keychain;
  /** Of the demo's vault: no secret. */
  readonly passphrase: string;
  /** Makes all that is in it; the vault is open then. @throws NO_SPACE, IO_FAILED */
  fill(engine: Strongroom): Promise<void>;
  /** Throws all of it away. */
  remove(): Promise<void>;
}

/** @throws IO_FAILED */
export async function newDemo(): Promise<Demo> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'strongroom-demo-')));
  return {
    dataFolder: join(folder, 'data'),
    keychain: noKeychain,
    passphrase: PASSPHRASE,
    fill: (engine) => fillDemo(engine, folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function fillDemo(engine: Strongroom, folder: string): Promise<void> {
  const now = new Date();
  const keys: DemoKeys = {
    home: generateHomeAssistantKey(),
    earlier: generateHomeAssistantKey(),
    holidayHouse: generateHomeAssistantKey(),
    chosen: Buffer.from('sunflower2021'),
    lost: generateHomeAssistantKey(),
  };
  try {
    await engine.vault.create({ keychain: 'leave', passphrase: Buffer.from(PASSPHRASE) });
    await addKeys(engine, keys, now);
    const folders = { backups: join(folder, 'Backups'), drive: join(folder, 'USB drive') };
    await writeDemoLibrary(folders, keys, await loadSodium(), now);
    const { desk } = engine.library;
    for (const path of Object.values(folders)) await desk.addFolder(path);
    await desk.scan({});
  } finally {
    for (const key of Object.values(keys) as Buffer[]) key.fill(0);
  }
}

async function addKeys(engine: Strongroom, keys: DemoKeys, now: Date): Promise<void> {
  const offered: Omit<NewKey, 'strength'>[] = [
    {
      label: 'Home',
      secret: keys.home,
      origin: 'emergency-kit',
      sourceName: 'home_assistant_backup_emergency_kit.txt',
      instance: 'Home',
      kitDate: dayBefore(now, 200),
    },
    { label: 'Home, until the new kit', secret: keys.earlier, origin: 'typed', instance: 'Home' },
    {
      label: 'Holiday house',
      secret: keys.holidayHouse,
      origin: 'emergency-kit',
      sourceName: 'emergency_kit_holiday_house.txt',
      instance: 'Holiday house',
      kitDate: dayBefore(now, 500),
    },
    { label: 'From the first years', secret: keys.chosen, origin: 'typed' },
  ];
  const measured: NewKey[] = [];
  for (const key of offered) measured.push({ ...key, strength: await engine.measureStrength(key.secret) });
  const added = await engine.vault.add(measured);
  const retired = added.find(({ key }) => key.label.startsWith('Home,'));
  if (retired !== undefined) await engine.vault.change(retired.key.id, { state: 'retired' });
}

function dayBefore(now: Date, days: number): string {
  return new Date(now.getTime() - days * DAY_MS).toISOString().slice(0, 10);
}

const noKeychain: Keychain = {
  read: () => Promise.resolve(null),
  write: () => Promise.reject(leftAlone()),
  remove: () => Promise.resolve(false),
};

function leftAlone(): StrongroomError {
  return new StrongroomError('KEYCHAIN_FAILED', 'The demo leaves the keychain of this computer alone.', {
    hint: 'Use a passphrase here.',
  });
}
