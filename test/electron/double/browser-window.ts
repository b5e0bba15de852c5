// `BrowserWindow` of the double. Its place is only remembered; its contents are a page of a real Chromium.

import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';

import type { BrowserWindow as RealWindow, BrowserWindowConstructorOptions, Rectangle } from 'electron';

import { app, openWindows } from './app.ts';
import { nativeTheme } from './native-theme.ts';
import { preventable } from './preventable.ts';
import type { SessionDouble } from './session.ts';
import { WebContentsDouble } from './web-contents.ts';
import { complain } from './world.ts';

type Offered = Pick<
  RealWindow,
  | 'close'
  | 'destroy'
  | 'focus'
  | 'getBackgroundColor'
  | 'getBounds'
  | 'getNormalBounds'
  | 'hide'
  | 'id'
  | 'isDestroyed'
  | 'isFullScreen'
  | 'isMaximized'
  | 'isMinimized'
  | 'isVisible'
  | 'loadURL'
  | 'maximize'
  | 'minimize'
  | 'restore'
  | 'setBackgroundColor'
  | 'setBounds'
  | 'setProgressBar'
  | 'show'
>;

let lastId = 0;

export class BrowserWindow extends EventEmitter implements Offered {
  readonly id = ++lastId;
  readonly webContents: WebContentsDouble;
  #bounds: Rectangle;
  #background: string;
  #isVisible: boolean;
  #isMaximized = false;
  #isMinimized = false;
  #isDestroyed = false;
  readonly #followTheme = (): void => void this.webContents.follow(this.#background);

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super();
    const { x = 0, y = 0, width = 800, height = 600, show = true, backgroundColor = '#ffffff' } = options;
    this.#bounds = { x, y, width, height };
    this.#isVisible = show;
    this.#background = backgroundColor;
    checkPreferences(options);
    const { session, preload } = options.webPreferences ?? {};
    this.webContents = new WebContentsDouble(
      session as unknown as SessionDouble,
      preload ?? '',
      () => this.#background,
    );
    openWindows.add(this);
    this.webContents.once('did-finish-load', () => this.emit('ready-to-show'));
    nativeTheme.on('updated', this.#followTheme);
    app.emit('web-contents-created', {}, this.webContents);
    app.emit('browser-window-created', {}, this);
  }

  static getAllWindows(): BrowserWindow[] {
    return [...openWindows] as BrowserWindow[];
  }

  loadURL(address: string): Promise<void> {
    return this.webContents.loadURL(address);
  }

  show(): void {
    this.#isVisible = true;
    this.emit('show');
  }

  hide(): void {
    this.#isVisible = false;
    this.emit('hide');
  }

  focus(): void {
    this.emit('focus');
  }

  isVisible(): boolean {
    return this.#isVisible;
  }

  minimize(): void {
    this.#isMinimized = true;
    this.emit('minimize');
  }

  isMinimized(): boolean {
    return this.#isMinimized;
  }

  restore(): void {
    this.#isMinimized = false;
    this.emit('restore');
  }

  maximize(): void {
    this.#isMaximized = true;
    this.emit('maximize');
  }

  isMaximized(): boolean {
    return this.#isMaximized;
  }

  isFullScreen(): boolean {
    return false;
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  getBounds(): Rectangle {
    return { ...this.#bounds };
  }

  getNormalBounds(): Rectangle {
    return { ...this.#bounds };
  }

  setBounds(bounds: Partial<Rectangle>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    this.emit('move');
    this.emit('resize');
  }

  setBackgroundColor(colour: string): void {
    this.#background = colour;
    this.#followTheme();
  }

  getBackgroundColor(): string {
    return this.#background;
  }

  setProgressBar(progress: number): void {
    if (Number.isNaN(progress)) throw new TypeError('Error processing argument at index 0');
  }

  close(): void {
    if (this.#isDestroyed) return;
    const event = preventable({});
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    nativeTheme.off('updated', this.#followTheme);
    openWindows.delete(this);
    this.webContents.close();
    this.emit('closed');
    app.windowClosed();
  }
}

/** What makes a page dangerous is refused, wherever it came from. */
function checkPreferences({ icon, webPreferences = {} }: BrowserWindowConstructorOptions): void {
  const { sandbox, contextIsolation, nodeIntegration, webSecurity = true } = webPreferences;
  if (sandbox !== true || contextIsolation !== true || nodeIntegration !== false || !webSecurity)
    complain('A window is not held in its sandbox.');
  if (typeof icon === 'string' && !existsSync(icon)) complain(`There is no icon at ${icon}.`);
}
