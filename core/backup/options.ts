// What callers say when they ask for something to be done with one backup.

import type { OriginalsPolicy, Progress, SecureTarVersion, VerifyLevel } from '../../shared/backup.ts';
import type { NamedEntry } from './read/entry-names.ts';

/** A key to try. The owner of the key wipes `password` when he is done; nothing here keeps a copy beyond the call. */
export interface BackupKey {
  /** What the user calls it; appears in reports. Never the key itself. */
  readonly label: string;
  /** UTF-8, exactly as Home Assistant got it, dashes included. Never empty. */
  readonly password: Buffer;
}

export interface TaskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface InspectOptions {
  /** The Supervisor that shall restore it, to be told when it is too old. */
  readonly supervisorVersion?: string | undefined;
  /** For the age of versions; now unless told. */
  readonly now?: Date;
}

export interface KeyedOptions extends TaskOptions {
  readonly keys: readonly BackupKey[];
}

export interface VerifyOptions extends KeyedOptions {
  readonly level: VerifyLevel;
  /**
   * Told of the files and links in each inner archive once it was read, at 'full' and 'deep': to its end, or up to the
   * damage. `isComplete` is false there, and where more were in it than are kept: 200,000 of one backup.
   */
  readonly onEntries?:
    ((member: string, entries: readonly NamedEntry[], isComplete: boolean) => void) | undefined;
}

/** Where a rewritten backup goes. */
export type Destination =
  /** Same file name in another folder; the original is not touched. */
  | { readonly kind: 'folder'; readonly folder: string }
  /** It takes the original's place. Quarantined originals are removed `quarantineDays` later by a following run. */
  | { readonly kind: 'in-place'; readonly originals: OriginalsPolicy; readonly quarantineDays?: number };

export interface RecodeOptions extends KeyedOptions {
  readonly operation: 'migrate' | 'rekey' | 'encrypt' | 'decrypt';
  /** For rekey and encrypt. */
  readonly newKey?: BackupKey | undefined;
  /** Format of encrypted output; v3 unless told. v2 is for people who must restore on an older Home Assistant. */
  readonly format?: SecureTarVersion;
  readonly destination: Destination;
  /** Only check and say what would be done. */
  readonly dryRun?: boolean;
  /**
   * Files in which other copies of this backup may be rewritten already. The first that proves to hold just what this one would
   * become is taken over byte for byte, so that copies stay copies.
   */
  readonly twins?: readonly string[];
}

export interface RepairOptions extends KeyedOptions {
  /** A corrected copy, never in place. */
  readonly folder: string;
  readonly dryRun?: boolean;
}

export interface SalvageOptions extends KeyedOptions {
  /** Folder for the salvaged backup; same file name. */
  readonly folder: string;
  readonly dryRun?: boolean;
}

export interface ListOptions extends TaskOptions {
  readonly keys: readonly BackupKey[];
  /** Member names; all unless told. */
  readonly members?: readonly string[] | undefined;
  /** Glob patterns on entry names ("data/*.yaml", "**\/secrets.yaml"); all entries unless told. */
  readonly patterns?: readonly string[] | undefined;
}

export interface ReadEntryOptions {
  readonly keys: readonly BackupKey[];
  /** Member names; all where it is empty. */
  readonly members: readonly string[];
  /** Its exact name in the archive; a leading `./` makes no difference. */
  readonly name: string;
  /** A larger one is refused before it is read. */
  readonly limitBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ExtractOptions extends ListOptions {
  readonly folder: string;
  /** Leading path components to leave out. */
  readonly strip?: number;
  /** Create symbolic links too, where they stay inside the folder; else they are only recorded. */
  readonly createLinks?: boolean;
  readonly dryRun?: boolean;
}
