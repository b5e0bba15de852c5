// A disk of a few megabytes in memory, to be filled or made read-only. Only root may mount: elsewhere the tests that
// need one are skipped and say so.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly folder: string;
  /** Writes until nothing more fits. */
  fill(): void;
  makeReadOnly(): void;
  remove(): void;
}

/** Why no disk can be mounted here, null where one can. */
export function smallDiskMissing(): string | null {
  try {
    mountSmallDisk(64 * 1024).remove();
    return null;
  } catch (error) {
    const reason = `No small disk can be mounted: ${(error as Error).message.trim().split('\n')[0] ?? ''}`;
    process.stderr.write(`skipped: ${reason}\n`);
    return reason;
  }
}

export function mountSmallDisk(sizeBytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-disk-'));
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: 'pipe' });
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'strongroom-test', folder);
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  return {
    folder,
    fill: () => fillUp(join(folder, 'filler')),
    makeReadOnly: () => run('mount', '-o', 'remount,ro', folder),
    remove: () => {
      run('umount', '--lazy', folder);
      rmdirSync(folder);
    },
  };
}

function fillUp(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (let pieceBytes = 1024 * 1024; pieceBytes >= 1;) {
      try {
        writeSync(file, Buffer.alloc(pieceBytes, 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        pieceBytes = Math.floor(pieceBytes / 2);
      }
    }
  } finally {
    closeSync(file);
  }
}
