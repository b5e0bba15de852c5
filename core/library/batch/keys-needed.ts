// The vault's keys for one piece of work on one backup, and no longer than that: only those that are known to open it,
// where that is known, so that no Argon2id is spent on the others.

import { StrongroomError } from '../../../shared/errors.ts';
import { coverageOf, untriedKeys } from '../../catalog/index.ts';
import type { VaultKey } from '../../vault/index.ts';
import { keysFor, rememberMatch } from '../keys-for.ts';
import { recogniseIfReadable } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';

export interface NeededKeys {
  /** To open the backup; empty where nothing in it is encrypted. */
  readonly keys: readonly VaultKey[];
  readonly newKey: VaultKey | undefined;
}

/**
 * Does the work with the keys for the backup at `path`, and wipes them.
 * @param newKeyId the key to encrypt with, where there is one
 * @throws VAULT_LOCKED, NO_VAULT, DAMAGED_VAULT where a key is needed; UNKNOWN_KEY without the new key; DAMAGED_CATALOG,
 *   BUSY, NO_SPACE; and what the work throws
 */
export async function withKeys<T>(
  services: LibraryServices,
  path: string,
  newKeyId: string | null,
  work: (needed: NeededKeys) => Promise<T>,
): Promise<T> {
  const { all, opening } = await takeKeys(services, path, newKeyId);
  try {
    const newKey = newKeyId === null ? undefined : all.find(({ id }) => id === newKeyId);
    if (newKeyId !== null && newKey === undefined) throw newKeyGone();
    return await work({ keys: opening, newKey });
  } finally {
    for (const { password } of all) password.fill(0);
  }
}

/** Ids of the keys that matter for the backup at `path`; null where trying has to tell. @throws as `withKeys` */
async function knownOpeners(
  { vault, catalog, engine }: LibraryServices,
  path: string,
): Promise<readonly string[] | null> {
  const backup = await recogniseIfReadable({ catalog, engine }, path);
  if (backup === null) return null;
  if (backup.encryptedParts.length === 0) return [];
  const present = new Set((await vault.list()).map(({ id }) => id));
  const trials = catalog.trialsOf(backup.identity);
  const { keyIds, lockedParts } = coverageOf(backup, trials, present);
  if (lockedParts.length === 0) return keyIds;
  if (untriedKeys(trials, present).length > 0) return null;
  // One that fails, so that the answer is “none of your keys” and not “no key was given”.
  return keyIds.length > 0 ? keyIds : [...present].slice(0, 1);
}

/**
 * Finds out which keys open the backup at `path`, where that is not known yet, and remembers it.
 * @throws as `withKeys`; CANCELLED; what makes the file unreadable
 */
export async function learnOpeners(
  services: LibraryServices,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await knownOpeners(services, path)) !== null) return;
  if ((await recogniseIfReadable(services, path)) === null) return; // says why itself when it is worked on
  const keys = await keysFor(services, path);
  try {
    const match = await services.engine.openWith(path, keys, signal);
    await rememberMatch(services, path, match, keys);
  } finally {
    for (const { password } of keys) password.fill(0);
  }
}

async function takeKeys(
  services: LibraryServices,
  path: string,
  newKeyId: string | null,
): Promise<{ readonly all: readonly VaultKey[]; readonly opening: readonly VaultKey[] }> {
  const openers = await knownOpeners(services, path);
  if (openers === null) {
    const all = await keysFor(services, path);
    return { all, opening: all };
  }
  const ids = new Set([...openers, ...(newKeyId === null ? [] : [newKeyId])]);
  const all = ids.size === 0 ? [] : await services.vault.secrets([...ids]);
  return { all, opening: all.filter(({ id }) => openers.includes(id)) };
}

function newKeyGone(): StrongroomError {
  return new StrongroomError('UNKNOWN_KEY', 'The new key is not in the vault any more.', {
    hint: 'Choose another key and plan again.',
  });
}
