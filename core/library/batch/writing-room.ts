// Which file systems a batch writes to, how much is free there, and how many backups may be rewritten at the same time:
// all threads while there is room to spare, one after the other when it is tight, so that not all of them fail where
// some would fit.

import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import { bytesOnDisk, MARGIN_BYTES, type Volume } from './batch-space.ts';

export interface FoundVolume extends Volume {
  /** A folder on it. */
  readonly folder: string;
}

/** The file system of each folder; one that cannot be asked has no room. */
export async function findVolumes(folders: Iterable<string>): Promise<Map<string, FoundVolume>> {
  const byFolder = new Map<string, FoundVolume>();
  const byId = new Map<string, FoundVolume>();
  for (const folder of new Set(folders)) {
    const id = await stat(folder, { bigint: true }).then(
      ({ dev }) => String(dev),
      () => `not there: ${folder}`, // said when it is written to
    );
    const volume = byId.get(id) ?? { id, folder, freeBytes: await freeBytes(folder) };
    byId.set(id, volume);
    byFolder.set(folder, volume);
  }
  return byFolder;
}

/**
 * How many of these backups may be rewritten side by side.
 * @param atMost while there is room to spare
 * @param folder where new files go; null when they go beside the originals
 */
export async function filesAtATime(
  atMost: number,
  targets: readonly { readonly path: string; readonly sizeBytes: number }[],
  folder: string | null,
): Promise<number> {
  const whereOf = (path: string): string => folder ?? dirname(path);
  const volumes = await findVolumes(targets.map(({ path }) => whereOf(path)));
  const needed = new Map<FoundVolume, number>();
  for (const { path, sizeBytes } of targets) {
    const volume = volumes.get(whereOf(path));
    if (volume === undefined) continue;
    needed.set(volume, (needed.get(volume) ?? 0) + bytesOnDisk(sizeBytes));
  }
  // Encryption adds next to nothing; formats that pad, and what is repaired while it is written, do.
  const isTight = [...needed].some(([{ freeBytes }, bytes]) => freeBytes < bytes * 1.1 + MARGIN_BYTES);
  return isTight ? 1 : Math.max(1, atMost);
}

async function freeBytes(folder: string): Promise<number> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0, // said when it is written to
  );
}
