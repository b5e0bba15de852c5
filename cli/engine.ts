// What the command line takes from the engine, in one place. The engine itself is loaded when it is first
// needed, so that `--help` and the shell's completion answer at once.

import type { Strongroom, StrongroomOptions } from '../core/strongroom.ts';

export type { BackupKey, Destination, TaskOptions } from '../core/backup/index.ts';
export { QUARANTINE_FOLDER, fileOfJournal } from '../core/files/index.ts';
export type { Strongroom, StrongroomOptions } from '../core/strongroom.ts';

export async function loadEngine(options: StrongroomOptions): Promise<Strongroom> {
  const { openStrongroom } = await import('../core/strongroom.ts');
  return openStrongroom(options);
}
