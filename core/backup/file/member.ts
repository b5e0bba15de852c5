// What one inner archive is, told from its first bytes, its PAX header and the company it is in. The metadata's
// flag is only compared, never believed; what has no magic where v2 or v3 was written is damage, not v1.

import type { FileHandle } from 'node:fs/promises';

import type { BackupMetadata, MemberInspection, MemberKind, MemberVariant } from '../../../shared/backup.ts';
import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import { compareVersions } from '../../../shared/home-assistant-version.ts';
import { readAt } from '../../files/index.ts';
import {
  V1_HEADER_BYTES,
  V2_HEADER_BYTES,
  V3_HEADER_BYTES,
  checkV3EntrySize,
  hasSecureTarMagic,
  parseHeader,
} from '../../securetar/index.ts';
import { BLOCK_BYTES, RECORD_BYTES, isTarHeader, isZeroBlock } from '../../tar/index.ts';
import type { OuterEntry } from './layout.ts';

const AES_BLOCK_BYTES = 16;
const ARCHIVE_SUFFIX = /\.(tar|tar\.gz|tgz)$/i;

/** One inner archive with everything its first bytes tell. */
export interface Member {
  readonly entry: OuterEntry;
  readonly name: string;
  readonly variant: MemberVariant;
  /** The first bytes, up to a tar block. */
  readonly start: Buffer;
  readonly problem: StrongroomError | null;
}

/** Reads and classifies the inner archives, in order. */
export async function readMembers(
  handle: FileHandle,
  entries: readonly OuterEntry[],
  metadata: BackupMetadata | null,
): Promise<Member[]> {
  const members: Member[] = [];
  for (const entry of entries) {
    const start = await readAt(handle, entry.dataOffset, Math.min(BLOCK_BYTES, entry.presentBytes));
    members.push(classify(entry, start));
  }
  const magicExpected =
    members.some(({ variant }) => variant === 'v2' || variant === 'v3') ||
    (metadata !== null && writesMagic(metadata));
  return members.map((member) => (magicExpected && lacksMagic(member) ? withoutMagic(member) : member));
}

function classify(entry: OuterEntry, start: Buffer): Member {
  const known = { entry, name: entry.name.replace(ARCHIVE_SUFFIX, ''), start };
  if (entry.sizeBytes === 0) return { ...known, variant: 'empty', problem: null };
  if (startsWithZeros(entry, start)) return { ...known, variant: 'unknown', problem: zerosInstead(entry) };
  if (startsLikeArchive(start)) return { ...known, variant: 'plain', problem: null };
  const paxVersion = entry.pax.get('_securetar.version');
  if (hasSecureTarMagic(start)) return { ...known, ...readVersion(entry, start) };
  if (paxVersion === '2.0') return { ...known, ...checkLegacySize(entry, 'v1-pax') };
  if (paxVersion !== undefined) {
    const problem = new StrongroomError(
      'UNSUPPORTED_VERSION',
      `“${entry.name}” is in an unknown SecureTar format.`,
      {
        hint: UPDATE_HINT,
      },
    );
    return { ...known, variant: 'unknown', problem };
  }
  if (!isArchiveName(entry.name)) return { ...known, variant: 'opaque', problem: null };
  return { ...known, ...checkLegacySize(entry, 'v1') };
}

function readVersion(entry: OuterEntry, start: Buffer): Pick<Member, 'variant' | 'problem'> {
  let variant: MemberVariant = 'unknown';
  try {
    const header = parseHeader(start.subarray(0, start[9] === 2 ? V2_HEADER_BYTES : V3_HEADER_BYTES));
    variant = header.version === 2 ? 'v2' : 'v3';
    if (header.version === 3) checkV3EntrySize(header, entry.sizeBytes);
    return { variant, problem: null };
  } catch (error) {
    return { variant, problem: nameMember(error as StrongroomError, entry.name) };
  }
}

function checkLegacySize(entry: OuterEntry, variant: 'v1' | 'v1-pax'): Pick<Member, 'variant' | 'problem'> {
  const bodyBytes = entry.sizeBytes - V1_HEADER_BYTES;
  if (bodyBytes >= AES_BLOCK_BYTES && bodyBytes % AES_BLOCK_BYTES === 0) return { variant, problem: null };
  const problem = new StrongroomError(
    'DAMAGED_HEADER',
    `“${entry.name}” is damaged: it is neither an archive nor a whole number of cipher blocks.`,
    {
      hint: DAMAGE_HINT,
      details: { member: entry.name },
    },
  );
  return { variant: 'unknown', problem };
}

/** An empty tar is one record of zeros. More of them are a hole, as cut-off copies and failing drives leave it. */
function startsWithZeros({ name, sizeBytes }: OuterEntry, start: Buffer): boolean {
  const zeros = start.length >= BLOCK_BYTES && isZeroBlock(start);
  return zeros && isArchiveName(name) && !(name.toLowerCase().endsWith('.tar') && sizeBytes <= RECORD_BYTES);
}

function zerosInstead({ name, dataOffset }: OuterEntry): StrongroomError {
  return new StrongroomError(
    'DAMAGED_PAYLOAD',
    `“${name}” is damaged: it begins with zeros, not with content.`,
    {
      hint: DAMAGE_HINT,
      details: { member: name, fileOffsetBytes: dataOffset },
    },
  );
}

