// What the systems are told of starting at login, and what a person told them stays.

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { LoginItemSettings, LoginItemSettingsOptions, Settings } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { renewStartAtLogin, setStartAtLogin, type LoginPlace } from '../../electron/start-at-login.ts';
import { scratch } from '../support/fixtures.ts';

const system = vi.hoisted(() => ({
  was: {},
  asked: [] as (LoginItemSettingsOptions | undefined)[],
  set: [] as Settings[],
}));
vi.mock('electron', () => ({
  app: {
    getLoginItemSettings: (options?: LoginItemSettingsOptions) => {
      system.asked.push(options);
      return system.was;
    },
    setLoginItemSettings: (settings: Settings) => system.set.push(settings),
  },
}));
beforeEach(() => Object.assign(system, { was: {}, asked: [], set: [] }));

const placeOn = (platform: NodeJS.Platform, env: LoginPlace['env'] = {}): LoginPlace => ({
  platform,
  env,
  homeFolder: '/home/me',
  executable: '/programs/strongroom',
});

describe('on Windows and macOS', () => {
  it('starts the program without a window', () => {
    setStartAtLogin(placeOn('win32'), true);
    setStartAtLogin(placeOn('darwin'), false);
    const item = { path: '/programs/strongroom', args: ['--hidden'] };
    expect(system.set).toEqual([
      { openAtLogin: true, ...item },
      { openAtLogin: false, ...item },
    ]);
  });

  it('starts the portable program, and not what it unpacked for this run', () => {
    setStartAtLogin(placeOn('win32', { PORTABLE_EXECUTABLE_FILE: 'D:\\Strongroom.exe' }), true);
    expect(system.set).toEqual([{ openAtLogin: true, path: 'D:\\Strongroom.exe', args: ['--hidden'] }]);
  });

  it.each<[string, NodeJS.Platform, Partial<LoginItemSettings>]>([
    ['is there, also where the Task Manager has switched it off', 'win32', { openAtLogin: true }],
    ['is there', 'darwin', { openAtLogin: true, status: 'enabled' }],
    [
      'was switched off in the system’s settings',
      'darwin',
      { openAtLogin: false, status: 'requires-approval' },
    ],
  ])('leaves alone what %s (%s)', (_what, platform, was) => {
    system.was = was;
    renewStartAtLogin(placeOn(platform));
    expect(system.asked).toEqual([{ path: '/programs/strongroom', args: ['--hidden'] }]);
    expect(system.set).toEqual([]);
  });

  it.each<[NodeJS.Platform, Partial<LoginItemSettings>]>([
    ['win32', { openAtLogin: false }],
    ['darwin', { openAtLogin: false, status: 'not-found' }],
  ])('sets it anew where the program is another file than it was (%s)', (platform, was) => {
    system.was = was;
    renewStartAtLogin(placeOn(platform));
    expect(system.set).toMatchObject([{ openAtLogin: true }]);
  });
});

describe('on Linux', () => {
  const entryFor = async (
    over: Partial<LoginPlace> = {},
  ): Promise<{ place: LoginPlace; path: string; entry: () => Promise<string> }> => {
    const config = await scratch();
    const path = join(config, 'autostart', 'strongroom.desktop');
    const place = { ...placeOn('linux'), ...over, env: { ...over.env, XDG_CONFIG_HOME: config } };
    return { place, path, entry: () => readFile(path, 'utf8') };
  };

  it('starts the program without a window, and no longer', async () => {
    const { place, path, entry } = await entryFor();
    setStartAtLogin(place, true);
    expect(await entry()).toContain('Exec="/programs/strongroom" --hidden\n');
    setStartAtLogin(place, false);
    expect(existsSync(path)).toBe(false);
    setStartAtLogin(place, false);
  });

  it('holds a path with blanks, quotes, percent signs and backslashes together', async () => {
    const { place, entry } = await entryFor({ executable: '/o p/a"b%c\\d$e`f' });
    setStartAtLogin(place, true);
    // Two rounds of quoting: of the argument, and of the value in the file.
    expect(await entry()).toContain('Exec="/o p/a\\\\"b%%c\\\\\\\\d\\\\$e\\\\`f" --hidden\n');
  });

  it('starts the AppImage, and follows it when it is another file', async () => {
    const { place, entry } = await entryFor({ env: { APPIMAGE: '/downloads/1.AppImage' } });
    renewStartAtLogin(place);
    expect(await entry()).toContain('Exec="/downloads/1.AppImage" --hidden\n');
    renewStartAtLogin({ ...place, env: { ...place.env, APPIMAGE: '/downloads/2.AppImage' } });
    expect(await entry()).toContain('Exec="/downloads/2.AppImage" --hidden\n');
  });

  it.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])(
    'leaves alone what a person switched off in the settings of the desktop: %s',
    async (line) => {
      const { place, path, entry } = await entryFor();
      const off = `[Desktop Entry]\nType=Application\nExec="/elsewhere/strongroom" --hidden\n${line}\n`;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, off);
      renewStartAtLogin(place);
      expect(await entry()).toBe(off);
    },
  );
});
