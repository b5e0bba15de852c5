// Where the vault is looked for, on each system: a wrong answer would look like a lost vault.

import { describe, expect, it } from 'vitest';

import { dataFolderOf, type DataFolderHost } from '../../core/data-folder.ts';

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
