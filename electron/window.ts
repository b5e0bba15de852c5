// The window: made when it is wanted, in the theme and at the place it had, gone when it is closed. There is one at most; it holds
// nothing that the service does not have.

import { join } from 'node:path';

import { app, BrowserWindow, screen, type Event, type Rectangle, type Session } from 'electron';

import type { Log } from '../core/service/index.ts';
import type { StrongroomEvent } from '../shared/contract/index.ts';
import { addressOf } from './app-address.ts';
import { groundColour } from './theme.ts';
import type { WindowMemory } from './window-memory.ts';
import { placeWindow, SMALLEST_SIZE } from './window-place.ts';

const AREA = 'window';
const REMEMBER_AFTER_MS = 500;

export interface MainWindowOptions {
  readonly session: Session;
  /** What was built: the preload and the icons. */
  readonly programFolder: string;
  readonly platform: NodeJS.Platform;
  readonly memory: WindowMemory;
  readonly log: Log;
}

export interface WindowListener {
  /** It was made, and is about to load its page. */
  made?(window: BrowserWindow): void;
  /** A person closes it; it stays where that is prevented. */
  closing?(event: Event): void;
  /** It is about to be gone. */
  leaving?(window: BrowserWindow): void;
  /** Windows logs off or goes down; other systems tell it in power.ts. */
  sessionEnds?(): void;
  /** Its page ended without being asked to. */
  pageGone?(window: BrowserWindow): void;
}

export class MainWindow {
  readonly #options: MainWindowOptions;
  readonly #listeners: WindowListener[] = [];
  #window: BrowserWindow | null = null;
  #rememberLater: NodeJS.Timeout | null = null;
  #hasBegun = false;
  /** For the page, as long as it hears nothing yet. */
  readonly #waiting: (() => void)[] = [];

  constructor(options: MainWindowOptions) {
    this.#options = options;
  }

  /** null while there is none. */
  get current(): BrowserWindow | null {
    return this.#window;
  }

  /** Whether these are the contents of the window. */
  has(contentsId: number): boolean {
    return this.#window?.webContents.id === contentsId;
  }

  listen(listener: WindowListener): void {
    this.#listeners.push(listener);
  }

  /** Brings the window to the front, making it where there is none. `route`: the screen, as notices have it. */
  show(route?: string): void {
    if (this.#window === null) {
      this.#make(route);
      return;
    }
    if (route !== undefined) this.#load(this.#window, route);
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** Now, or once the page hears events. */
  whenBegun(work: () => void): void {
    if (this.#hasBegun) work();
    else this.#waiting.push(work);
  }

  /** The page has asked for what it begins with: from now on it hears events. */
  pageHasBegun(): void {
    this.#hasBegun = true;
    for (const work of this.#waiting.splice(0)) work();
  }

  send(channel: string, event: StrongroomEvent): void {
    const contents = this.#window?.webContents;
    if (contents !== undefined && !contents.isDestroyed() && !contents.isCrashed())
      contents.send(channel, event);
  }

  /** Fills it with the ground of the theme that is in use now. */
  repaint(): void {
    this.#window?.setBackgroundColor(groundColour());
  }

  /** Without asking anybody. */
  destroy(): void {
    const window = this.#window;
    if (window === null) return;
    this.rememberPlace();
    this.#leave(window);
    window.destroy();
  }

  /** The place is remembered a little later while the window is dragged; at the end it has to be now. */
  rememberPlace(): void {
    if (this.#rememberLater !== null) clearTimeout(this.#rememberLater);
    this.#rememberLater = null;
    const window = this.#window;
    if (window === null || window.isFullScreen()) return;
    this.#options.memory.remember({ bounds: window.getNormalBounds(), isMaximized: window.isMaximized() });
  }

  #make(route: string | undefined): void {
    const { memory, platform, programFolder } = this.#options;
    const remembered = memory.recall();
    const window = new BrowserWindow({
      ...placeWindow(remembered?.bounds ?? null, workAreas()),
      minWidth: SMALLEST_SIZE.width,
      minHeight: SMALLEST_SIZE.height,
      show: false,
      title: app.name,
      backgroundColor: groundColour(),
      // Windows takes it from the executable, in all its sizes; macOS has none.
      ...(platform === 'linux' ? { icon: join(programFolder, 'icons', 'window.png') } : {}),
      webPreferences: this.#preferences(),
    });
    this.#window = window;
    if (remembered?.isMaximized === true) window.maximize();
    window.once('ready-to-show', () => window.show());
    for (const moved of ['move', 'resize', 'maximize', 'unmaximize'] as const)
      window.on(moved as 'move', () => this.#placeChanged());
    window.on('close', (event) => {
      this.rememberPlace();
      for (const listener of this.#listeners) listener.closing?.(event);
      if (!event.defaultPrevented) this.#leave(window);
    });
    window.on('session-end', () => {
      for (const listener of this.#listeners) listener.sessionEnds?.();
    });
    window.on('closed', () => {
      this.#window = null;
      this.#hasBegun = false;
    });
    this.#watchPage(window);
    for (const listener of this.#listeners) listener.made?.(window);
    this.#load(window, route);
  }

  #preferences(): Electron.WebPreferences {
    return {
      session: this.#options.session,
      preload: join(this.#options.programFolder, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false, // its dictionaries come from the internet
      devTools: !app.isPackaged,
    };
  }

  #watchPage(window: BrowserWindow): void {
    const { log } = this.#options;
    const contents = window.webContents;
    contents.on('render-process-gone', (_event, { reason }) => {
      log.error(AREA, `The page of the window ended: ${reason}.`);
      this.#hasBegun = false;
      if (reason === 'clean-exit' || window.isDestroyed()) return;
      for (const listener of this.#listeners) listener.pageGone?.(window);
    });
    contents.on('preload-error', (_event, _path, error) => log.failure(AREA, 'The preload failed', error));
    window.on('unresponsive', () => log.warn(AREA, 'The page of the window does not answer.'));
    window.on('responsive', () => log.info(AREA, 'The page of the window answers again.'));
  }

  #load(window: BrowserWindow, route: string | undefined): void {
    window.loadURL(addressOf(route)).catch((error: unknown) => {
      if (!window.isDestroyed()) this.#options.log.failure(AREA, 'The page could not be loaded', error);
    });
  }

  #leave(window: BrowserWindow): void {
    for (const listener of this.#listeners) listener.leaving?.(window);
  }

  #placeChanged(): void {
    if (this.#rememberLater !== null) clearTimeout(this.#rememberLater);
    this.#rememberLater = setTimeout(() => this.rememberPlace(), REMEMBER_AFTER_MS);
  }
}

function workAreas(): Rectangle[] {
  const main = screen.getPrimaryDisplay();
  return [main, ...screen.getAllDisplays().filter(({ id }) => id !== main.id)].map(
    ({ workArea }) => workArea,
  );
}
