// Writes the whole new file: headers, metadata and closing zeros here, members side by side on the runner's
// threads. Where a member turns out to end elsewhere than planned, everything is placed and written once more.

import type { Remark } from '../../../shared/backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import { syncInBackground, type OutputFile } from '../../files/index.ts';
import { newV3Archive } from '../../securetar/index.ts';
import type { BackupFile } from '../file/backup-file.ts';
import type { KeyRing } from '../open/key-ring.ts';
import { shareSecret, wipeSource, type MemberSource } from '../open/member-source.ts';
import type { MemberRunner } from '../member-tasks.ts';
import { isArchiveMember, sourceOf } from '../open/open-member.ts';
import type { BackupKey } from '../options.ts';
import type { OuterPlan } from './outer-writer.ts';
import type { ProgressMeter } from '../progress-meter.ts';
import { PIPELINE_FROM_BYTES, writePipelined } from './pipelined-member.ts';
import { layOut, storedBytes, type PlannedMember, type RecodePlan } from './plan.ts';
import type {
  MemberWriting,
  PlannedContent,
  TargetCipher,
  WriteMemberTask,
  WriteTarget,
} from './write-member.ts';

export interface WriteJob {
  readonly backup: BackupFile;
  readonly plan: RecodePlan;
  readonly metadata: Buffer;
  readonly output: OutputFile;
  readonly ring: KeyRing;
  readonly runner: MemberRunner;
  readonly digestKey: Buffer;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal | undefined;
}

export interface WrittenMember {
  readonly planned: PlannedMember;
  readonly content: PlannedContent;
  readonly digest: Buffer;
  readonly remarks: readonly Remark[];
}

export interface WrittenBackup {
  readonly outer: OuterPlan;
  readonly members: readonly WrittenMember[];
  readonly key: BackupKey | null;
}

/** @throws whatever reading or writing a member throws; the output is then worthless */
export async function writeMembers(job: WriteJob): Promise<WrittenBackup> {
  const ciphers = new TargetCiphers(job);
  const syncing = syncInBackground(job.output.handle);
  try {
    return await inRounds(job, async (outer) => {
      await writeFrame(job, outer);
      const places = new Map(outer.placed.map((placed) => [placed.entry, placed]));
      return ({ opened, format }) => {
        const place = places.get(opened.member.entry);
        if (place === undefined) throw new StrongroomError('INTERNAL', 'a member has no place');
        return { path: job.output.partialPath, offset: place.dataOffset, cipher: ciphers.of(format) };
      };
    });
  } finally {
    ciphers.wipe();
    await syncing.stop();
  }
}

/** Reads the old file as `writeMembers` does, for the digests of what would be written; writes nothing. @throws as `writeMembers` */
export function digestMembers(job: WriteJob): Promise<WrittenBackup> {
  return inRounds(job, () => () => null);
}

/** Where each member goes in a round; null: nowhere. */
type Targets = (planned: PlannedMember) => WriteTarget | null;

async function inRounds(
  job: WriteJob,
  begin: (outer: OuterPlan) => Promise<Targets> | Targets,
): Promise<WrittenBackup> {
  let members = job.plan.members;
  // A second round knows every end; a third would mean that the content changes between readings.
  for (let round = 1; round <= 3; round++) {
    const outer = layOut(job.backup, { members }, job.metadata);
    const results = await writeAll(job, members, await begin(outer));
    const moved = results.some(({ writing }) => writing.outcome === 'other-content');
    if (!moved) {
      return { outer, members: results.map(toWritten), key: job.plan.key };
    }
    members = results.map(({ planned, writing }) =>
      writing.outcome === 'other-content' ? { ...planned, content: writing.content } : planned,
    );
    job.meter.reset(0);
  }
  throw new StrongroomError('SOURCE_CHANGED', 'The file gives other content each time it is read.', {
    hint: 'It is being written to, or its drive fails. Copy it to another drive and try again.',
  });
}

interface Attempt {
  readonly planned: PlannedMember;
  readonly writing: MemberWriting;
}

