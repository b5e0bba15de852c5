// The bytes of one copy: written while they are read, synced, read back from the disk and compared. The digest is the one-time
// authenticator that rewriting uses, under a key of this run: both readings are compared here and it is shown to nobody.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';

import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import { readRange, type OutputFile } from '../../files/index.ts';
import { loadSodium } from '../../securetar/index.ts';
import { describeFileProblem } from '../file-problem.ts';

const DIGEST_KEY_BYTES = 32;

export interface CopyingOptions {
  readonly signal: AbortSignal;
  /** Told of bytes as they pass: each once while it is copied, once while it is read back. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Copies a file into an output that was begun, with its mode and the time it was last written. The output is on the disk, and what
 * was read back from there is what was read from the source. It has not got its name yet.
 * @throws IO_FAILED the disk gives back other bytes, or fails; NO_SPACE, CANCELLED; TRUNCATED the source got shorter
 */
export async function writeCopy(
  sourcePath: string,
  output: OutputFile,
  options: CopyingOptions,
): Promise<void> {
  const { finalPath, handle } = output;
  const sodium = await loadSodium();
  const key = randomBytes(DIGEST_KEY_BYTES);
  const written = sodium.digest(key);
  const source = await open(sourcePath, 'r');
  let sizeBytes: number;
  try {
    const { size, mode, atimeMs, mtimeMs } = await source.stat();
    sizeBytes = size;
    let position = 0;
    for await (const piece of readRange(source, 0, size, options)) {
      written.update(piece);
      await ofTarget(finalPath, () => writeWhole(handle, piece, position));
      position += piece.length;
    }
    await ofTarget(finalPath, async () => {
      await keepIfPossible(handle.chmod(mode & 0o777));
      await keepIfPossible(handle.utimes(atimeMs / 1000, mtimeMs / 1000));
      await handle.sync();
    });
  } finally {
    await source.close();
  }
  const wanted = written.final();
  const found = await ofTarget(finalPath, () => digestOf(output.partialPath, sizeBytes, key, options));
  if (found === null || !timingSafeEqual(wanted, found)) throw readBackDiffers(finalPath);
}

/** Whether two files are the same byte for byte. @throws IO_FAILED, CANCELLED, TRUNCATED */
export async function areSameBytes(a: string, b: string, options: CopyingOptions): Promise<boolean> {
  const key = randomBytes(DIGEST_KEY_BYTES);
  const handle = await open(a, 'r');
  const { size } = await handle.stat().finally(() => handle.close());
  const [left, right] = [await digestOf(a, size, key, options), await digestOf(b, size, key, options)];
  return left !== null && right !== null && timingSafeEqual(left, right);
}

/** null where it is of another size. */
async function digestOf(
  path: string,
  sizeBytes: number,
  key: Buffer,
  options: CopyingOptions,
): Promise<Buffer | null> {
  const handle = await open(path, 'r');
  try {
    if ((await handle.stat()).size !== sizeBytes) return null;
    const digest = (await loadSodium()).digest(key);
    for await (const piece of readRange(handle, 0, sizeBytes, options)) digest.update(piece);
    return digest.final();
  } finally {
    await handle.close();
  }
}

async function writeWhole(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten === 0) throw new StrongroomError('IO_FAILED', 'The disk took no more bytes.');
    written += bytesWritten;
  }
}

/** Drives for cameras and Windows keep no permissions, and some shares no times: the copy is as good without. */
async function keepIfPossible(keeping: Promise<void>): Promise<void> {
  await keeping.catch((error: NodeJS.ErrnoException) => {
    if (!NOT_KEPT.has(error.code ?? '')) throw error;
  });
}

const NOT_KEPT: ReadonlySet<string> = new Set([
  'EPERM',
  'EACCES',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
]);

/** What goes wrong with the copy is not to be taken for a problem of the original. */
async function ofTarget<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EFBIG')
      throw new StrongroomError(
        'OUTPUT_REFUSED',
        `“${basename(target)}” is larger than that drive takes files.`,
        {
          hint: 'FAT32 takes files up to 4 GB. Format the drive anew, as exFAT for example, or choose another.',
          cause: thrown,
        },
      );
    if (toPlainError(thrown).code === 'NO_SPACE')
      throw new StrongroomError('NO_SPACE', `The drive is full: “${basename(target)}” does not fit on it.`, {
        hint: 'Free some space there, then go on with the job. What was copied before is whole.',
        cause: thrown,
      });
    throw describeFileProblem(thrown, target);
  }
}

function readBackDiffers(target: string): StrongroomError {
  return new StrongroomError(
    'IO_FAILED',
    `What was read back of “${basename(target)}” is not what was written; the copy was not kept.`,
    {
      hint: 'The original is untouched. Check that drive and the computer’s memory before you rely on either.',
    },
  );
}
