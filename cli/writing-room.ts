// How many backups are rewritten at the same time: as many as there are jobs while the disk has room to spare,
// one after the other when it is tight, so that not all of them fail where some would fit.

import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Target } from './targets.ts';

/** `folder` is where new files go; null when they go beside the originals. */
export async function filesAtATime(
  jobs: number,
  targets: readonly Target[],
  folder: string | null,
): Promise<number> {
  const needed = new Map<string, number>();
  for (const { path, sizeBytes } of targets) {
    const where = folder ?? dirname(path);
    needed.set(where, (needed.get(where) ?? 0) + sizeBytes);
  }
  const total = [...needed.values()].reduce((sum, bytes) => sum + bytes, 0);
  for (const where of needed.keys()) {
    const free = await statfs(where).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => 0,
    );
    // Several folders may be on one disk, so each must have room for all; encryption adds next to nothing.
    if (free < total * 1.1) return 1;
  }
  return jobs;
}
