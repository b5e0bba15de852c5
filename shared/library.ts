// The library as every layer sees it: folders, the backups in them, what is known of each, plans and their results.
// Times are ISO 8601 in UTC. Never a key: keys appear by their ids and labels.

import type { OriginalsPolicy, Protection, RestoreNeeds, SecureTarVersion, VerifyLevel } from './backup.ts';
import type { PlainError } from './errors.ts';
import type { PlaceFinding } from './places.ts';
import type { SchemeRule } from './scheme.ts';

/** What is done with a backup that lands in a watched folder, in this order. */
export interface WatchRule {
  /** 'none': it is only taken in. */
  readonly verify: 'none' | 'quick' | 'full' | 'deep';
  /** Old formats are brought to v3; null: they are left as they are. */
  readonly migrate: { readonly originals: OriginalsPolicy } | null;
  /** How long its backups stay; null: all of them do. */
  readonly scheme: SchemeRule | null;
}

export interface LibraryFolder {
  readonly id: number;
  readonly path: string;
  readonly addedAt: string;
  /** never-scanned; ready; unreachable: it was there and is not now (an unmounted drive, a share that is away). */
  readonly state: 'never-scanned' | 'ready' | 'unreachable';
  readonly scannedAt: string | null;
  /** Backup files that are present in it. */
  readonly copyCount: number;
  readonly totalBytes: number;
  /** null: not watched. */
  readonly watch: WatchRule | null;
  /** Why the last scan could not read it, or not all of it. */
  readonly problem: PlainError | null;
}

/** One file that holds a backup. */
export interface LibraryCopy {
  readonly path: string;
  /** null for a file outside all folders of the library. */
  readonly folderId: number | null;
  readonly sizeBytes: number;
  readonly modified: string;
  /** missing: the folder is there and the file is not; unreachable: its folder is not there now. */
  readonly state: 'present' | 'missing' | 'unreachable';
  readonly missingSince: string | null;
  /** What the last verification of this very file found; null where there was none, or it was written or renamed since. */
  readonly verified: LastVerification['status'] | null;
}

export type BackupFormat = 'plain' | 'v1' | SecureTarVersion | 'mixed' | 'none';

export interface LastVerification {
  readonly level: VerifyLevel;
  readonly at: string;
  readonly status: 'good' | 'locked' | 'damaged' | 'truncated' | 'unsupported';
  readonly message: string | null;
}

/** One content, in however many files. */
export interface LibraryBackup {
  /** See BackupInspection. */
  readonly identity: string;
  readonly slug: string;
  readonly name: string;
  readonly date: string | null;
  readonly type: 'full' | 'partial' | null;
  readonly homeAssistantVersion: string | null;
  readonly instanceId: string | null;
  readonly sizeBytes: number;
  readonly protection: Protection;
  /** Of the encrypted parts; 'mixed' where they differ, 'none' where there are no parts. */
  readonly format: BackupFormat;
  /** The metadata says another thing about encryption than the bytes do. */
  readonly mismatch: boolean;
  readonly contents: readonly string[];
  readonly restoreNeeds: RestoreNeeds;
  readonly copies: readonly LibraryCopy[];
  /** opens: every encrypted part; opens-part; locked: all keys of the vault were tried; untried: not all; plain: nothing to open. */
  readonly keyState: 'opens' | 'opens-part' | 'locked' | 'untried' | 'plain';
  /** Ids of keys, the one that opens most first. */
  readonly keyIds: readonly string[];
  readonly lastVerification: LastVerification | null;
  /** A person said that no scheme may remove it. */
  readonly isPinned: boolean;
}

/** A file that lies where backups lie and could not be read as one. */
export interface UnreadableFile {
  readonly path: string;
  readonly folderId: number | null;
  readonly sizeBytes: number;
  readonly error: PlainError;
  readonly since: string;
}

/** All conditions given must hold. */
export interface LibraryFilter {
  readonly folder?: string;
  /** Files, or folders of which all files are meant. Absolute. */
  readonly paths?: readonly string[];
  /** old: anything encrypted that is not v3, or in parts. */
  readonly format?: BackupFormat | 'old';
  /** Part of the name, slug or file name, without regard to case. */
  readonly text?: string;
  /** Id of a key that opens it. */
  readonly keyId?: string;
  readonly keyState?: LibraryBackup['keyState'];
  /** Locked or opened in part, with every key of the vault tried on it. */
  readonly withoutKey?: true;
  /** never; failed: the last one was not good; stale: longer ago than the plan allows. */
  readonly verified?: 'never' | 'failed' | 'stale' | 'good';
  /** By the places that it is in, see `judgePlaces`; goal-missed: not in two, or all of them this disk. */
  readonly places?: PlaceFinding | 'goal-missed';
  /** Made at or after, ISO 8601. */
  readonly since?: string;
  /** Made before, ISO 8601. */
  readonly before?: string;
}

export interface LibraryStatus {
  readonly folders: readonly LibraryFolder[];
  readonly backupCount: number;
  readonly copyCount: number;
  readonly totalBytes: number;
  readonly byFormat: Readonly<Record<BackupFormat, number>>;
  readonly verifiedCount: number;
  /** Backups by what is wrong with them; one may be in several. */
  readonly neverVerified: number;
  readonly stale: number;
  readonly damaged: number;
  readonly withoutKey: number;
  readonly oldFormat: number;
  readonly unencrypted: number;
  readonly missingCopies: number;
  readonly unreadable: readonly UnreadableFile[];
}

