// Whether the program starts when the person logs in, without a window. Windows and macOS are asked through Electron; Linux has files
// in the autostart folder (freedesktop.org, Desktop Application Autostart Specification).

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

import { app } from 'electron';

import { QUIET_FLAG } from './open-files.ts';

const ENTRY_NAME = 'strongroom.desktop';

export interface LoginPlace {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /** What runs. What is to be started may be another file: an AppImage and a portable program unpack themselves for each run. */
  readonly executable: string;
}

/** @throws what the system says where an entry cannot be written */
export function setStartAtLogin(place: LoginPlace, isWanted: boolean): void {
  if (place.platform === 'linux') setAutostartEntry(place, isWanted);
  else app.setLoginItemSettings({ openAtLogin: isWanted, ...loginItemOf(place) });
}

/**
 * Of a program that starts at login: it may have been moved since that was set. What the person switched off with the means of the
 * system stays off.
 *
 * @throws what the system says where an entry cannot be read or written
 */
export function renewStartAtLogin(place: LoginPlace): void {
  if (!isUpToDate(place)) setStartAtLogin(place, true);
}

/** macOS hands a program no arguments at login. */
export function wasStartedAtLogin(platform: NodeJS.Platform): boolean {
  return platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
}

function isUpToDate(place: LoginPlace): boolean {
  if (place.platform === 'linux') {
    const path = entryPathOf(place);
    if (!existsSync(path)) return false;
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.some((line) => SWITCHED_OFF.test(line)) || lines.includes(execLineOf(place));
  }
  // Windows keeps what the Task Manager switches off beside the entry, which stays; macOS wants to be asked for it by the person.
  const { openAtLogin, status } = app.getLoginItemSettings(loginItemOf(place));
  return openAtLogin || status === 'requires-approval';
}

/** By KDE and others; by GNOME. */
const SWITCHED_OFF = /^(?:Hidden=true|X-GNOME-Autostart-enabled=false)\s*$/;

function loginItemOf({ env, executable }: LoginPlace): { path: string; args: string[] } {
  return { path: env['PORTABLE_EXECUTABLE_FILE'] ?? executable, args: [QUIET_FLAG] };
}

function setAutostartEntry(place: LoginPlace, isWanted: boolean): void {
  const path = entryPathOf(place);
  if (!isWanted) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, autostartEntry(place));
}

function entryPathOf({ env, homeFolder }: LoginPlace): string {
  const chosen = env['XDG_CONFIG_HOME'];
  const config = chosen !== undefined && isAbsolute(chosen) ? chosen : join(homeFolder, '.config');
  return join(config, 'autostart', ENTRY_NAME);
}

function autostartEntry(place: LoginPlace): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Strongroom',
    execLineOf(place),
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** A path is quoted twice: as an argument of `Exec`, and as a string of the file (Desktop Entry Specification, The Exec key). */
function execLineOf({ env, executable }: LoginPlace): string {
  const argument = (env['APPIMAGE'] ?? executable).replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  const value = `"${argument}" ${QUIET_FLAG}`.replaceAll('\\', '\\\\');
  return `Exec=${value}`;
}
