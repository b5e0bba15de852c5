// What a repair would correct, found out before anything is written. Every part that a key opens is read to its end
// first: a size or an end is only corrected where the content itself confirms it, and damage stops the repair.

import type { Remark } from '../../../shared/backup.ts';
import { StrongroomError, fromPlainError } from '../../../shared/errors.ts';
import { parseHeader, type V3Header } from '../../securetar/index.ts';
import type { BackupFile } from '../file/backup-file.ts';
import type { KeyRing } from '../open/key-ring.ts';
import { cutOffInside } from '../file/layout.ts';
import { isEncrypted } from '../file/member.ts';
import { wipeSource } from '../open/member-source.ts';
import type { MemberRunner } from '../member-tasks.ts';
import { isArchiveMember, openMembers, sourceOf, type OpenedMember } from '../open/open-member.ts';
import type { BackupKey, TaskOptions } from '../options.ts';
import { ProgressMeter } from '../progress-meter.ts';
import { contentOf, onlyKey, type PlannedMember, type RecodePlan, type TargetFormat } from './plan.ts';
import { protectionOf, restoreNeeds } from '../file/remarks.ts';

const SALVAGE_HINT =
  'This is damage, which no repair can undo. Download or copy the backup again; if that is not possible, salvaging saves what can still be read.';

export interface RepairPlan {
  readonly plan: RecodePlan;
  /** What is corrected, each a part of a sentence; empty where nothing is. */
  readonly corrections: readonly string[];
  /** What could not be looked into. */
  readonly unchecked: readonly Remark[];
}

/** @throws KEY_REQUIRED, WRONG_KEY, USAGE, DAMAGED_*, TRUNCATED, UNSUPPORTED_VERSION, CANCELLED */
export async function planRepair(
  backup: BackupFile,
  ring: KeyRing,
  runner: MemberRunner,
  options: TaskOptions,
): Promise<RepairPlan> {
  const opened = await openMembers(backup, ring);
  requireNoDamage(backup, opened);
  const stale = opened.filter(({ member }) => member.entry.statedSizeBytes !== null);
  requireOpen(stale);
  const mixed = protectionOf(backup.members) === 'mixed';
  if (mixed) requireOpen(opened);
  const cut = await readAll(backup, opened, ring, runner, options);

  const formats = new Map<OpenedMember, TargetFormat>();
  for (const one of cut) formats.set(one, one.member.variant === 'v3' ? 'v3' : 'plain');
  const moved = mixed ? bringTogether(backup, opened) : new Map<OpenedMember, TargetFormat>();
  for (const [one, format] of moved) formats.set(one, format);

  const isProtected = protectionAfter(backup);
  const corrections = [
    ...stale.map(({ member }) => `the size that the archive states for “${member.name}” was corrected`),
    ...markCorrections(backup, opened),
    ...flagCorrections(backup, isProtected),
    ...movedCorrections([...moved]),
    ...cutCorrections(cut),
  ];
  const locked = opened.filter(({ error }) => error !== null);
  const members = await Promise.all(opened.map((one) => planMember(backup, one, formats.get(one), ring)));
  const key = keyFor(members, opened);
  const plan: RecodePlan = {
    operation: 'repair',
    members,
    key,
    beside: key === null ? null : siblingHeader(opened, key),
    isProtected,
    nothingToDo: corrections.length === 0 ? nothingWrong(backup, locked) : null,
    restoreNeeds: restoreNeeds(members.map(({ opened: one, format }) => format ?? one.member.variant)),
  };
  return { plan, corrections, unchecked: locked.map(uncheckedRemark) };
}

/** Locked parts are not damage: they can be copied as they are. */
function requireNoDamage({ layout }: BackupFile, opened: readonly OpenedMember[]): void {
  if (layout.problem !== null) throw beyondRepair(layout.problem);
  for (const { member, error } of opened) {
    if (error !== null && !isLocked(error)) throw beyondRepair(error);
    const missingBytes = member.entry.sizeBytes - member.entry.presentBytes;
    if (missingBytes > 0) throw beyondRepair(cutOffInside(member.name, missingBytes));
  }
}

/** @throws the reason why one of them stays closed */
function requireOpen(members: readonly OpenedMember[]): void {
  const closed = members.find(({ error }) => error !== null);
  if (closed?.error != null) throw closed.error;
}

/** Reads everything that opens; the members whose gzip end is cut. */
async function readAll(
  backup: BackupFile,
  opened: readonly OpenedMember[],
  ring: KeyRing,
  runner: MemberRunner,
  { signal, onProgress }: TaskOptions,
): Promise<OpenedMember[]> {
  const readable = opened.filter(({ error, member }) => error === null && member.variant !== 'empty');
  const totalBytes = readable.reduce((sum, { member }) => sum + member.entry.sizeBytes, 0);
  const meter = new ProgressMeter('reading', totalBytes, onProgress);
  const readings = await Promise.all(
    readable.map(async (one) => {
      const source = sourceOf(backup.path, one, ring);
      try {
        const { variant } = one.member;
        const task = {
          kind: 'read',
          source,
          variant,
          isArchive: isArchiveMember(one.member),
          deep: false,
        } as const;
        return await runner.run(task, { signal, onBytes: meter.add });
      } finally {
        wipeSource(source);
      }
    }),
  );
  for (const { error } of readings) if (error !== null) throw beyondRepair(fromPlainError(error));
  return readable.filter((_, index) =>
    readings[index]?.remarks.some(({ code }) => code === 'SHORT_GZIP_END'),
  );
}

