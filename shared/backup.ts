// What is known about one backup: the plain, serialisable results of inspect, verify, recode, list,
// extract, repair and salvage. `--json` prints these as they are (docs/json.md); sizes are bytes, times ISO 8601.

import type { PlainError } from './errors.ts';

/** How the bytes of one inner archive are stored. */
export type MemberVariant =
  | 'plain' // gzip or tar, not encrypted
  | 'v1' // AES-128-CBC, no magic (releases up to 2024.11)
  | 'v1-pax' // the same, announced in the PAX header (January 2025)
  | 'v2' // AES-128-CBC with header (2025.1.3 to 2026.2)
  | 'v3' // Argon2id and XChaCha20-Poly1305 (2026.4 and later)
  | 'empty' // zero bytes
  | 'opaque' // not an archive by name or content; kept byte for byte
  | 'unknown'; // should be an archive, but its first bytes are of no known format (see `problem`)

export type SecureTarVersion = 'v2' | 'v3';

/** What an inner archive holds, by Home Assistant's own naming. */
export type MemberKind = 'homeassistant' | 'addon' | 'folder' | 'supervisor' | 'unlisted';

export type RemarkCode =
  | 'FLAG_SAYS_PLAIN' // metadata says not protected, members are encrypted
  | 'FLAG_SAYS_PROTECTED' // metadata says protected, members are plain
  | 'MIXED_MEMBERS' // encrypted and plain members side by side
  | 'SHORT_GZIP_END' // gzip end cut by Home Assistant's own decryption; all files complete
  | 'PADDED_GZIP_END' // the v1 writer's padded gzip trailer, written as meant when recoded
  | 'END_MARKER_MISSING'
  | 'ZERO_PADDING'
  | 'STALE_PAX_SIZE'
  | 'SECRETS_IN_METADATA'
  | 'NEWER_SUPERVISOR'
  | 'CORE_OUT_OF_SUPPORT'
  | 'CORE_INSECURE'
  | 'MEMBER_NOT_LISTED'
  | 'MEMBER_MISSING'
  | 'DUPLICATE_MEMBER'
  | 'NO_CHECKSUM' // neither compressed nor authenticated: damage inside a file cannot be seen
  | 'UNSAFE_NAMES' // entries whose names or links point outside
  | 'DATABASE_NOT_CHECKED'
  | 'DIFFERENT_KEYS' // members need different keys
  | 'ORIGINAL_NOT_TRASHED'
  | 'OWNER_NOT_KEPT' // the new file belongs to another user than the original
  | 'MEMBER_LOCKED' // no key opens it, so it was copied as it is and not looked into
  | 'HEADER_RESTORED' // salvage: its damaged header was made anew
  | 'NOT_AUTHENTICATED' // salvage: files saved from a damaged part whose format cannot prove them right
  | 'METADATA_MADE_ANEW' // salvage: backup.json was lost or unreadable
  | 'BYTES_SKIPPED' // salvage: a stretch of the file that belongs to no readable part
  | 'NOTHING_DAMAGED'; // salvage had nothing to do

/** Something worth knowing that does not by itself make the backup bad. `message` is a full sentence for the user. */
export interface Remark {
  readonly code: RemarkCode;
  readonly message: string;
  readonly member?: string;
}

export interface AddonSummary {
  readonly slug: string;
  readonly name: string;
  readonly version: string;
  /** As Home Assistant writes it, in megabytes. */
  readonly sizeMegabytes: number | null;
}

/** `backup.json` or `snapshot.json`, its variants of ten years brought to one shape. */
export interface BackupMetadata {
  readonly fileName: 'backup.json' | 'snapshot.json';
  readonly writtenBy: 'supervisor' | 'core';
  readonly slug: string;
  readonly name: string;
  /** When the backup was made, in UTC; null when the date cannot be read. */
  readonly date: string | null;
  /** When it was asked for, where that is recorded: the date to show. */
  readonly requestedDate: string | null;
  readonly type: 'full' | 'partial';
  readonly metadataVersion: number;
  readonly supervisorVersion: string | null;
  readonly homeAssistantVersion: string | null;
  readonly excludesDatabase: boolean;
  readonly compressed: boolean;
  readonly protected: boolean;
  readonly addons: readonly AddonSummary[];
  readonly folders: readonly string[];
  readonly repositories: readonly string[];
  readonly instanceId: string | null;
  readonly automatic: boolean | null;
}

