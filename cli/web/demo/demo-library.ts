// Which backups the demo has: two houses, three generations of formats, and everything that goes wrong in real life.

import { copyFile, mkdir, open, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { SodiumProvider } from '../../../core/securetar/index.ts';
import { writeDemoBackup, type DemoAddon, type DemoBackup } from './demo-backup.ts';

export interface DemoKeys {
  readonly home: Buffer;
  readonly earlier: Buffer;
  readonly holidayHouse: Buffer;
  /** A word and a year, as people chose them before Home Assistant did. */
  readonly chosen: Buffer;
  /** In no vault. */
  readonly lost: Buffer;
}

export interface DemoFolders {
  readonly backups: string;
  readonly drive: string;
}

const MEGABYTE = 1024 * 1024;
const DAY_MS = 24 * 60 * 60_000;
const MOSQUITTO: DemoAddon = { slug: 'core_mosquitto', name: 'Mosquitto broker', version: '6.5.2' };
const SSH: DemoAddon = { slug: 'core_ssh', name: 'Terminal & SSH', version: '9.21.0' };
const ZIGBEE: DemoAddon = { slug: '45df7312_zigbee2mqtt', name: 'Zigbee2MQTT', version: '2.6.1' };
const ADGUARD: DemoAddon = { slug: 'a0d7b954_adguard', name: 'AdGuard Home', version: '5.4.0' };

/** Fills both folders. @throws NO_SPACE, IO_FAILED */
export async function writeDemoLibrary(
  { backups, drive }: DemoFolders,
  keys: DemoKeys,
  sodium: SodiumProvider,
  now: Date,
): Promise<void> {
  await mkdir(backups, { recursive: true });
  await mkdir(drive, { recursive: true });
  const write = async (file: string, backup: DemoBackup): Promise<string> => {
    const path = join(backups, file);
    await writeDemoBackup(path, backup, sodium);
    return path;
  };
  for (const daysAgo of [1, 2, 3, 7, 14, 28]) {
    const backup = home(before(now, daysAgo), 'v3', keys.home);
    const path = await write(`Automatic_backup_${stamp(backup.date)}.tar`, backup);
    if (daysAgo >= 7) await copyFile(path, join(drive, `Automatic_backup_${stamp(backup.date)}.tar`));
  }
  for (const daysAgo of [270, 300, 330, 360, 420]) {
    const backup = home(before(now, daysAgo), 'v2', keys.earlier);
    await write(`home_${stamp(backup.date)}.tar`, {
      ...backup,
      name: `Before the update, ${stamp(backup.date)}`,
    });
  }
  for (const [daysAgo, name] of [
    [1150, 'Before the new router'],
    [1420, 'Full snapshot'],
    [1790, 'First working setup'],
  ] as const) {
    const backup = home(before(now, daysAgo), 'v1', keys.chosen);
    await write(`snapshot_${stamp(backup.date)}.tar`, { ...backup, name });
  }
  await write('without_protection.tar', {
    ...home(before(now, 95), 'plain', null),
    name: 'Quick one before moving to the new disk',
  });
  for (const daysAgo of [30, 310, 380]) {
    const format = daysAgo < 200 ? 'v3' : 'v2';
    const backup = holidayHouse(before(now, daysAgo), format, keys.holidayHouse);
    await write(`holiday_house_${stamp(backup.date)}.tar`, backup);
  }
  await write('old_laptop.tar', { ...home(before(now, 610), 'v2', keys.lost), name: 'From the old laptop' });
  await cutOff(
    await write('download (1).tar', {
      ...home(before(now, 45), 'v2', keys.earlier),
      name: 'Download that broke off',
    }),
  );
  await flipOneByte(
    await write('usb_stick.tar', {
      ...home(before(now, 60), 'v2', keys.earlier),
      name: 'From the old USB stick',
    }),
  );
  await writeFile(
    join(backups, 'backup_from_the_cloud.tar'),
    '<!doctype html><title>Please sign in</title>\n',
  );
}

function home(date: Date, format: DemoBackup['format'], password: Buffer | null): DemoBackup {
  return {
    name: `Automatic backup ${versionAt(date)}`,
    date,
    format,
    password,
    homeAssistant: versionAt(date),
    instanceId: 'demo-home',
    addons: format === 'v1' ? [MOSQUITTO] : [MOSQUITTO, SSH, ZIGBEE, ADGUARD],
    mediaBytes: Math.round((format === 'v1' ? 0.6 : 1.4) * MEGABYTE),
  };
}

function holidayHouse(date: Date, format: DemoBackup['format'], password: Buffer): DemoBackup {
  return {
    ...home(date, format, password),
    name: `Holiday house ${stamp(date)}`,
    instanceId: 'demo-holiday-house',
    addons: [MOSQUITTO, SSH],
    mediaBytes: MEGABYTE / 2,
  };
}

function before(now: Date, days: number): Date {
  const date = new Date(now.getTime() - days * DAY_MS);
  date.setUTCHours(4, 48, 12, 0);
  return date;
}

function stamp(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** Home Assistant counts its versions by year and month. */
function versionAt(date: Date): string {
  return `${date.getUTCFullYear()}.${date.getUTCMonth() + 1}.1`;
}

async function cutOff(path: string): Promise<void> {
  await truncate(path, Math.floor((await stat(path)).size * 0.7));
}

async function flipOneByte(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const position = Math.floor((await file.stat()).size * 0.6);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position);
    byte[0] = (byte[0] ?? 0) ^ 0x10;
    await file.write(byte, 0, 1, position);
  } finally {
    await file.close();
  }
}