/** Which members of a mixed backup change, and into what: the declared state is what its owner chose. */
function bringTogether(backup: BackupFile, opened: readonly OpenedMember[]): Map<OpenedMember, TargetFormat> {
  const format = opened.some(({ member }) => member.variant === 'v3') ? 'v3' : 'v2';
  const changes = opened
    .filter(({ member }) => member.variant !== 'empty' && member.variant !== 'opaque')
    .filter(({ member }) => isEncrypted(member.variant) !== backup.metadata.protected);
  return new Map(changes.map((one) => [one, backup.metadata.protected ? format : 'plain']));
}

async function planMember(
  backup: BackupFile,
  opened: OpenedMember,
  format: TargetFormat | undefined,
  ring: KeyRing,
): Promise<PlannedMember> {
  if (format !== undefined) return { opened, format, content: await contentOf(backup, opened, ring) };
  return { opened, format: null, content: { plaintextBytes: opened.member.entry.sizeBytes, cure: null } };
}

function keyFor(members: readonly PlannedMember[], opened: readonly OpenedMember[]): BackupKey | null {
  const encrypting = members.filter(({ format }) => format === 'v2' || format === 'v3');
  if (encrypting.length === 0) return null;
  const own = encrypting.flatMap(({ opened: { key } }) => (key === null ? [] : [key]));
  // Parts that were plain get the key that opens the others.
  const isPlain = own.length < encrypting.length;
  return onlyKey(isPlain ? opened.flatMap(({ key }) => (key === null ? [] : [key])) : own);
}

/** One Argon2id run opens all parts of a backup: what is written anew shares the salts of what is there. */
function siblingHeader(opened: readonly OpenedMember[], key: BackupKey): V3Header | null {
  const sibling = opened.find(
    (one) => one.member.variant === 'v3' && one.key !== null && one.key.password.equals(key.password),
  );
  if (sibling === undefined) return null;
  const header = parseHeader(sibling.member.start);
  return header.version === 3 ? header : null;
}

function protectionAfter({ metadata, members }: BackupFile): boolean {
  const protection = protectionOf(members);
  if (protection === 'encrypted') return true;
  return protection === 'plain' ? false : metadata.protected;
}

function markCorrections({ layout }: BackupFile, opened: readonly OpenedMember[]): string[] {
  if (layout.endMarker) return [];
  const parts = opened.length === 1 ? 'its only part is' : `all its ${opened.length} parts are`;
  return [`the mark at the end of the archive was added (${parts} there)`];
}

function flagCorrections({ metadata }: BackupFile, isProtected: boolean): string[] {
  if (metadata.protected === isProtected) return [];
  return [
    `${metadata.fileName} now says that the backup is ${isProtected ? '' : 'not '}encrypted, which is the truth`,
  ];
}

function movedCorrections(moved: readonly (readonly [OpenedMember, TargetFormat])[]): string[] {
  return moved.map(([{ member }, format]) =>
    format === 'plain'
      ? `“${member.name}” was decrypted, like the other parts`
      : `“${member.name}” was encrypted, like the other parts`,
  );
}

function cutCorrections(cut: readonly OpenedMember[]): string[] {
  if (cut.length === 0) return [];
  const names = cut.map(({ member }) => `“${member.name}”`).join(', ');
  return cut.length === 1
    ? [
        `the end of ${names}, cut by Home Assistant’s own decryption, was written anew (all its files were complete)`,
      ]
    : [
        `the ends of ${names}, cut by Home Assistant’s own decryption, were written anew (all their files were complete)`,
      ];
}

function nothingWrong({ layout }: BackupFile, locked: readonly OpenedMember[]): string {
  const zeros = layout.extraZeroBytes > 0 ? ' The zeros at its end do no harm.' : '';
  if (locked.length === 0) return `Nothing in this backup needs repair.${zeros}`;
  const names = locked.map(({ member }) => `“${member.name}”`).join(', ');
  return `Nothing was found that needs repair, but ${names} could not be looked into without the key.${zeros}`;
}

function uncheckedRemark({ member }: OpenedMember): Remark {
  const message = `“${member.name}” could not be looked into: none of your keys opens it. Whether its end was cut by Home Assistant is not known.`;
  return { code: 'MEMBER_LOCKED', member: member.name, message };
}

function isLocked({ code }: StrongroomError): boolean {
  return code === 'KEY_REQUIRED' || code === 'WRONG_KEY';
}

function beyondRepair(error: StrongroomError): StrongroomError {
  if (error.code === 'IO_FAILED' || error.code === 'UNSUPPORTED_VERSION') return error;
  return new StrongroomError(error.code, error.message, {
    hint: SALVAGE_HINT,
    details: error.details,
    cause: error,
  });
}
