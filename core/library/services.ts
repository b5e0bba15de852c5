// What the use cases are built from. The only place that says which parts of the other rooms they see.

import type { BackupInspection, BackupVerification, KeyMatch, RecodeReport } from '../../shared/backup.ts';
import type { BackupKey, ReadEntryOptions, RecodeOptions, VerifyOptions } from '../backup/index.ts';
import type { Catalog } from '../catalog/index.ts';
import type { Vault } from '../vault/index.ts';

export interface LibraryServices {
  readonly vault: Pick<
    Vault,
    'isUnlocked' | 'keyIds' | 'list' | 'find' | 'secrets' | 'add' | 'change' | 'remove' | 'matches'
  >;
  readonly catalog: Catalog;
  readonly engine: LibraryEngine;
  /** Backups that are tried side by side, at least 1. */
  readonly threads: number;
}

/** What is asked of one backup at a time. */
export interface LibraryEngine {
  inspect(path: string): Promise<BackupInspection>;
  openWith(path: string, keys: readonly BackupKey[], signal?: AbortSignal): Promise<KeyMatch>;
  readEntry(path: string, options: ReadEntryOptions): Promise<Buffer | null>;
  recode(path: string, options: RecodeOptions): Promise<RecodeReport>;
  verify(path: string, options: VerifyOptions): Promise<BackupVerification>;
}
