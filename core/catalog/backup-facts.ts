// What is known of one content without a key, and how it stands in a row. Rows of version 1 lack the details until the
// file is inspected again.

import * as v from 'valibot';

import type { MemberVariant, Protection } from '../../shared/backup.ts';
import type { BackupFormat, LibraryBackup } from '../../shared/library.ts';
import { number, numberOrNull, parsed, text, textOrNull } from './columns.ts';
import type { Row } from './database.ts';

/** An encrypted member. */
export interface EncryptedPart {
  /** Among all members of the backup, from 0. */
  readonly position: number;
  readonly name: string;
  readonly variant: string;
}

/** What an inspection tells of a backup, beside its name and date. */
export type BackupDetails = Pick<
  LibraryBackup,
  | 'type'
  | 'homeAssistantVersion'
  | 'sizeBytes'
  | 'protection'
  | 'format'
  | 'mismatch'
  | 'contents'
  | 'restoreNeeds'
>;

export interface BackupFacts {
  readonly identity: string;
  readonly slug: string;
  readonly name: string;
  /** ISO 8601 in UTC; null where the backup does not tell. */
  readonly date: string | null;
  readonly instanceId: string | null;
  readonly encryptedParts: readonly EncryptedPart[];
  /** Missing where only a version 1 of the catalogue knew this content: inspect it again. */
  readonly details?: BackupDetails;
}

/** One inner archive. */
export interface BackupMember {
  /** Among all members of the backup, from 0. */
  readonly position: number;
  readonly name: string;
  readonly title: string;
  readonly variant: MemberVariant;
  readonly sizeBytes: number;
}

/** What an inspection tells, to be remembered. Details and members that are left out stay as they were known. */
export interface InspectedBackup extends BackupFacts {
  readonly members?: readonly BackupMember[];
}

export function factsOf(row: Row): BackupFacts {
  const details = detailsOf(row);
  return {
    identity: text(row, 'identity'),
    slug: text(row, 'slug'),
    name: text(row, 'name'),
    date: textOrNull(row, 'date'),
    instanceId: textOrNull(row, 'instance_id'),
    encryptedParts: parsed(row, 'encrypted_parts', PARTS),
    ...(details === null ? {} : { details }),
  };
}

export function memberOf(row: Row): BackupMember {
  return {
    position: number(row, 'position'),
    name: text(row, 'name'),
    title: text(row, 'title'),
    variant: text(row, 'variant') as MemberVariant,
    sizeBytes: number(row, 'size_bytes'),
  };
}

/** Values for the columns of the details, in the order of DETAIL_COLUMNS. */
export function detailValues(details: BackupDetails | undefined): (string | number | null)[] {
  if (details === undefined) return DETAIL_COLUMNS.map(() => null);
  const { type, homeAssistantVersion, sizeBytes, protection, format, mismatch } = details;
  return [
    type,
    homeAssistantVersion,
    sizeBytes,
    protection,
    format,
    mismatch ? 1 : 0,
    JSON.stringify(details.contents),
    JSON.stringify(details.restoreNeeds),
  ];
}

export const DETAIL_COLUMNS = [
  'type',
  'home_assistant_version',
  'size_bytes',
  'protection',
  'format',
  'mismatch',
  'contents',
  'restore_needs',
] as const;

function detailsOf(row: Row): BackupDetails | null {
  if (numberOrNull(row, 'size_bytes') === null) return null;
  return {
    type: textOrNull(row, 'type') as BackupDetails['type'],
    homeAssistantVersion: textOrNull(row, 'home_assistant_version'),
    sizeBytes: number(row, 'size_bytes'),
    protection: text(row, 'protection') as Protection,
    format: text(row, 'format') as BackupFormat,
    mismatch: number(row, 'mismatch') === 1,
    contents: parsed(row, 'contents', CONTENTS),
    restoreNeeds: parsed(row, 'restore_needs', RESTORE_NEEDS),
  };
}

const position = v.pipe(v.number(), v.integer(), v.minValue(0));
const PARTS = v.array(v.object({ position, name: v.string(), variant: v.string() }));
const CONTENTS = v.array(v.string());
const RESTORE_NEEDS = v.object({ supervisor: v.nullable(v.string()), core: v.nullable(v.string()) });
