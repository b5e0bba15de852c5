// Writes the salvaged backup part by part and reads it back: byte for byte as it was sent to the disk, and as a
// backup that verifies. Plaintext is never written anywhere but where it was plain before.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

import type { Progress } from '../../../shared/backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import { readRange, throwIfCancelled, type OutputFile } from '../../files/index.ts';
import type { OuterEntry } from '../file/layout.ts';
import type { MemberRunner } from '../member-tasks.ts';
import type { BackupKey } from '../options.ts';
import { planOuter, type OuterPlan } from '../recode/outer-writer.ts';
import { ProgressMeter } from '../progress-meter.ts';
import { verify } from '../read/verify.ts';

/** One entry of the new file. */
export interface OutputPart {
  readonly entry: OuterEntry;
  readonly sizeBytes: number;
  /** Its stored bytes are those of the old file, so what its header notes about them still holds. */
  readonly isCopied: boolean;
  /** Its content, exactly `sizeBytes`. */
  readonly content: () => AsyncIterable<Buffer>;
}

export interface OutputJob {
  readonly output: OutputFile;
  readonly parts: readonly OutputPart[];
  readonly runner: MemberRunner;
  readonly keys: readonly BackupKey[];
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

export function planParts(parts: readonly OutputPart[]): OuterPlan {
  const sizes = new Map(parts.map(({ entry, sizeBytes }) => [entry, sizeBytes]));
  const copied = parts.filter(({ isCopied }) => isCopied).map(({ entry }) => entry);
  return planOuter([...sizes.keys()], (entry) => sizes.get(entry) ?? 0, new Set(copied));
}

/** @throws IO_FAILED when the disk does not give back what was written, NO_SPACE, CANCELLED, SOURCE_CHANGED */
export async function writeParts(job: OutputJob): Promise<void> {
  const { output, parts, signal } = job;
  const plan = planParts(parts);
  const meter = new ProgressMeter('writing', 2 * plan.totalBytes, job.onProgress);
  await output.handle.truncate(plan.totalBytes); // all padding is zeros from here on
  const digests: Buffer[] = [];
  for (const [index, placed] of plan.placed.entries()) {
    const part = parts[index];
    if (part === undefined) throw new StrongroomError('INTERNAL', 'a part has no place');
    await writeFully(output.handle, placed.headerBytes, placed.headerOffset);
    const digest = createHash('sha256');
    let position = placed.dataOffset;
    for await (const piece of part.content()) {
      throwIfCancelled(signal);
      if (position + piece.length > placed.dataOffset + placed.sizeBytes) throw otherContent();
      digest.update(piece);
      await writeFully(output.handle, piece, position);
      position += piece.length;
      meter.add(piece.length);
    }
    if (position !== placed.dataOffset + placed.sizeBytes) throw otherContent();
    digests.push(digest.digest());
  }
  await output.handle.sync();
  meter.enter('reading-back');
  for (const [index, { dataOffset, sizeBytes, entry }] of plan.placed.entries()) {
    const digest = createHash('sha256');
    const options = { signal, onBytes: meter.add };
    for await (const piece of readRange(output.handle, dataOffset, sizeBytes, options)) digest.update(piece);
    if (!timingSafeEqual(digest.digest(), digests[index] ?? Buffer.alloc(32))) throw differs(entry.name);
  }
  await requireGood(job);
}

/** Nothing may be published that this program would itself call damaged. */
async function requireGood({ output, runner, keys, signal }: OutputJob): Promise<void> {
  const { status, error } = await verify(output.partialPath, { keys, level: 'full', signal }, runner);
  if (status !== 'good' && status !== 'locked') throw differs(error?.message ?? 'not whole');
}

async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten === 0) throw new StrongroomError('IO_FAILED', 'The disk took no more bytes.');
    written += bytesWritten;
  }
}

function otherContent(): StrongroomError {
  return new StrongroomError('SOURCE_CHANGED', 'The file gives other content each time it is read.', {
    hint: 'It is being written to, or its drive fails. Copy it to another drive and try again.',
  });
}

function differs(what: string): StrongroomError {
  return new StrongroomError(
    'IO_FAILED',
    `The salvaged file did not stand the check after writing (${what}).`,
    {
      hint: 'Your file is untouched. Check the drive and the computer’s memory before you try again.',
    },
  );
}
