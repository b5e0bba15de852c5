// Another copy of a backup that was rewritten before: taken over byte for byte where it holds just what rewriting this one would give, so
// that copies of one backup stay copies of one backup. It is proven like any other output: by reading it back from the disk.

import { errorCode } from '../../../shared/errors.ts';
import { readRange } from '../../files/index.ts';
import { openBackup, type BackupFile } from '../file/backup-file.ts';
import type { OuterPlan } from './outer-writer.ts';
import { readBack } from './read-back.ts';
import { writePieces } from './write-member.ts';
import { digestMembers, type WriteJob, type WrittenBackup } from './write-members.ts';

/**
 * What was written and read back; null where none of the files is a twin: the output is then as worthless as before.
 * @throws what reading the old file throws; CANCELLED; what writing throws
 */
export async function takeTwin(job: WriteJob, paths: readonly string[]): Promise<WrittenBackup | null> {
  let wanted: WrittenBackup | null = null;
  for (const path of paths) {
    const twin = await openBackup(path).catch(() => null); // not there, or damaged: no twin
    if (twin === null) continue;
    try {
      if (!twin.metadataBytes.equals(job.metadata)) continue;
      wanted ??= await digestMembers(job);
      const fits = hasThePlaces(twin, wanted.outer) && hasTheFormats(twin, job);
      if (fits && (await takeOver(job, twin, wanted))) return wanted;
    } finally {
      await twin.close();
    }
  }
  if (wanted !== null) job.meter.reset(0);
  return null;
}

/** Every part as large as it would be here, and nothing behind the end. */
function hasThePlaces({ layout }: BackupFile, { placed, totalBytes }: OuterPlan): boolean {
  return (
    layout.fileBytes === totalBytes &&
    layout.entries.length === placed.length &&
    placed.every(({ sizeBytes }, index) => layout.entries[index]?.sizeBytes === sizeBytes)
  );
}

function hasTheFormats({ members }: BackupFile, { plan }: WriteJob): boolean {
  return plan.members.every(({ format }, index) => format === null || members[index]?.variant === format);
}

/** false: it holds something else, is under another key, or cannot be read. */
async function takeOver(
  job: WriteJob,
  { handle, layout }: BackupFile,
  wanted: WrittenBackup,
): Promise<boolean> {
  const { output, meter, signal } = job;
  await output.handle.truncate(0);
  const pieces = new Readable(readRange(handle, 0, layout.fileBytes, { signal }));
  await writePieces(output.handle, 0, pieces);
  if (pieces.failed) return false;
  await output.handle.sync();
  meter.enter('reading-back');
  try {
    await readBack({ ...job, written: wanted });
    return true;
  } catch (error) {
    if (errorCode(error) === 'CANCELLED') throw error;
    meter.enter('writing');
    return false;
  }
}

/** Ends where the twin cannot be read any further, and remembers it: that is no failure of this backup. */
class Readable implements AsyncIterable<Buffer> {
  readonly #source: AsyncIterable<Buffer>;
  failed = false;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      yield* this.#source;
    } catch (error) {
      if (errorCode(error) === 'CANCELLED') throw error;
      this.failed = true;
    }
  }
}
