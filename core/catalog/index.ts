// What is known about backups and need not be found out again: an index on SQLite that can be made anew from the
// folders and the vault; and the journal of jobs. It holds no secret and nothing that is made of one.

export type {
  BackupDetails,
  BackupFacts,
  BackupMember,
  EncryptedPart,
  InspectedBackup,
} from './backup-facts.ts';
export { Catalog, openCatalog, type KnownBackup, type Opening } from './catalog.ts';
export type { ContentsEntry, ContentsIndex, ContentsMatch } from './contents-index.ts';
export type { CopyTable, KnownCopy, PlacedCopy } from './copy-table.ts';
export { isSameFile, type FileStamp } from './file-stamp.ts';
export {
  isBelow,
  salvageFolders,
  type FolderPlace,
  type FolderScan,
  type FolderTable,
} from './folder-table.ts';
export type { JobTable } from './job-table.ts';
export { coverageOf, untriedKeys, type Coverage, type KeyTrial, type TrialOutcome } from './key-coverage.ts';
export { isOldFormat, isWithoutKey, verificationState } from './library-filter.ts';
export type { LibraryView } from './library-view.ts';
export { salvagePins, type PinTable } from './pin-table.ts';
export type { Replacement, ReplacementTable } from './replacement-table.ts';
export type { RotationRow, RotationTable } from './rotation-table.ts';
export { resetCatalog } from './reset-catalog.ts';
export type { SettingsTable } from './settings-table.ts';
export type { KnownUnreadable, UnreadableTable } from './unreadable-table.ts';
export type {
  NewVerification,
  Verification,
  VerificationTable,
  VerificationUse,
} from './verification-table.ts';
