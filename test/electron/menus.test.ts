import { describe, expect, it, vi } from 'vitest';
import type { MenuItemConstructorOptions } from 'electron';

import { menuTemplate } from '../../electron/menu.ts';
import { standingLine, TrayIcon, trayTemplate } from '../../electron/tray.ts';
import { words } from '../../electron/words/index.ts';
import type { TrayState } from '../../core/service/index.ts';

const tray = vi.hoisted(() => ({ menus: 0 }));
vi.mock('electron', () => ({
  nativeImage: { createFromPath: () => null },
  Menu: { buildFromTemplate: () => null },
  Tray: class {
    on(): void {}
    destroy(): void {}
    setToolTip(): void {}
    setContextMenu(): void {
      tray.menus += 1;
    }
  },
}));

const nothing = (): undefined => undefined;

function itemsOf(menu: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return menu.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? itemsOf(item.submenu) : [])]);
}

function menuOn(platform: NodeJS.Platform, mayInspect = false): MenuItemConstructorOptions[] {
  const actions = { command: nothing, lock: nothing, showLog: nothing, quit: nothing };
  return menuTemplate({ platform, words: words.menu, mayInspect, actions });
}

const IDLE: TrayState = {
  jobCount: 0,
  progress: null,
  vault: 'unlocked',
  isWatching: true,
  pausedBecause: null,
};

describe('the menu', () => {
  it.each(['linux', 'win32', 'darwin'] as const)('has each thing once on %s', (platform) => {
    const ids = itemsOf(menuOn(platform)).flatMap(({ id }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining([
        'settings',
        'about',
        'quit',
        'lock',
        'add-folder',
        'find',
        'library',
        'keys',
        'activity',
      ]),
    );
  });

  it('has settings and quitting where each system has them', () => {
    const firstOn = (platform: NodeJS.Platform): string[] =>
      itemsOf(menuOn(platform).slice(0, 1)).flatMap(({ id }) => id ?? []);
    expect(firstOn('darwin')).toEqual(['about', 'settings', 'quit']);
    expect(firstOn('linux')).toEqual(expect.arrayContaining(['add-folder', 'settings', 'quit']));
  });

  it('has the developer tools only where they can be opened', () => {
    const roles = (mayInspect: boolean): unknown[] =>
      itemsOf(menuOn('linux', mayInspect)).map(({ role }) => role);
    expect(roles(false)).not.toContain('toggleDevTools');
    expect(roles(true)).toContain('toggleDevTools');
  });
});

describe('the tray', () => {
  const actions = { open: nothing, pause: nothing, resume: nothing, lock: nothing, quit: nothing };
  const isOn = (state: TrayState, id: string): boolean | undefined =>
    trayTemplate(state, { words: words.tray, actions }).find((item) => item.id === id)?.enabled;

  it.each<[Partial<TrayState>, string]>([
    [{}, 'Watching your folders'],
    [{ isWatching: false }, 'Nothing to do'],
    [{ jobCount: 1 }, '1 job is running'],
    [{ jobCount: 2, progress: 0.437 }, '2 jobs are running – 43 %'],
    [{ pausedBecause: 'battery', isWatching: false }, 'Paused while on battery'],
    [{ pausedBecause: 'person', jobCount: 1, progress: 1 }, '1 job is running – 100 %'],
  ])('says in a few words how it stands: %j', (change, line) => {
    expect(standingLine({ ...IDLE, ...change }, words.tray)).toBe(line);
  });

  it('keeps its menu, which may be open, while it would say the same', () => {
    const icon = new TrayIcon({ iconsFolder: '', platform: 'linux', words: words.tray, actions });
    const menusAfter = (change: () => void): number => {
      tray.menus = 0;
      change();
      return tray.menus;
    };
    const at = (progress: number): void => icon.update({ ...IDLE, jobCount: 1, progress });
    icon.show();
    expect(menusAfter(() => at(0.5))).toBe(1);
    expect(menusAfter(() => at(0.501))).toBe(0);
    expect(menusAfter(() => at(0.51))).toBe(1);
    icon.hide();
    expect(menusAfter(() => icon.show())).toBe(1);
  });

  it('locks only what is open', () => {
    expect(isOn(IDLE, 'lock')).toBe(true);
    expect(isOn({ ...IDLE, vault: 'locked' }, 'lock')).toBe(false);
  });
});
