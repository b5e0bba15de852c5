// Contents of windows stay what they are: no other page, no new window, no embedded page, whoever asks for it. Pages on the internet
// are opened by the service, from its own list.

import { app, type Event, type WebContents } from 'electron';

import type { Log } from '../core/service/index.ts';
import { isOwnAddress } from './app-address.ts';

const AREA = 'window';

/** Before the first window. */
export function denyNavigation(log: Log): void {
  app.on('web-contents-created', (_event, contents) => holdContents(contents, log));
}

function holdContents(contents: WebContents, log: Log): void {
  const refuse = (event: Event<{ url: string; isMainFrame?: boolean }>): void => {
    if (event.isMainFrame !== false && isOwnPage(event.url)) return; // the page loaded anew
    event.preventDefault();
    log.warn(AREA, 'A page wanted to go somewhere else. That was refused.');
  };
  contents.on('will-navigate', refuse);
  contents.on('will-frame-navigate', refuse);
  contents.on('will-redirect', refuse);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => {
    log.warn(AREA, 'A page wanted to open another window. That was refused.');
    return { action: 'deny' };
  });
}

function isOwnPage(address: string): boolean {
  return isOwnAddress(address) && new URL(address).pathname === '/';
}
