// What is known about the vault and the keys in it: plain, serialisable, and without any secret.
// Times are ISO 8601 in UTC.

import type { PlainError } from './errors.ts';

/** Retired: no longer written with, still tried. Compromised: somebody else may know it; still tried, too. */
export type KeyState = 'active' | 'retired' | 'compromised';

export type KeyOrigin = 'emergency-kit' | 'typed' | 'generated' | 'backup'; // Home Assistant's own, found in an opened backup (`data/.storage/backup`)

/** How long somebody who has a backup must try until he has its key. */
export interface KeyStrength {
  /** Decimal logarithm of the guesses that are needed on average. */
  readonly guessesLog10: number;
  /** Seconds for a backup in SecureTar v1 or v2 (SHA-256 a hundred times). */
  readonly legacyCrackSeconds: number;
  /** Seconds for a backup in SecureTar v3 (Argon2id). */
  readonly argon2idCrackSeconds: number;
  readonly verdict: 'weak' | 'fair' | 'strong';
  /** What makes it weak, a full sentence that does not repeat any of it; null where nothing does. */
  readonly warning: string | null;
}

/** One key record as it may be shown. */
export interface KeyInfo {
  readonly id: string;
  /** Unique in the vault, compared without regard to case. */
  readonly label: string;
  readonly state: KeyState;
  readonly origin: KeyOrigin;
  /** File name of the kit or backup that it came from. */
  readonly sourceName: string | null;
  /** As the emergency kit has them, in its language; null where unknown. */
  readonly instance: string | null;
  readonly url: string | null;
  readonly kitDate: string | null;
  /** Home Assistant's own id of the installation (`extra.instance_id`), where a backup told it. */
  readonly instanceId: string | null;
  readonly addedAt: string;
  readonly stateChangedAt: string;
  /** When a saved copy of it was last typed in and was right. */
  readonly drilledAt: string | null;
  /** When its emergency kit was last written by Strongroom. */
  readonly exportedAt: string | null;
  /** Eight hexadecimal digits in two groups; worth something in this vault only. */
  readonly fingerprint: string;
  readonly strength: KeyStrength;
}

/** What a key opens, as far as backups are known. */
export interface KeyUse {
  readonly backupCount: number;
  /** Dates of the oldest and the newest backup it opens; null where there is none, or none has a date. */
  readonly earliest: string | null;
  readonly latest: string | null;
}

export interface KeyWithUse extends KeyInfo {
  readonly use: KeyUse;
}

export interface ListedKey extends KeyInfo {
  /** null where the catalogue cannot be asked. */
  readonly use: KeyUse | null;
}

/** How a vault is opened. */
export type UnlockWay = 'keychain' | 'passphrase';

export interface VaultStatus {
  readonly path: string;
  readonly state: 'missing' | 'locked' | 'unlocked' | 'damaged';
  /** Locked on purpose: the keychain is not asked until someone unlocks it. */
  readonly lockedOnPurpose: boolean;
  readonly ways: readonly UnlockWay[];
  /** null while it is locked. */
  readonly keyCount: number | null;
  readonly changedAt: string | null;
  /** The second copy of the file, written with every change. newer: an older file took the vault's place. */
  readonly copy: 'intact' | 'older' | 'newer' | 'missing' | 'damaged';
  /** Milliseconds without use after which a program that stays open locks it; null for never. */
  readonly idleLockMs: number | null;
  readonly error: PlainError | null;
}

/** One key that was offered to the vault. */
export interface AddedKey {
  readonly key: KeyInfo;
  /** False: the vault had it already. */
  readonly isNew: boolean;
}

export interface KitFileResult {
  readonly path: string;
  readonly keys: readonly AddedKey[];
  /** Why nothing was taken from it. */
  readonly error: PlainError | null;
}

/** Result of importing emergency kits. */
export interface KitImportReport {
  readonly files: readonly KitFileResult[];
  /** Files of folders that are no emergency kits, by their paths; those that were named are in `files`. */
  readonly passedOver: readonly string[];
}

/** What is known about who opens one backup file. */
export interface BackupKeys {
  readonly path: string;
  readonly name: string | null;
  readonly slug: string | null;
  readonly date: string | null;
  /**
   * opens: every encrypted part; opens-part: some of them; locked: none of the keys; plain: nothing to open;
   * unreadable: see `error`.
   */
  readonly outcome: 'opens' | 'opens-part' | 'locked' | 'plain' | 'unreadable';
  /** Ids of the keys, the one that opens most first. */
  readonly keyIds: readonly string[];
  /** Parts that no key opens. */
  readonly lockedMembers: readonly string[];
  /** Answered from memory, without trying anything. */
  readonly remembered: boolean;
  readonly error: PlainError | null;
}

/** Result of matching. */
export interface MatchReport {
  readonly backups: readonly BackupKeys[];
  readonly keys: readonly KeyWithUse[];
  /** Argon2id runs that were paid for, about 0.2 s each. */
  readonly argon2idCount: number;
  readonly durationMs: number;
}

/** Result of marking a key as compromised. */
export interface CompromisedReport {
  readonly key: KeyInfo;
  /** Every known copy of every backup that it opens. */
  readonly opens: readonly {
    readonly path: string;
    readonly name: string | null;
    readonly date: string | null;
  }[];
  /** What to do now, in order; full sentences. */
  readonly advice: readonly string[];
}

/** Result of taking over the key found in a backup. */
export interface AdoptReport {
  readonly path: string;
  readonly added: AddedKey;
  /** The found key is the one that opens this very backup. */
  readonly opensThisBackup: boolean;
}

/** A character of a key as people count: group 1 to 7, character 1 to 4. */
export interface KeyPlace {
  readonly group: number;
  readonly character: number;
}

/** Result of typing a key in. */
export interface TypedKeyReport {
  readonly added: AddedKey;
  /** as-written: with the capitals and dashes that Home Assistant writes; look-alike: that opened the backup. */
  readonly form: 'as-typed' | 'as-written' | 'look-alike';
  /** Where the look-alikes were swapped. */
  readonly places: readonly KeyPlace[];
}

/** Result of saving an emergency kit. */
export interface KitSaved {
  readonly path: string;
  /** False for a password that is not in Home Assistant's form: no program finds it in the kit again. */
  readonly readableByImport: boolean;
}

/** Result of typing the saved copy of a key. */
export interface DrillReport {
  readonly key: KeyInfo;
  /** look-alike: right but for characters that look alike, at `places`. */
  readonly outcome: 'right' | 'right-but-written-differently' | 'look-alike' | 'wrong';
  /** Where the copy differs; empty where it cannot be said. */
  readonly places: readonly KeyPlace[];
}
