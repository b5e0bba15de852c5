// The one connection of the double to its Chromium, opened before the program is told that it is ready.

import { CdpConnection } from './cdp.ts';
import { world } from './world.ts';

let connection: CdpConnection | null = null;

export async function openBrowser(): Promise<void> {
  connection = await CdpConnection.open(world.browserEndpoint);
}

/** Once it is ready, as with Electron's own windows. */
export function browser(): CdpConnection {
  if (connection === null) throw new Error('Cannot create BrowserWindow before app is ready');
  return connection;
}

/** Pages that are on their way out; a process that ends waits for them. */
export const closings = new Set<Promise<unknown>>();
