// What the service needs of the shell around it. The web shell and Electron each implement it; what a shell cannot do it leaves
// out, and the call that needs it says so.

import type { HostFacts, Notice } from '../../shared/window.ts';

/** save: the place of a new file. */
export type Choice = 'folder' | 'backups' | 'kits' | 'save';

export interface Host {
  readonly facts: HostFacts;
  /** Of the system, the preferred first: "en-GB". */
  readonly locales: readonly string[];
  /** Asks in the system's dialog. Absolute paths; none where the person chose nothing. */
  choose?(what: Choice, suggestedName?: string): Promise<readonly string[]>;
  /** Shows a file or a folder in the system's file manager. */
  reveal?(path: string): Promise<void>;
  /** Puts a secret on the clipboard and clears that after so many milliseconds, unless something else is on it by then. */
  copySecret?(text: string, clearAfterMs: number): Promise<void>;
  setStartAtLogin?(isWanted: boolean): void;
  /** Opens a page in the browser. Only ever gets addresses of the list in handlers/links.ts. */
  openLink?(url: string): Promise<void>;
  /** Shows it also when no window is in front. */
  notify?(notice: Notice): void;
  /** The file with the licences of all packages, made by the build. */
  readonly licencesPath?: string;
}
