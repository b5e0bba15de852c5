// From what an inspection found to what the catalogue keeps of a backup, and which files count as backups of the library.

import { basename, sep } from 'node:path';

import { isBackupName } from '../../shared/backup-names.ts';
import type { BackupInspection, MemberVariant, RemarkCode } from '../../shared/backup.ts';
import type { BackupFormat } from '../../shared/library.ts';
import type { InspectedBackup } from '../catalog/index.ts';
import { QUARANTINE_FOLDER } from '../files/index.ts';

export function factsOf(inspection: BackupInspection): InspectedBackup {
  const { identity, metadata, members, remarks, protection, sizeBytes, restoreNeeds } = inspection;
  return {
    identity,
    slug: metadata.slug,
    name: metadata.name,
    date: metadata.requestedDate ?? metadata.date,
    instanceId: metadata.instanceId,
    encryptedParts: members.flatMap(({ name, variant, encrypted, problem }, position) =>
      encrypted === true && problem === null ? [{ position, name, variant }] : [],
    ),
    details: {
      type: metadata.type,
      homeAssistantVersion: metadata.homeAssistantVersion,
      sizeBytes,
      protection,
      format: formatOf(members.map(({ variant }) => variant)),
      mismatch: remarks.some(({ code }) => MISMATCHES.has(code)),
      contents: [...new Set(members.map(({ title }) => title))],
      restoreNeeds,
    },
    members: members.map(({ name, title, variant, sizeBytes: memberBytes }, position) => ({
      position,
      name,
      title,
      variant,
      sizeBytes: memberBytes,
    })),
  };
}

/**
 * Whether the file is a backup of the library by its path, wherever its folder is. An original that a migration kept is none:
 * neither `x.tar.orig` beside its replacement nor what waits in the quarantine.
 */
export function countsAsBackup(path: string): boolean {
  return isBackupName(basename(path)) && !path.includes(sep + QUARANTINE_FOLDER + sep);
}

/** What is neither encrypted nor an archive says nothing about the format. */
function formatOf(variants: readonly MemberVariant[]): BackupFormat {
  const formats = new Set(variants.flatMap((variant) => ENCRYPTED_FORMATS[variant] ?? []));
  const [format] = formats;
  if (format === undefined) return variants.includes('plain') ? 'plain' : 'none';
  return formats.size === 1 ? format : 'mixed';
}

const ENCRYPTED_FORMATS: Partial<Readonly<Record<MemberVariant, BackupFormat>>> = {
  v1: 'v1',
  'v1-pax': 'v1',
  v2: 'v2',
  v3: 'v3',
};

const MISMATCHES: ReadonlySet<RemarkCode> = new Set([
  'FLAG_SAYS_PLAIN',
  'FLAG_SAYS_PROTECTED',
  'MIXED_MEMBERS',
]);
