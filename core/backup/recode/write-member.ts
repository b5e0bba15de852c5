// Writes one member anew at its place in the new file: read, checked to its end and encrypted in one pass. The
// digest of what was written is taken before encryption, to be compared when it is read back from disk.

import { open, type FileHandle } from 'node:fs/promises';

import type { MemberVariant, Remark } from '../../../shared/backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import { applyGzipCure, planGzipCure, type GzipCure } from '../../gzip/index.ts';
import { sealV2, sealV3, type Digest } from '../../securetar/index.ts';
import { Branch, MAIN_READER_LEFT, drain, tee, type PieceSink } from '../../streams/index.ts';
import { InnerArchive, type ArchiveEnd } from '../read/inner-archive.ts';
import { openPlaintext, type MemberSource } from '../open/member-source.ts';
import type { TaskContext } from '../member-tasks.ts';

/** How the written member is protected. Secrets lie in shared memory. */
export type TargetCipher =
  | { readonly format: 'plain' }
  | { readonly format: 'v2'; readonly key: Uint8Array }
  | {
      readonly format: 'v3';
      readonly rootKey: Uint8Array;
      readonly rootSalt: Uint8Array;
      readonly validationSalt: Uint8Array;
      readonly validationKey: Uint8Array;
    };

export interface WriteTarget {
  readonly path: string;
  readonly offset: number;
  readonly cipher: TargetCipher;
}

/** The plaintext to be written: its exact size and, where the source's end is not as its writer meant it, the cure. */
export interface PlannedContent {
  readonly plaintextBytes: number;
  readonly cure: GzipCure | null;
}

export interface WriteMemberTask {
  readonly kind: 'write';
  readonly source: MemberSource;
  readonly variant: MemberVariant;
  readonly isArchive: boolean;
  readonly content: PlannedContent;
  /** null: nothing is written, only the digest is wanted. */
  readonly target: WriteTarget | null;
  /** Random, of this run only. */
  readonly digestKey: Uint8Array;
}

export type MemberWriting =
  | {
      readonly outcome: 'written';
      /** Bytes at the target, header included; 0 without one. */
      readonly storedBytes: number;
      readonly digest: Uint8Array;
      readonly entryCount: number;
      readonly remarks: readonly Remark[];
    }
  /** The content's end is not where it was thought to be: nothing written is of use, plan again with this. */
  | { readonly outcome: 'other-content'; readonly content: PlannedContent };

/** The half that reads: proves that the source is whole. */
export type SourceTask = Pick<WriteMemberTask, 'source' | 'variant' | 'isArchive' | 'content'>;
/** The half that writes. */
export type TargetTask = Pick<WriteMemberTask, 'content' | 'target' | 'digestKey'>;

export type SourceCheck =
  | { readonly outcome: 'as-planned'; readonly entryCount: number; readonly remarks: readonly Remark[] }
  | { readonly outcome: 'other-content'; readonly content: PlannedContent };

export interface WrittenContent {
  readonly storedBytes: number;
  readonly digest: Uint8Array;
}

/** @throws DAMAGED_PAYLOAD, TRUNCATED, NO_SPACE, CANCELLED, … : then the whole recode is off */
export async function writeMember(task: WriteMemberTask, context: TaskContext): Promise<MemberWriting> {
  const branch = new Branch();
  const writing = writeContent(branch, task, context);
  writing.catch((error: unknown) => {
    if (error !== MAIN_READER_LEFT) branch.stop(error);
  });
  const checked = await checkSource(task, branch, context).catch(async (error: unknown) => {
    branch.fail(error);
    await writing.catch(() => undefined); // its own failure is a consequence, or is thrown below
    throw branch.failure ?? error;
  });
  if (checked.outcome === 'other-content') {
    await writing.catch(() => undefined); // sized for other content: fails or is worthless
    return checked;
  }
  return { ...checked, ...(await writing), outcome: 'written' };
}

/** Reads and checks the source to its end and gives all of its plaintext to `sink`. */
export async function checkSource(
  task: SourceTask,
  sink: PieceSink,
  context: TaskContext,
): Promise<SourceCheck> {
  const handle = await open(task.source.path, 'r');
  try {
    const end = await walk(task, tee(openPlaintext(handle, task.source, context.sodium, context), sink));
    const needed = await contentAsMeant(task, end, handle, context);
    if (needed !== null) return { outcome: 'other-content', content: needed };
    const remarks = end === null ? [] : remarksOn(task, end);
    return { outcome: 'as-planned', entryCount: end?.tar.entryCount ?? 0, remarks };
  } finally {
    await handle.close();
  }
}

