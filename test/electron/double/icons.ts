// `Tray`, `Notification` and `nativeImage` of the double. Trays can be reached by the test, which Electron's own cannot.

import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';

import type {
  NativeImage,
  Notification as RealNotification,
  NotificationConstructorOptions,
  Tray as RealTray,
} from 'electron';

import type { Menu } from './menu.ts';
import { complain } from './world.ts';

class ImageDouble implements Pick<NativeImage, 'isEmpty'> {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    if (!existsSync(path)) complain(`There is no image at ${path}.`);
  }

  isEmpty(): boolean {
    return !existsSync(this.path);
  }
}

export const nativeImage = {
  createFromPath: (path: string): NativeImage => new ImageDouble(path) as unknown as NativeImage,
};

export class Tray extends EventEmitter implements Pick<RealTray, 'destroy' | 'isDestroyed' | 'setToolTip'> {
  static readonly shown = new Set<Tray>();
  toolTip = '';
  menu: Menu | null = null;

  constructor(image: NativeImage) {
    super();
    if (image.isEmpty()) complain('The icon in the tray is empty.');
    Tray.shown.add(this);
  }

  setToolTip(toolTip: string): void {
    this.toolTip = toolTip;
  }

  setContextMenu(menu: Menu | null): void {
    this.menu = menu;
  }

  isDestroyed(): boolean {
    return !Tray.shown.has(this);
  }

  destroy(): void {
    Tray.shown.delete(this);
  }
}

export class Notification extends EventEmitter implements Pick<RealNotification, 'body' | 'show' | 'title'> {
  readonly title: string;
  readonly body: string;

  constructor({ title = '', body = '' }: NotificationConstructorOptions = {}) {
    super();
    this.title = title;
    this.body = body;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    this.emit('show', {});
  }
}