export interface ScanReport {
  readonly folders: readonly { readonly path: string; readonly problem: PlainError | null }[];
  /** Files by what was found about them; every file counts once. */
  readonly unchangedCount: number;
  /** Contents that were not known before. */
  readonly added: readonly string[];
  /** The same content under another name than before: from, to. */
  readonly moved: readonly { readonly from: string; readonly to: string }[];
  /** Another file of a content that is known and still where it was. */
  readonly copies: readonly string[];
  /** Another content in the place of an old one. */
  readonly changed: readonly string[];
  /** Back after having been missing. */
  readonly returned: readonly string[];
  readonly missing: readonly string[];
  readonly unreadable: readonly { readonly path: string; readonly error: PlainError }[];
  readonly inspectedCount: number;
  readonly durationMs: number;
}

export type BatchOperation = 'migrate' | 'encrypt' | 'rekey';

/** What a batch does, as it is stored with its job: no key, only which one. */
export interface BatchRequest {
  readonly operation: BatchOperation;
  readonly originals: OriginalsPolicy;
  readonly quarantineDays: number;
  /** Id in the vault; for encrypt and rekey. */
  readonly newKeyId: string | null;
  readonly format: SecureTarVersion;
}

/**
 * do: it will be done; nothing-to-do; blocked: it cannot be done, see `error`; no-room: it could, but the disk would be full
 * by then.
 */
export type PlannedState = 'do' | 'nothing-to-do' | 'blocked' | 'no-room';

export interface PlannedItem {
  readonly path: string;
  readonly identity: string;
  readonly name: string;
  readonly date: string | null;
  readonly state: PlannedState;
  /** What will be done, or why not; a full sentence. */
  readonly message: string;
  readonly error: PlainError | null;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly restoreNeeds: RestoreNeeds | null;
}

/** One file system that is written to. */
export interface PlannedVolume {
  /** A folder on it. */
  readonly folder: string;
  readonly freeBytes: number;
  /** At the worst moment, originals that are kept included. */
  readonly neededBytes: number;
  /** What stays used when all is done. */
  readonly growthBytes: number;
}

export interface BatchPlan {
  readonly request: BatchRequest;
  readonly items: readonly PlannedItem[];
  readonly volumes: readonly PlannedVolume[];
  /** Of the items that will be done. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** From what batches of this computer took; null where there was none yet. */
  readonly estimatedSeconds: number | null;
}

export interface BatchReport {
  readonly jobId: number;
  readonly request: BatchRequest;
  readonly state: 'done' | 'cancelled' | 'failed' | 'paused';
  readonly error: PlainError | null;
  readonly items: readonly {
    readonly path: string;
    readonly outcome: 'done' | 'nothing-to-do' | 'failed' | 'not-started';
    readonly message: string;
    readonly error: PlainError | null;
    readonly originalPath: string | null;
    readonly inputBytes: number;
    readonly outputBytes: number;
  }[];
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly durationMs: number;
}

/** How much is verified by itself, and when. Stored in the catalogue. */
export interface VerificationPolicy {
  readonly level: 'quick' | 'full' | 'deep';
  /** A verification counts for so many days. */
  readonly staleAfterDays: number;
  /** null: without limit. */
  readonly bytesPerDay: number | null;
  readonly minutesPerDay: number | null;
  /** Hours of the day by the user's clock, in which nothing is begun; null: none. From 22 to 7 goes over midnight. */
  readonly quietHours: { readonly from: number; readonly to: number } | null;
}

export type VerificationReason = 'never-verified' | 'changed' | 'failed-before' | 'stale';

export interface DueVerification {
  readonly identity: string;
  readonly path: string;
  readonly name: string;
  readonly date: string | null;
  readonly sizeBytes: number;
  readonly reason: VerificationReason;
  readonly lastVerifiedAt: string | null;
  /** Within what is left of today's budget. */
  readonly today: boolean;
}

export interface VerificationPlan {
  readonly policy: VerificationPolicy;
  /** The most urgent first. */
  readonly due: readonly DueVerification[];
  readonly usedTodayBytes: number;
  readonly usedTodayMinutes: number;
  /** Why nothing is begun now: the quiet hours, until then. */
  readonly quietUntil: string | null;
}

export interface VerificationReport {
  readonly jobId: number | null;
  readonly results: readonly {
    readonly path: string;
    readonly status:
      'good' | 'locked' | 'damaged' | 'truncated' | 'unsupported' | 'unreadable' | 'not-started';
    readonly message: string;
    readonly error: PlainError | null;
  }[];
  readonly bytes: number;
  readonly durationMs: number;
}

/** A file inside a backup, found by its name. */
export interface FoundContent {
  /** The backup's file. */
  readonly path: string;
  /** The backup's name. */
  readonly name: string;
  /** The part it is in. */
  readonly member: string;
  /** Its own name there. */
  readonly entry: string;
  readonly sizeBytes: number;
}

/** One thing that happened in a watched folder. */
export interface WatchEvent {
  readonly at: string;
  readonly kind:
    | 'watching'
    | 'arrived'
    | 'taken-in'
    | 'verified'
    | 'migrated'
    | 'thinned'
    | 'waits'
    | 'unreadable'
    | 'failed'
    | 'gone'
    | 'unreachable'
    | 'back'
    | 'stopped';
  readonly folder: string;
  readonly path: string | null;
  readonly message: string;
  readonly error: PlainError | null;
}
