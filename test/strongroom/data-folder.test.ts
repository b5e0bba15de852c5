// Where the vault is looked for, on each system: a wrong answer would look like a lost vault.

import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { dataFolderOf, makeDataFolder, type DataFolderHost } from '../../core/data-folder.ts';
import { scratch } from '../support/fixtures.ts';
import { thrown } from '../support/thrown.ts';

const isLinux = process.platform === 'linux';
if (!isLinux) process.stderr.write('skipped: only Linux has a /proc\n');

const LINUX: DataFolderHost = { env: {}, platform: 'linux', homeFolder: '/home/me', cwd: '/work' };
const WINDOWS: DataFolderHost = {
  env: {},
  platform: 'win32',
  homeFolder: 'C:\\Users\\me',
  cwd: 'D:\\work',
};

describe('dataFolderOf', () => {
  it.each<[string, DataFolderHost, string]>([
    ['Linux', LINUX, '/home/me/.local/share/strongroom'],
    ['XDG_DATA_HOME', { ...LINUX, env: { XDG_DATA_HOME: '/data' } }, '/data/strongroom'],
    [
      'an XDG_DATA_HOME that is not absolute',
      { ...LINUX, env: { XDG_DATA_HOME: 'data' } },
      '/home/me/.local/share/strongroom',
    ],
    [
      'macOS',
      { ...LINUX, platform: 'darwin', homeFolder: '/Users/me' },
      '/Users/me/Library/Application Support/Strongroom',
    ],
    ['Windows', WINDOWS, 'C:\\Users\\me\\AppData\\Roaming\\Strongroom'],
    ['APPDATA', { ...WINDOWS, env: { APPDATA: 'E:\\Roaming' } }, 'E:\\Roaming\\Strongroom'],
    ['STRONGROOM_DATA', { ...LINUX, env: { STRONGROOM_DATA: '/vault' } }, '/vault'],
    ['a STRONGROOM_DATA below here', { ...LINUX, env: { STRONGROOM_DATA: 'vault' } }, '/work/vault'],
    ['STRONGROOM_DATA on Windows', { ...WINDOWS, env: { STRONGROOM_DATA: 'vault' } }, 'D:\\work\\vault'],
    [
      'an empty STRONGROOM_DATA',
      { ...LINUX, env: { STRONGROOM_DATA: '' } },
      '/home/me/.local/share/strongroom',
    ],
  ])('%s', (_, host, expected) => {
    expect(dataFolderOf(host)).toBe(expected);
  });
});

describe('makeDataFolder', () => {
  it('makes it for its owner alone, and leaves nothing in it', async () => {
    const folder = join(await scratch(), 'not', 'there', 'yet');
    makeDataFolder(folder);
    makeDataFolder(folder);
    expect(readdirSync(folder)).toEqual([]);
    if (process.platform !== 'win32') expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('says where nothing can be kept', async () => {
    const file = join(await scratch(), 'file');
    writeFileSync(file, '');
    expect(thrown(() => makeDataFolder(file))).toBe('OUTPUT_REFUSED');
    expect(thrown(() => makeDataFolder(join(file, 'data')))).toBe('OUTPUT_REFUSED');
  });

  it.skipIf(!isLinux)('ends where a system says that what it refuses is missing', () => {
    expect(thrown(() => makeDataFolder('/proc'))).toBe('OUTPUT_REFUSED');
    expect(thrown(() => makeDataFolder('/proc/strongroom/data'))).toBe('OUTPUT_REFUSED');
  });
});
