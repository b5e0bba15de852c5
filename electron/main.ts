// Where Electron begins. What has to be said before it is ready is said here; then the desktop is opened, once for each data folder.

import '../core/thread-pool.ts';
import '../core/quiet-sqlite.ts';

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { app, dialog } from 'electron';

import { dataFolderOf, makeDataFolder } from '../core/data-folder.ts';
import { openLog, type Log } from '../core/service/index.ts';
import { toPlainError } from '../shared/errors.ts';
import { openDesktop, type Desktop } from './desktop.ts';
import { readArguments, readHandedOver, type StartWish } from './open-files.ts';
import { registerAppScheme } from './protocol.ts';
import { wasStartedAtLogin } from './start-at-login.ts';
import { words } from './words/index.ts';

const APP_ID = 'io.strongroom.app';
/** What Chromium keeps lies apart from the vault. */
const PROFILE = 'window';

const texts = words.start;
const waiting: StartWish[] = [];
let desktop: Desktop | null = null;

app.enableSandbox();
app.setAppUserModelId(APP_ID);
registerAppScheme();
const { platform, env } = process;
const dataFolder = dataFolderOf({ platform, env, homeFolder: app.getPath('home'), cwd: process.cwd() });
try {
  makeDataFolder(dataFolder);
  mkdirSync(join(dataFolder, PROFILE), { recursive: true, mode: 0o700 });
} catch (error) {
  failToStart(error);
}
app.setPath('userData', join(dataFolder, PROFILE));

// Before a package is made, the first argument is the program's folder.
const wish = readArguments(process.argv.slice(app.isPackaged ? 1 : 2), process.cwd());
if (app.requestSingleInstanceLock({ ...wish })) void begin();
else app.exit(0);

async function begin(): Promise<void> {
  const log = openLog(join(dataFolder, 'logs'));
  log.info('program', `Strongroom ${app.getVersion()} begins.`);
  watchMistakes(log);
  app.on('second-instance', (_event, _argv, _cwd, handedOver) => take(readHandedOver(handedOver)));
  app.on('open-file', (event, path) => {
    event.preventDefault();
    take({ paths: [path], isQuiet: false });
  });
  try {
    await app.whenReady();
    const programFolder = app.getAppPath();
    const opened = await openDesktop({ dataFolder, programFolder, platform, log });
    opened.start({ ...wish, isQuiet: wish.isQuiet || wasStartedAtLogin(platform) });
    for (const later of waiting.splice(0)) opened.start(later);
    desktop = opened;
  } catch (error) {
    log.failure('program', 'It could not start', error);
    failToStart(error);
  }
}

/** Files may be opened before the desktop is. */
function take(another: StartWish): void {
  if (desktop === null) waiting.push(another);
  else desktop.start(another);
}

function failToStart(error: unknown): never {
  const { message, hint } = toPlainError(error);
  dialog.showErrorBox(texts.failed, hint === undefined ? message : `${message}\n${hint}`);
  app.exit(1);
  throw error;
}

/** After a mistake that nobody expected nothing is certain any more, but what is on the disk. */
function watchMistakes(log: Log): void {
  process.on('uncaughtException', (error) => {
    log.failure('program', 'A mistake that ends it', error);
    dialog.showErrorBox(texts.mistake, texts.mistakeDetail);
    app.exit(1);
  });
  process.on('unhandledRejection', (error) =>
    log.failure('program', 'A promise that nobody waited for', error),
  );
}