async function writeAll(
  job: WriteJob,
  members: readonly PlannedMember[],
  targetOf: Targets,
): Promise<Attempt[]> {
  // The first failure stops the others: nothing of an incomplete file is of use.
  const failed = new AbortController();
  const signal = job.signal === undefined ? failed.signal : AbortSignal.any([job.signal, failed.signal]);
  const failures: unknown[] = [];
  const sizes = members.map(storedBytes);
  const allBytes = sizes.reduce((sum, size) => sum + size, 0);
  // A member that is larger than all others together takes a second thread at once, another one only those that are over.
  const leaving = (index: number): number =>
    (sizes[index] ?? 0) * 2 > allBytes ? 0 : members.length - index - 1;
  const attempts = await Promise.all(
    members.map(async (planned, index): Promise<Attempt | null> => {
      try {
        return { planned, writing: await writeOne(job, planned, targetOf(planned), signal, leaving(index)) };
      } catch (error) {
        failures.push(error);
        failed.abort();
        return null;
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
  return attempts.filter((attempt) => attempt !== null);
}

async function writeOne(
  job: WriteJob,
  { opened, format, content }: PlannedMember,
  target: WriteTarget | null,
  signal: AbortSignal,
  leaving: number,
): Promise<MemberWriting> {
  const { member } = opened;
  const source: MemberSource =
    format === null
      ? {
          path: job.backup.path,
          name: member.name,
          dataOffset: member.entry.dataOffset,
          sizeBytes: member.entry.sizeBytes,
          cipher: { variant: 'plain' },
        }
      : sourceOf(job.backup.path, opened, job.ring);
  try {
    const task: WriteMemberTask = {
      kind: 'write',
      source,
      variant: member.variant,
      isArchive: format !== null && isArchiveMember(member),
      content,
      target,
      digestKey: job.digestKey,
    };
    const options = { signal, onBytes: job.meter.add };
    const isBig = format !== null && target !== null && content.plaintextBytes >= PIPELINE_FROM_BYTES;
    const pipelined = isBig ? writePipelined(task, job.runner, leaving, options) : null;
    return await (pipelined ?? job.runner.run(task, options));
  } finally {
    wipeSource(source);
  }
}

function toWritten({ planned, writing }: Attempt): WrittenMember {
  if (writing.outcome !== 'written') throw new StrongroomError('INTERNAL', 'a member was not written');
  return { planned, content: planned.content, digest: Buffer.from(writing.digest), remarks: writing.remarks };
}

/** Headers, metadata, other entries' contents and the closing zeros: everything but the members. */
async function writeFrame({ backup, metadata, output, plan }: WriteJob, outer: OuterPlan): Promise<void> {
  const memberEntries = new Set(plan.members.map(({ opened }) => opened.member.entry));
  await output.handle.truncate(0);
  await output.handle.truncate(outer.totalBytes); // all padding is zeros from here on
  for (const { entry, headerBytes, headerOffset, dataOffset } of outer.placed) {
    await output.handle.write(headerBytes, 0, headerBytes.length, headerOffset);
    if (entry === backup.metadataEntry) await output.handle.write(metadata, 0, metadata.length, dataOffset);
    else if (!memberEntries.has(entry) && entry.sizeBytes > 0) {
      const isMetadata = entry.name === 'backup.json' || entry.name === 'snapshot.json';
      if (!isMetadata) throw new StrongroomError('INTERNAL', `no plan for “${entry.name}”`);
      const content = Buffer.alloc(entry.sizeBytes);
      await backup.handle.read(content, 0, content.length, entry.dataOffset);
      await output.handle.write(content, 0, content.length, dataOffset);
    }
  }
}

/** The keys to write with, derived once; in shared memory, wiped at the end. */
class TargetCiphers {
  readonly #job: WriteJob;
  readonly #made = new Map<string, TargetCipher>();

  constructor(job: WriteJob) {
    this.#job = job;
  }

  of(format: PlannedMember['format']): TargetCipher {
    const name = format ?? 'plain';
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = this.#make(name);
    this.#made.set(name, made);
    return made;
  }

  wipe(): void {
    for (const cipher of this.#made.values()) {
      if (cipher.format === 'v2') cipher.key.fill(0);
      if (cipher.format === 'v3') cipher.rootKey.fill(0);
    }
  }

  #make(format: 'plain' | 'v2' | 'v3'): TargetCipher {
    if (format === 'plain') return { format };
    const { plan, ring } = this.#job;
    if (plan.key === null) throw new StrongroomError('INTERNAL', 'no key to encrypt with');
    if (format === 'v2') return { format, key: shareSecret(ring.legacyKey(plan.key)) };
    if (plan.beside !== null) {
      const { rootSalt, validationSalt, validationKey } = plan.beside;
      return {
        format,
        rootSalt,
        validationSalt,
        validationKey,
        rootKey: shareSecret(ring.rootKey(plan.key, rootSalt)),
      };
    }
    const archive = newV3Archive(ring.sodium, plan.key.password);
    const rootKey = shareSecret(archive.rootKey);
    archive.rootKey.fill(0);
    return { ...archive, format, rootKey };
  }
}
