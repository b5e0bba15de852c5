// The step before which nothing is replaced: the new file is opened from disk like any unknown backup, every
// member is decrypted fully with the new key, and what comes out is what was read from the old file.

import { timingSafeEqual } from 'node:crypto';

import { StrongroomError } from '../../shared/errors.ts';
import type { OutputFile } from '../files/index.ts';
import { openBackup, type BackupFile } from './backup-file.ts';
import { KeyRing } from './key-ring.ts';
import { wipeSource, type MemberSource } from './member-source.ts';
import type { MemberRunner } from './member-tasks.ts';
import { openMembers, sourceOf, type OpenedMember } from './open-member.ts';
import { requireSameOutside } from './outer-writer.ts';
import type { ProgressMeter } from './progress-meter.ts';
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
  const { backup, written, output, runner, signal } = job;
  const copy = await openBackup(output.partialPath);
  const ring = new KeyRing(runner.sodium, written.key === null ? [] : [written.key]);
  try {
    if (copy.layout.problem !== null || !copy.layout.endMarker || !copy.metadataBytes.equals(job.metadata))
      throw differs('its frame');
    requireSameOutside(backup.layout.entries, copy.layout.entries);
    const opened = await openMembers(copy, ring);
    await Promise.all(
      opened.map(async (member, index) => {
        const before = written.members[index];
        if (before === undefined) throw differs(member.member.name);
        const source = sourceToCompare(output.partialPath, member, before, ring);
        try {
          const task = { kind: 'digest', source, digestKey: job.digestKey } as const;
          const { digest, plaintextBytes } = await runner.run(task, { signal, onBytes: job.meter.add });
          const same =
            plaintextBytes === before.content.plaintextBytes && timingSafeEqual(digest, before.digest);
          if (!same) throw differs(member.member.name);
        } finally {
          wipeSource(source);
        }
      }),
    );
  } finally {
    ring.wipe();
    await copy.close();
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

function differs(what: string): StrongroomError {
  return new StrongroomError(
    'IO_FAILED',
    `What was read back from the disk is not what was written (${what}).`,
    {
      hint: 'The original is untouched. Check the drive and the computer’s memory before you try again.',
    },
  );
}
