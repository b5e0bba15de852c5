// The menu, with the shortcuts of each system. Its items only ask: the page or the program does what they say.

import { Menu, type MenuItemConstructorOptions } from 'electron';

import type { Command } from '../shared/window.ts';
import type { Words } from './words/index.ts';

type Item = MenuItemConstructorOptions;

export interface MenuActions {
  readonly command: (command: Command) => void;
  readonly lock: () => void;
  readonly showLog: () => void;
  readonly quit: () => void;
}

export interface MenuOptions {
  readonly platform: NodeJS.Platform;
  readonly words: Words['menu'];
  readonly mayInspect: boolean;
  readonly actions: MenuActions;
}

export function setMenu(options: MenuOptions): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(options)));
}

/** Every item that does something of ours has an id. */
export function menuTemplate(options: MenuOptions): Item[] {
  const { platform, words } = options;
  const menus = [fileMenu(options), editMenu(words), viewMenu(options), windowMenu(words), helpMenu(options)];
  return platform === 'darwin' ? [programMenu(options), ...menus] : menus;
}

/** macOS has settings and quitting in the menu of the program; the others in “File”. */
function programMenu({ words, actions }: MenuOptions): Item {
  return {
    role: 'appMenu',
    submenu: [
      { id: 'about', label: words.about, click: () => actions.command('about') },
      { type: 'separator' },
      settingsItem(words, actions),
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      quitItem(words, actions),
    ],
  };
}

function fileMenu({ platform, words, actions }: MenuOptions): Item {
  const own: Item[] = [
    {
      id: 'add-folder',
      label: words.addFolder,
      accelerator: 'CmdOrCtrl+O',
      click: () => actions.command('add-folder'),
    },
    { id: 'verify-due', label: words.verifyDue, click: () => actions.command('verify-due') },
    { type: 'separator' },
    { id: 'lock', label: words.lock, accelerator: 'CmdOrCtrl+L', click: actions.lock },
    { type: 'separator' },
    { id: 'close-window', label: words.closeWindow, role: 'close' },
  ];
  const rest: Item[] = [settingsItem(words, actions), { type: 'separator' }, quitItem(words, actions)];
  return { label: words.file, submenu: platform === 'darwin' ? own : [...own, ...rest] };
}

function editMenu(words: Words['menu']): Item {
  return {
    label: words.edit,
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      { type: 'separator' },
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
    ],
  };
}

function viewMenu({ words, actions, mayInspect }: MenuOptions): Item {
  const places = (['library', 'keys', 'activity'] as const).map((place, index): Item => ({
    id: place,
    label: words[place],
    accelerator: `CmdOrCtrl+${String(index + 1)}`,
    click: () => actions.command(place),
  }));
  return {
    label: words.view,
    submenu: [
      ...places,
      { type: 'separator' },
      { id: 'find', label: words.find, accelerator: 'CmdOrCtrl+F', click: () => actions.command('find') },
      { type: 'separator' },
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { role: 'togglefullscreen' },
      ...(mayInspect
        ? ([{ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' }] as const)
        : []),
    ],
  };
}

function windowMenu(words: Words['menu']): Item {
  return { label: words.window, role: 'windowMenu' };
}

function helpMenu({ platform, words, actions }: MenuOptions): Item {
  const about: Item[] = [
    { type: 'separator' },
    { id: 'about', label: words.about, click: () => actions.command('about') },
  ];
  return {
    label: words.help,
    role: 'help',
    submenu: [
      {
        id: 'shortcuts',
        label: words.shortcuts,
        accelerator: 'CmdOrCtrl+/',
        click: () => actions.command('shortcuts'),
      },
      { id: 'show-log', label: words.showLog, click: actions.showLog },
      ...(platform === 'darwin' ? [] : about),
    ],
  };
}

function settingsItem(words: Words['menu'], actions: MenuActions): Item {
  return {
    id: 'settings',
    label: words.settings,
    accelerator: 'CmdOrCtrl+,',
    click: () => actions.command('settings'),
  };
}

function quitItem(words: Words['menu'], actions: MenuActions): Item {
  return { id: 'quit', label: words.quit, accelerator: 'CmdOrCtrl+Q', click: actions.quit };
}
