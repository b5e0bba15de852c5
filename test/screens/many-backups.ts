// A folder with as many small backups as are wanted: plain, one tiny part each, every one a content of its own.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { encodeTarHeader, paddedBytes } from '../../core/tar/index.ts';

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2000-01-01T04:00:00Z');
const FILES_OF_A_FOLDER = 1000;

/** “Backup 1” is the oldest; each is a day younger than the one before. */
export function writeManyBackups(folder: string, count: number): void {
  const dates = Array.from({ length: count }, (_, index) => FIRST_DAY + (index + 1) * DAY_MS);
  writeDatedBackups(folder, dates);
}

/** “Backup 1” was made at the first of the dates, in milliseconds since 1970, and so on. */
export function writeDatedBackups(folder: string, dates: readonly number[]): void {
  for (const [index, date] of dates.entries()) {
    const number = index + 1;
    const inside = join(folder, String(Math.floor(number / FILES_OF_A_FOLDER)));
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `backup-${number}.tar`), backup(number, date));
  }
}

function backup(number: number, date: number): Buffer {
  const part = archive([['data/.HA_VERSION', Buffer.from(`of backup ${number}`)]]);
  const metadata = {
    slug: number.toString(16).padStart(8, '0'),
    version: 2,
    name: `Backup ${number}`,
    date: new Date(date).toISOString().replace('Z', '+00:00'),
    type: number % 3 === 0 ? 'partial' : 'full',
    supervisor_version: '2025.02.0',
    extra: {},
    folders: [],
    homeassistant: { version: `2025.${1 + (number % 12)}.0`, exclude_database: true, size: 0 },
    compressed: false,
    protected: false,
    repositories: [],
    addons: [],
  };
  return archive([
    ['./backup.json', Buffer.from(JSON.stringify(metadata))],
    ['./homeassistant.tar', part],
  ]);
}

function archive(entries: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const pieces = entries.flatMap(([name, content]) => [
    encodeTarHeader({ name, sizeBytes: content.length, typeFlag: '0', mode: 0o644, mtimeSeconds: 0 }),
    content,
    Buffer.alloc(paddedBytes(content.length) - content.length),
  ]);
  return Buffer.concat([...pieces, Buffer.alloc(1024)]);
}
