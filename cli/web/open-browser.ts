// Opens an address in the person's browser, where there is one to open. Nobody waits for it, and it may fail: the address is printed.

import { spawn } from 'node:child_process';

export interface BrowserPlace {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Not on a server without a display, and not on the far end of a remote shell, where the browser would be the wrong one. */
export function canOpenBrowser({ platform, env }: BrowserPlace): boolean {
  if (isSet(env['SSH_CONNECTION'])) return false;
  if (platform === 'darwin' || platform === 'win32') return true;
  return isSet(env['DISPLAY']) || isSet(env['WAYLAND_DISPLAY']);
}

export function openBrowser(address: string, { platform }: Pick<BrowserPlace, 'platform'>): void {
  const [program, ...args] = openerOf(platform);
  const child = spawn(program, [...args, address], { stdio: 'ignore', detached: true });
  child.on('error', () => child.unref()); // there is no such program; the person has the printed address
  child.unref();
}

function openerOf(platform: NodeJS.Platform): [string, ...string[]] {
  if (platform === 'darwin') return ['open'];
  // Not `start`, to which & in an address means another command.
  if (platform === 'win32') return ['rundll32.exe', 'url.dll,FileProtocolHandler'];
  return ['xdg-open'];
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
