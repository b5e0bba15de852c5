// Room for a whole batch before any of it is begun, as a pure function. Better a backup less than a disk that runs full
// in the middle.

/** Left free for the catalogue, the journals and whatever else is written meanwhile. */
export const MARGIN_BYTES = 16 * 1024 * 1024;
/** An item's own notes: the journal while it is written, the record of a quarantined original. */
const NOTES_BYTES = 16 * 1024;
/** Files take whole blocks; of usual file systems they are not larger. */
const BLOCK_BYTES = 4096;

export interface Volume {
  /** What tells file systems apart, st_dev. */
  readonly id: string;
  readonly freeBytes: number;
}

export interface SpaceItem {
  readonly volumeId: string;
  readonly outputBytes: number;
}

export interface VolumeUse {
  readonly id: string;
  /** At the worst moment, what is left free included. */
  readonly neededBytes: number;
  /** What stays used when all is done. */
  readonly growthBytes: number;
}

export interface SpacePlan {
  /** For each item in its order, whether it fits. */
  readonly fits: readonly boolean[];
  /** Volumes that at least one item that fits is written to. */
  readonly uses: readonly VolumeUse[];
}

/**
 * Which items fit, taken in their order; one that does not leaves its room to smaller ones after it.
 *
 * Every policy keeps the original's bytes where they are: `keep` and `quarantine` only give it another name, and the
 * trash of a drive is on that drive. So nothing gets free while a batch runs, and the worst moment is its end, however
 * many files are written side by side. Where the system's trash is on another drive after all, there is more room here
 * in the end than was planned; the room over there is the system's to refuse, and the original then stays.
 */
export function planSpace(items: readonly SpaceItem[], volumes: readonly Volume[]): SpacePlan {
  const left = new Map(volumes.map(({ id, freeBytes }) => [id, freeBytes - MARGIN_BYTES]));
  const growth = new Map<string, number>();
  const fits = items.map(({ volumeId, outputBytes }) => {
    const bytes = bytesOnDisk(outputBytes);
    const leftBytes = left.get(volumeId) ?? 0;
    if (bytes > leftBytes) return false;
    left.set(volumeId, leftBytes - bytes);
    growth.set(volumeId, (growth.get(volumeId) ?? 0) + bytes);
    return true;
  });
  const uses = [...growth].map(([id, growthBytes]) => ({
    id,
    neededBytes: growthBytes + MARGIN_BYTES,
    growthBytes,
  }));
  return { fits, uses };
}

/** What one rewritten backup adds to its file system. */
export function bytesOnDisk(outputBytes: number): number {
  return Math.ceil(outputBytes / BLOCK_BYTES) * BLOCK_BYTES + NOTES_BYTES;
}
