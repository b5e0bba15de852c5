// `app` of the double: life and end of the program, its paths, one instance.

import { EventEmitter } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { App } from 'electron';

import { closings, openBrowser } from './browser.ts';
import { preventable } from './preventable.ts';
import { lockInstance, type HandedOver } from './single-instance.ts';
import { complain, world } from './world.ts';

type Offered = Pick<
  App,
  | 'enableSandbox'
  | 'exit'
  | 'getAppPath'
  | 'getLoginItemSettings'
  | 'getPath'
  | 'getPreferredSystemLanguages'
  | 'getVersion'
  | 'isPackaged'
  | 'isReady'
  | 'name'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setAppUserModelId'
  | 'setLoginItemSettings'
  | 'setPath'
  | 'whenReady'
>;

/** What app needs of the windows, which need app. */
export interface OpenWindow {
  close(): void;
  destroy(): void;
}
export const openWindows = new Set<OpenWindow>();

class AppDouble extends EventEmitter implements Offered {
  readonly isPackaged = world.isPackaged;
  readonly name: string;
  readonly #version: string;
  readonly #paths = new Map<string, string>([['home', homedir()]]);
  readonly #ready: Promise<void>;
  readonly #seconds: HandedOver[] = [];
  #isReady = false;
  #isSandboxed = false;
  #isQuitting = false;

  constructor() {
    super();
    const manifest = JSON.parse(readFileSync(join(world.appPath, 'package.json'), 'utf8')) as {
      productName: string;
      version: string;
    };
    this.name = manifest.productName;
    this.#version = manifest.version;
    // Ready comes after the program's own script has run, as modules are waited for.
    this.#ready = new Promise<void>((resolve) => setImmediate(resolve)).then(openBrowser).then(() => {
      if (!this.#isSandboxed) complain('app.enableSandbox() was not called before ready.');
      this.#isReady = true;
      this.emit('ready', {}, {});
      for (const second of this.#seconds.splice(0)) this.#tellOfSecond(second);
    });
  }

  enableSandbox(): void {
    if (this.#isReady) throw new Error('app.enableSandbox() can only be called before app is ready');
    this.#isSandboxed = true;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  whenReady(): Promise<void> {
    return this.#ready;
  }

  getAppPath(): string {
    return world.appPath;
  }

  getVersion(): string {
    return this.#version;
  }

  getPath(name: Parameters<App['getPath']>[0]): string {
    const path = this.#paths.get(name);
    if (path === undefined) throw new Error(`Failed to get '${name}' path`);
    return path;
  }

  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`Failed to set path: ${path} does not exist`);
    this.#paths.set(name, path);
  }

  getPreferredSystemLanguages(): string[] {
    return ['en-GB'];
  }

  setAppUserModelId(): void {
    // Nothing to be seen of it.
  }

  getLoginItemSettings(): ReturnType<App['getLoginItemSettings']> {
    return { wasOpenedAtLogin: world.isOpenedAtLogin } as ReturnType<App['getLoginItemSettings']>;
  }

  setLoginItemSettings(): void {
    complain('Linux has no login items.');
  }

  requestSingleInstanceLock(data?: Record<string, unknown>): boolean {
    const own: HandedOver = { argv: process.argv, cwd: process.cwd(), data: structuredClone(data) };
    return lockInstance(this.getPath('userData'), own, (second) => {
      if (this.#isReady) this.#tellOfSecond(second);
      else this.#seconds.push(second);
    });
  }

  quit(): void {
    const event = preventable({});
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    this.#isQuitting = true;
    for (const window of openWindows) window.close();
    if (openWindows.size === 0) this.#end();
  }

  exit(exitCode = 0): never {
    for (const window of openWindows) window.destroy();
    process.exitCode = exitCode;
    void Promise.allSettled(closings).then(() => process.exit(exitCode));
    return undefined as never;
  }

  /** Called by a window that has gone. */
  windowClosed(): void {
    if (openWindows.size > 0) return;
    if (this.#isQuitting) this.#end();
    else if (this.listenerCount('window-all-closed') === 0) this.quit();
    else this.emit('window-all-closed');
  }

  #end(): void {
    this.emit('will-quit', preventable({}));
    this.emit('quit', {}, 0);
    this.exit(0);
  }

  #tellOfSecond({ argv, cwd, data }: HandedOver): void {
    this.emit('second-instance', {}, argv, cwd, data);
  }
}

// A packaged program is its own executable; before, the first argument is the program's folder.
if (world.isPackaged) process.argv.splice(1, 1);

export const app = new AppDouble();
