// The folder that is copied to: whether it will do, what it holds already, and which names are free in it.

import { access, constants, lstat, readdir, realpath } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';

import { isBackupName } from '../../../shared/backup-names.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import { isBelow } from '../../catalog/index.ts';
import { QUARANTINE_FOLDER, throwIfCancelled } from '../../files/index.ts';
import { sideBySide } from '../../streams/index.ts';
import { realFolder } from '../folders.ts';
import { endsEverything, inspectFile, stampFile } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';

type LookServices = Pick<LibraryServices, 'catalog' | 'engine'>;

/** Files looked at side by side: that is waiting for the disk, not work. */
const LOOKS = 8;

/**
 * Its real path.
 * @param dataFolder where the vault and the catalogue are
 * @throws USAGE no folder is there, or one that things are removed from; OUTPUT_REFUSED nothing can be written there; IO_FAILED
 */
export async function targetFolder(given: string, dataFolder: string): Promise<string> {
  const folder = await realFolder(resolve(given));
  const own = await realpath(dataFolder).catch(() => dataFolder); // not there: then it is not this one
  if (folder === own || isBelow(folder, own))
    throw new StrongroomError('USAGE', `“${folder}” is where Strongroom keeps your vault.`, {
      hint: 'Choose a folder for backups, best on another drive.',
    });
  if (folder.split(sep).includes(QUARANTINE_FOLDER))
    throw new StrongroomError(
      'USAGE',
      `“${folder}” is a quarantine: what is in it is removed after some days.`,
      {
        hint: 'Choose another folder.',
      },
    );
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw new StrongroomError('OUTPUT_REFUSED', `Nothing can be written in “${folder}”.`, {
      hint: 'Choose a folder that you may write to, or allow it.',
      cause: error,
    });
  });
  return folder;
}

export interface HeldFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * The backups that lie in the folder itself, by their identities; of what the library has not seen the headers are read. What is no
 * backup holds none. Nothing is noted.
 * @throws CANCELLED, DAMAGED_CATALOG, BUSY, NO_SPACE of the catalogue; IO_FAILED
 */
export async function backupsIn(
  services: LookServices,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, HeldFile[]>> {
  const held = new Map<string, HeldFile[]>();
  const names = (await readdir(folder)).filter(isBackupName);
  await sideBySide(LOOKS, names, async (name) => {
    throwIfCancelled(signal);
    const path = join(folder, name);
    const found = await identityOfFile(services, path);
    if (found === null) return;
    const { identity, sizeBytes } = found;
    held.set(identity, [...(held.get(identity) ?? []), { path, sizeBytes }]);
  });
  return held;
}

/** null for what cannot be read as a backup, is a link to one elsewhere, or is not there. @throws what ends everything */
export async function identityOfFile(
  { catalog, engine }: LookServices,
  path: string,
): Promise<{ readonly identity: string; readonly sizeBytes: number } | null> {
  try {
    if ((await lstat(path)).isSymbolicLink()) return null;
    const stamp = await stampFile(path);
    const { sizeBytes } = stamp;
    const known = catalog.findUnchanged(path, stamp);
    const { identity } = known ?? (await inspectFile({ engine }, path, stamp)).backup;
    return { identity, sizeBytes };
  } catch (error) {
    if (endsEverything(error)) throw error;
    return null;
  }
}

/** “backup.tar”, “backup (2).tar”, “backup (3).tar”: the names to try, from 1. */
export function nameNumber(name: string, count: number): string {
  if (count === 1) return name;
  const extension = extname(name);
  return `${name.slice(0, name.length - extension.length)} (${count})${extension}`;
}

/** Whether anything has the name, also what is no backup, or a link that leads nowhere. @throws what the system says */
export async function isTaken(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
}