/** Cures, digests, encrypts and writes what `plaintext` gives. */
export async function writeContent(
  plaintext: AsyncIterable<Buffer>,
  task: TargetTask,
  context: TaskContext,
): Promise<WrittenContent> {
  const { content, target } = task;
  const digest = context.sodium.digest(task.digestKey);
  const meant = digested(content.cure === null ? plaintext : applyGzipCure(plaintext, content.cure), digest);
  if (target === null) {
    await drain(meant);
    return { storedBytes: 0, digest: digest.final() };
  }
  const output = await open(target.path, 'r+');
  try {
    const sealed = seal(meant, content, target.cipher, context);
    const storedBytes = await writePieces(output, target.offset, sealed);
    return { storedBytes, digest: digest.final() };
  } finally {
    await output.close();
  }
}

async function walk(task: SourceTask, plaintext: AsyncGenerator<Buffer>): Promise<ArchiveEnd | null> {
  if (!task.isArchive) {
    await drain(plaintext);
    return null;
  }
  const archive = new InnerArchive(task.source.name, plaintext, task.source.cipher.variant);
  await drain(archive.entries());
  return archive.end;
}

/** null when what was planned is what is meant. */
async function contentAsMeant(
  task: SourceTask,
  end: ArchiveEnd | null,
  handle: FileHandle,
  context: TaskContext,
): Promise<PlannedContent | null> {
  if (end === null || end.gzip === null) return null;
  const { gzip } = end;
  if (gzip.state !== 'complete') {
    if (task.content.cure !== null) return null;
    const again = openPlaintext(handle, task.source, context.sodium, { signal: context.signal });
    const cure = await planGzipCure(again, { ...gzip, missingZeroBytes: end.missingZeroBytes });
    return { plaintextBytes: cure.keepBytes + cure.tail.length, cure };
  }
  if (task.source.cipher.variant !== 'v1') return null;
  const cure = wholeTrailer(gzip.deflateEndBytes, gzip.crc32, gzip.inflatedBytes);
  const planned = task.content.cure;
  const same = planned?.keepBytes === cure.keepBytes && Buffer.from(planned.tail).equals(cure.tail);
  return same ? null : { plaintextBytes: cure.keepBytes + cure.tail.length, cure };
}

/** The end of a gzip stream as v1's writer meant it. */
function wholeTrailer(deflateEndBytes: number, crc32: number, lengthBytes: number): GzipCure {
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32 >>> 0, 0);
  tail.writeUInt32LE(lengthBytes % 2 ** 32, 4);
  return { keepBytes: deflateEndBytes, flip: null, tail };
}

async function* digested(source: AsyncIterable<Uint8Array>, digest: Digest): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    digest.update(piece);
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
}

function seal(
  source: AsyncIterable<Buffer>,
  { plaintextBytes }: PlannedContent,
  cipher: TargetCipher,
  { sodium }: TaskContext,
): AsyncIterable<Buffer> {
  switch (cipher.format) {
    case 'plain':
      return source;
    case 'v2':
      return sealV2(source, { key: view(cipher.key), plaintextSizeBytes: plaintextBytes });
    case 'v3': {
      const archive = {
        rootKey: view(cipher.rootKey),
        rootSalt: view(cipher.rootSalt),
        validationSalt: view(cipher.validationSalt),
        validationKey: view(cipher.validationKey),
      };
      return sealV3(source, { sodium, ...archive, plaintextSizeBytes: plaintextBytes });
    }
  }
}

/** Writes the pieces one behind the other from `offset` on. Returns how many bytes they have. */
export async function writePieces(
  output: FileHandle,
  offset: number,
  pieces: AsyncIterable<Buffer>,
): Promise<number> {
  let position = offset;
  for await (const piece of pieces) {
    let written = 0;
    while (written < piece.length) {
      const { bytesWritten } = await output.write(piece, written, piece.length - written, position + written);
      if (bytesWritten === 0) throw new StrongroomError('IO_FAILED', 'The disk took no more bytes.');
      written += bytesWritten;
    }
    position += piece.length;
  }
  return position - offset;
}

function remarksOn({ source }: SourceTask, end: ArchiveEnd): Remark[] {
  const member = source.name;
  if (end.gzip !== null && end.gzip.state !== 'complete') {
    const message = `The end of “${member}”, cut by Home Assistant’s own decryption, was written anew; every file is as it was.`;
    return [{ code: 'SHORT_GZIP_END', member, message }];
  }
  if (source.cipher.variant === 'v1' && end.gzip !== null) {
    const message = `The padding that the v1 writer left in the gzip end of “${member}” was left out; every file is as it was.`;
    return [{ code: 'PADDED_GZIP_END', member, message }];
  }
  return [];
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
