// The module `electron` as the double offers it: what the program uses of it and nothing else. Each part is held to Electron's own
// declarations; a name that the real module does not have does not compile.

import type * as Electron from 'electron';

import { obeyTest } from './control.ts';

export { app } from './app.ts';
export { BrowserWindow } from './browser-window.ts';
export { nativeImage, Notification, Tray } from './icons.ts';
export { ipcMain } from './ipc-main.ts';
export { Menu } from './menu.ts';
export { nativeTheme } from './native-theme.ts';
export { powerMonitor, powerSaveBlocker } from './power.ts';
export { screen } from './screen.ts';
export { clipboard, ClipboardItem, dialog, shell } from './services.ts';
export { protocol, session } from './session.ts';

type Strangers = Exclude<keyof typeof import('./electron.ts'), keyof typeof Electron | 'strangers'>;

/** Does not compile once the double has a name that the module has not. */
export const strangers: [Strangers] extends [never] ? 'none' : Strangers = 'none';

obeyTest(() => import('./electron.ts'));
