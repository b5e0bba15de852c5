// The step before which nothing is replaced: the new file is opened from disk like any unknown backup, every
// member is decrypted fully with the new key, and what comes out is what was read from the old file.

import { timingSafeEqual } from 'node:crypto';

import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import type { OutputFile } from '../../files/index.ts';
import { openBackup, type BackupFile } from '../file/backup-file.ts';
import { KeyRing } from '../open/key-ring.ts';
import { wipeSource, type MemberSource } from '../open/member-source.ts';
import type { MemberRunner } from '../member-tasks.ts';
import { openMembers, sourceOf, type OpenedMember } from '../open/open-member.ts';
import { requireSameOutside } from './outer-writer.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import type { WrittenBackup, WrittenMember } from './write-members.ts';

export interface ReadBackJob {
  /** The old file. */
  readonly backup: BackupFile;
  readonly written: WrittenBackup;
  readonly metadata: Buffer;
  readonly output: OutputFile;
  readonly runner: MemberRunner;
  readonly digestKey: Buffer;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal | undefined;
}

/** @throws IO_FAILED when the file on disk is not what was written: the disk, the memory or this program failed */
export async function readBack(job: ReadBackJob): Promise<void> {
  try {
    await readAll(job);
  } catch (error) {
    const { code, message } = toPlainError(error);
    if (
      !/^(DAMAGED|TRUNCATED|NOT_A_BACKUP|UNSUPPORTED|WRONG_KEY|KEY_REQUIRED|LIMIT|SOURCE_CHANGED)/.test(code)
    )
      throw error;
    throw differs(message, error); // said of the new file; the backup itself is not what is damaged
  }
}

async function readAll(job: ReadBackJob): Promise<void> {
  const { backup, written, output, runner, signal } = job;
  const copy = await openBackup(output.partialPath);
  const ring = new KeyRing(runner.sodium, written.key === null ? [] : [written.key]);
  try {
    if (copy.layout.problem !== null || !copy.layout.endMarker || !copy.metadataBytes.equals(job.metadata))
      throw differs('its frame');
    requireSameOutside(backup.layout.entries, copy.layout.entries);
    const opened = await openMembers(copy, ring);
    // The first failure stops the others, and all have ended before the file is closed and its keys are wiped.
    const failed = new AbortController();
    const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
    const failures: unknown[] = [];
    await Promise.all(
      opened.map((member, index) =>
        compare(job, member, written.members[index], ring, stop).catch((error: unknown) => {
          failures.push(error);
          failed.abort();
        }),
      ),
    );
    if (failures.length > 0) throw failures[0];
  } finally {
    ring.wipe();
    await copy.close();
  }
}

async function compare(
  { output, runner, digestKey, meter }: ReadBackJob,
  opened: OpenedMember,
  before: WrittenMember | undefined,
  ring: KeyRing,
  signal: AbortSignal,
): Promise<void> {
  const { name } = opened.member;
  if (before === undefined) throw differs(name);
  const source = sourceToCompare(output.partialPath, opened, before, ring);
  try {
    const task = { kind: 'digest', source, digestKey } as const;
    const { digest, plaintextBytes } = await runner.run(task, { signal, onBytes: meter.add });
    const same = plaintextBytes === before.content.plaintextBytes && timingSafeEqual(digest, before.digest);
    if (!same) throw differs(name);
  } finally {
    wipeSource(source);
  }
}

function sourceToCompare(
  path: string,
  opened: OpenedMember,
  before: WrittenMember,
  ring: KeyRing,
): MemberSource {
  const { format } = before.planned;
  if (format === null) {
    const { name, entry } = opened.member;
    return {
      path,
      name,
      dataOffset: entry.dataOffset,
      sizeBytes: entry.sizeBytes,
      cipher: { variant: 'plain' },
    };
  }
  if (opened.error !== null || (format === 'plain') !== (opened.key === null))
    throw differs(opened.member.name);
  return sourceOf(path, opened, ring);
}

function differs(what: string, cause?: unknown): StrongroomError {
  return new StrongroomError(
    'IO_FAILED',
    `What was read back from the disk is not what was written (${what}).`,
    {
      hint: 'The original is untouched. Check the drive and the computer’s memory before you try again.',
      cause,
    },
  );
}
