// Drives that are mounted inside a watched folder. When one is unmounted, its files are away and not gone.

import { stat } from 'node:fs/promises';
import { sep } from 'node:path';

export class AwayParts {
  /** Folder → the device that was mounted there. */
  readonly #mounted = new Map<string, bigint>();

  /** Learns which of the folders lie on another device than the watched one. */
  async note(folders: readonly string[], rootDevice: bigint): Promise<void> {
    for (const folder of folders) {
      const device = await deviceOf(folder);
      if (device !== null && device !== rootDevice) this.#mounted.set(folder, device);
    }
  }

  /** Whether the file at `path` lay on a drive that is not mounted there now. */
  async holds(path: string): Promise<boolean> {
    for (const [folder, device] of this.#mounted) {
      if (path.startsWith(folder + sep) && (await deviceOf(folder)) !== device) return true;
    }
    return false;
  }
}

async function deviceOf(folder: string): Promise<bigint | null> {
  try {
    return (await stat(folder, { bigint: true })).dev;
  } catch {
    // Not there: whatever was mounted on it is away.
    return null;
  }
}
