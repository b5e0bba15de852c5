// Backups that came into watched folders and with which the rule is not through. Kept in the catalogue, so that whatever ends the
// program, the rule is carried out when the folder is watched again. Which step it had come to is found out anew.

import * as v from 'valibot';

import type { LibraryFolder, ScanReport } from '../../shared/library.ts';
import { isBelow } from '../catalog/index.ts';
import type { LibraryServices } from './services.ts';

const SETTING = 'watch arrivals';
const SCHEMA = v.array(v.string());
/** Each change writes all of them. What comes on top is carried out as well, unless the program ends before. */
const KEPT = 500;

type Services = Pick<LibraryServices, 'catalog'>;

/** All methods throw DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED and IO_FAILED. */
export class WatchArrivals {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  /** In this folder, in the order in which they came. */
  in(folder: string): string[] {
    return this.#all().filter((path) => isBelow(path, folder));
  }

  add(paths: readonly string[]): void {
    const known = this.#all();
    const all = [...new Set([...known, ...paths])].slice(0, KEPT);
    if (all.length > known.length) this.#store(all);
  }

  remove(path: string): void {
    const known = this.#all();
    const left = known.filter((one) => one !== path);
    if (left.length < known.length) this.#store(left);
  }

  #all(): string[] {
    return this.#services.catalog.settings.get(SETTING, SCHEMA) ?? [];
  }

  #store(paths: readonly string[]): void {
    this.#services.catalog.settings.set(SETTING, paths);
  }
}

/**
 * What a scan found that came into watched folders. What was in a folder before its first scan did not come while it was watched.
 * @param before the folders as they were before that scan
 */
export function arrivedIn(before: readonly LibraryFolder[], report: ScanReport): string[] {
  const found = [...report.added, ...report.changed, ...report.copies];
  return found.filter((path) => {
    const holders = before.filter((folder) => isBelow(path, folder.path));
    const deepest = holders.reduce<LibraryFolder | null>(
      (best, folder) => (folder.path.length > (best?.path.length ?? -1) ? folder : best),
      null,
    );
    return deepest !== null && deepest.watch !== null && deepest.scannedAt !== null;
  });
}