export interface MemberInspection {
  /** Normalised: without a leading `./` or `.`, and without the archive suffix. */
  readonly name: string;
  /** As it stands in the outer archive. */
  readonly storedName: string;
  readonly kind: MemberKind;
  /** For people: "Home Assistant", "Mosquitto broker", "Folder share". */
  readonly title: string;
  readonly sizeBytes: number;
  /** Size of the inner archive once decrypted, where the first bytes tell. */
  readonly plaintextSizeBytes: number | null;
  readonly variant: MemberVariant;
  readonly declaredEncrypted: boolean;
  /** null where the bytes do not tell. */
  readonly encrypted: boolean | null;
  readonly compressed: boolean | null;
  readonly modified: string | null;
  readonly problem: PlainError | null;
}

/** The oldest versions that can restore a backup; null where nothing limits it. */
export interface RestoreNeeds {
  readonly supervisor: string | null;
  readonly core: string | null;
}

export type Protection = 'none' | 'plain' | 'encrypted' | 'mixed' | 'unclear';

/** Result of `inspect`: what can be said without a key, from headers alone. */
export interface BackupInspection {
  readonly path: string;
  /** Hexadecimal; the same for every copy of this content, another once it is encrypted anew. */
  readonly identity: string;
  readonly sizeBytes: number;
  readonly modified: string;
  readonly metadata: BackupMetadata;
  readonly protection: Protection;
  readonly members: readonly MemberInspection[];
  readonly remarks: readonly Remark[];
  /** What stopped the reading of the file, where its metadata could be read all the same. */
  readonly problem: PlainError | null;
  readonly restoreNeeds: RestoreNeeds;
}

export type KeyStatus = 'opens' | 'wrong-key' | 'key-required' | 'not-needed' | 'unreadable';

/** Which key opens one member. */
export interface MemberKey {
  readonly member: string;
  readonly status: KeyStatus;
  readonly keyLabel: string | null;
  readonly error: PlainError | null;
}

export interface KeyMatch {
  readonly path: string;
  /** Of the content that was tried (see BackupInspection). */
  readonly identity: string;
  readonly members: readonly MemberKey[];
  /** The one key that opens every encrypted member; null where there is none. */
  readonly keyLabel: string | null;
  /** Argon2id runs that were paid for, about 0.2 s each. */
  readonly argon2idCount: number;
}

export type VerifyLevel = 'quick' | 'full' | 'deep';

export type MemberStatus =
  | 'good' // everything asked for was checked and is right
  | 'locked' // encrypted and no key opens it
  | 'damaged'
  | 'truncated'
  | 'unsupported';

/** What a damaged member still gives: every file before the damage. */
export interface Salvageable {
  readonly entryCount: number;
  readonly bytes: number;
  readonly lastGoodEntry: string | null;
}

export interface DeepFinding {
  readonly entry: string;
  readonly kind: 'json' | 'sqlite' | 'yaml';
  readonly message: string;
}

export interface DeepResult {
  readonly jsonChecked: number;
  readonly sqliteChecked: number;
  readonly yamlChecked: number;
  readonly findings: readonly DeepFinding[];
}

export interface MemberVerification {
  readonly name: string;
  readonly title: string;
  readonly variant: MemberVariant;
  readonly status: MemberStatus;
  readonly keyLabel: string | null;
  /** Bytes in the outer archive. */
  readonly sizeBytes: number;
  /** Bytes of the inner tar read; 0 at level quick. */
  readonly tarBytes: number;
  readonly entryCount: number;
  readonly durationMs: number;
  readonly remarks: readonly Remark[];
  readonly error: PlainError | null;
  readonly salvageable: Salvageable | null;
  readonly deep: DeepResult | null;
}

