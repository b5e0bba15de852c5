// The vault's keys for one backup in the order in which a command should try them, and what a command found out when it
// did. Neither tries a key by itself.

import type { KeyMatch } from '../../shared/backup.ts';
import { errorCode } from '../../shared/errors.ts';
import type { KeyInfo } from '../../shared/keys.ts';
import type { VaultKey } from '../vault/index.ts';
import { coverageOf } from '../catalog/index.ts';
import { trialsFromMatch } from './key-trials.ts';
import { openingsBy, rankKeys, type DatedBackup } from './rank-keys.ts';
import { endsEverything, recogniseIfReadable } from './recognise-backup.ts';
import type { LibraryServices } from './services.ts';

/**
 * All keys of the vault, what is known to open the backup first, then the likeliest. The caller wipes them. A catalogue that
 * cannot be used costs the order, never the keys: the commands that are about it say what is wrong with it.
 * @throws VAULT_LOCKED, NO_VAULT, DAMAGED_VAULT
 */
export async function keysFor(services: LibraryServices, path: string): Promise<VaultKey[]> {
  const infos = await services.vault.list();
  const order = await likeliestFirst(services, infos, path).catch((error: unknown) => {
    if (!isOfTheCatalog(error)) throw error;
    return rankKeys(UNDATED, infos, []);
  });
  const place = new Map(order.map((id, index) => [id, index]));
  const keys = await services.vault.secrets();
  return keys.sort((a, b) => (place.get(a.id) ?? order.length) - (place.get(b.id) ?? order.length));
}

/** Once a file that cannot be read is out of the question. */
function isOfTheCatalog(error: unknown): boolean {
  return endsEverything(error) || ['UNSUPPORTED_VERSION', 'IO_FAILED'].includes(errorCode(error));
}

async function likeliestFirst(
  services: LibraryServices,
  infos: readonly KeyInfo[],
  path: string,
): Promise<string[]> {
  const { catalog } = services;
  const ids = new Set(infos.map(({ id }) => id));
  const backup = await recogniseIfReadable(services, path);
  const trials = backup === null ? [] : catalog.trialsOf(backup.identity);
  const { keyIds, lockedParts } = coverageOf(backup ?? NO_PARTS, trials, ids);
  // Where it is known what opens it, the order of the others does not matter.
  const isAnswered = keyIds.length > 0 && lockedParts.length === 0;
  const openings = isAnswered ? [] : openingsBy(ids, catalog.openings());
  return [...new Set([...keyIds, ...rankKeys(backup ?? UNDATED, infos, openings)])];
}

/**
 * Remembers the answer of an `openWith`, so that no key is tried again on this content. Answers about a file that has changed
 * since, and about keys that are in no vault, are not remembered.
 * @param keys the keys that were tried, those of the vault with their ids
 * @throws DAMAGED_CATALOG, BUSY, NO_SPACE, OUTPUT_REFUSED
 */
export async function rememberMatch(
  services: Pick<LibraryServices, 'catalog' | 'engine'>,
  path: string,
  match: KeyMatch,
  keys: readonly { readonly id?: string; readonly label: string }[],
): Promise<void> {
  const { catalog } = services;
  const backup = await recogniseIfReadable(services, path);
  if (backup === null || backup.identity !== match.identity) return;
  // The answer has labels only: a key that shares its label with another stays unmentioned.
  const known = keys.filter((key) => keys.every((other) => other === key || other.label !== key.label));
  const ids = new Map(known.map(({ id, label }) => [label, id ?? null]));
  const tried = [...ids.values()].filter((id) => id !== null);
  const trials = trialsFromMatch(match, backup, tried, (label) => ids.get(label) ?? null);
  catalog.rememberTrials(backup.identity, trials);
}

const UNDATED: DatedBackup = { date: null, instanceId: null };
const NO_PARTS = { encryptedParts: [] };
