// The keys that work everywhere. The menu of the desktop window has the same; there they come as commands. Pure.

import type { Command, HostFacts } from '../../shared/window.ts';
import { SCREENS, type ScreenName } from './routes.ts';

export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

export function commandOfKey(
  { key, ctrlKey, metaKey, altKey, shiftKey }: PressedKey,
  platform: HostFacts['platform'],
): { readonly command: Command } | { readonly screen: ScreenName } | null {
  const isCommandKey = platform === 'darwin' ? metaKey && !ctrlKey : ctrlKey && !metaKey;
  if (!isCommandKey || altKey) return null;
  if (shiftKey) return key.toLowerCase() === 'l' ? { command: 'lock' } : null;
  const screen = SCREENS[Number(key) - 1];
  if (/^[1-9]$/.test(key) && screen !== undefined) return { screen };
  const command = COMMANDS[key.toLowerCase()];
  return command === undefined ? null : { command };
}

const COMMANDS: Readonly<Record<string, Command>> = { f: 'find', ',': 'settings', '/': 'shortcuts' };

/** As keyboards of the platform are labelled: "⌘F", "Ctrl+F". */
export function keyLabel(key: string, platform: HostFacts['platform']): string {
  return platform === 'darwin' ? key.replace('Ctrl+', '⌘').replace('Shift+', '⇧') : key;
}
