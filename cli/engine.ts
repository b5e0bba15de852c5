// What the command line takes from the engine, in one place. The engine itself is loaded when it is first
// needed, so that `--help` and the shell's completion answer at once.

import type { readKitFiles } from '../core/vault/index.ts';
import type { filesAtATime, findMeantKey, LibraryDesk } from '../core/library/index.ts';
import type { Strongroom, StrongroomOptions } from '../core/strongroom.ts';

export { dataFolderOf, makeDataFolder } from '../core/data-folder.ts';
export type { BackupKey, Destination, TaskOptions } from '../core/backup/index.ts';
export { QUARANTINE_FOLDER, fileOfJournal } from '../core/files/index.ts';
export type { KitSaved } from '../shared/keys.ts';
export type { Vault } from '../core/vault/index.ts';
export type { Strongroom, StrongroomOptions } from '../core/strongroom.ts';
export type { LibraryDesk, StartedRotation, VerificationChoice } from '../core/library/index.ts';

/** The library's folders, backups, jobs and watches, as the commands about them see it. */
export function deskOf(engine: Strongroom): LibraryDesk {
  return engine.library.desk;
}

/** Loaded when they are needed, for the same reason. */
export async function loadKitReader(): Promise<typeof readKitFiles> {
  return (await import('../core/vault/index.ts')).readKitFiles;
}

/** How many backups may be written side by side before the disk is full. */
export async function loadRoomCheck(): Promise<typeof filesAtATime> {
  return (await import('../core/library/index.ts')).filesAtATime;
}

export async function loadKeySearch(): Promise<typeof findMeantKey> {
  return (await import('../core/library/index.ts')).findMeantKey;
}

export async function loadEngine(options: StrongroomOptions): Promise<Strongroom> {
  const { openStrongroom } = await import('../core/strongroom.ts');
  return openStrongroom(options);
}

export type Web = typeof import('./web/index.ts');

/** The web shell, which only one command needs. */
export async function loadWeb(): Promise<Web> {
  return await import('./web/index.ts');
}
