// What a rotation would do before any of it is done: which files are under the old keys, which of them can be reached, what is in the way,
// and whether the new key is safe. Writes nothing but what it found out about keys.

import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import type { KeyInfo } from '../../../shared/keys.ts';
import type { LibraryBackup, LibraryCopy } from '../../../shared/library.ts';
import type { RotationCopy, RotationKey, RotationPlan, RotationRequest } from '../../../shared/rotation.ts';
import { candidatesOf, planBatch, type PlanOptions } from '../batch/index.ts';
import { chooseFiles } from '../choose-files.ts';
import { listBackups } from '../list-backups.ts';
import { matchKeys } from '../match-keys.ts';
import type { LibraryServices } from '../services.ts';
import { rotationAdvice } from './rotation-advice.ts';
import { batchOf, isWholeLibrary, requireRotation } from './rotation-request.ts';
import { unsavedProblem } from './saved-key.ts';
import { mayBeUnderOldKeys } from './under-old-keys.ts';

/**
 * @throws USAGE for keys that make no rotation, or a new one that nothing is encrypted with any more; UNKNOWN_KEY; VAULT_LOCKED, NO_VAULT,
 *   DAMAGED_VAULT; DAMAGED_CATALOG, BUSY, NO_SPACE of the catalogue; CANCELLED
 */
export async function planRotation(
  services: LibraryServices,
  request: RotationRequest,
  options: PlanOptions = {},
): Promise<RotationPlan> {
  requireRotation(request);
  const newKey = await services.vault.find(request.newKeyId);
  const oldKeys = await Promise.all(request.oldKeyIds.map((id) => services.vault.find(id)));
  await learnUntried(services, request, options);
  const backups = await underOldKeys(services, request);
  const batch = await planBatch(services, batchOf(request), candidatesOf(onlyThere(backups)), options);
  const unsaved = unsavedProblem(newKey);
  return {
    request,
    oldKeys: oldKeys.map(named),
    newKey: named(newKey),
    unsaved: unsaved === null ? null : toPlainError(unsaved),
    batch,
    away: mayBeUnderOldKeys(services.catalog, request).flatMap(awayFiles),
    retires: isWholeLibrary(request)
      ? oldKeys.filter(({ state }) => state === 'active').map(({ id }) => id)
      : [],
    advice: rotationAdvice({ oldKeys, newKey, originals: request.originals }),
  };
}

/** Backups that one of the old keys opens or opens a part of, with those of their files that are meant. @throws as `planRotation` */
async function underOldKeys(
  { vault, catalog }: Pick<LibraryServices, 'vault' | 'catalog'>,
  { filter, oldKeyIds }: Pick<RotationRequest, 'filter' | 'oldKeyIds'>,
): Promise<LibraryBackup[]> {
  const keyIds = new Set((await vault.list()).map(({ id }) => id));
  const old = new Set(oldKeyIds);
  const backups = listBackups({ catalog }, filter, keyIds);
  return chooseFiles(backups, filter).filter((backup) => backup.keyIds.some((id) => old.has(id)));
}

/** Without this a backup that nobody has tried yet would stay under a key that is thought to be replaced. */
async function learnUntried(
  services: LibraryServices,
  { filter }: RotationRequest,
  { signal, onProgress }: PlanOptions,
): Promise<void> {
  const keyIds = new Set((await services.vault.list()).map(({ id }) => id));
  const untried = chooseFiles(listBackups(services, filter, keyIds), filter, 'one').filter(
    ({ keyState }) => keyState === 'untried' || keyState === 'opens-part',
  );
  const paths = untried.flatMap(({ copies }) => copies.map(({ path }) => path));
  if (paths.length === 0) return;
  await matchKeys(services, paths, {
    signal,
    onProgress: (doneCount, totalCount) => onProgress?.({ phase: 'finding-keys', doneCount, totalCount }),
  });
}

function onlyThere(backups: readonly LibraryBackup[]): LibraryBackup[] {
  return backups.flatMap((backup) => {
    const copies = backup.copies.filter(({ state }) => state === 'present');
    return copies.length === 0 ? [] : [{ ...backup, copies }];
  });
}

function awayFiles({ name, date, copies }: LibraryBackup): RotationCopy[] {
  return copies.filter(isAway).map(({ path }) => ({ path, name, date, why: 'away', error: null }));
}

/** Its folder was there once and is not now. A file that is missing from a folder that is there is in no place that anybody knows. */
export function isAway({ state }: LibraryCopy): boolean {
  return state === 'unreachable';
}

export function named({ id, label, state }: KeyInfo): RotationKey {
  return { id, label, state };
}

/** @throws USAGE where nothing is under the old keys, neither here nor away */
export function requireWork({ batch, away, oldKeys }: RotationPlan): void {
  if (batch.items.some(({ state }) => state === 'do') || away.length > 0) return;
  const labels = oldKeys.map(({ label }) => `“${label}”`).join(', ');
  throw new StrongroomError(
    'USAGE',
    `Nothing in this plan can be done: no backup that ${labels} opens can be given the new key.`,
    {
      hint: 'The plan says of each backup why.',
    },
  );
}
