// What lay in quarantine for as long as its rule said is deleted: only where the clock can be believed, the file is the one that was
// moved there, nobody pinned its backup meanwhile, and the folder that it came from still has a backup of its instance that can be read.

import { join } from 'node:path';

import type { LibraryFolder } from '../../../shared/library.ts';
import {
  clockWasWrong,
  deleteRemoval,
  identityOf,
  QUARANTINE_FOLDER,
  removalsIn,
  tidyRemovals,
  type Removal,
} from '../../files/index.ts';
import { listBackups } from '../list-backups.ts';
import { recogniseIfReadable } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';
import { problemWith } from './fresh-check.ts';
import { foldersWithQuarantine } from './removed-files.ts';

type Services = Pick<LibraryServices, 'catalog' | 'engine'>;

/**
 * Returns where they were.
 * @param paths folders of the library; all of them unless told
 * @throws DAMAGED_CATALOG, BUSY, NO_SPACE; what the system says
 */
export async function purgeRemoved(
  services: Services,
  paths?: readonly string[],
  now: Date = new Date(),
): Promise<string[]> {
  const { catalog } = services;
  const purged: string[] = [];
  for (const folder of catalog.folders.list()) {
    if (paths !== undefined && !paths.includes(folder.path)) continue;
    for (const holder of await foldersWithQuarantine(folder.path)) {
      if (catalog.folders.holding(join(holder, QUARANTINE_FOLDER)) !== folder.id) continue; // it belongs to a folder inside
      await tidyRemovals(holder, now);
      const decide = new Decisions(services, folder);
      for (const removal of await removalsOver(holder, now)) {
        if (!(await decide.mayGo(removal))) continue;
        await deleteRemoval(removal);
        catalog.copies.remove(removal.keptAt);
        purged.push(removal.path);
      }
    }
  }
  return purged;
}

async function removalsOver(folder: string, now: Date): Promise<Removal[]> {
  const over: Removal[] = [];
  for (const removal of await removalsIn(folder)) {
    const file = await identityOf(removal.keptAt);
    const isOver =
      file !== null &&
      Date.parse(removal.deleteAfter) < now.getTime() &&
      file.sizeBytes === removal.sizeBytes &&
      !clockWasWrong(removal.removedAt, file.mtimeMs);
    if (isOver) over.push(removal);
  }
  return over;
}

/** In one folder; what is found out about the backups that are left there is asked once. */
class Decisions {
  readonly #services: Services;
  readonly #folder: LibraryFolder;
  readonly #hasReadable = new Map<string | null | undefined, Promise<boolean>>();

  constructor(services: Services, folder: LibraryFolder) {
    this.#services = services;
    this.#folder = folder;
  }

  async mayGo({ keptAt }: Removal): Promise<boolean> {
    const { catalog } = this.#services;
    const backup = await recogniseIfReadable(this.#services, keptAt);
    if (backup !== null && catalog.library.byIdentity(backup.identity, null)?.isPinned === true) return false;
    const instanceId = backup?.instanceId; // undefined: it cannot be read, so that it is of any
    const known = this.#hasReadable.get(instanceId) ?? this.#findReadable(instanceId);
    this.#hasReadable.set(instanceId, known);
    return known;
  }

  /** By a look at the newest of the instance. */
  async #findReadable(ofInstance: string | null | undefined): Promise<boolean> {
    const { id, path: folder } = this.#folder;
    for (const { identity, instanceId, copies } of listBackups(this.#services, { folder }, null)) {
      if (ofInstance !== undefined && instanceId !== ofInstance) continue;
      const there = copies.filter(({ folderId, state }) => folderId === id && state === 'present');
      const whole = there.filter(({ verified }) => verified !== 'damaged' && verified !== 'truncated');
      for (const { path } of whole)
        if ((await problemWith(this.#services, path, identity)) === null) return true;
      if (there.length > 0) return false;
    }
    return false;
  }
}
