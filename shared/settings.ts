// What a person sets for the window, besides what the vault (idle time) and the catalogue (verification, rules of folders)
// keep themselves. Stored as settings.json in the data folder.

import type { OriginalsPolicy } from './backup.ts';

export type Theme = 'system' | 'light' | 'dark';
/** 'system': the first of the system's languages that there are messages for. */
export type Language = 'system' | 'en';

export interface Settings {
  readonly theme: Theme;
  readonly language: Language;
  /** What happens to originals unless a plan says otherwise. */
  readonly originals: OriginalsPolicy;
  readonly quarantineDays: number;
  readonly notifyFailures: boolean;
  readonly notifySuccesses: boolean;
  /** Only where the host can (see HostFacts). */
  readonly startAtLogin: boolean;
  /** The program stays in the tray when its window is closed. */
  readonly keepInTray: boolean;
  /** The vault is locked when the screen is. */
  readonly lockWithScreen: boolean;
  /** Folders are watched and due verifications run while the program runs. */
  readonly background: boolean;
  /** Seconds until a copied key is cleared from the clipboard. */
  readonly clipboardSeconds: number;
}

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  language: 'system',
  originals: 'quarantine',
  quarantineDays: 30,
  notifyFailures: true,
  notifySuccesses: false,
  startAtLogin: false,
  keepInTray: true,
  lockWithScreen: true,
  background: true,
  clipboardSeconds: 45,
};
