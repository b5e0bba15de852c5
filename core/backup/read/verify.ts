// Proves that a backup can be restored, or says exactly what stands in the way. Every member is answered by
// itself: one bad part never hides the good ones.

import { stat } from 'node:fs/promises';

import type {
  BackupVerification,
  MemberStatus,
  MemberVerification,
  Remark,
  VerifyLevel,
} from '../../../shared/backup.ts';
import { StrongroomError, toPlainError, type ErrorCode, type PlainError } from '../../../shared/errors.ts';
import { throwIfCancelled } from '../../files/index.ts';
import { openBackup, type BackupFile } from '../file/backup-file.ts';
import { inspectionOf } from '../file/inspect.ts';
import { KeyRing } from '../open/key-ring.ts';
import { cutOffInside } from '../file/layout.ts';
import { plaintextSizeOf } from '../open/plaintext-size.ts';
import { nameForPeople } from '../file/member.ts';
import { wipeSource } from '../open/member-source.ts';
import type { MemberRunner } from '../member-tasks.ts';
import { isArchiveMember, openMembers, sourceOf, type OpenedMember } from '../open/open-member.ts';
import type { VerifyOptions } from '../options.ts';
import { ProgressMeter } from '../progress-meter.ts';
import { MAX_NAMED_ENTRIES, unpackNames, type EntryNames } from './entry-names.ts';
import type { MemberReading } from './read-member.ts';

/**
 * Verifies one backup. Damage is a result, not an exception; only what makes it no backup at all is thrown.
 * @throws NOT_A_BACKUP, TRUNCATED, DAMAGED_METADATA, DAMAGED_HEADER, CANCELLED, IO_FAILED
 */
export async function verify(
  path: string,
  options: VerifyOptions,
  runner: MemberRunner,
): Promise<BackupVerification> {
  const started = performance.now();
  const backup = await openBackup(path);
  const ring = new KeyRing(runner.sodium, options.keys);
  try {
    const opened = await openMembers(backup, ring, options.signal);
    throwIfCancelled(options.signal);
    const meter = new ProgressMeter('reading', totalBytes(opened, options.level), options.onProgress);
    const tellNames = namesTeller(options);
    // All have ended before the file is closed and the keys are wiped, whatever one of them throws.
    const settled = await Promise.allSettled(
      opened.map((member) => verifyMember(backup, member, ring, runner, options, meter, tellNames)),
    );
    const members = settled.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
    await requireUnchanged(backup);
    const error = firstError(backup, members);
    return {
      path,
      level: options.level,
      status: error === null ? 'good' : statusOf(error.code),
      inspection: inspectionOf(backup),
      members,
      remarks: [...keyRemarks(opened), ...members.flatMap(({ remarks }) => remarks)],
      error,
      durationMs: performance.now() - started,
      sodium: runner.sodium.name,
    };
  } finally {
    ring.wipe();
    await backup.close();
  }
}

async function verifyMember(
  backup: BackupFile,
  opened: OpenedMember,
  ring: KeyRing,
  runner: MemberRunner,
  options: VerifyOptions,
  meter: ProgressMeter,
  tellNames: ReturnType<typeof namesTeller>,
): Promise<MemberVerification> {
  const { member, key } = opened;
  const known = {
    name: member.name,
    title: nameForPeople(member.name, backup.metadata).title,
    variant: member.variant,
    keyLabel: key?.label ?? null,
    sizeBytes: member.entry.sizeBytes,
  };
  if (opened.error !== null) return { ...known, ...nothingRead(toPlainError(opened.error)) };
  const cutOff = cutOffError(opened);
  if (options.level === 'quick' || member.variant === 'empty') {
    const problem = cutOff ?? (await endProblem(backup, opened, ring));
    return { ...known, ...nothingRead(problem === null ? null : toPlainError(problem)) };
  }
  const source = sourceOf(backup.path, opened, ring);
  let bytesLeft = member.entry.sizeBytes;
  const onBytes = (bytes: number): void => {
    bytesLeft -= bytes;
    meter.add(bytes);
  };
  try {
    const { names, ...reading } = await runner.run(
      {
        kind: 'read',
        source,
        variant: member.variant,
        isArchive: isArchiveMember(member),
        deep: options.level === 'deep',
        ...(options.onEntries === undefined ? {} : { maxNames: MAX_NAMED_ENTRIES }),
      },
      { signal: options.signal, onBytes },
    );
    meter.add(bytesLeft); // what was not read behind a damage is done with, too
    if (names !== null) tellNames(member.name, names);
    const judged = withCutOff(withDeepFindings(reading), cutOff);
    return { ...known, ...judged, status: judged.error === null ? 'good' : statusOf(judged.error.code) };
  } finally {
    wipeSource(source);
  }
}

/** Hands on the names of all members, as many of them as are allowed together. */
function namesTeller({ onEntries }: VerifyOptions): (member: string, names: EntryNames) => void {
  let left = MAX_NAMED_ENTRIES;
  return (member, names) => {
    const entries = unpackNames(names, left);
    left -= entries.length;
    onEntries?.(member, entries, names.isComplete && entries.length === names.sizesBytes.length);
  };
}

