// Where backups are, as somebody counts who fears for them: how many places hold each, and whether one fire, theft or dead disk takes all.

import type { PlainError } from './errors.ts';

/**
 * this-disk: the volume that the person's own files are on; other-drive: another one of this computer, often removable; network: a
 * share of another computer; cloud: a folder that a program keeps in step with a service, and that loses here what is deleted there.
 */
export const PLACE_KINDS = ['this-disk', 'other-drive', 'network', 'cloud'] as const;
export type PlaceKind = (typeof PLACE_KINDS)[number];

export interface LibraryPlace {
  readonly id: string;
  readonly kind: PlaceKind;
  /** For people: “Dropbox”, “//nas/backup”, a drive's name. */
  readonly label: string;
  /** Folders of the library that are in it. */
  readonly folders: readonly string[];
  /** One of its folders is there now. */
  readonly isReachable: boolean;
}

/** one-place: no other holds it; this-disk-only: every file of it is on this disk; cloud-only: every file is in synced folders. */
export type PlaceFinding = 'one-place' | 'this-disk-only' | 'cloud-only';

export interface BackupPlaces {
  /** See BackupInspection. */
  readonly identity: string;
  readonly placeIds: readonly string[];
  readonly findings: readonly PlaceFinding[];
  /** Two places, one of them elsewhere: not this disk. */
  readonly meetsGoal: boolean;
}

export interface PlacesOverview {
  readonly places: readonly LibraryPlace[];
  /** Of each folder of the library: the place it is in, and whether a person said so. */
  readonly folders: readonly {
    readonly path: string;
    readonly placeId: string;
    readonly isChosen: boolean;
    /** How it was found out, a full sentence. */
    readonly reason: string;
  }[];
  /** Backups of which a file is in the library and not missing. */
  readonly backups: readonly BackupPlaces[];
  readonly goodCount: number;
  readonly counts: Readonly<Record<PlaceFinding, number>>;
}

/** What copying would do with one backup. */
export interface PlannedCopy {
  readonly path: string;
  readonly target: string;
  readonly identity: string;
  readonly name: string;
  readonly date: string | null;
  readonly sizeBytes: number;
  /** nothing-to-do: it is there already; blocked: see `error`; no-room: the drive would be full by then. */
  readonly state: 'do' | 'nothing-to-do' | 'blocked' | 'no-room';
  /** A full sentence. */
  readonly message: string;
  readonly error: PlainError | null;
}

export interface CopyPlan {
  /** The folder that is copied to. */
  readonly to: string;
  /** false: it is made one when copying begins. */
  readonly isInLibrary: boolean;
  readonly place: Pick<LibraryPlace, 'id' | 'kind' | 'label'>;
  readonly items: readonly PlannedCopy[];
  /** Of what will be copied. */
  readonly bytes: number;
  readonly freeBytes: number;
}

export interface CopyReport {
  readonly jobId: number;
  readonly to: string;
  readonly state: 'done' | 'cancelled' | 'failed' | 'paused';
  readonly error: PlainError | null;
  readonly items: readonly {
    readonly path: string;
    readonly target: string;
    /** compared: byte for byte as the original; verified: read to its end with its key, too. */
    readonly outcome: 'verified' | 'compared' | 'nothing-to-do' | 'failed' | 'not-started';
    readonly message: string;
    readonly error: PlainError | null;
    readonly sizeBytes: number;
  }[];
  readonly copiedBytes: number;
  readonly durationMs: number;
}
