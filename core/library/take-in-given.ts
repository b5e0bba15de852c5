// What somebody drops onto the window or opens with the program: folders become folders of the library, backups are looked at
// where they are, and nothing is copied or moved.

import { realpath, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

import { StrongroomError, toPlainError, type PlainError } from '../../shared/errors.ts';
import type { TakenIn } from '../../shared/window.ts';
import { describeFileProblem, fileNotThere } from './file-problem.ts';
import { addFolder } from './folders.ts';
import { endsEverything } from './recognise-backup.ts';
import type { ScanServices } from './scan-folders.ts';
import { takeIn } from './take-in.ts';

/**
 * A folder that lies in one of the library is told as that one. Folders have to be scanned by the caller.
 * @throws CANCELLED, DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED; what is wrong with one of them is in the answer
 */
export async function takeInGiven(
  services: ScanServices,
  paths: readonly string[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<TakenIn> {
  const identities = new Set<string>();
  const folders = new Set<string>();
  const problems: { path: string; error: PlainError }[] = [];
  for (const given of paths) {
    const path = resolve(given);
    try {
      if (await isFolder(path)) folders.add(await folderFor(services, path));
      else identities.add(await identityOf(services, path, options));
    } catch (error) {
      if (endsEverything(error)) throw error;
      problems.push({ path, error: toPlainError(error) });
    }
  }
  return { identities: [...identities], folders: [...folders], problems };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw describeFileProblem(error, path);
  }
}

async function folderFor({ catalog }: ScanServices, path: string): Promise<string> {
  const real = await realpath(path);
  const holder = catalog.folders.holding(real);
  const known = catalog.folders.find(real) ?? (holder === null ? null : catalog.folders.get(holder));
  return (known ?? (await addFolder({ catalog }, path))).path;
}

async function identityOf(
  services: ScanServices,
  given: string,
  options: { readonly signal?: AbortSignal },
): Promise<string> {
  // The library knows its folders by their real paths, and links in them by their own.
  const path = services.catalog.folders.holding(given) === null ? await realpath(given) : given;
  const { outcome, identity, error } = await takeIn(services, path, options);
  if (outcome === 'missing') throw fileNotThere(path, 'missing');
  if (error === null && identity !== null) return identity;
  const { code, message, hint } = error ?? {
    code: 'NOT_A_BACKUP',
    message: `“${basename(path)}” is no backup.`,
  };
  throw new StrongroomError(code, message, hint === undefined ? {} : { hint });
}
