// What the service can ask of the desktop: dialogs, the file manager, the clipboard, the browser, notifications, starting at login.

import { homedir } from 'node:os';
import { join } from 'node:path';

import { app, shell } from 'electron';

import type { Host } from '../core/service/index.ts';
import type { HostFacts } from '../shared/window.ts';
import { choosePaths } from './dialogs/choose.ts';
import { openPage } from './external-links.ts';
import type { Notices } from './notices.ts';
import type { SecretClipboard } from './secret-clipboard.ts';
import { setStartAtLogin, type LoginPlace } from './start-at-login.ts';
import type { MainWindow } from './window.ts';
import type { Words } from './words/index.ts';

export interface DesktopHostOptions {
  readonly platform: NodeJS.Platform;
  readonly programFolder: string;
  readonly window: MainWindow;
  readonly clipboard: SecretClipboard;
  readonly notices: Notices;
  readonly words: Words['dialogs'];
}

export function desktopHost(options: DesktopHostOptions): Host {
  const { platform, programFolder, window, clipboard, notices, words } = options;
  return {
    facts: factsOf(platform),
    locales: app.getPreferredSystemLanguages(),
    choose: (what, suggestedName) => choosePaths(window.current, words, what, suggestedName),
    reveal: (path) => {
      shell.showItemInFolder(path);
      return Promise.resolve();
    },
    copySecret: (text, clearAfterMs) => clipboard.copy(text, clearAfterMs),
    ...(app.isPackaged
      ? { setStartAtLogin: (isWanted: boolean) => setStartAtLogin(loginPlace(platform), isWanted) }
      : {}),
    openLink: openPage,
    notify: (notice) => notices.show(notice),
    licencesPath: join(programFolder, 'licences.json'),
  };
}

export function loginPlace(platform: NodeJS.Platform): LoginPlace {
  return { platform, env: process.env, homeFolder: homedir(), executable: process.execPath };
}

function factsOf(platform: NodeJS.Platform): HostFacts {
  return {
    shell: 'electron',
    platform: platform === 'linux' || platform === 'darwin' || platform === 'win32' ? platform : 'other',
    nativeDialogs: true,
    dropGivesPaths: true,
    canReveal: true,
    canStartAtLogin: app.isPackaged, // else it would start Electron without a program
    hasTray: true,
    hasClipboard: true,
  };
}
