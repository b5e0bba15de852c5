// Emergency kits into the vault, many at once and whole folders: read first, then kept in one write.

import { basename } from 'node:path';

import { toPlainError } from '../../shared/errors.ts';
import type { KitImportReport } from '../../shared/keys.ts';
import {
  labelForKit,
  measureStrength,
  readKitBytes,
  readKitFiles,
  type KitFile,
  type NewKey,
} from '../vault/index.ts';
import type { LibraryServices } from './services.ts';

export interface ImportOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes every key of the kits into the vault. The same key twice is one record. A file without a key is part of the report.
 * @param paths files, and folders with all that is in them
 * @throws VAULT_LOCKED, NO_VAULT, CANCELLED, and what writing the vault throws: then no key was added
 */
export function importKits(
  services: Pick<LibraryServices, 'vault'>,
  paths: readonly string[],
  { signal }: ImportOptions = {},
): Promise<KitImportReport> {
  return keepKits(services, () => readKitFiles(paths, { signal }));
}

/** A kit that is no file here; `name` is told in its place. */
export interface KitContent {
  readonly name: string;
  /** UTF-8. The caller wipes it. */
  readonly bytes: Buffer;
}

/** The same for kits that somebody has read already. @throws as `importKits` */
export function importKitContents(
  services: Pick<LibraryServices, 'vault'>,
  kits: readonly KitContent[],
): Promise<KitImportReport> {
  return keepKits(services, () => kits.map(({ name, bytes }) => readKitBytes(name, bytes)));
}

async function keepKits(
  { vault }: Pick<LibraryServices, 'vault'>,
  read: () => Iterable<KitFile> | AsyncIterable<KitFile>,
): Promise<KitImportReport> {
  await vault.list(); // a locked vault says so before anything is read
  const files: KitFile[] = [];
  try {
    for await (const file of read()) files.push(file);
    const offered = await Promise.all(files.map(newKeysOf));
    const added = offered.every(({ length }) => length === 0) ? [] : [...(await vault.add(offered.flat()))];
    const named = files.map(({ path, named, error }, index) => ({
      path,
      // What is just no kit is of no interest among the files of a folder; what could not be read is.
      isReported: named || error?.code !== 'USAGE',
      keys: added.splice(0, offered[index]?.length ?? 0),
      error: error === null ? null : toPlainError(error),
    }));
    return {
      files: named
        .filter(({ isReported }) => isReported)
        .map(({ path, keys, error }) => ({ path, keys, error })),
      passedOver: named.filter(({ isReported }) => !isReported).map(({ path }) => path),
    };
  } finally {
    for (const { keys } of files) for (const key of keys) key.fill(0);
  }
}

function newKeysOf({ path, kit, keys }: KitFile): Promise<NewKey[]> {
  const { instance, url, date } = kit;
  const label = labelForKit(kit, path);
  return Promise.all(
    keys.map(async (secret) => ({
      label,
      secret,
      origin: 'emergency-kit',
      sourceName: basename(path),
      instance,
      url,
      kitDate: date,
      strength: await measureStrength(secret),
    })),
  );
}
