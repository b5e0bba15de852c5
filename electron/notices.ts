// Notifications of the system. A click brings the window to what they are about.

import { Notification } from 'electron';

import type { Log } from '../core/service/index.ts';
import type { Notice } from '../shared/window.ts';
import type { MainWindow } from './window.ts';

/** Those that are shown; one that nobody holds is collected, and its click is lost. */
const KEPT = 20;

export class Notices {
  readonly #window: Pick<MainWindow, 'show'>;
  readonly #log: Log;
  readonly #shown: Notification[] = [];

  constructor(window: Pick<MainWindow, 'show'>, log: Log) {
    this.#window = window;
    this.#log = log;
  }

  show({ title, body, route }: Omit<Notice, 'kind'>): void {
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title, body });
    notification.on('click', () => this.#window.show(route));
    // macOS refuses those of a program that is not signed.
    notification.on('failed', (_event, why) => this.#log.warn('notices', `The system showed none: ${why}`));
    this.#shown.push(notification);
    if (this.#shown.length > KEPT) this.#shown.shift();
    notification.show();
  }
}
