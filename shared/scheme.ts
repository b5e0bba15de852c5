// A rotation scheme as it is carried out: which files of a folder would go, where to, and what came of it. Why each backup stays or goes
// is decided in retention/. Times are ISO 8601 in UTC.

import type { PlainError } from './errors.ts';
import type { RetentionCandidate, RetentionDecision } from './retention/index.ts';

/** quarantine: a folder beside the backups, from which they can be brought back for some days; trash: the system's. */
export type RemovalPlace = 'quarantine' | 'trash';

/** What is kept, as `parsePolicy` reads it, and where the rest goes. */
export interface SchemeRule {
  readonly policy: string;
  readonly to: RemovalPlace;
  /** How long what is in quarantine can be brought back; after that it is deleted. Means nothing for the trash. */
  readonly undoDays: number;
}

/** One backup as a scheme sees it in one folder. */
export interface SchemeItem extends Pick<
  RetentionCandidate,
  'date' | 'instanceId' | 'verification' | 'isPinned'
> {
  /** See BackupInspection. */
  readonly identity: string;
  readonly name: string;
  /** Its files in this folder that are there now. */
  readonly paths: readonly string[];
  /** Of these files together. */
  readonly sizeBytes: number;
  readonly decision: RetentionDecision;
}

/** Each folder by itself: what another one holds does not count, or two folders could each rely on the other. */
export interface FolderScheme {
  readonly folder: string;
  /** The newest first. */
  readonly items: readonly SchemeItem[];
  readonly keptCount: number;
  readonly removedCount: number;
  readonly keptBytes: number;
  readonly freedBytes: number;
  /** Why a watched folder's rule would not carry it out by itself; null where it would. */
  readonly asks: 'first-run' | 'over-a-third' | null;
}

export interface SchemePlan {
  readonly rule: SchemeRule;
  /** IANA name. */
  readonly timeZone: string;
  readonly madeAt: string;
  readonly folders: readonly FolderScheme[];
  /** Folders of which nothing can be said now. */
  readonly left: readonly { readonly folder: string; readonly problem: PlainError }[];
}

/** What became of the files of one folder. */
export interface SchemeReport {
  readonly jobId: number;
  readonly folder: string;
  readonly rule: SchemeRule;
  readonly state: 'done' | 'cancelled' | 'failed' | 'paused';
  readonly error: PlainError | null;
  readonly items: readonly {
    readonly path: string;
    /** stayed: it was not touched, see `message`. */
    readonly outcome: 'removed' | 'stayed' | 'failed' | 'not-started';
    readonly message: string;
    readonly error: PlainError | null;
    readonly sizeBytes: number;
    /** Where it lies now; null in the trash, and for what was not removed. */
    readonly keptAt: string | null;
  }[];
  readonly freedBytes: number;
  /** Until then it can be brought back; null where only the system's trash can. */
  readonly undoUntil: string | null;
}

/** A file that a scheme moved into quarantine. */
export interface RemovedFile {
  /** Where it was. */
  readonly path: string;
  /** Where it is. */
  readonly keptAt: string;
  readonly sizeBytes: number;
  readonly removedAt: string;
  /** It is deleted by a later run after this moment. */
  readonly deletedAfter: string;
  /** Of the run that moved it: the same for all that went together. */
  readonly runId: string;
}

export interface UndoReport {
  /** Paths, where they were and are again. */
  readonly restored: readonly string[];
  readonly problems: readonly { readonly path: string; readonly error: PlainError }[];
}