/** Result of `verify`. */
export interface BackupVerification {
  readonly path: string;
  readonly level: VerifyLevel;
  readonly status: 'good' | 'locked' | 'damaged' | 'truncated' | 'unsupported';
  readonly inspection: BackupInspection;
  readonly members: readonly MemberVerification[];
  readonly remarks: readonly Remark[];
  /** The first thing that makes it not good. */
  readonly error: PlainError | null;
  readonly durationMs: number;
  readonly sodium: 'native' | 'wasm';
}

export type RecodeOperation = 'migrate' | 'rekey' | 'encrypt' | 'decrypt' | 'repair';

/** Where the untouched original goes after an in-place recode. */
export type OriginalsPolicy = 'keep' | 'quarantine' | 'trash';

export interface RecodedMember {
  readonly name: string;
  readonly from: MemberVariant;
  readonly to: MemberVariant;
  readonly plaintextBytes: number;
  readonly change: 'recoded' | 'copied';
  readonly remarks: readonly Remark[];
}

/** Result of migrate, rekey, encrypt, decrypt and repair. */
export interface RecodeReport {
  readonly path: string;
  readonly operation: RecodeOperation;
  readonly outcome: 'done' | 'nothing-to-do' | 'planned';
  /** Why there was nothing to do, or what the plan is; a full sentence. */
  readonly message: string;
  /** The new backup; null when none was written. */
  readonly outputPath: string | null;
  /** Where the original is now; null when it is untouched or none was replaced. */
  readonly originalPath: string | null;
  readonly originals: OriginalsPolicy | 'untouched';
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly members: readonly RecodedMember[];
  readonly remarks: readonly Remark[];
  readonly durationMs: number;
  readonly restoreNeeds: RestoreNeeds;
}

export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';

/** One entry of an inner archive. */
export interface ArchiveEntry {
  readonly member: string;
  /** As it stands in the archive: data, never a path to be opened. */
  readonly name: string;
  readonly type: EntryType;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly modified: string | null;
  readonly linkTarget: string | null;
}

export interface ExtractedEntry {
  readonly member: string;
  readonly name: string;
  /** Path below the output folder. */
  readonly writtenAs: string;
  readonly sizeBytes: number;
}

export interface SkippedEntry {
  readonly member: string;
  readonly name: string;
  readonly reason: string;
}

/** Result of `extract`. */
export interface ExtractReport {
  readonly path: string;
  readonly folder: string;
  readonly fileCount: number;
  readonly bytes: number;
  /** Only names that had to be changed. */
  readonly renamed: readonly ExtractedEntry[];
  /** Links that were recorded, not created. */
  readonly links: readonly { readonly member: string; readonly name: string; readonly target: string }[];
  readonly skipped: readonly SkippedEntry[];
  /** Members that could not be read to their end. */
  readonly failures: readonly { readonly member: string; readonly error: PlainError }[];
  readonly durationMs: number;
}

/** Result of `salvage`. */
export interface SalvageReport {
  readonly path: string;
  readonly outputPath: string | null;
  readonly members: readonly {
    readonly name: string;
    readonly status: 'complete' | 'partial' | 'lost';
    readonly entryCount: number;
    readonly bytes: number;
    readonly lastGoodEntry: string | null;
    readonly error: PlainError | null;
  }[];
  /** What the metadata lists and the file no longer holds. */
  readonly missing: readonly string[];
  readonly remarks: readonly Remark[];
  readonly durationMs: number;
}

/** Progress of a running task. Bytes are of the stored backup; a recode counts writing and reading back. */
export interface Progress {
  readonly phase: 'checking-keys' | 'reading' | 'writing' | 'reading-back' | 'swapping' | 'extracting';
  readonly doneBytes: number;
  readonly totalBytes: number;
}