/** @throws SOURCE_CHANGED when another file stands in its place now, or it was written to */
async function requireUnchanged({ path, handle, layout }: BackupFile): Promise<void> {
  const opened = await handle.stat();
  const standing = await stat(path).catch(() => null);
  const same = standing !== null && standing.ino === opened.ino && standing.size === layout.fileBytes;
  if (same && standing.mtime.getTime() === layout.modified.getTime()) return;
  throw new StrongroomError('SOURCE_CHANGED', 'The file was changed or replaced while it was being read.', {
    hint: 'Wait until the download or copy is finished, then try again.',
  });
}

type Judged = Omit<MemberReading, 'names'>;

/** Where the file ends too early, how much is missing says more than where the reading stopped. */
function withCutOff(reading: Judged, cutOff: StrongroomError | null): Judged {
  if (cutOff === null || reading.error?.code !== 'TRUNCATED') return reading;
  return { ...reading, error: toPlainError(cutOff) };
}

/** Databases and files that are broken inside are damage, although the archive around them is whole. */
function withDeepFindings(reading: Judged): Judged {
  const [finding] = reading.deep?.findings ?? [];
  if (reading.error !== null || finding === undefined) return reading;
  const count = reading.deep?.findings.length ?? 0;
  const others = count === 1 ? '' : ` and ${count - 1} more`;
  const provesBytes = !reading.remarks.some(({ code }) => code === 'NO_CHECKSUM');
  return {
    ...reading,
    error: provesBytes
      ? {
          code: 'DAMAGED_PAYLOAD',
          message: `“${finding.entry}”${others} was already broken when the backup was made: ${finding.message}`,
          hint: 'The backup itself is whole. Home Assistant may start with an older copy of this file.',
        }
      : {
          code: 'DAMAGED_PAYLOAD',
          message: `“${finding.entry}”${others} is broken: ${finding.message}`,
          hint: 'It was so when the backup was made, or was damaged since: this format cannot tell. Look for another copy of the backup.',
        },
  };
}

async function endProblem(
  backup: BackupFile,
  opened: OpenedMember,
  ring: KeyRing,
): Promise<StrongroomError | null> {
  try {
    await plaintextSizeOf(backup.handle, opened, ring);
    return null;
  } catch (error) {
    if (!(error instanceof StrongroomError)) throw error;
    const { name } = opened.member;
    if ('member' in error.details) return error;
    return new StrongroomError(error.code, `“${name}”: ${error.message}`, {
      hint: error.hint ?? DAMAGE_HINT,
      details: { ...error.details, member: name },
      cause: error,
    });
  }
}

function cutOffError({ member: { entry, name } }: OpenedMember): StrongroomError | null {
  const missing = entry.sizeBytes - entry.presentBytes;
  return missing > 0 ? cutOffInside(name, missing) : null;
}

function nothingRead(
  error: PlainError | null,
): Omit<MemberVerification, 'name' | 'title' | 'variant' | 'keyLabel' | 'sizeBytes'> {
  return {
    status: error === null ? 'good' : statusOf(error.code),
    tarBytes: 0,
    entryCount: 0,
    durationMs: 0,
    remarks: [],
    error,
    salvageable: null,
    deep: null,
  };
}

function statusOf(code: ErrorCode): MemberStatus {
  switch (code) {
    case 'KEY_REQUIRED':
    case 'WRONG_KEY':
      return 'locked';
    case 'TRUNCATED':
      return 'truncated';
    case 'UNSUPPORTED_VERSION':
      return 'unsupported';
    default:
      return 'damaged';
  }
}

/** Damage before everything else: it is what its owner must hear first. */
function firstError(backup: BackupFile, members: readonly MemberVerification[]): PlainError | null {
  if (backup.layout.problem !== null) return toPlainError(backup.layout.problem);
  for (const status of ['damaged', 'truncated', 'unsupported', 'locked'] as const) {
    const found = members.find((member) => member.status === status);
    if (found?.error != null) return found.error;
  }
  return null;
}

function keyRemarks(opened: readonly OpenedMember[]): Remark[] {
  const labels = new Set(opened.flatMap(({ key }) => (key === null ? [] : [key.label])));
  if (labels.size < 2) return [];
  const message = `Its parts need different keys (${[...labels].map((label) => `“${label}”`).join(', ')}). Home Assistant restores with one key only; rekeying brings all parts under one.`;
  return [{ code: 'DIFFERENT_KEYS', message }];
}

function totalBytes(opened: readonly OpenedMember[], level: VerifyLevel): number {
  if (level === 'quick') return 0;
  return opened.reduce((sum, { member, error }) => (error === null ? sum + member.entry.sizeBytes : sum), 0);
}

const DAMAGE_HINT =
  'Download the backup again. The other parts are checked by themselves; salvaging saves them.';
