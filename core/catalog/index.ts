// What is known about backups and need not be found out again: an index on SQLite that can be made anew from the
// folders and the vault. It holds no secret and nothing that is made of one.

export {
  Catalog,
  openCatalog,
  type BackupFacts,
  type EncryptedPart,
  type FileStamp,
  type KeyTrial,
  type KnownBackup,
  type Opening,
  type TrialOutcome,
} from './catalog.ts';
