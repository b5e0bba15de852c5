// What only a program that stays open knows: where it runs, what it found when it started, and the pages it shows.
// Times are ISO 8601 in UTC. Never a key.

import type { BackupInspection, MemberStatus, VerifyLevel } from './backup.ts';
import type { PlainError } from './errors.ts';
import type { LastVerification, LibraryBackup, WatchEvent } from './library.ts';
import type { VaultStatus } from './keys.ts';
import type { Settings } from './settings.ts';

/** What the shell around the interface can do. */
export interface HostFacts {
  readonly shell: 'electron' | 'web';
  readonly platform: 'linux' | 'darwin' | 'win32' | 'other';
  /** Files and folders are chosen in the system's own dialogs; else in the interface, by `files.browse`. */
  readonly nativeDialogs: boolean;
  /** Paths of dropped files are known; else their bytes are sent to the program. */
  readonly dropGivesPaths: boolean;
  readonly canReveal: boolean;
  readonly canStartAtLogin: boolean;
  readonly hasTray: boolean;
  /** Copying a key goes through the host, which clears the clipboard; else the page does both. */
  readonly hasClipboard: boolean;
}

export interface StartFacts {
  readonly version: string;
  readonly host: HostFacts;
  readonly sodium: 'native' | 'wasm';
  readonly dataFolder: string;
  /** The data folder is thrown away at the end. */
  readonly isDemo: boolean;
  /** Of the system: "en-GB". */
  readonly locales: readonly string[];
  readonly timeZone: string;
  readonly settings: Settings;
  readonly vault: VaultStatus;
  readonly catalogProblem: PlainError | null;
  /** Jobs of a person that a crash or an end left, which can be taken up again; those of the program go on by themselves. */
  readonly interruptedJobIds: readonly number[];
}

/** One backup with all that is known of it. */
export interface BackupPage {
  readonly backup: LibraryBackup;
  /** Read from a copy that is there now; null where none is, or see `problem`. */
  readonly inspection: BackupInspection | null;
  readonly problem: PlainError | null;
  /** Parts as the newest verification of this content found them; empty where there was none since the program began. */
  readonly partStates: readonly {
    readonly member: string;
    readonly status: MemberStatus;
    readonly message: string | null;
    readonly entryCount: number;
  }[];
  readonly history: readonly HistoryEntry[];
}

/** Something that was done to one content, the newest first. */
export type HistoryEntry =
  | {
      readonly kind: 'verified';
      readonly at: string;
      readonly level: VerifyLevel;
      readonly status: LastVerification['status'];
      readonly path: string;
      readonly message: string | null;
    }
  | {
      /** This content was written from another one. */
      readonly kind: 'written';
      readonly at: string;
      readonly operation: string;
      readonly path: string;
      readonly fromIdentity: string;
    }
  | {
      /** Another content was written from this one. */
      readonly kind: 'rewritten';
      readonly at: string;
      readonly operation: string;
      readonly path: string;
      readonly toIdentity: string;
    };

/** A folder as a person walks through it to choose something. */
export interface FolderListing {
  readonly path: string;
  /** null at the top. */
  readonly parent: string | null;
  /** Home, downloads, drives. */
  readonly places: readonly { readonly label: string; readonly path: string }[];
  readonly entries: readonly {
    readonly name: string;
    readonly path: string;
    readonly kind: 'folder' | 'file';
    readonly sizeBytes: number | null;
    readonly modified: string | null;
  }[];
  /** There are more than are listed. */
  readonly isCut: boolean;
}

/** What came of files and folders that were dropped or opened. */
export interface TakenIn {
  /** Contents, known before or not. */
  readonly identities: readonly string[];
  readonly folders: readonly string[];
  readonly problems: readonly { readonly path: string; readonly error: PlainError }[];
}

/** What became of files that were to go to the trash. */
export interface TrashReport {
  readonly trashed: readonly string[];
  readonly problems: readonly { readonly path: string; readonly error: PlainError }[];
}

export interface WatchState {
  /** False while the settings say so, or while it is paused. */
  readonly isOn: boolean;
  readonly pausedBecause: 'battery' | 'suspend' | 'person' | null;
  readonly folders: readonly {
    readonly path: string;
    readonly state: 'watching' | 'unreachable' | 'failed' | 'starting';
    readonly problem: PlainError | null;
  }[];
  /** The newest first; those since the program began. */
  readonly events: readonly WatchEvent[];
}

/** Something a person should hear of, also when the window is not in front. */
export interface Notice {
  readonly kind: 'success' | 'failure' | 'info';
  readonly title: string;
  readonly body: string;
  /** Where a click leads: the route of a screen. */
  readonly route: string;
}

export interface PackageLicence {
  readonly name: string;
  readonly version: string;
  /** SPDX. */
  readonly licence: string;
  readonly text: string;
}

/** What can be asked of the interface by a menu, the tray, or another instance. */
export type Command =
  | 'settings'
  | 'add-folder'
  | 'verify-due'
  | 'lock'
  | 'find'
  | 'about'
  | 'shortcuts'
  | 'activity'
  | 'library'
  | 'keys';
