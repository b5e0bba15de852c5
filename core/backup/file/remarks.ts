// What is worth telling about a backup although it may be perfectly good: each remark is a full sentence that
// says what it means for its owner.

import type { Protection, Remark, RestoreNeeds } from '../../../shared/backup.ts';
import {
  V3_NEEDS,
  compareVersions,
  isInsecureCore,
  isOutOfSupport,
} from '../../../shared/home-assistant-version.ts';
import type { BackupFile } from './backup-file.ts';
import { folderOf, isEncrypted, listedMembers, missingMembers, type Member } from './member.ts';
import type { InspectOptions } from '../options.ts';

/** Members supervisors add without listing them in the metadata. */
const NEVER_LISTED = new Set(['supervisor', 'homeassistant']);

export function protectionOf(members: readonly Member[]): Protection {
  const states = members
    .filter(({ variant }) => variant !== 'empty' && variant !== 'opaque')
    .map((member) => isEncrypted(member.variant));
  if (states.length === 0) return 'none';
  if (states.includes(true)) return states.includes(false) ? 'mixed' : 'encrypted';
  return states.includes(null) ? 'unclear' : 'plain';
}

export function restoreNeeds(variants: Iterable<string>): RestoreNeeds {
  return [...variants].includes('v3') ? V3_NEEDS : { supervisor: null, core: null };
}

export function remarksOf(backup: BackupFile, options: InspectOptions): Remark[] {
  return [
    ...protectionRemarks(backup),
    ...archiveRemarks(backup),
    ...listingRemarks(backup),
    ...versionRemarks(backup, options),
    ...backup.secrets.map((secret): Remark => ({
      code: 'SECRETS_IN_METADATA',
      message: `${backup.metadata.fileName} holds ${secret} in the clear, readable by everyone who has the file, even where the backup is encrypted.`,
    })),
  ];
}

function protectionRemarks({ metadata, members }: BackupFile): Remark[] {
  switch (protectionOf(members)) {
    case 'mixed':
      return [
        {
          code: 'MIXED_MEMBERS',
          message: `Some parts are encrypted and others are not (${list(members.filter((m) => isEncrypted(m.variant) === true))} encrypted). Home Assistant leaves backups so when it decrypts or encrypts them itself; repairing it makes all parts alike.`,
        },
      ];
    case 'encrypted':
      if (metadata.protected) return [];
      return [
        {
          code: 'FLAG_SAYS_PLAIN',
          message: `${metadata.fileName} says that the backup is not encrypted, but it is. Repairing corrects that.`,
        },
      ];
    case 'plain':
      if (!metadata.protected) return [];
      return [
        {
          code: 'FLAG_SAYS_PROTECTED',
          message: `${metadata.fileName} says that the backup is encrypted, but nothing in it is: everyone who has the file can read it. Repairing corrects the entry, encrypting protects it.`,
        },
      ];
    default:
      return [];
  }
}

function archiveRemarks({ layout }: BackupFile): Remark[] {
  const remarks: Remark[] = [];
  for (const entry of layout.entries) {
    if (entry.statedSizeBytes === null) continue;
    remarks.push({
      code: 'STALE_PAX_SIZE',
      member: entry.name,
      message: `“${entry.name}” states a size that is ${Math.abs(entry.statedSizeBytes - entry.sizeBytes)} bytes off, as Home Assistant leaves it when it re-encrypts or decrypts large backups. Other programs cannot read past it; repairing corrects it.`,
    });
  }
  if (!layout.endMarker && layout.problem === null) {
    remarks.push({
      code: 'END_MARKER_MISSING',
      message:
        'The mark at the end of the archive is missing. All parts that it lists are there, but a file cut off exactly between two parts looks the same. Repairing adds the mark.',
    });
  }
  if (layout.extraZeroBytes > 0) {
    remarks.push({
      code: 'ZERO_PADDING',
      message: `The file ends with ${layout.extraZeroBytes} bytes of zeros, which Home Assistant adds when it rewrites a backup. They do no harm.`,
    });
  }
  return remarks;
}

function listingRemarks({ metadata, members }: BackupFile): Remark[] {
  const remarks: Remark[] = [];
  const listed = listedMembers(metadata);
  for (const name of missingMembers(metadata, members)) {
    remarks.push({
      code: 'MEMBER_MISSING',
      member: name,
      message: `“${name}” is listed in ${metadata.fileName}, but not in the file.`,
    });
  }
  const known = new Set(listed);
  const seen = new Set<string>();
  for (const { name } of members) {
    if (seen.has(name))
      remarks.push({ code: 'DUPLICATE_MEMBER', member: name, message: `“${name}” is in the file twice.` });
    seen.add(name);
    if (known.has(folderOf(name)) || NEVER_LISTED.has(name)) continue;
    remarks.push({
      code: 'MEMBER_NOT_LISTED',
      member: name,
      message: `“${name}” is in the file, but not listed in ${metadata.fileName}. It is treated like every other part.`,
    });
  }
  return remarks;
}

function versionRemarks({ metadata }: BackupFile, options: InspectOptions): Remark[] {
  const remarks: Remark[] = [];
  const own = options.supervisorVersion;
  const written = metadata.supervisorVersion;
  if (own !== undefined && written !== null && compareVersions(written, own) > 0) {
    remarks.push({
      code: 'NEWER_SUPERVISOR',
      message: `It was made by Supervisor ${written}; a Supervisor refuses backups of a newer one. Update yours (${own}) before restoring.`,
    });
  }
  const core = metadata.homeAssistantVersion;
  if (core === null) return remarks;
  if (isInsecureCore(core)) {
    remarks.push({
      code: 'CORE_INSECURE',
      message: `It would bring back Home Assistant ${core}, which has known security holes and is blocked from remote access. Update at once after restoring.`,
    });
  } else if (isOutOfSupport(core, options.now ?? new Date())) {
    remarks.push({
      code: 'CORE_OUT_OF_SUPPORT',
      message: `It would bring back Home Assistant ${core}, which is over two years old and out of support. Update after restoring.`,
    });
  }
  return remarks;
}

function list(members: readonly Member[]): string {
  return members.map(({ name }) => name).join(', ');
}