function lacksMagic({ variant, start, entry }: Member): boolean {
  if (variant === 'v1') return true;
  return (
    variant === 'unknown' &&
    !hasSecureTarMagic(start) &&
    !entry.pax.has('_securetar.version') &&
    !startsWithZeros(entry, start)
  );
}

function withoutMagic(member: Member): Member {
  const problem = new StrongroomError(
    'DAMAGED_HEADER',
    `“${member.entry.name}” is damaged at its start: the rest of this backup is in a newer format, and this part lacks that format’s mark.`,
    { hint: DAMAGE_HINT, details: { member: member.entry.name, fileOffsetBytes: member.entry.dataOffset } },
  );
  return { ...member, variant: 'unknown', problem };
}

/** Supervisors from 2025.02 and Cores from 2025.2 on write v2 or v3 only (January 2025: v1-pax). */
function writesMagic(metadata: BackupMetadata): boolean {
  const writer = metadata.supervisorVersion ?? metadata.homeAssistantVersion;
  return writer !== null && compareVersions(writer, '2025.2') >= 0;
}

/** A gzip or tar beginning, as every inner archive has once it is not encrypted. */
export function startsLikeArchive(start: Buffer): boolean {
  const gzip =
    start[0] === 0x1f && start[1] === 0x8b && start[2] === 0x08 && ((start[3] ?? 0xff) & 0xe0) === 0;
  if (gzip) return true;
  return start.length >= BLOCK_BYTES && (isTarHeader(start) || isZeroBlock(start));
}

export function startsLikeGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

export function isEncrypted(variant: MemberVariant): boolean | null {
  if (variant === 'unknown') return null;
  return variant === 'v1' || variant === 'v1-pax' || variant === 'v2' || variant === 'v3';
}

/** The form that leaves the room. */
export function describeMember(member: Member, metadata: BackupMetadata): MemberInspection {
  const { entry, name, variant, start, problem } = member;
  const { kind, title } = nameForPeople(name, metadata);
  return {
    name,
    storedName: entry.storedName,
    kind,
    title,
    sizeBytes: entry.sizeBytes,
    plaintextSizeBytes: plaintextSize(member),
    variant,
    declaredEncrypted: metadata.protected,
    encrypted: isEncrypted(variant),
    compressed:
      variant === 'plain'
        ? startsLikeGzip(start)
        : /\.(tar\.gz|tgz)$/i.test(entry.name)
          ? true
          : variant === 'opaque'
            ? null
            : false,
    modified: entry.mtimeSeconds > 0 ? new Date(entry.mtimeSeconds * 1000).toISOString() : null,
    problem: problem === null ? null : toPlainError(problem),
  };
}

function plaintextSize({ variant, entry, start, problem }: Member): number | null {
  if (variant === 'plain' || variant === 'empty' || variant === 'opaque') return entry.sizeBytes;
  if (variant !== 'v3' || problem !== null) return null;
  return parseHeader(start.subarray(0, V3_HEADER_BYTES)).plaintextSizeBytes;
}

export function nameForPeople(name: string, metadata: BackupMetadata): { kind: MemberKind; title: string } {
  if (name === 'homeassistant') return { kind: 'homeassistant', title: 'Home Assistant' };
  const addon = metadata.addons.find(({ slug }) => slug === name);
  if (addon !== undefined) return { kind: 'addon', title: addon.name === '' ? addon.slug : addon.name };
  const folder = folderOf(name);
  if (metadata.folders.includes(folder)) return { kind: 'folder', title: `Folder ${folder}` };
  if (name === 'supervisor') return { kind: 'supervisor', title: 'Supervisor settings' };
  return { kind: 'unlisted', title: name };
}

export function isArchiveName(name: string): boolean {
  return ARCHIVE_SUFFIX.test(name);
}

/** Everything the metadata lists, by member name as the metadata writes it. */
export function listedMembers(metadata: BackupMetadata): string[] {
  return [
    ...(metadata.homeAssistantVersion === null ? [] : ['homeassistant']),
    ...metadata.addons.map(({ slug }) => slug),
    ...metadata.folders,
  ];
}

/** What the metadata lists and the file does not hold. */
export function missingMembers(metadata: BackupMetadata, members: readonly Pick<Member, 'name'>[]): string[] {
  const present = new Set(members.map(({ name }) => folderOf(name)));
  return listedMembers(metadata).filter((name) => !present.has(name));
}

/** The metadata writes the folder "addons/local", the member is called "addons_local". */
export function folderOf(memberName: string): string {
  return memberName === 'addons_local' ? 'addons/local' : memberName;
}

function nameMember(error: StrongroomError, name: string): StrongroomError {
  return new StrongroomError(error.code, `“${name}”: ${error.message}`, {
    hint: error.hint ?? (error.code === 'UNSUPPORTED_VERSION' ? UPDATE_HINT : DAMAGE_HINT),
    details: { ...error.details, member: name },
    cause: error,
  });
}

const UPDATE_HINT = 'It was written by a newer Home Assistant, or is damaged. Look for a newer Strongroom.';
const DAMAGE_HINT =
  'Download the backup again. The other parts are checked by themselves; salvaging saves them.';
