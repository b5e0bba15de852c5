// A key leaves the vault only when no known backup needs it or may need it: nobody can bring it back.

import { StrongroomError } from '../../shared/errors.ts';
import { coverageOf, untriedKeys } from '../catalog/index.ts';
import { recogniseIfReadable } from './recognise-backup.ts';
import { removedFiles } from './scheme/index.ts';
import type { LibraryServices } from './services.ts';

export interface RemovalOptions {
  /** Whether a key may go although not one backup is known that could need it: after the catalogue was lost, or never filled. */
  readonly evenIfNothingIsKnown?: boolean;
}

/**
 * Removes a key for good.
 * @throws KEY_IN_USE as `checkUnneeded`; UNKNOWN_KEY, VAULT_LOCKED, and what writing the vault throws
 */
export async function removeKey(
  services: LibraryServices,
  id: string,
  options?: RemovalOptions,
): Promise<void> {
  await checkUnneeded(services, id, options);
  await services.vault.remove(id);
}

/**
 * Refuses where a known backup would be locked without this key, or is still locked and was never tried with it. What can be brought back
 * from quarantine counts, also where a catalogue that was made anew does not know it.
 * @throws KEY_IN_USE (details { neededBy, mayBeNeededBy }: how many backups); UNKNOWN_KEY, VAULT_LOCKED, DAMAGED_CATALOG
 */
export async function checkUnneeded(
  services: LibraryServices,
  id: string,
  { evenIfNothingIsKnown = false }: RemovalOptions = {},
): Promise<void> {
  const { label } = await services.vault.find(id);
  const staying = new Set((await services.vault.list()).map((key) => key.id).filter((other) => other !== id));
  const only = new Set([id]);
  for (const { keptAt } of await removedFiles(services)) await recogniseIfReadable(services, keptAt);
  let neededBy = 0;
  let mayBeNeededBy = 0;
  const known = services.catalog.backups();
  if (known.length === 0 && !evenIfNothingIsKnown) throw nothingKnown(label);
  for (const backup of known) {
    const { trials } = backup;
    if (coverageOf(backup, trials, staying).lockedParts.length === 0) continue;
    if (coverageOf(backup, trials, only).keyIds.length > 0) neededBy++;
    else if (untriedKeys(trials, only).length > 0) mayBeNeededBy++;
  }
  if (neededBy > 0 || mayBeNeededBy > 0) throw inUse(label, neededBy, mayBeNeededBy);
}

function nothingKnown(label: string): StrongroomError {
  return new StrongroomError(
    'KEY_IN_USE',
    `The key “${label}” stays: no backup is known yet, so nobody can say whether one needs it.`,
    {
      hint: 'Match your backups with your keys first; then it is known.',
      details: { neededBy: 0, mayBeNeededBy: 0 },
    },
  );
}

function inUse(label: string, neededBy: number, mayBeNeededBy: number): StrongroomError {
  const details = { neededBy, mayBeNeededBy };
  if (neededBy > 0) {
    return new StrongroomError(
      'KEY_IN_USE',
      `The key “${label}” stays: ${backups(neededBy)} cannot be opened without it.`,
      {
        hint: 'Retire it, so that it is only used for what it opens. It can be removed once these backups are encrypted under another key.',
        details,
      },
    );
  }
  return new StrongroomError(
    'KEY_IN_USE',
    `The key “${label}” stays: ${backups(mayBeNeededBy)} that no other key opens ${mayBeNeededBy === 1 ? 'was' : 'were'} never tried with it.`,
    {
      hint: 'Find out first which keys open your backups; then it is known whether this one is needed.',
      details,
    },
  );
}

function backups(count: number): string {
  return count === 1 ? 'one backup' : `${count} backups`;
}
